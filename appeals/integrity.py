"""What must hold about cases and what they do to the data, whatever crashed. Reads only.

A finding is a code and an id, never a value, so that it can be printed, logged and sent. `CHECKS`
here and in the packages below say what is looked for; `manage.py check_integrity` and the tests run them.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from accounts.models import Membership, Role
from appeals import queries, vault
from appeals.models import (
    Case,
    Clock,
    ClockEntry,
    ClockState,
    EntryKind,
    Evidence,
    Item,
    Remedy,
    RemedyKind,
    RemedyState,
    Screening,
)
from appeals.workflow import DELIVERED, OPEN, STEPS, UNANSWERED, Status
from audit import integrity as log
from audit.integrity import Check
from audit.models import Entry
from delivery import integrity as messages
from records import integrity as records

_WORK_LATE = timedelta(minutes=15)  # the sweep looks every half minute
_DAY_LATE = timedelta(days=2)  # what waits for a day is done after it has ended everywhere

# What the status is after the last of these events of a case.
STATUS_AFTER: Mapping[str, Status] = {
    "case.filed": Status.FILED,
    **{step.event: step.to for step in STEPS.values()},
}


class Finding(NamedTuple):
    """Something that does not hold: what, and for which row."""

    code: str
    id: str


def findings(at: datetime) -> Iterator[Finding]:
    """Everything that does not hold at `at`, one check after the other."""
    for code, check in all_checks().items():
        for found in check(at):
            yield Finding(code, str(found))


def all_checks() -> dict[str, Check]:
    """The checks of this package and of those below, by code."""
    return {**log.CHECKS, **messages.CHECKS, **records.CHECKS, **CHECKS}


def _without_entry(_at: datetime) -> Iterable[object]:
    """Cases of whose filing the log knows nothing."""
    entry = Entry.objects.filter(case_id=OuterRef("pk"), event_type="case.filed")
    return _ids(Case.objects.exclude(Exists(entry)))


def _status_differs_from_log(_at: datetime) -> Iterable[object]:
    """Cases that stand where the log did not lead them."""
    moves = Entry.objects.filter(case_id=OuterRef("pk"), event_type__in=STATUS_AFTER).order_by("-entry_id")
    last = Case.objects.annotate(last=Subquery(moves.values("event_type")[:1]))
    for pk, status, event in last.values_list("pk", "status", "last").iterator():
        if event and STATUS_AFTER[event] != status:
            yield pk


def _without_item(_at: datetime) -> Iterable[object]:
    """Cases about nothing."""
    return _ids(Case.objects.exclude(Exists(Item.objects.filter(case=OuterRef("pk")))))


def _caseworker_without_seat(_at: datetime) -> Iterable[object]:
    """Cases that lie with somebody who no longer decides for their holder."""
    seat = Membership.objects.filter(
        user=OuterRef("caseworker"),
        organisation=OuterRef("holder"),
        role=Role.CASEWORKER,
        ended_at__isnull=True,
        user__is_active=True,
    )
    held = Case.objects.filter(status__in=(Status.IN_REVIEW, Status.AWAITING_APPROVAL, Status.SCREENING))
    return _ids(held.exclude(Exists(seat)))


def _item_unanswered(_at: datetime) -> Iterable[object]:
    """Items of a decided case without an answer, or with a remedy that was promised and never ordered."""
    decided = Item.objects.filter(case__decided_at__isnull=False)
    return _ids(decided.filter(Q(answer__isnull=True) | ~Q(answer__remedy="") & Q(remedy__isnull=True)))


def _turned_away_without_reasons(_at: datetime) -> Iterable[object]:
    """Cases that are turned away, or that may be, of which no row says why; and rows of which no case knows."""
    said = Exists(Screening.objects.filter(case=OuterRef("pk"), ended_at__isnull=True))
    turned_away = (Status.SCREENING, Status.SCREENED_OUT, Status.SCREENING_SERVED)
    yield from _ids(Case.objects.filter(~said, status__in=turned_away))
    # One that was closed stays turned away.
    yield from _ids(Case.objects.filter(said, status__in=(OPEN - set(turned_away)) | {Status.WITHDRAWN}))


def _remedy_overdue(at: datetime) -> Iterable[object]:
    """Remedies that should have been carried out."""
    return _ids(Remedy.objects.filter(state=RemedyState.WAITING, ordered_at__lt=at - _WORK_LATE))


def _remedy_of_another_kind(_at: datetime) -> Iterable[object]:
    """Remedies that are not what the decision says."""
    return _ids(Remedy.objects.exclude(item__answer__remedy=F("kind")))


def _remedy_without_effect(_at: datetime) -> Iterable[object]:
    """Remedies that are done, and whose record is in the file again, or whose measure is not at an end."""
    taken_out = Q(kind__in=(RemedyKind.DELETE, RemedyKind.DETACH), item__record__state="current")
    lifted = Q(kind=RemedyKind.LIFT) & ~Q(item__measure__state="lifted")
    return _ids(Remedy.objects.filter(taken_out | lifted, state=RemedyState.DONE))


def _withdrawal_overdue(at: datetime) -> Iterable[object]:
    """Withdrawals whose day has long come."""
    return queries.withdrawals_due((at - _DAY_LATE).date())


def _service_overdue(at: datetime) -> Iterable[object]:
    """Decisions that should count as served by now."""
    return queries.deemed_served(at - _DAY_LATE)


def _closing_overdue(at: datetime) -> Iterable[object]:
    """Cases that should have been closed; one whose remedy waits is found by that."""
    waiting = Remedy.objects.filter(state=RemedyState.WAITING).values("case_id")
    ended = queries.windows_ended((at - _DAY_LATE).date())
    return _ids(Case.objects.filter(pk__in=ended, served_at__lt=at - _DAY_LATE).exclude(pk__in=waiting))


def _mark_without_open_case(_at: datetime) -> Iterable[object]:
    """Records that are shown as disputed although nobody disputes them any more."""
    marks = list(records.open_marks())
    cases = _open_cases(case_id for _, case_id in marks)
    waiting = set(Remedy.objects.filter(state=RemedyState.WAITING).values_list("case_id", "item__record_id"))
    for record_id, case_id in marks:
        case = cases.get(case_id)
        if case is None or (case.status in DELIVERED and (case_id, record_id) not in waiting):
            yield record_id


def _suspended_without_open_case(_at: datetime) -> Iterable[object]:
    """Measures that stand still with no day to start again, though the case that stopped them is over."""
    measures = [measure for measure in records.suspended_measures() if measure.resumes_on is None]
    cases = _open_cases(measure.suspended_by_case for measure in measures)
    for measure in measures:
        assert measure.suspended_by_case
        case = cases.get(measure.suspended_by_case)
        if case is None or _should_have_a_day(case, measure.record_id):
            yield measure.pk


def _clock_differs_from_ledger(_at: datetime) -> Iterable[object]:
    """Deadlines that are not what their ledger says, or that an open case should have and has not."""
    open_ones = Clock.objects.exclude(state=ClockState.DONE).select_related("case")
    for clock in open_ones.iterator():
        try:
            due = queries.count(clock.case, clock.name)
        except LookupError:  # not started, or no such clock
            yield clock.case_id
            continue
        if (due.earliest, due.latest) != (clock.due_earliest, clock.due_latest):
            yield clock.case_id
    undecided = Case.objects.filter(status__in=UNANSWERED)
    renewed = ClockEntry.objects.filter(case=OuterRef("case"), kind=EntryKind.RENEWED, id__gte=OuterRef("id"))
    starts = ClockEntry.objects.filter(~Exists(renewed), clock="decide", kind=EntryKind.STARTED)
    started = Exists(starts.filter(case=OuterRef("pk")))
    running = Exists(Clock.objects.filter(case=OuterRef("pk"), name="decide"))
    yield from _ids(undecided.filter(started).exclude(running))


def _clock_overlooked(at: datetime) -> Iterable[object]:
    """Deadlines that the sweep should have dealt with."""
    overdue = Clock.objects.filter(look_on__lt=(at - _DAY_LATE).date())
    return overdue.values_list("case_id", flat=True).iterator()


def _evidence_without_file(_at: datetime) -> Iterable[object]:
    """Evidence whose file is not in the vault."""
    return (pk for pk in Evidence.objects.values_list("pk", flat=True).iterator() if not vault.is_there(pk))


def _open_cases(ids: Iterable[UUID | None]) -> dict[UUID, Case]:
    return {case.pk: case for case in Case.objects.filter(pk__in=set(ids), status__in=OPEN)}


def _should_have_a_day(case: Case, record_id: UUID) -> bool:
    """Whether it is settled that what this case stopped on the record starts again: served, and no remedy waits."""
    if case.status not in DELIVERED or queries.procedure_of(case).clock("resume_after_service") is None:
        return False
    return not Remedy.objects.filter(case=case, state=RemedyState.WAITING, item__record_id=record_id).exists()


def _ids(rows: "QuerySet[Any]") -> Iterable[object]:
    return rows.values_list("pk", flat=True).iterator()


CHECKS: Mapping[str, Check] = {
    "case.without_entry": _without_entry,
    "case.status_differs_from_log": _status_differs_from_log,
    "case.without_item": _without_item,
    "case.caseworker_without_seat": _caseworker_without_seat,
    "case.withdrawal_overdue": _withdrawal_overdue,
    "case.service_overdue": _service_overdue,
    "case.closing_overdue": _closing_overdue,
    "case.turned_away_without_reasons": _turned_away_without_reasons,
    "item.unanswered": _item_unanswered,
    "remedy.overdue": _remedy_overdue,
    "remedy.differs_from_decision": _remedy_of_another_kind,
    "remedy.without_effect": _remedy_without_effect,
    "record.marked_without_case": _mark_without_open_case,
    "measure.suspended_without_case": _suspended_without_open_case,
    "clock.differs_from_ledger": _clock_differs_from_ledger,
    "clock.overlooked": _clock_overlooked,
    "evidence.without_file": _evidence_without_file,
}
