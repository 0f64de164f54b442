"""Addresses of cases, for the people whose cases they are."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actors import Actor
from accounts.api.endpoint import PersonEndpoint
from accounts.api.idempotency import once
from accounts.api.pagination import PAGES, PAGING, paged, paginated
from accounts.api.problems import Mistake, Problem, wrong_parameter, wrong_values
from accounts.models import User
from accounts.throttle import Limit
from appeals import access, letters, openings, operations, queries
from appeals import turned_away as answers
from appeals.api import problems, showing
from appeals.api.serializers import (
    CaseInFullShape,
    CaseShape,
    CompletionShape,
    DecisionShape,
    EvidenceShape,
    ExplanationShape,
    FilingShape,
    NewEvidenceShape,
    ProceduresShape,
    ReceiptsShape,
    RevivalShape,
    TurnedAwayShape,
    WithdrawalShape,
    WithdrawnShape,
)
from appeals.errors import DocumentNotAsked, ValueMoved
from appeals.evidence_files import EvidenceRefused, Limits
from appeals.forms import wanted
from appeals.letter_of import letter_of
from appeals.models import Case
from appeals.operations import Late, NewEvidence, NewItem, Papers
from appeals.operations.withdrawal import effective_on
from appeals.workflow import ANSWERED, Action, IllegalStep, Status
from records import queries as held
from records.api import showing as entries
from records.api.serializers import HeldShape
from records.values import UNREADABLE

# Counted together with what is filed and handed in on the pages.
FILES = Limit("evidence", 60, timedelta(hours=1))
_LONGEST_NAME = 200
_AROUND_A_FILE = 10_000  # bytes of a form beside its file
_A_FILING = 15_000_000  # bytes: a paper of 10 MB in base64, and what is said


class Procedures(PersonEndpoint):
    """What is open for one thing in the person's file."""

    parameters = {"GET": frozenset({"record", "measure"})}

    @extend_schema(
        operation_id="procedures_list",
        summary="See how a thing can be disputed",
        parameters=[
            OpenApiParameter("record", OpenApiTypes.UUID, required=True, description="An entry of your own file."),
            OpenApiParameter("measure", OpenApiTypes.UUID, description="A measure that rests on it."),
        ],
        responses=ProceduresShape,
    )
    def get(self, request: Request) -> Response:
        record_id, measure_id = _id(request, "record", required=True), _id(request, "measure")
        assert record_id
        target = held.held_record(self.actor, record_id)
        if measure_id and measure_id not in {measure.pk for measure in target.measures_now}:
            raise Problem(404, detail=_("There is no such entry, or it is not for you."))
        at = timezone.now()
        found = queries.offer(queries.procedures_for(target, measure_id, at), [(target, measure_id)], at)
        thing = queries.thing_of(measure_id)
        own, programme = self.actor.own_subjects, target.record.programme
        open_now = [
            showing.procedure(each, target, thing, at, within=queries.filing_window(each, [record_id], own, programme))
            for each in found.now
        ]
        later = [entries.opening(each) for each in openings.later(found.later)]
        earlier = map(showing.earlier_case, queries.earlier_about(self.actor, [record_id]))
        return Response(ProceduresShape({"results": open_now, "later": later, "earlier_cases": earlier}).data)


class Cases(PersonEndpoint):
    """The person's own cases."""

    longest_body = _A_FILING
    limits = {"POST": operations.FILINGS}
    parameters = {"GET": PAGES}

    @extend_schema(
        operation_id="cases_list",
        summary="See your cases",
        description="Newest first.",
        parameters=PAGING,
        responses=paginated("CasePage", CaseShape),
    )
    def get(self, request: Request) -> Response:
        cases = queries.cases_of(self.actor).order_by("-pk")

        def read(after: UUID | None, size: int) -> Sequence[Case]:
            return list((cases if after is None else cases.filter(pk__lt=after))[:size])

        rows, following = paged(request, read, lambda case: case.pk)
        return Response({"results": CaseShape(map(showing.case, rows), many=True).data, "next": following})

    @extend_schema(
        operation_id="cases_file",
        summary="Dispute something",
        description="All items are filed together or not at all. An entry that has changed since you saw it is a 409, "
        "with the entry as it stands now in `entries`.",
        request=FilingShape,
        responses={201: CaseInFullShape},
    )
    @once
    def post(self, request: Request) -> Response:
        shape = FilingShape(data=request.data)
        shape.is_valid(raise_exception=True)
        said, at = shape.validated_data, timezone.now()
        items = _with_wanted([_new_item(each) for each in said["items"]], self.actor)
        assert isinstance(request.user, User)  # the session of a person is that of a user
        language = said.get("language") or request.user.language
        evidence, papers = _papers(said["documents"])
        try:
            late = Late(**said["late"]) if "late" in said else None
            case = operations.file(
                procedure_id=said["procedure"],
                items=items,
                language=language,
                by=self.actor,
                at=at,
                evidence=evidence,
                papers=papers,
                late=late,
            )
        except DocumentNotAsked as error:
            place = [each["id"] for each in said["documents"]].index(error.document)
            raise problems.not_asked(error, f"#/documents/{place}/id") from error
        except ValueMoved as error:
            raise _moved(error, items, self.actor, at) from error
        location = reverse("appeals-api:case", args=[case.reference])
        return Response(_in_full(case, self.actor, at), 201, headers={"Location": location})


class OneCase(PersonEndpoint):
    """One case of the person."""

    @extend_schema(operation_id="cases_get", summary="See one case", responses=CaseInFullShape)
    def get(self, request: Request, reference: str) -> Response:
        return Response(_in_full(queries.case_for(self.actor, reference), self.actor, timezone.now()))


class EvidenceOfCase(PersonEndpoint):
    """Files that belong to a case."""

    parser_classes = (MultiPartParser,)
    longest_body = Limits().max_bytes + _AROUND_A_FILE
    limits = {"POST": FILES}

    @extend_schema(
        operation_id="cases_add_evidence",
        summary="Hand in a file",
        description="PDF, JPEG, PNG or plain text. It is parsed and written anew, so its hash may differ from yours.",
        request={"multipart/form-data": NewEvidenceShape},
        responses={201: EvidenceShape},
    )
    @once
    def post(self, request: Request, reference: str) -> Response:
        case = queries.case_for(self.actor, reference)
        queries.check_may_add_evidence(self.actor, case)
        shape = NewEvidenceShape(data=request.data)
        shape.is_valid(raise_exception=True)
        given = shape.validated_data["file"]
        name = UNREADABLE.sub("", given.name)[:_LONGEST_NAME]
        new = NewEvidence.of(name, given.read(), shape.validated_data["document"])
        try:
            row = operations.add_evidence(case.pk, new, by=self.actor, at=timezone.now())
        except DocumentNotAsked as error:
            raise problems.not_asked(error, "#/document") from error
        return Response(EvidenceShape(showing.evidence(row, name)).data, 201)


class DocumentsOfCase(PersonEndpoint):
    """Papers that the procedure asks for and that cannot be handed in."""

    @extend_schema(
        operation_id="cases_explain_document",
        summary="Say why you cannot hand in a paper",
        description="A file for it is handed in at `evidence/`, with `document`. Words do not make the case complete: "
        "a person reads them and decides what follows.",
        request=ExplanationShape,
        responses={200: CaseInFullShape},
    )
    @once
    def post(self, request: Request, reference: str) -> Response:
        case, at = queries.case_for(self.actor, reference), timezone.now()
        queries.check_may_add_evidence(self.actor, case)
        shape = ExplanationShape(data=request.data)
        shape.is_valid(raise_exception=True)
        said = shape.validated_data
        try:
            case = operations.explain_missing(case.pk, said["id"], words=said["why_not"], by=self.actor, at=at)
        except DocumentNotAsked as error:
            raise problems.not_asked(error, "#/id") from error
        return Response(_in_full(case, self.actor, at))


class ReceiptsOfCase(PersonEndpoint):
    """Proofs that what was done in a case is in the log."""

    @extend_schema(
        operation_id="cases_receipts",
        summary="Get the receipts of a case",
        description="Of its filing, the files handed in, the decision and what was done because of it. A receipt "
        "discloses what kind of thing was done, when, and the reference of the case; nothing else.",
        responses=ReceiptsShape,
    )
    def get(self, request: Request, reference: str) -> Response:
        return Response(ReceiptsShape(showing.receipts(queries.case_for(self.actor, reference))).data)


class Completion(PersonEndpoint):
    """The answer to what the person was asked for, while something is missing."""

    @extend_schema(
        operation_id="cases_complete",
        summary="Answer what is missing",
        description="While the status is `incomplete`. The case goes on with its caseworker.",
        request=CompletionShape,
        responses={200: CaseInFullShape},
    )
    @once
    def post(self, request: Request, reference: str) -> Response:
        case, at = queries.case_for(self.actor, reference), timezone.now()
        access.check(self.actor, Action.COMPLETE, case)
        shape = CompletionShape(data=request.data)
        shape.is_valid(raise_exception=True)
        case = operations.complete(case.pk, words=shape.validated_data["words"], by=self.actor, at=at)
        return Response(_in_full(case, self.actor, at))


class TurnedAway(PersonEndpoint):
    """The answer that a case is turned away. To read it is what delivers it, so a HEAD request is refused."""

    http_method_names = ["get"]

    @extend_schema(
        operation_id="cases_turned_away",
        summary="Read why a case is turned away",
        description="The first reading delivers it: from then on the time for the next step counts.",
        responses=TurnedAwayShape,
    )
    def get(self, request: Request, reference: str) -> Response:
        case = told(queries.case_for(self.actor, reference), self.actor, timezone.now())
        return Response(TurnedAwayShape(showing.turned_away(case)).data)


class LetterOfTurnedAway(PersonEndpoint):
    """The same as a letter."""

    http_method_names = ["get"]

    @extend_schema(
        operation_id="cases_turned_away_letter",
        summary="Read why a case is turned away, as a letter",
        responses={(200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY, "A tagged PDF.")},
    )
    def get(self, request: Request, reference: str) -> HttpResponse:
        at = timezone.now()
        case = told(queries.case_for(self.actor, reference), self.actor, at)
        pdf = letters.render_notice(answers.notice_of(case, on=at))
        name = f'attachment; filename="{case.reference}.pdf"'
        return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": name})


class Revival(PersonEndpoint):
    """Something new in a case that was turned away."""

    @extend_schema(
        operation_id="cases_revive",
        summary="Say what is new in a case that was turned away",
        description="The case begins anew: it waits for somebody to take it, with a new day for the answer; what it "
        "marked and stopped is marked and stopped again. `words` may be left out if a file was handed in since.",
        request=RevivalShape,
        responses={200: CaseInFullShape},
    )
    @once
    def post(self, request: Request, reference: str) -> Response:
        case, at = queries.case_for(self.actor, reference), timezone.now()
        access.check(self.actor, Action.REVIVE, case)
        shape = RevivalShape(data=request.data)
        shape.is_valid(raise_exception=True)
        case = operations.revive(case.pk, words=shape.validated_data["words"], by=self.actor, at=at)
        return Response(_in_full(case, self.actor, at))


class Withdrawal(PersonEndpoint):
    """The withdrawal of a case, and taking it back."""

    @extend_schema(
        operation_id="cases_withdraw",
        summary="Withdraw a case",
        description="Without `confirm: true` nothing happens, and the 422 says in `would` what would start again, "
        "and when. Until that day the withdrawal can be taken back.",
        request=WithdrawalShape,
        responses={200: WithdrawnShape},
    )
    @once
    def post(self, request: Request, reference: str) -> Response:
        case, at = queries.case_for(self.actor, reference), timezone.now()
        access.check(self.actor, Action.WITHDRAW, case)
        shape = WithdrawalShape(data=request.data)
        shape.is_valid(raise_exception=True)
        if not shape.validated_data["confirm"]:
            raise _not_confirmed(case, at)
        case = operations.withdraw(case.pk, by=self.actor, at=at)
        return Response(WithdrawnShape(showing.withdrawal(case, case.withdrawal_effective_on)).data)

    @extend_schema(
        operation_id="cases_undo_withdrawal",
        summary="Take a withdrawal back",
        description="Possible until the day on which it takes effect.",
        request=None,
        responses={200: CaseInFullShape},
    )
    def delete(self, request: Request, reference: str) -> Response:
        at = timezone.now()
        case = operations.undo_withdrawal(queries.case_for(self.actor, reference).pk, by=self.actor, at=at)
        return Response(_in_full(case, self.actor, at))


class DecisionOfCase(PersonEndpoint):
    """The answer to a case. To read it is what delivers it, so a HEAD request is refused."""

    http_method_names = ["get"]

    @extend_schema(
        operation_id="cases_decision",
        summary="Read the decision",
        description="The first reading delivers the decision: from then on the time for the next step counts.",
        responses=DecisionShape,
    )
    def get(self, request: Request, reference: str) -> Response:
        at = timezone.now()
        case = delivered(queries.case_for(self.actor, reference), self.actor, at)
        items = queries.open_items(case, self.actor, at=at)
        return Response(DecisionShape(showing.decision(case, items, case.remedies.all())).data)


class LetterOfDecision(PersonEndpoint):
    """The decision as a letter."""

    http_method_names = ["get"]

    @extend_schema(
        operation_id="cases_letter",
        summary="Read the decision as a letter",
        responses={(200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY, "A tagged PDF.")},
    )
    def get(self, request: Request, reference: str) -> HttpResponse:
        at = timezone.now()
        case = delivered(queries.case_for(self.actor, reference), self.actor, at)
        pdf = letters.render(letter_of(case, by=self.actor, at=at))
        name = f'attachment; filename="{case.reference}.pdf"'
        return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": name})


def delivered(case: Case, actor: Actor, at: datetime) -> Case:
    """The case of somebody who opens its decision: opening it is what delivers it (ADR 0006)."""
    if case.decided_at is None:
        raise Problem(404, detail=_("This case is not decided yet."))
    if case.status == Status.DECIDED:
        with suppress(IllegalStep):  # opened twice at once: the other one delivered it
            operations.serve(case.pk, how="opened", by=actor, at=at)
        return queries.case_for(actor, case.reference)
    return case


def told(case: Case, actor: Actor, at: datetime) -> Case:
    """The case of somebody who opens the answer that it is turned away: opening it is what delivers it."""
    if case.status == Status.SCREENED_OUT:
        with suppress(IllegalStep):  # opened twice at once: the other one delivered it
            operations.serve(case.pk, how="opened", by=actor, at=at)
        return queries.case_for(actor, case.reference)
    if case.status not in ANSWERED or not queries.was_screened_out(case):
        raise Problem(404, detail=_("This case is not turned away."))
    return case


def _in_full(case: Case, actor: Actor, at: datetime) -> Any:
    return CaseInFullShape(showing.case_in_full(case, actor, at=at)).data


def _new_item(said: dict[str, Any]) -> NewItem:
    return NewItem(
        record_id=said["record"],
        seen=said["seen"],
        ground=said["ground"],
        words=said["words"],
        wanted=said["wanted"],
        field=said["field"],
        measure_id=said["measure"],
    )


def _papers(said: Sequence[dict[str, Any]]) -> tuple[list[NewEvidence], Papers]:
    """The files among the papers, made safe, and the words for the others. Raises a problem for a file that is not."""
    evidence = []
    for place, each in enumerate(said):
        if each["file"] is None:
            continue
        name = UNREADABLE.sub("", each["file"]["name"])[:_LONGEST_NAME]
        try:
            evidence.append(NewEvidence.of(name, each["file"]["content"], each["id"]))
        except EvidenceRefused as error:
            pointer = f"#/documents/{place}/file/content"
            raise wrong_values([Mistake(error.message, error.code, pointer=pointer)]) from error
    return evidence, Papers(without={each["id"]: each["why_not"] for each in said if each["why_not"]})


def _with_wanted(items: Sequence[NewItem], actor: Actor) -> list[NewItem]:
    """The items with what a field should say as the catalogue writes it. Raises a problem for what it cannot say."""
    found = {one.record.pk: one.type for one in held.held_records(actor, [i.record_id for i in items if i.wanted])}
    normal, mistakes = [], []
    for place, item in enumerate(items):
        kind = found.get(item.record_id)
        if kind and item.wanted and item.field in kind.fields:
            item = replace(item, wanted=wanted.normal(kind, item.field, item.wanted))
            if sentence := wanted.problem(kind, item.field, item.wanted):
                mistakes.append(Mistake(sentence, "wrong_form", pointer=f"#/items/{place}/wanted"))
        normal.append(item)
    if mistakes:
        raise wrong_values(mistakes)
    return normal


def _moved(error: ValueMoved, items: Sequence[NewItem], actor: Actor, at: datetime) -> Problem:
    now = held.held_records(actor, [item.record_id for item in items])
    changed = [one for one in now if one.record.pk in error.record_ids]
    shown = HeldShape([entries.held(one, at.date()) for one in changed], many=True).data
    return problems.moved(error, items, now, shown)


def _not_confirmed(case: Case, at: datetime) -> Problem:
    """422: what a withdrawal would do, so that nobody gives up a stopped measure unawares."""
    would = showing.withdrawal(case, effective_on(case, at))
    detail = _("Withdrawing ends this case. Read in “would” what starts again and when, then send “confirm”: true.")
    mistake = Mistake(_("Send true if this is what you want."), "not_confirmed", pointer="#/confirm")
    return Problem(422, "not-confirmed", detail, errors=[mistake], more={"would": WithdrawnShape(would).data})


def _id(request: Request, name: str, *, required: bool = False) -> UUID | None:
    text = request.query_params.get(name, "")
    if not text and not required:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise wrong_parameter(name, _("Name an entry by its id."), "wrong_form" if text else "missing") from None
