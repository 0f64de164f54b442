"""Following what was received: subscriptions, and the changes that they bring."""

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from accounts.api.endpoint import SystemEndpoint
from accounts.api.idempotency import once
from accounts.api.pagination import PAGES, PAGING, page_of, paged, paginated
from accounts.api.problems import Mistake, wrong_parameter, wrong_values
from accounts.models import Scope
from delivery import systems
from records import operations, recipients
from records.api import requests, showing
from records.api.serializers import (
    AcknowledgedShape,
    AcknowledgeShape,
    ChangesShape,
    NewSubscriptionShape,
    SubscriptionShape,
)
from records.models import Record, Subscription

_AFTER = OpenApiParameter(
    "after",
    {"type": "integer", "minimum": 0, "default": 0},
    description="The number of the last change that you have read; 0 for all.",
)
_LONGEST_NUMBER = 18  # digits


class Subscriptions(SystemEndpoint):
    """What the organisation of the key wants to be told of."""

    scopes = {"GET": Scope.RECORDS_READ, "POST": Scope.RECORDS_READ}
    parameters = {"GET": PAGES}

    @extend_schema(
        operation_id="subscriptions_list",
        summary="See your subscriptions",
        description="Those of your organisation, under the programmes of your key.",
        parameters=PAGING,
        responses=paginated("SubscriptionPage", SubscriptionShape),
    )
    def get(self, request: Request) -> Response:
        theirs = recipients.subscriptions(self.actor)

        def read(after: UUID | None, size: int) -> Sequence[Subscription]:
            return list((theirs.filter(pk__lt=after) if after else theirs)[:size])

        rows, following = paged(request, read, lambda one: one.pk)
        results = SubscriptionShape([showing.subscription(one) for one in rows], many=True).data
        return Response({"results": results, "next": following})

    @extend_schema(
        operation_id="subscriptions_make",
        summary="Subscribe to changes of what you received",
        description="Of a programme (and one purpose), or of one record. You are told only of records that went to "
        "your organisation before: nothing is said of anybody else. The same again is the one that is there.",
        request=NewSubscriptionShape,
        responses={
            201: OpenApiResponse(SubscriptionShape, "A new subscription."),
            200: OpenApiResponse(SubscriptionShape, "The one that was there."),
        },
    )
    @once
    def post(self, request: Request) -> Response:
        wanted = NewSubscriptionShape(data=request.data)
        wanted.is_valid(raise_exception=True)
        said = wanted.validated_data
        purpose, record_id = said.get("purpose", ""), said.get("record")
        programme = requests.programme_in(said.get("programme", ""), self.actor)
        _check(programme, purpose, record_id)
        made, is_new = operations.subscribe(
            programme=programme, purpose=purpose, record_id=record_id, by=self.actor, at=timezone.now()
        )
        return Response(SubscriptionShape(showing.subscription(made)).data, 201 if is_new else 200)


class OneSubscription(SystemEndpoint):
    """One of them."""

    scopes = {"DELETE": Scope.RECORDS_READ}

    @extend_schema(
        operation_id="subscriptions_end", summary="End a subscription", responses={204: OpenApiResponse(None, "Ended.")}
    )
    def delete(self, request: Request, subscription_id: UUID) -> Response:
        operations.end_subscription(subscription_id, by=self.actor, at=timezone.now())
        return Response(status=204)


class Changes(SystemEndpoint):
    """What has changed of what the organisation received, in an order of its own."""

    scopes = {"GET": Scope.RECORDS_READ}
    parameters = {"GET": frozenset({"after", "limit"})}

    @extend_schema(
        operation_id="changes_list",
        summary="Read what has changed",
        description="Changes that your subscriptions cover, oldest first, also those that you have read already. Keep "
        "the number of the last one, read on from it, and acknowledge what you have dealt with: the person sees when "
        "you were told and when you acknowledged it.",
        parameters=[_AFTER, PAGING[1]],
        responses=ChangesShape,
    )
    def get(self, request: Request) -> Response:
        after, size = after_of(request), page_of(request).size
        assert self.actor.organisation_id  # every key belongs to an organisation
        given = systems.give(
            self.actor.organisation_id, self.actor.programmes, after=after, limit=size, at=timezone.now()
        )
        types = dict(Record.objects.filter(pk__in={one.record_id for one in given}).values_list("pk", "type"))
        further = next_after(request, given[-1].number or 0) if len(given) == size else None
        results = [showing.change(one, types[one.record_id]) for one in given]
        return Response(ChangesShape({"results": results, "next": further}).data)


class Acknowledgement(SystemEndpoint):
    """That changes were dealt with."""

    scopes = {"POST": Scope.RECORDS_READ}

    @extend_schema(
        operation_id="changes_acknowledge",
        summary="Acknowledge what has changed",
        description="Everything that you were given up to this number. Doing it again changes nothing.",
        request=AcknowledgeShape,
        responses=AcknowledgedShape,
    )
    @once
    def post(self, request: Request) -> Response:
        wanted = AcknowledgeShape(data=request.data)
        wanted.is_valid(raise_exception=True)
        number = operations.acknowledge(up_to=wanted.validated_data["up_to"], by=self.actor, at=timezone.now())
        return Response(AcknowledgedShape({"acknowledged": number}).data)


def _check(programme: str, purpose: str, record_id: UUID | None) -> None:
    mistakes = []
    if not programme and record_id is None:
        mistakes.append(
            Mistake(_("Name a programme, or a record that you received."), "missing", pointer="#/programme")
        )
    if programme and record_id is not None:
        mistakes.append(Mistake(_("Leave this out: the record says it."), "not_both", pointer="#/programme"))
    if purpose and record_id is not None:
        mistakes.append(Mistake(_("Leave this out: the record says it."), "not_both", pointer="#/purpose"))
    elif purpose and not requests.is_purpose(purpose):
        sentence = _("Write a short code of small letters, such as credit_decision.")
        mistakes.append(Mistake(sentence, "wrong_form", pointer="#/purpose"))
    if mistakes:
        raise wrong_values(mistakes)


def after_of(request: Request) -> int:
    """Where to read on, in a list whose rows are numbered. Raises a problem."""
    text = request.query_params.get("after", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        raise wrong_parameter("after", _("Write the number of the last row that you have read."))
    return int(text)


def next_after(request: Request, number: int) -> str:
    """The address at which to read on after that row."""
    return replace_query_param(request.build_absolute_uri(), "after", number)
