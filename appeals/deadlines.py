"""Words for the deadlines of a case: what each is for, until when, how it was counted, what was done to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from appeals import access, presentation, queries
from appeals.models import Case, Clock, ClockState, EntryKind
from appeals.queries import Change, Deadline
from law import consequences, explain
from law.clocks import Extension, Pause
from law.rules import NOT_EARLIER
from law.rules.outcome import Money
from records import presentation as entries

Words = str | Promise

TITLES: Mapping[str, Words] = {
    "acknowledge": gettext_lazy("Confirm that the dispute arrived"),
    "notify_source": gettext_lazy("Tell the source"),
    "forward": gettext_lazy("Pass the dispute on"),
    "mark": gettext_lazy("Mark the entry as disputed"),
    "accept": gettext_lazy("Say whether the dispute is taken on"),
    "cure": gettext_lazy("Hand in what is missing"),
    "source_reply": gettext_lazy("Answer of the source"),
    "decide": gettext_lazy("Decide"),
    "notify_result": gettext_lazy("Tell the decision"),
    "notify_refusal": gettext_lazy("Tell the refusal"),
    "correct": gettext_lazy("Put it right"),
    "block": gettext_lazy("Stop showing the entry"),
    "review_file_by": gettext_lazy("Go to the next office, if you do not agree"),
}
CHANGES: Mapping[str, Words] = {
    EntryKind.PAUSED: gettext_lazy("It stands still"),
    EntryKind.RESUMED: gettext_lazy("It runs again"),
    EntryKind.EXTENDED: gettext_lazy("It was made longer"),
    EntryKind.RENEWED: gettext_lazy("It began anew, because there was something new"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was done to a deadline: what, by which reason of the rule, with which words."""

    kind: str
    title: str
    at: datetime
    reason: str
    words: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One deadline as a page shows it. `day` is what its reader has to keep to, or can count on."""

    row: Clock
    name: str
    title: str
    state: str
    tone: str
    day: str
    is_provisional: bool
    steps: list[str]
    cite: str
    consequences: list[str]
    # What may still make it longer or let it stand still, a sentence each.
    may_change: list[str] = field(default_factory=list)
    changes: list[Line] = field(default_factory=list)
    can_change: bool = False


def shown(case: Case, at: datetime) -> list[Shown]:
    """The deadlines of a case, in the order of the procedure file, without those that taking it up has ended."""
    today = queries.procedure_of(case).local_date(at)
    changes = queries.changes(case)
    return [
        _shown(case, each, changes, today)
        for each in queries.deadlines(case)
        if each.is_open or not queries.binds_refusals_only(each.row.name, each.rule)
    ]


def longer_by(case: Case, event: str) -> list[str]:
    """What this event would make longer without anybody's word, a sentence for each deadline."""
    return [
        _("%(deadline)s: %(said)s") % {"deadline": TITLES[each.row.name], "said": _longer(rule)}
        for each in queries.deadlines(case)
        for rule in each.by_itself
        if rule.trigger == event
    ]


def reason(code: str) -> str:
    """Why a clock may stand still or run longer, in the reader's language."""
    words = explain.explanations().reasons.get(code)
    return words.in_language(entries.reader()) if words else code


def _shown(case: Case, deadline: Deadline, changes: list[Change], today: date) -> Shown:
    row = deadline.row
    state, tone = _state(deadline, today)
    return Shown(
        row=row,
        name=row.name,
        title=str(TITLES[row.name]),
        state=state,
        tone=tone,
        day=_day(deadline),
        is_provisional=row.is_provisional,
        steps=presentation.steps(deadline.due),
        cite=deadline.rule.cite,
        consequences=_consequences(case, row, today) if row.missed_at else [],
        may_change=_may_change(deadline),
        changes=[
            Line(each.entry.kind, str(CHANGES[each.entry.kind]), each.entry.at, reason(each.entry.reason), each.words)
            for each in changes
            if each.entry.clock == row.name
        ],
        can_change=bool(deadline.is_open and (deadline.extensions or deadline.pauses)),
    )


def _state(deadline: Deadline, today: date) -> tuple[str, str]:
    row = deadline.row
    if row.state == ClockState.DONE:
        return (_("Done, but late"), "late") if row.missed_at else (_("Done"), "good")
    if row.state == ClockState.PAUSED:
        return _("Stands still"), "suspended"
    if row.due_latest < today:
        # A window of the person's just ends, and so does the time for a refusal; whoever has to decide is late.
        is_nobodys = row.name in NOT_EARLIER or queries.binds_refusals_only(row.name, deadline.rule)
        return (_("Over"), "neutral") if is_nobodys else (_("Late"), "late")
    return _("Running"), "waiting"


def _day(deadline: Deadline) -> str:
    """What binds the person is shown at its earliest reading; what binds others with both."""
    row = deadline.row
    if row.name in NOT_EARLIER:
        return entries.day(row.due_earliest)
    return presentation.by_told_days(row.due_earliest, row.due_latest)


def _may_change(deadline: Deadline) -> list[str]:
    """What the rule leaves open for a deadline that runs, as its reader would ask for it."""
    said = [_longer(rule) for rule in (*deadline.extensions, *deadline.by_itself)]
    said += [_still(rule, code) for rule in deadline.pauses for code in rule.reasons]
    return list(dict.fromkeys(said))


def _longer(rule: Extension) -> str:
    names = {"reason": reason(rule.reason), "length": ""}
    if rule.length is not None and rule.unit is not None:
        names["length"] = length(rule.length, rule.unit)
        said = _("It may be made longer by %(length)s if %(reason)s.") % names
    elif rule.total is not None:
        names["length"] = length(rule.total.length, rule.total.unit)
        said = _("It may be made longer, to %(length)s in all, if %(reason)s.") % names
    else:
        said = _("It may be made longer if %(reason)s. The rule sets no number of days.") % names
    return _("%(said)s A supervisor has to grant it.") % {"said": said} if access.needs_grant(rule) else said


def _still(rule: Pause, code: str) -> str:
    if rule.at_most is None:
        return _("It may stand still if %(reason)s.") % {"reason": reason(code)}
    names = {"reason": reason(code), "length": length(rule.at_most.length, rule.at_most.unit)}
    return _("It may stand still for %(length)s at most if %(reason)s.") % names


def length(number: int, unit: str) -> str:
    """A length of time as a rule gives it, in the reader's language."""
    match unit:
        case "working_day" | "business_day":
            said = ngettext("%(number)d working day", "%(number)d working days", number)
        case "week":
            said = ngettext("%(number)d week", "%(number)d weeks", number)
        case "month":
            said = ngettext("%(number)d month", "%(number)d months", number)
        case "year":
            said = ngettext("%(number)d year", "%(number)d years", number)
        case _:
            said = ngettext("%(number)d day", "%(number)d days", number)
    return said % {"number": number}


def _consequences(case: Case, row: Clock, today: date) -> list[str]:
    """What follows from its lateness, each once, as the person is told it: also where to go, and what is owed."""
    procedure = queries.procedure_of(case)
    said: list[str] = []
    for rule in procedure.consequences_of(row.name):
        for effect in rule.effects:
            said.append(consequences.handlers()[effect].told.in_language(entries.reader()))
            if effect == "next_tier_opens" and (tier := procedure.tier_opened_by(rule)):
                said.append(presentation.way_to(tier, case))
        if rule.per_day is not None:
            until = procedure.local_date(row.done_at) if row.done_at else today
            said.append(_owed(rule.per_day, (until - row.due_latest).days))
    return list(dict.fromkeys(said))


def _owed(per_day: Money, days: int) -> str:
    names = {"amount": per_day.amount, "currency": per_day.currency, "days": days, "all": per_day.amount * days}
    return (
        ngettext(
            "%(amount)s %(currency)s for each day: %(all)s %(currency)s for %(days)s day so far.",
            "%(amount)s %(currency)s for each day: %(all)s %(currency)s for %(days)s days so far.",
            days,
        )
        % names
    )
