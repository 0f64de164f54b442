"""Doing what is asked once, however often it is sent: the `Idempotency-Key` of every POST.

# Note [Once]
After draft-ietf-httpapi-idempotency-key-header. The work and the row that remembers its answer are one
transaction: either both are there or neither. While the first request is being answered, an advisory
lock of that transaction says so; it goes with the transaction, so that a process that dies leaves no
key behind that is "in progress" for ever. Who asks with the same key gets the first answer again, for
24 hours. A request that was refused did nothing, and its key may be used for the repaired one.
"""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar, cast
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.http import HttpResponse, HttpResponseBase
from django.http.request import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actors import Actor, ActorKind
from accounts.api.endpoint import Endpoint
from accounts.api.problems import Mistake, Problem
from accounts.models import IdempotentRequest
from audit import keys

HEADER: Final = "Idempotency-Key"
KEPT: Final = timedelta(hours=24)
_FORM: Final = re.compile(r'"?([A-Za-z0-9._~+/=:-]{8,255})"?')  # a structured string, or the same without quotes

_Arguments = ParamSpec("_Arguments")
_Of = TypeVar("_Of", bound=Endpoint)
_Post = Callable[Concatenate[_Of, Request, _Arguments], Response]
_Once = Callable[Concatenate[_Of, Request, _Arguments], HttpResponseBase]


def once(post: _Post[_Of, _Arguments]) -> _Once[_Of, _Arguments]:
    """Make a POST happen once for each key (Note [Once])."""

    @wraps(post)
    def answer(self: _Of, request: Request, *args: _Arguments.args, **kwargs: _Arguments.kwargs) -> HttpResponseBase:
        key, at = _key_of(request), timezone.now()
        owner, sealed_for = _owner(self.actor)
        fingerprint = _fingerprint(request)
        with transaction.atomic():
            _claim(owner, key)
            first = IdempotentRequest.objects.filter(owner=owner, key=key, begun_at__gt=at - KEPT).first()
            if first is not None:
                return _again(first, fingerprint, sealed_for)
            response = post(self, request, *args, **kwargs)
            _keep(response, owner, key, fingerprint, sealed_for, at)
        return response

    answer.happens_once = True  # type: ignore[attr-defined]  # looked for by the census
    return cast(_Once[_Of, _Arguments], answer)


def _key_of(request: Request) -> str:
    given = request.headers.get(HEADER, "").strip()
    if not given:
        detail = _("Add the header %(header)s with a value that you use for this request only, such as a new UUID.")
        missing = Mistake(detail % {"header": HEADER}, "missing", header=HEADER)
        raise Problem(400, "key-missing", errors=[missing])
    form = _FORM.fullmatch(given)
    if form is None:
        detail = _("Write 8 to 255 letters, digits or signs of a URL.")
        raise Problem(400, "wrong-parameter", errors=[Mistake(detail, "wrong_form", header=HEADER)])
    return form[1]


def _owner(actor: Actor) -> tuple[str, UUID]:
    """Whose key it is, so that nobody meets another's; and under whose data key the answer is sealed."""
    if actor.kind is ActorKind.SYSTEM:
        assert actor.organisation_id  # every key belongs to an organisation
        return f"key:{actor.key_id}", actor.organisation_id
    # For whom somebody acts belongs to the key: the same one, sent for another, is another request.
    acts = f":{actor.acts.mandate_id}" if actor.acts else ""
    return f"user:{actor.own_user}{acts}", actor.own_subject


def _fingerprint(request: Request) -> bytes:
    """A keyed hash of what is asked: method, path and what the body says. Nobody can guess a value from it."""
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    if isinstance(request.data, QueryDict):
        # The boundary between the parts differs each time that the same form is sent.
        for name, values in sorted(request.data.lists()):
            for value in values:
                digest.update(json.dumps([name, _value(value)]).encode())
    else:
        digest.update(json.dumps(request.data, sort_keys=True).encode())
    return keys.keyed_hash("idempotency", digest.hexdigest())


def _value(value: Any) -> list[str]:
    if not isinstance(value, UploadedFile):
        return [str(value)]
    content = hashlib.sha256()
    for chunk in value.chunks():
        content.update(chunk)
    value.seek(0)
    return [str(value.name), content.hexdigest()]


def _claim(owner: str, key: str) -> None:
    """Hold this key until the transaction ends. Raises a problem while somebody else does."""
    number = int.from_bytes(keys.keyed_hash("idempotency", f"{owner}\x00{key}")[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        (is_ours,) = cursor.fetchone()
    if not is_ours:
        raise Problem(
            409, "key-in-use", _("Wait for its answer, or send it again later."), headers={"Retry-After": "1"}
        )


def _again(first: IdempotentRequest, fingerprint: bytes, sealed_for: UUID) -> HttpResponse:
    """The first answer, as it was given."""
    if bytes(first.fingerprint) != fingerprint:
        raise Problem(422, "key-reused", _("Use a new key for a new request, and the same key to send it again."))
    assert first.status is not None and first.sealed_body is not None  # an_answer_has_status_and_body
    body = keys.open_sealed(sealed_for, first.sealed_body)
    response = HttpResponse(body, status=first.status, content_type="application/json")
    response["Idempotent-Replayed"] = "true"
    if first.location:
        response["Location"] = first.location
    return response


def _keep(response: Response, owner: str, key: str, fingerprint: bytes, sealed_for: UUID, at: datetime) -> None:
    IdempotentRequest.objects.update_or_create(
        owner=owner,
        key=key,
        defaults={
            "fingerprint": fingerprint,
            "status": response.status_code,
            "sealed_body": keys.seal(sealed_for, JSONRenderer().render(response.data)),
            "location": response.headers.get("Location", ""),
            "begun_at": at,
        },
    )
