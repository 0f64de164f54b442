"""What the OpenAPI document says of every endpoint without being told: keys, pages' sessions, problems."""

from typing import Any, Final, Literal

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from accounts.api.idempotency import HEADER
from accounts.api.problems import CONTENT_TYPE
from accounts.api.serializers import ProblemSerializer

_ALWAYS: Final = {
    "400": "The request cannot be read, or a parameter or header cannot be used.",
    "401": "Nobody, or somebody we do not know.",
    "403": "Not with this key or session.",
    "404": "There is no such thing, or it is not for you.",
    "429": "Too many requests. `Retry-After` says how many seconds to wait.",
}
_KEY: Final = {"type": "string", "minLength": 8, "maxLength": 255, "pattern": "^[A-Za-z0-9._~+/=:-]+$"}
_WITH_BODY: Final = {
    "409": "Something else happened meanwhile. Look at it and decide again.",
    "413": "The body is too large.",
    "415": "The body is in another content type.",
    "422": "Something has to be repaired; `errors` point at it.",
}


class Schema(AutoSchema):
    """Adds the header of every POST and the problems that every method may answer."""

    def get_override_parameters(self) -> list[Any]:
        """What the endpoint declares, and the key of a POST."""
        declared = list(super().get_override_parameters())
        if self.method == "POST":
            text = "A value for this request only, such as a new UUID: sent again, it is done once."
            declared.append(OpenApiParameter(HEADER, _KEY, "header", required=True, description=text))
        return declared

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        """Our serializers are called shapes, to tell them from what they show; readers need not know."""
        return str(super().get_serializer_name(serializer, direction)).removesuffix("Shape")

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        problems = {**_ALWAYS, **(_WITH_BODY if self.method in ("POST", "DELETE") else {})}
        shape = self.resolve_serializer(ProblemSerializer, "response").ref
        for status, text in problems.items():
            bodies.setdefault(status, {"content": {CONTENT_TYPE: {"schema": shape}}, "description": text})
        return dict(sorted(bodies.items()))


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself, untyped
    target_class = "accounts.api.authentication.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        text = "The key of a system, with scopes. The operator issues it; it is shown once."
        return {"type": "http", "scheme": "bearer", "bearerFormat": "rd_…", "description": text}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # as above
    target_class = "accounts.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        text = "The session of a person who signed in on the pages. POST and DELETE need the header X-CSRFToken too."
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME, "description": text}
