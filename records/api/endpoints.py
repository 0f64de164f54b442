"""Addresses of records: for systems `records/`, for people `held/`."""

from collections.abc import Sequence
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoint import PersonEndpoint, SystemEndpoint
from accounts.api.idempotency import once
from accounts.api.pagination import PAGES, PAGING, paged, paginated
from accounts.identifiers import SCHEMES
from accounts.models import Organisation, Scope
from records import openings, own_file, queries
from records.access import visible_to
from records.api import problems as problems  # registers the errors of records
from records.api import requests, showing
from records.api.disclosing import disclose, records_about
from records.api.serializers import (
    DisclosedShape,
    DoubtfulShape,
    HeldInFullShape,
    HeldShape,
    ImportedShape,
    LineShape,
    LookedOfShape,
    ReceivedOfShape,
)
from records.importing import Outcome, import_one
from records.models import Access, Disclosure, Record

_PURPOSE = OpenApiParameter(
    "purpose",
    {"type": "string", "maxLength": 60, "pattern": "^[a-z]+([_-][a-z]+)*$"},
    required=True,
    description="Why you ask, as a short code such as `credit_decision` or `travel_booking`. The person sees it.",
)
_SUBJECT = OpenApiParameter(
    requests.SUBJECT,
    {"type": "string", "pattern": "^(" + "|".join(SCHEMES) + "):.+$"},
    OpenApiParameter.HEADER,
    required=True,
    description="Whom you ask about: `scheme:value`, such as `cn-resident-id:…`. Where a number alone does not tell "
    "people apart: `us-ssn:6789;birth_date=1985-02-14;name=Ana%20Sample`. Never put a number of a person "
    "into an address.",
)
_OWN_ENTRY = OpenApiParameter("record", OpenApiTypes.UUID, description="Only of this entry of your own file.")
_PROGRAMME = OpenApiParameter("programme", str, description="Only records of this programme.")


class Records(SystemEndpoint):
    """Systems supply records and ask for those of one subject."""

    scopes = {"GET": Scope.RECORDS_READ, "POST": Scope.RECORDS_WRITE}
    parameters = {"GET": PAGES | {"purpose", "programme"}}

    @extend_schema(
        operation_id="records_list",
        summary="Ask what is held about a subject",
        description="Present values with their marks and measures, under the programmes of your key. Each record that "
        "you receive leaves a disclosure, which the person can see. Somebody unknown has an empty list.",
        parameters=[_SUBJECT, _PURPOSE, _PROGRAMME, *PAGING],
        responses=paginated("DisclosedPage", DisclosedShape),
    )
    def get(self, request: Request) -> Response:
        lookup, purpose = requests.lookup_of(request), requests.purpose_of(request)
        found = records_about(self.actor, lookup, programme=requests.programme_of(request, self.actor))

        def read(after: UUID | None, size: int) -> Sequence[Record]:
            older = found.filter(pk__lt=after) if after else found
            return list(older[:size])

        rows, following = paged(request, read, lambda record: record.pk)
        at = timezone.now()
        given = disclose(self.actor, rows, purpose=purpose, at=at)
        results = DisclosedShape([showing.disclosed(one, at.date()) for one in given], many=True).data
        return Response({"results": results, "next": following})

    @extend_schema(
        operation_id="records_supply",
        summary="Supply a record, or take one back",
        description="Checked like a line of an import file. A record is known by its `source_ref`: sending the same "
        "again leaves it as it is, other content adds a version, and `withdrawn` takes it out of the file. While a "
        "record is disputed, what you send waits for the decision (`outcome` is `waiting`). If it is not sure whom it "
        "is about, it waits for the holder (202): do not send it again. `Location` names a new record. To ask for it "
        "is a disclosure like any other: your key needs `records:read`, and you add `purpose`.",
        request=LineShape,
        responses={
            201: OpenApiResponse(ImportedShape, "A new record."),
            200: OpenApiResponse(ImportedShape, "The record was there: `outcome` says whether it changed."),
            202: OpenApiResponse(DoubtfulShape, "Kept, and nothing has come of it yet: somebody has to look at it."),
        },
    )
    @once
    def post(self, request: Request) -> Response:
        programme, line = requests.line_of(request.data, self.actor)
        assert self.actor.organisation_id  # every key belongs to an organisation
        organisation = Organisation.objects.get(pk=self.actor.organisation_id)
        imported = import_one(programme, line, source=organisation.code, by=self.actor, at=timezone.now())
        said = {"programme": programme.id, "source_ref": line["source_ref"], "outcome": str(imported.outcome)}
        if imported.outcome is Outcome.DOUBTFUL:
            waits = _(
                "It is not sure whom this is about, so that it waits until somebody of the holder has looked at it."
                " Nothing has come of it so far. Do not send it again."
            )
            return Response(DoubtfulShape({**said, "detail": waits}).data, 202)
        said["id"] = str(imported.record_id)
        if imported.outcome is not Outcome.CREATED:
            return Response(ImportedShape(said).data)
        location = reverse("records-api:record", args=[imported.record_id])
        return Response(ImportedShape(said).data, 201, headers={"Location": location})


class OneRecord(SystemEndpoint):
    """One record by the id under which it was supplied or received."""

    scopes = {"GET": Scope.RECORDS_READ}
    parameters = {"GET": frozenset({"purpose"})}

    @extend_schema(
        operation_id="records_get",
        summary="Ask how a record stands now",
        description="As in the list: the disclosure is stored.",
        parameters=[_PURPOSE],
        responses=DisclosedShape,
    )
    def get(self, request: Request, record_id: UUID) -> Response:
        purpose, at = requests.purpose_of(request), timezone.now()
        record = visible_to(self.actor).select_related("source").get(pk=record_id)
        given = disclose(self.actor, [record], purpose=purpose, at=at)
        if not given:
            raise Record.DoesNotExist
        return Response(DisclosedShape(showing.disclosed(given[0], at.date())).data)


class OwnFile(PersonEndpoint):
    """What is held about the person who asks."""

    parameters = {"GET": PAGES}

    @extend_schema(
        operation_id="held_list",
        summary="See what is held about you",
        description="Your own file, newest first. What you may not see is named, with the reason.",
        parameters=PAGING,
        responses=paginated("HeldPage", HeldShape),
    )
    def get(self, request: Request) -> Response:
        def read(after: UUID | None, size: int) -> Sequence[queries.Held]:
            return queries.held(self.actor, before=after, limit=size)

        rows, following = paged(request, read, lambda held: held.record.pk)
        today = timezone.now().date()
        results = HeldShape([showing.held(one, today) for one in rows], many=True).data
        return Response({"results": results, "next": following})


class OwnEntry(PersonEndpoint):
    """One entry of the person's own file."""

    @extend_schema(
        operation_id="held_get",
        summary="See one entry and what happened with it",
        responses=HeldInFullShape,
    )
    def get(self, request: Request, record_id: UUID) -> Response:
        one = queries.held_record(self.actor, record_id)
        trace = queries.trace(self.actor, record_id)
        at = timezone.now()
        shown = showing.held_in_full(one, trace, openings.openings(one, at), at.date())
        return Response(HeldInFullShape(shown).data)


class OwnReceived(PersonEndpoint):
    """Who was given something out of the person's own file."""

    parameters = {"GET": PAGES | {"record"}}

    @extend_schema(
        operation_id="held_received",
        summary="See everybody who received something about you",
        description="All of it, newest first; with `record`, of one entry.",
        parameters=[_OWN_ENTRY, *PAGING],
        responses=paginated("ReceivedPage", ReceivedOfShape),
    )
    def get(self, request: Request) -> Response:
        found = own_file.received(self.actor, requests.own_entry_of(request)).order_by("-pk")

        def read(after: UUID | None, size: int) -> Sequence[Disclosure]:
            return list((found.filter(pk__lt=after) if after else found)[:size])

        rows, following = paged(request, read, lambda row: row.pk)
        results = ReceivedOfShape([showing.received_of(each) for each in rows], many=True).data
        return Response({"results": results, "next": following})


class OwnLooked(PersonEndpoint):
    """Which members of staff looked at the person's own file."""

    parameters = {"GET": PAGES | {"record"}}

    @extend_schema(
        operation_id="held_looked",
        summary="See every look of staff at what is held about you",
        description="All of it, newest first; with `record`, of one entry. Never a name: organisation, role and a "
        "number that stays the same for the same person.",
        parameters=[_OWN_ENTRY, *PAGING],
        responses=paginated("LookedPage", LookedOfShape),
    )
    def get(self, request: Request) -> Response:
        found = own_file.looked(self.actor, requests.own_entry_of(request)).order_by("-pk")

        def read(after: UUID | None, size: int) -> Sequence[Access]:
            return list((found.filter(pk__lt=after) if after else found)[:size])

        rows, following = paged(request, read, lambda row: row.pk)
        results = LookedOfShape([showing.looked_of(each) for each in rows], many=True).data
        return Response({"results": results, "next": following})
