"""Evidence and letters as downloads."""

from django.http import HttpResponse

from accounts.downloads import attachment

CONTENT_TYPES = {
    "text": "text/plain; charset=utf-8",
    "pdf": "application/pdf",
    "jpeg": "image/jpeg",
    "png": "image/png",
}


def download(name: str, kind: str, data: bytes) -> HttpResponse:
    """`kind` is what the file was found to be when it came in, whatever its name says."""
    return attachment(name, CONTENT_TYPES[kind], data)
