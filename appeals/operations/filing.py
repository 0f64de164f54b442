"""Filing: in one transaction the case, its items, what it marks and suspends, the clock, the log, the notices."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from accounts.actors import SERVICE, Actor
from accounts.models import Organisation, Subject
from accounts.operations import mandates, register_organisation
from accounts.throttle import Limit
from appeals import access, queries, reference
from appeals.errors import (
    AlreadyDisputed,
    GroundNotOffered,
    NoSuchField,
    NothingToDispute,
    NotInYourFile,
    NotOpenHere,
    NotReceivedYet,
    StillWaiting,
    ValueMoved,
)
from appeals.models import AnswerBy, Case, DisputeDraft, Item, Standing
from appeals.operations import clocks, documents, lateness, steps
from appeals.operations.documents import Papers
from appeals.operations.evidence import NewEvidence, keep_evidence, store_evidence
from appeals.operations.lateness import Late
from appeals.sealed import seal
from appeals.workflow import UNANSWERED
from delivery import operations as delivery
from law.procedures import Procedure
from law.rules import Thing
from records import catalogue
from records import operations as records
from records import queries as held
from records.presentation import reader
from records.queries import Held

if TYPE_CHECKING:
    from records.models import Record

# Enough for anybody who writes by hand, on pages and by API together; a script is slowed down.
FILINGS = Limit("filing", 20, timedelta(hours=1))


@dataclass(frozen=True)
class NewItem:
    """One thing to dispute. `seen` is the version of the record that the person saw."""

    record_id: UUID
    seen: UUID
    ground: str
    words: str
    wanted: str = ""
    field: str = ""
    measure_id: UUID | None = None

    @property
    def kind(self) -> Thing:
        """What the law asks of it: `record` (or a field of one) or `measure`."""
        return "measure" if self.measure_id else "record"


@dataclass(frozen=True)
class OnPaper:
    """What is known of a dispute that came on paper, and of the official who types it in."""

    received_on: date
    standing: Standing
    answer_by: AnswerBy
    entered_by: Actor
    posted_on: date | None = None

    def given_on(self, procedure: Procedure) -> date:
        """The day that is compared with the person's own time. Raises `PostedLater`."""
        lateness.check_posted(self.posted_on, self.received_on)
        return procedure.day_given(self.received_on, self.posted_on)


@transaction.atomic
def file(
    *,
    procedure_id: str,
    items: Sequence[NewItem],
    language: str,
    by: Actor,
    at: datetime,
    evidence: Sequence[NewEvidence] = (),
    on_paper: OnPaper | None = None,
    late: Late | None = None,
    papers: Papers | None = None,
) -> Case:
    """File a dispute of things in the actor's own file. Raises a `CaseError` that says what to do.

    `by` is the person whose file it is, also for `on_paper`: then the official who types it in signs the entry,
    and everything is counted from the day on which the paper was received. `late`: why it comes after its window.
    `papers`: what is there of the papers that the procedure asks for, besides `evidence`.
    """
    access.check_may_dispute(by)
    # One person files one thing at a time: of two at once, the second sees what the first disputed.
    subject = Subject.objects.select_for_update(no_key=True).get(pk=by.own_subject)
    mandates.hold(by, at=at)
    targets = _targets(items, by)
    programme = catalogue.programme(targets[0].record.programme)
    received_on = on_paper.received_on if on_paper else None
    procedure = _open_procedure(procedure_id, items, targets, received_on or at)
    _check_grounds(procedure, items)
    _check_waiting(procedure, items, targets, at)
    check_not_disputed(items, by.own_subjects)
    standing = on_paper.standing if on_paper else access.standing_of(by, subject.kind)
    access.check_standing(procedure, standing)
    window = queries.filing_window(procedure, [item.record_id for item in items], by.own_subjects, programme.id)
    given_on = on_paper.given_on(procedure) if on_paper else None
    is_late = lateness.check_window(procedure, window, late, at=at, given_on=given_on)
    papers = (papers or Papers()).also(evidence)
    required = documents.check(procedure, items, targets, papers, at_the_door=on_paper is None)
    case = _new_case(procedure, programme, standing, language=language, by=by, at=at, on_paper=on_paper)
    if explained := {each.rule.id: each.why_not for each in required if each.why_not}:
        documents.keep_words(case, explained)
        case.save(update_fields=["sealed_without"])
    by = on_paper.entered_by if on_paper else by
    for number, (item, target) in enumerate(zip(items, targets, strict=True), 1):
        _add_item(case, number, item, target)
    steps.record(
        case,
        "case.filed",
        by=by,
        at=at,
        facts={
            "procedure": f"{procedure.id}@{procedure.version}",
            "items": str(len(items)),
            "state_after": case.status,
            "standing": case.standing,
            "received_on": case.received_on.isoformat() if case.received_on else "",
            "posted_on": case.posted_on.isoformat() if case.posted_on else "",
            "papers_missing": " ".join(each.rule.id for each in required if each.is_incomplete),
        },
    )
    if window and is_late:
        lateness.note(case, window, late, by=by, at=at)
    for each in evidence:
        store_evidence(case, each, by=by, at=at)
    _interim_effects(case, procedure, items, targets, at=at)
    _tell(case, {target.record.pk: target.record for target in targets}.values(), at=at)
    is_whole = not any(each.is_incomplete for each in required)
    start_clocks(case, procedure, papers_complete=is_whole, by=by, at=at, on=case.received_on)
    return case


@transaction.atomic
def file_draft(draft_id: UUID, *, language: str, by: Actor, at: datetime) -> Case:
    """File what the person wrote in steps. Sent twice, it is filed once: the second time returns the same case."""
    queries.draft_for(by, draft_id)
    Subject.objects.select_for_update(no_key=True).get(pk=by.own_subject)  # before the draft, as whoever erases does
    # No join here: after waiting for the lock, the joined row would be the one from before (none).
    draft = DisputeDraft.objects.select_for_update(no_key=True).get(pk=draft_id)
    if draft.filed_as is not None:
        return draft.filed_as
    handed_in = list(draft.evidence.all())
    case = file(
        procedure_id=draft.procedure,
        items=[_from_draft(item) for item in queries.draft_items(draft)],
        language=language,
        by=by,
        at=at,
        late=Late(draft.late_reason, queries.excuse_of_draft(draft)) if draft.late_reason else None,
        papers=Papers(frozenset(each.document for each in handed_in), queries.explained(draft), is_draft=True),
    )
    asked = {each.rule.id for each in queries.required_of(case)}
    for each in handed_in:
        paper = each.document if each.document in asked else ""  # the procedure was changed since it was handed in
        keep_evidence(case, each.pk, each.sealed_name, each.kind, each.size, each.digest, paper, by=by, at=at)
    draft.evidence.all().delete()
    draft.filed_as = case
    draft.save(update_fields=["filed_as"])
    return case


def _targets(items: Sequence[NewItem], by: Actor) -> list[Held]:
    """The disputed records, in the order of the items, as they stand; all of one programme and still as seen."""
    if not items:
        raise NothingToDispute
    found = {each.record.pk: each for each in held.held_records(by, [item.record_id for item in items])}
    if missing := [item for item in items if item.record_id not in found]:
        raise NotInYourFile(missing and "")
    targets = [found[item.record_id] for item in items]
    if len({target.record.programme for target in targets}) > 1:
        raise NotOpenHere
    if moved := [t.record.pk for t, item in zip(targets, items, strict=True) if t.version.pk != item.seen]:
        raise ValueMoved(list(moved))
    for item, target in zip(items, targets, strict=True):
        if item.measure_id and item.measure_id not in {measure.pk for measure in target.measures_now}:
            raise NotInYourFile
        if item.field and item.field not in target.type.fields:
            raise NoSuchField
    return targets


def _open_procedure(procedure_id: str, items: Sequence[NewItem], targets: Sequence[Held], on: date) -> Procedure:
    """The version that is law at the moment of filing, or on the day on which a paper was received."""
    things = [(target, item.measure_id) for item, target in zip(items, targets, strict=True)]
    for procedure in queries.procedures_for_all(things, on):
        if procedure.id == procedure_id:
            return procedure
    raise NotOpenHere


def _check_grounds(procedure: Procedure, items: Sequence[NewItem]) -> None:
    for item in items:
        if item.ground not in {ground.id for ground in procedure.grounds_for(item.kind)}:
            raise GroundNotOffered


def _check_waiting(procedure: Procedure, items: Sequence[NewItem], targets: Sequence[Held], at: datetime) -> None:
    """Raise `StillWaiting` for what the law lets somebody ask for only later."""
    for place, (item, target) in enumerate(zip(items, targets, strict=True)):
        found = queries.waiting_for(procedure, target, item.kind, at)
        if found is None or not found.keeps_back or item.ground not in found.grounds:
            continue
        assert found.wait.opens_on
        title = procedure.title.in_language(reader())
        raise StillWaiting(title, found.wait.opens_on, None if found.is_whole else place)


def check_not_disputed(items: Sequence[NewItem] | Sequence[Item], subject_ids: Iterable[UUID]) -> None:
    """Raise `AlreadyDisputed` where a case that is not answered yet is about the same thing."""
    for item in items:
        same = Item.objects.filter(
            subject_id__in=list(subject_ids),
            record_id=item.record_id,
            field=item.field,
            measure=item.measure_id,
            case__status__in=UNANSWERED,
        ).select_related("case")
        if found := same.first():
            raise AlreadyDisputed(found.case.reference)


def _new_case(
    procedure: Procedure,
    programme: catalogue.Programme,
    standing: Standing,
    *,
    language: str,
    by: Actor,
    at: datetime,
    on_paper: OnPaper | None,
) -> Case:
    filed_at = received_at(procedure, on_paper.received_on, at) if on_paper else at
    due = queries.expected(procedure, procedure.local_date(filed_at), programme.id)
    case = Case(
        subject_id=by.own_subject,
        programme=programme.id,
        holder=_decider(procedure, programme, at),
        procedure=procedure.id,
        procedure_version=procedure.version,
        language=language,
        filed_at=filed_at,
        filed_by_id=on_paper.entered_by.own_user if on_paper else by.own_user,
        standing=standing,
        mandate_id=by.acts.mandate_id if by.acts else None,
        received_on=on_paper.received_on if on_paper else None,
        posted_on=on_paper.posted_on if on_paper else None,
        entered_by_id=on_paper.entered_by.own_user if on_paper else None,
        answer_by=on_paper.answer_by if on_paper else AnswerBy.PAGE,
        decide_by=due.earliest,
        decide_by_latest=due.latest,
        due_is_provisional=due.provisional,
    )
    _save_under_new_reference(case)
    return case


def start_clocks(
    case: Case, procedure: Procedure, *, papers_complete: bool, by: Actor, at: datetime, on: date | None
) -> None:
    """What filing starts, and what it has done already: it told the person, the source, and placed the marks.

    `on`: the day on which it was received on paper, if it was.
    """
    events = clocks.events_of_filing(procedure, papers_complete=papers_complete)
    clocks.happened(case, *events, by=by, at=at, on=on)
    clocks.done(case, "filed", by=SERVICE, at=at)


def received_at(procedure: Procedure, received_on: date, at: datetime) -> datetime:
    """The moment that stands for a day on which a paper was received: now on the day itself, else that day's noon.

    Raises `NotReceivedYet` for a day that has not come where the procedure is law.
    """
    if received_on > procedure.local_date(at):
        raise NotReceivedYet
    if received_on == procedure.local_date(at):
        return at
    return datetime.combine(received_on, time(12), ZoneInfo(procedure.time_zone))


def _decider(procedure: Procedure, programme: catalogue.Programme, at: datetime) -> Organisation:
    """The organisation whose staff decide, registered when this is the first case for it."""
    office = queries.decider(procedure, programme)
    if office is None:
        raise NotOpenHere
    return _registered(office, at)


def _registered(office: catalogue.Holder, at: datetime) -> Organisation:
    return register_organisation(code=office.code, name_en=office.en, name_zh=office.zh, by=SERVICE, at=at)


def _save_under_new_reference(case: Case) -> None:
    """Two cases draw the same reference once in billions; then another is drawn."""
    while True:
        case.reference = reference.new()
        try:
            with transaction.atomic():
                case.save(force_insert=True)
        except IntegrityError:
            if not Case.objects.filter(reference=case.reference).exists():
                raise
        else:
            return


def _add_item(case: Case, number: int, item: NewItem, target: Held) -> None:
    Item.objects.create(
        case=case,
        subject_id=case.subject_id,
        number=number,
        record_id=item.record_id,
        version=target.version,
        field=item.field,
        measure_id=item.measure_id,
        ground=item.ground,
        sealed=seal(case.subject_id, words=item.words, wanted=item.wanted),
    )


def _interim_effects(
    case: Case, procedure: Procedure, items: Sequence[NewItem], targets: Sequence[Held], *, at: datetime
) -> None:
    """What the procedure says happens at once: marks, and measures that stop."""
    actor = queries.person_actor(case)
    if procedure.marks_disputed:
        for record_id, field_name in sorted({(item.record_id, item.field) for item in items}):
            records.mark_disputed(record_id, field=field_name, case_id=case.pk, by=actor, at=at)
    if procedure.suspends_measures:
        wanted = {
            measure.pk
            for item, target in zip(items, targets, strict=True)
            for measure in target.measures_now
            if item.measure_id in (None, measure.pk)
        }
        records.suspend(wanted, case_id=case.pk, by=actor, at=at)


def _tell(case: Case, disputed: "Iterable[Record]", *, at: datetime) -> None:
    delivery.tell_subject(
        case.subject_id, "case_filed", at=at, mail=True, case_id=case.pk, params={"reference": case.reference}
    )
    tell_sources(case, disputed, at=at)


def tell_sources(case: Case, disputed: "Iterable[Record]", *, at: datetime) -> None:
    """Tell the source of each of these records that it is disputed, and their holder where another office decides."""
    holder = catalogue.programme(case.programme).holder
    below = [] if case.holder.code == holder.code else [_registered(holder, at).pk]
    for record in disputed:
        for office in dict.fromkeys((record.source_id, *below)):
            delivery.tell_organisation(
                office,
                "source_told_dispute",
                at=at,
                case_id=case.pk,
                record_id=record.pk,
                params={"source_ref": record.source_ref, "type": held.record_title(record)},
            )


def _from_draft(item: "queries.OpenDraftItem") -> NewItem:
    return NewItem(
        record_id=item.row.record_id,
        seen=item.row.version_id,
        ground=item.row.ground,
        words=item.words,
        wanted=item.wanted,
        field=item.row.field,
        measure_id=item.row.measure_id,
    )
