"""A file that leaves as a download: never shown inside a page of ours, never kept by a cache."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header


def attachment(name: str, content_type: str, data: bytes) -> HttpResponse:
    """The answer with this file. `content_type` is what we know it to be, whatever its name says."""
    response = HttpResponse(data, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "no-store"
    # Should a browser show it all the same, nothing in it may run or reach out.
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
