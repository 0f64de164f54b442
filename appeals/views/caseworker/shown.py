"""What an official reads of a case, in their language: from opened items and the log to lines of a page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.actors import Actor
from accounts.models import Role
from appeals import presentation as cases
from appeals.forms import wanted
from appeals.forms.caseworker import OUTCOMES, TURNS
from appeals.models import Case, Evidence, Item, RemedyKind, Screening
from appeals.queries import Act, EarlierCase, EarlierItem, OpenAnswer, OpenItem, OpenScreening, rule_text
from appeals.workflow import UNANSWERED, Status
from law.grounds import grounds
from records import catalogue, presentation
from records.catalogue import RecordType
from records.content import Said
from records.presentation import Effect, Line
from records.queries import EarlierEnd, OpenVersion, SourceAnswer

Words = str | Promise

# Of an official's log; what is not here is told to both sides in the same words.
EVENTS: Mapping[str, Words] = {
    "case.document_explained": gettext_lazy("The person said why they cannot hand in a paper that is needed"),
    "case.asked_to_complete": gettext_lazy("The person was asked for what is missing"),
    "case.completed": gettext_lazy("The person answered, and the case went on"),
    "case.served": gettext_lazy("The decision reached the person"),
    "case.screening_served": gettext_lazy("The person was told that the case is turned away"),
    "case.revived": gettext_lazy("The person added something new, and the case began anew"),
    "case.withdrawal_asked": gettext_lazy("The person asked to withdraw the case"),
    "case.withdrawal_undone": gettext_lazy("The person took the withdrawal back, and the case went on"),
    "letter.printed": gettext_lazy("A letter to the person was printed"),
    "letter.posted": gettext_lazy("A letter to the person was posted"),
    "letter.delivered": gettext_lazy("It was noted that a letter reached the person"),
    "record.sealed": gettext_lazy("The entry was deleted from the file"),
    "record.detached": gettext_lazy("The entry left the file, because it is about somebody else"),
}
ROLES: Mapping[str, Words] = {
    "person": gettext_lazy("The person"),
    "representative": gettext_lazy("Somebody who acts for the person"),
    "service": gettext_lazy("This service, by itself"),
    "system": gettext_lazy("A system"),
}


@dataclass(frozen=True, slots=True)
class Due:
    """The day to work to. `in_words` says how far off it is, so that colour is never needed."""

    on: date
    in_words: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class ActShown:
    """One line of the timeline or of who looked, for includes/timeline.html."""

    title: str
    at: datetime
    by: str
    text: str = ""
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What one field said and says, for _change.html: each side may be in another language than the page."""

    key: str
    was: str
    now: str

    @property
    def was_lang(self) -> str:
        return presentation.lang_of(self.was)

    @property
    def now_lang(self) -> str:
        return presentation.lang_of(self.now)


@dataclass(frozen=True, slots=True)
class VersionShown:
    """One version of a record: what it changed, or what it said if it is the first, and where it came from."""

    number: int
    cause: str
    recorded_at: datetime
    valid: str
    is_disputed: bool
    lines: list[Line]
    changes: list[Change]
    origin: list[Line]
    is_purged: bool


@dataclass(frozen=True, slots=True)
class AnswerShown:
    """The answer to one item. `change` for a correction."""

    outcome: str
    remedy: str
    reasons: str
    lang: str
    change: Change | None


@dataclass(frozen=True, slots=True)
class MeasureShown:
    """One measure that rests on the record. `resumes_on`: the first day on which it may start again."""

    effect: Effect
    resumes_on: date | None


@dataclass(frozen=True, slots=True)
class SentShown:
    """What the source sent during the dispute: what would change, and what became of it."""

    title: str
    at: datetime
    state: str
    is_waiting: bool
    changes: list[Change]


@dataclass(frozen=True, slots=True)
class ItemShown:
    """One item beside the history of its record."""

    row: Item
    thing: str
    ground: str
    as_disputed: list[Line]
    words: str
    words_lang: str
    wanted: str
    wanted_lang: str
    source: str
    history: list[VersionShown]
    answer: AnswerShown | None
    sent: list[SentShown]
    statement: str


@dataclass(frozen=True, slots=True)
class EarlierShown:
    """An earlier case about the same entries; `lines`: what is the same, and what was answered, item by item."""

    case: Case
    status: str
    tone: str
    lines: list[str]


@dataclass(frozen=True, slots=True)
class ScreeningShown:
    """One time that a case was turned away, or was to be, in the words of all sides."""

    row: Screening
    title: str
    rule: str
    cite: str
    reasons: Line
    note: Line
    news: Line
    is_decided: bool


def turn(case: Case) -> str:
    """Whose turn it is."""
    return str(TURNS[case.owner])


def due(case: Case, today: date) -> Due | None:
    """The day to work to, seen from `today`; nothing once the case is decided or withdrawn."""
    if case.status not in UNANSWERED or case.status == Status.WITHDRAWING:
        return None
    days = (case.decide_by - today).days
    if days < 0:
        said = ngettext("%(days)s day late", "%(days)s days late", -days) % {"days": -days}
    elif days == 0:
        said = _("today")
    else:
        said = ngettext("in %(days)s day", "in %(days)s days", days) % {"days": days}
    return Due(case.decide_by, said, days < 0)


def who(act: Act, you: Actor) -> str:
    """Whoever acted, as a role and a number; the reader is told where it was themselves."""
    if act.number is None:
        return str(ROLES.get(act.role, act.role))
    role = Role(act.role).label if act.role in Role.values else act.role
    said = _("%(role)s no. %(number)s") % {"role": role, "number": act.number}
    return _("%(who)s (you)") % {"who": said} if act.user_id == str(you.user_id) else said


def act(done: Act, *, you: Actor) -> ActShown:
    """One thing that happened, by whom, with the reason that was given."""
    reason = str(done.facts.get("justification", ""))
    title = EVENTS.get(done.event) or cases.EVENTS[done.event][0]
    return ActShown(str(title), done.at, who(done, you), reason, presentation.lang_of(reason))


def timeline(acts: Iterable[Act], *, you: Actor) -> list[ActShown]:
    """What happened, newest first. What was done several times in a row stands once."""
    lines = []
    for (title, by, text), same in groupby((act(each, you=you) for each in acts), lambda a: (a.title, a.by, a.text)):
        first, *more = same
        if more:
            title = _("%(event)s (%(number)s times)") % {"event": title, "number": len(more) + 1}
        lines.append(ActShown(title, first.at, by, text, first.lang))
    return lines[::-1]


def look(seen: Act, *, you: Actor) -> ActShown:
    """One look at what the person wrote or handed in."""
    is_evidence = str(seen.facts.get("what", "")).startswith("evidence")
    title = _("Opened a piece of evidence") if is_evidence else _("Opened the case")
    return ActShown(title, seen.at, who(seen, you))


def note(text: str) -> Line | None:
    """Why a draft was sent back; None if it was not."""
    return Line("", text) if text else None


def evidence(found: Iterable[tuple[Evidence, str]]) -> list[tuple[Evidence, str, str]]:
    """The files with their names, and the language of each name."""
    return [(row, name, presentation.lang_of(name)) for row, name in found]


def earlier(found: Iterable[EarlierCase]) -> list[EarlierShown]:
    """The earlier cases about the same entries, with what one needs to know to call the later one a repeat."""
    return [
        EarlierShown(
            case=each.case,
            status=each.case.get_status_display(),
            tone=cases.TONES[Status(each.case.status)],
            lines=[_earlier_line(item) for item in each.items],
        )
        for each in found
    ]


def _earlier_line(item: EarlierItem) -> str:
    names = {
        "number": item.number,
        "thing": _("the same thing") if item.same_thing else _("something else in the same entry"),
        "ground": _("for the same reason") if item.same_ground else _("for another reason"),
        "version": _("the entry said the same as now")
        if item.same_version
        else _("the entry has changed since, or is seen in another version"),
        "outcome": str(OUTCOMES[item.outcome]) if item.outcome else _("no answer on this point"),
    }
    return _("Item %(number)s: %(thing)s, %(ground)s; %(version)s. Answer then: %(outcome)s.") % names


def screening(found: OpenScreening) -> ScreeningShown:
    """One screening with its rule, ready for the page."""
    row = found.row
    return ScreeningShown(
        row=row,
        title=str(cases.SCREENING_RULES.get(row.rule, row.rule)),
        rule=rule_text(found.rule) if found.rule else "",
        cite=found.rule.cite if found.rule else "",
        reasons=Line("", found.reasons),
        note=Line("", found.note),
        news=Line("", found.news),
        is_decided=row.decided_at is not None,
    )


def items(opened: Sequence[OpenItem]) -> list[ItemShown]:
    """Every item, ready for the page."""
    return [_item(each) for each in opened]


def _item(opened: OpenItem) -> ItemShown:
    row = opened.row
    kind = catalogue.programme(row.record.programme).types[row.record.type]
    measure = row.measure.type if row.measure else ""
    said = wanted.shown(kind, row.field, opened.wanted) if row.field else opened.wanted
    return ItemShown(
        row=row,
        thing=cases.thing(row.record.programme, row.record.type, field=row.field, measure=measure),
        ground=grounds()[row.ground].title.in_language(presentation.reader()),
        as_disputed=_as_disputed(kind, row, opened.as_disputed),
        words=opened.words,
        words_lang=presentation.lang_of(opened.words),
        wanted=said,
        wanted_lang=presentation.lang_of(said),
        source=presentation.organisation(row.record.source.name),
        history=_history(kind, row, opened.history),
        answer=_answer(kind, opened) if opened.answer else None,
        sent=[_sent(row.record.programme, kind, each, opened.history) for each in opened.sent],
        statement=opened.statement,
    )


def _sent(programme: str, kind: RecordType, sent: SourceAnswer, history: Sequence[OpenVersion]) -> SentShown:
    change = sent.change
    # Against what stood when it came: a later version may be this very change, made after the decision.
    stood = next((each.said for each in history if each.version.recorded_at <= change.received_at), None)
    changes = _changes(kind, stood, sent.said) if stood and sent.said else []
    ends = [_end(programme, each) for each in sent.ends]
    title = _("The source sends other content")
    if sent.is_withdrawal:
        title = _("The source takes the record back")
    elif ends and not changes:
        title = _("The source gives a measure an earlier last day")
    return SentShown(
        title=title,
        at=change.received_at,
        state=str(change.get_state_display()),
        is_waiting=sent.is_waiting,
        changes=changes + ends,
    )


def _end(programme: str, end: EarlierEnd) -> Change:
    measure = catalogue.programme(programme).measures[end.measure].title.of(presentation.reader())
    was = presentation.day(end.was) if end.was else _("no end is named")
    return Change(_("Last day of “%(measure)s”") % {"measure": measure}, was, presentation.day(end.to))


def _as_disputed(kind: RecordType, row: Item, said: Said | None) -> list[Line]:
    """What was disputed, as it stood then: one field, a measure's dates, or everything."""
    if row.measure:
        until = presentation.day(row.measure.to_on) if row.measure.to_on else _("no end is named")
        return [Line(_("From"), presentation.day(row.measure.from_on)), Line(_("Until"), until)]
    if said is None:
        return []
    names = [row.field] if row.field else list(kind.fields)
    return [_line(kind, name, said.values) for name in names if said.values.get(name) is not None or row.field]


def _line(kind: RecordType, name: str, values: Mapping[str, Any]) -> Line:
    """One field. Officials see what the person does not, and are told so: it must not slip into the reasons."""
    title = presentation.title(kind, name)
    if kind.fields[name].visible != "subject":
        title = _("%(field)s (not shown to the person)") % {"field": title}
    raw = values.get(name)
    return Line(title, _("nothing") if raw is None else presentation.value(kind, name, raw), name=name)


def _history(kind: RecordType, row: Item, history: Sequence[OpenVersion]) -> list[VersionShown]:
    earlier: list[OpenVersion | None] = [*history[1:], None]
    return [_version(kind, row, now, before) for now, before in zip(history, earlier, strict=True)]


def _version(kind: RecordType, row: Item, now: OpenVersion, before: OpenVersion | None) -> VersionShown:
    version, said = now
    was = before.said if before else None
    return VersionShown(
        number=version.number,
        cause=str(version.get_cause_display()),
        recorded_at=version.recorded_at,
        valid=presentation.validity(version.valid_from, version.valid_to),
        is_disputed=version.pk == row.version_id,
        lines=[_line(kind, name, said.values) for name in kind.fields if name in said.values] if said else [],
        changes=_changes(kind, was, said) if was and said else [],
        origin=presentation.origin(kind, said.provenance) if said else [],
        is_purged=said is None,
    )


def _changes(kind: RecordType, was: Said, now: Said) -> list[Change]:
    differing = (name for name in kind.fields if was.values.get(name) != now.values.get(name))
    return [_change(_line(kind, name, was.values), _line(kind, name, now.values)) for name in differing]


def _change(was: Line, now: Line) -> Change:
    return Change(was.key, was.value, now.value)


def _answer(kind: RecordType, opened: OpenItem) -> AnswerShown:
    answer = opened.answer
    assert answer
    return AnswerShown(
        outcome=str(OUTCOMES[answer.outcome]),
        remedy=str(RemedyKind(answer.remedy).label) if answer.remedy else _("Nothing"),
        reasons=answer.reasons,
        lang=presentation.lang_of(answer.reasons),
        change=_correction(kind, opened.as_disputed, answer) if answer.field else None,
    )


def _correction(kind: RecordType, said: Said | None, answer: OpenAnswer) -> Change:
    was = said.values.get(answer.field) if said else None
    return Change(
        presentation.title(kind, answer.field),
        _("nothing") if was is None else presentation.value(kind, answer.field, was),
        presentation.value(kind, answer.field, answer.value),
    )
