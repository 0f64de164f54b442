"""What endpoints are made from: one class for systems, one for people."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, ClassVar, Final

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts import throttle
from accounts.actors import Actor
from accounts.api.authentication import KeyAuthentication, SessionAuthentication
from accounts.api.permissions import HasScope, IsPerson
from accounts.api.problems import Problem, unknown_parameters
from accounts.throttle import Limit

LONGEST_BODY: Final = 1_000_000  # bytes: as long as a line of an import file may be
OF_A_KEY = Limit("api_key", 1200, timedelta(minutes=1))
OF_A_PERSON = Limit("api_person", 300, timedelta(minutes=1))


class OnlyJSON(DefaultContentNegotiation):
    """There is one form of answer, so a client that asks for another still gets it (RFC 9110, 12.4.1)."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        only = next(iter(renderers))
        return only, str(only.media_type)


class Endpoint(APIView):
    """One address. Refuses a body that is too long before anything reads it."""

    content_negotiation_class = OnlyJSON
    http_method_names = ["get", "head", "post", "delete"]  # the documentation says what there is, not OPTIONS
    longest_body: ClassVar[int] = LONGEST_BODY
    limits: ClassVar[Mapping[str, Limit]] = {}  # by method, besides the general limit
    parameters: ClassVar[Mapping[str, frozenset[str]]] = {}  # what an address may say after its `?`, by method

    @property
    def actor(self) -> Actor:
        """Who asks; the permissions have made sure that it is somebody."""
        assert isinstance(self.request.auth, Actor)
        return self.request.auth

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self._check_length(request._request)
        super().initial(request, *args, **kwargs)
        self._check_parameters(request)

    def _check_parameters(self, request: Request) -> None:
        """A mistyped name must not widen an answer: `?program=x` would give what is held in every programme."""
        method = "GET" if request.method == "HEAD" else request.method
        known = self.parameters.get(method or "", frozenset())
        if unknown := request.query_params.keys() - known:
            raise unknown_parameters(unknown, known)

    def _check_length(self, request: HttpRequest) -> None:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0  # then nothing is read at all
        if length > self.longest_body:
            detail = _("Send at most %(bytes)d bytes here.") % {"bytes": self.longest_body}
            raise Problem(413, detail=detail)

    def spend(self, general: Limit, key: object) -> None:
        """Count this request, by the general limit and by that of its method. Raises `TooMany`."""
        at = timezone.now()
        throttle.spend(general, str(key), at=at)
        if own := self.limits.get(self.request.method or ""):
            throttle.spend(own, str(key), at=at)


class SystemEndpoint(Endpoint):
    """For systems with a key. `scopes` names what each method needs."""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (HasScope,)
    scopes: ClassVar[Mapping[str, str]] = {}

    def check_throttles(self, request: Request) -> None:
        self.spend(OF_A_KEY, self.actor.key_id)


class PersonEndpoint(Endpoint):
    """For a person or organisation about whom data is held, signed in on the pages."""

    authentication_classes = (SessionAuthentication,)
    permission_classes = (IsPerson,)

    def check_throttles(self, request: Request) -> None:
        self.spend(OF_A_PERSON, self.actor.user_id)


class Nowhere(Endpoint):
    """Every address of the API that does not exist, for everybody."""

    authentication_classes = ()
    permission_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise Problem(404, detail=_("There is nothing at this address, or it is not for you."))
