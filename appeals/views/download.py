"""Evidence and letters as downloads."""

from django.http import HttpResponse

from accounts.downloads import attachment

CONTENT_TYPES = {
    "text": "text/plain; charset=utf-8",
    "pdf": "application/pdf",
    "jpeg": "image/jpeg",
    "png": "image/png",
}


_ENDINGS = {"text": (".txt",), "pdf": (".pdf",), "jpeg": (".jpg", ".jpeg"), "png": (".png",)}


def download(name: str, kind: str, data: bytes) -> HttpResponse:
    """`kind` is what the file was found to be when it came in, whatever its name says.

    Who opens a download trusts its name: a text that calls itself `page.html` would run in the reader's browser.
    """
    endings = _ENDINGS[kind]
    safe_name = name if name.lower().endswith(endings) else f"{name}{endings[0]}"
    return attachment(safe_name, CONTENT_TYPES[kind], data)
