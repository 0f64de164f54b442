"""Files of the log: the same bytes for everybody, so that caches and mirrors can hand them out."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.access import SignedIn, staff_required
from accounts.models import Role
from audit import publishing, signing, tiles
from audit.publishing import NotPublished
from audit.tiles import NotAPath

TEXT = "text/plain; charset=utf-8"
_FOR_EVER = "public, max-age=31536000, immutable"
_FOR_SECONDS = "public, max-age=2"
_FOR_A_MINUTE = "public, max-age=60"


@login_not_required
@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed checkpoint, with the lines of the witnesses."""
    newest = publishing.newest()
    if newest is None:
        return _refused(404, "The log was not signed yet.")
    return _public(publishing.signed(newest).encode(), TEXT, _FOR_SECONDS)


@login_not_required
@require_safe
def vkey(request: HttpRequest) -> HttpResponse:
    """The public keys of the log, the newest first. Whoever wants to be sure has them from somewhere else."""
    keys = signing.verifiers()
    if not keys:
        return _refused(404, "The log has no key yet.")
    return _public("".join(f"{key}\n" for key in keys).encode(), TEXT, _FOR_A_MINUTE)


@login_not_required
@require_safe
def tile(request: HttpRequest, level: int, place: str) -> HttpResponse:
    """A tile of hashes, or the beginning of one: what it holds never changes."""
    try:
        data = publishing.tile(level, tiles.parse(place))
    except NotAPath as error:
        return _refused(400, str(error))
    except NotPublished:
        return _refused(404, "The signed log does not reach as far as this tile.")
    return _public(data, tiles.MEDIA_TYPE, _FOR_EVER)


@staff_required(Role.AUDITOR)
@require_safe
def entries(request: SignedIn, place: str) -> HttpResponse:
    """The entries under a tile, for auditors: digests, kinds and hours, nothing personal."""
    try:
        found = publishing.entries(tiles.parse(place))
    except NotAPath as error:
        return _refused(400, str(error))
    except NotPublished:
        return _refused(404, "The signed log does not reach as far as these entries.")
    return HttpResponse(tiles.bundle(found), content_type=tiles.MEDIA_TYPE)


def _public(data: bytes, kind: str, cache: str) -> HttpResponse:
    response = HttpResponse(data, content_type=kind, headers={"Cache-Control": cache})
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # a page of a mirror may read it
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.same_for_everybody = True  # type: ignore[attr-defined]  # read by redress.middleware
    return response


def _refused(status: int, why: str) -> HttpResponse:
    return HttpResponse(f"{why}\n", status=status, content_type=TEXT)
