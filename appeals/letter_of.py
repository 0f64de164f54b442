"""The decision of a case in finished words: one text for the page, the letter, and the caseworker's preview."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import takewhile

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from accounts import queries as accounts
from accounts.actors import Actor
from accounts.models import Role
from appeals import presentation, queries, windows
from appeals.letters import Answer, Letter, NextTier, Signature
from appeals.models import Case, Outcome, RemedyKind, Standing
from appeals.queries import OpenAnswer, OpenItem
from audit import publishing
from law import procedures
from law.clocks import NotStarted
from law.grounds import grounds
from law.procedures import NoSuchClock, Procedure
from law.rules import Tier
from records import catalogue
from records import presentation as entries
from records import queries as held

# What the log holds of one service; a day that was set later is not part of the letter.
_SERVED = frozenset({"case.served", "case.screening_served"})
_SERVICE = _SERVED | {"record.unmarked", "measure.resumption_set"}


@dataclass(frozen=True, slots=True)
class Signer:
    """Who had a part in the decision, as others know them. `role` is in the reader's language."""

    role: str
    number: str
    did: str


def letter_of(case: Case, *, by: Actor, at: datetime, language: str = "") -> Letter:
    """The letter of a decided case, opened for `by`: the person, or staff, who leave an entry for the look.

    In the case's language unless another is asked for. Raises `ValueError` for a case without a decision.
    """
    if case.decided_at is None:
        raise ValueError("This case is not decided.")
    items = queries.open_items(case, by, at=at, purpose="own_file" if by.subject_id else "review")
    language = language or case.language
    with override(language):
        return _letter(case, items, language)


def signers(case: Case) -> list[Signer]:
    """Who wrote and who approved the decision, from the log: one or two people, by role and number."""
    acts, _looks = queries.acts_and_looks(case)
    last = {act.event: act for act in acts if act.number is not None}
    did = [("case.submitted", _("wrote the decision")), ("case.decided", _("approved the decision"))]
    if "case.submitted" not in last:
        did = [("case.decided", _("decided"))]
    return [Signer(role_of(last[event].role), str(last[event].number), words) for event, words in did if event in last]


def _letter(case: Case, items: Sequence[OpenItem], language: str) -> Letter:
    procedure = queries.procedure_of(case)
    signed = signers(case)
    assert case.decided_at
    return Letter(
        language=language,
        reference=case.reference,
        programme=presentation.programme_title(case.programme),
        holder=entries.organisation(case.holder.name),
        addressee=accounts.name_of(case.subject_id),
        procedure=presentation.procedure_title(procedure),
        filed_on=procedure.local_date(case.filed_at),
        decided_on=procedure.local_date(case.decided_at),
        answers=tuple(_answer(case, item) for item in items),
        looked_at=tuple(_looked_at(case, items)),
        next_steps=tuple(_next_steps(case, procedure, items)),
        signature=_signature(case, signed),
        standing="" if case.standing == Standing.SELF else case.get_standing_display(),
        next_tier=_next_tier(case, procedure),
        checkpoint=publishing.on_day(case.decided_at.date()),
    )


def _answer(case: Case, item: OpenItem) -> Answer:
    row, answer = item.row, item.answer
    assert answer
    return Answer(
        title=presentation.thing(
            case.programme, row.record.type, field=row.field, measure=row.measure.type if row.measure else ""
        ),
        ground=grounds()[row.ground].title.in_language(entries.reader()),
        outcome=str(Outcome(answer.outcome).label),
        reasons=answer.reasons,
        changes=_changes(case, item, answer),
    )


def _changes(case: Case, item: OpenItem, answer: OpenAnswer) -> str:
    """What is done because of one answer."""
    kind = catalogue.programme(case.programme).types[item.row.record.type]
    match answer.remedy:
        case RemedyKind.CORRECT:
            was = item.as_disputed.values.get(answer.field) if item.as_disputed else None
            names = {
                "field": entries.title(kind, answer.field),
                "now": entries.value(kind, answer.field, answer.value),
                "was": _("nothing") if was is None else entries.value(kind, answer.field, was),
            }
            return _("“%(field)s” is changed to: %(now)s. It said: %(was)s.") % names
        case RemedyKind.DELETE:
            return _("The entry is deleted from your file. Everything that rests on it ends.")
        case RemedyKind.DETACH:
            return _("The entry leaves your file, because it is about somebody else. What rests on it ends for you.")
        case RemedyKind.LIFT:
            return _("The measure ends. The entry that it rested on stays.")
    return _("Nothing is changed.")


def _looked_at(case: Case, items: Sequence[OpenItem]) -> list[str]:
    """What was there when it was decided; who reads the letter again later reads the same."""
    assert case.decided_at
    said = [_("What you wrote, and what the entries said before and say now.")]
    if files := case.evidence.filter(added_at__lte=case.decided_at).count():
        said.append(
            ngettext("%(number)d file that was handed in.", "%(number)d files that were handed in.", files)
            % {"number": files}
        )
    records = {item.row.record_id for item in items}
    answers = held.number_of_answers(records, since=case.filed_at, until=case.decided_at)
    said.append(
        ngettext(
            "What the organisation that sent the entry sent during the case, %(number)d time.",
            "What the organisation that sent the entry sent during the case, %(number)d times.",
            answers,
        )
        % {"number": answers}
        if answers
        else _("The organisation that sent the entry sent nothing during the case.")
    )
    return said


def _next_steps(case: Case, procedure: Procedure, items: Sequence[OpenItem]) -> list[str]:
    """What happens now, in the order in which it concerns the person."""
    steps = []
    if any(item.answer and item.answer.remedy for item in items):
        steps.append(_put_right_by(case, procedure))
        steps.append(_("The organisation that sent the entry is told, so that it puts its own data right."))
        steps.append(_("Whoever received it and follows its changes is told too."))
    if any(item.answer and not item.answer.remedy for item in items):
        if procedure.marks_disputed:
            steps.append(_("What stays as it is loses its mark “disputed”."))
        steps.append(
            _(
                "To an entry that stays you may add a statement in your own words. Whoever receives the entry later"
                " receives your words with it."
            )
        )
    return steps + starting_again(case, procedure)


def _put_right_by(case: Case, procedure: Procedure) -> str:
    assert case.decided_at
    try:
        due = queries.count(case, "correct")  # as the case page counts it, with the days that the office declared
    except NotStarted:  # decided before deadlines had ledgers
        due = procedures.due_for(procedure, "correct", procedure.local_date(case.decided_at))
    except NoSuchClock:
        return _("What we decided is carried out now. Your case shows when it is done.")
    day = presentation.by_day(due)
    return _("What we decided is carried out by %(day)s. Your case shows when it is done.") % {"day": day}


def starting_again(case: Case, procedure: Procedure) -> list[str]:
    """When each measure that the case had stopped may start again: after service from the log, which stays as it is."""
    if case.served_at is None:
        return [_stays_stopped(case, procedure, measure.type) for measure in held.measures_suspended_by(case.pk)]
    acts, _looks = queries.acts_and_looks(case)
    last = max((place for place, act in enumerate(acts) if act.event in _SERVED), default=len(acts))
    with_it = takewhile(lambda act: act.event in _SERVICE, acts[last:])
    facts = [act.facts for act in with_it if act.event == "measure.resumption_set"]
    by_day: dict[str, list[str]] = {}
    for fact in facts:
        if "measure" in fact:  # absent once the person's key was destroyed
            by_day.setdefault(str(fact["effective_on"]), []).append(_measure(case, str(fact["measure"])))
    return [_start_again(titles, date.fromisoformat(day)) for day, titles in by_day.items()]


def _measure(case: Case, logged: str) -> str:
    """The name of a measure as the log names it: by type and id."""
    return presentation.thing(case.programme, "", measure=logged.partition(":")[0])


def _start_again(titles: Sequence[str], day: date) -> str:
    quoted = entries.listed(f"“{title}”" for title in titles)
    return _("“%(measure)s” may start again on %(day)s, not before.") % {
        "measure": quoted[1:-1],
        "day": entries.day(day),
    }


def _stays_stopped(case: Case, procedure: Procedure, measure: str) -> str:
    names = {"measure": presentation.thing(case.programme, "", measure=measure)}
    if procedure.clock("resume_after_service") is None:
        return _("“%(measure)s” stays stopped.") % names
    return _("“%(measure)s” stays stopped at first. It may start again some days after you get this decision.") % names


def _next_tier(case: Case, procedure: Procedure) -> NextTier | None:
    tier = procedure.next_tier(after=procedure.tiers[0].id)
    if tier is None:
        return None
    language = entries.reader()
    told_at = case.served_at or case.decided_at
    assert told_at
    window = windows.for_tier(case, tier, told_at)  # a letter says the same whenever it is printed again
    text = f"{tier.title.in_language(language)}\n\n{presentation.how_to_reach(tier, case)}"
    return NextTier(text, tuple(windows.lines(window)) if window else (), tuple(_further(case, procedure, tier)))


def _further(case: Case, procedure: Procedure, after: Tier) -> Iterator[str]:
    """The ways that are open after the next one: an authority, a court."""
    tier = procedure.next_tier(after=after.id)
    while tier is not None:
        yield _("After that: %(way)s") % {"way": presentation.way_to(tier, case)}
        tier = procedure.next_tier(after=tier.id)


def _signature(case: Case, signed: Sequence[Signer]) -> Signature:
    organisation = entries.organisation(case.holder.name)
    if not signed:  # the organisation's key was destroyed, so the log no longer says who it was
        return Signature(role="", number="", organisation=organisation)
    return Signature(role=signed[-1].role, number=signed[-1].number, organisation=organisation)


def role_of(role: str) -> str:
    return str(Role(role).label) if role in Role.values else role
