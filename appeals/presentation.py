"""Words for cases, in the reader's language: what is disputed, whose turn it is, what happened. Looks nothing up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appeals.models import Case
from appeals.queries import TimelineEvent
from appeals.workflow import Status
from law import explain
from law.clocks import Due
from law.procedures import Procedure
from law.rules import Tier
from records import catalogue, presentation

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is, as a title, and what that means for the person."""

    title: Words
    text: Words


# `%(holder)s` and `%(day)s` may stand in these sentences.
TURNS: dict[Status, Turn] = {
    Status.FILED: Turn(
        gettext_lazy("Whose turn: %(holder)s"),
        gettext_lazy("A caseworker who had no part in the entry will take your case. You can still add evidence."),
    ),
    Status.IN_REVIEW: Turn(
        gettext_lazy("Whose turn: %(holder)s"),
        gettext_lazy("A caseworker is working on your case. You can still add evidence."),
    ),
    Status.INCOMPLETE: Turn(
        gettext_lazy("Whose turn: yours"),
        gettext_lazy("Something is missing without which nobody can look into your case. It says here what it is."),
    ),
    Status.AWAITING_APPROVAL: Turn(
        gettext_lazy("Whose turn: %(holder)s"),
        gettext_lazy("The answer is written. A second person checks it before it counts."),
    ),
    Status.SCREENING: Turn(
        gettext_lazy("Whose turn: %(holder)s"),
        gettext_lazy(
            "Whoever works on your case would not look into it, and had to say why. A second person judges that before"
            " it counts. You can still add evidence."
        ),
    ),
    Status.SCREENED_OUT: Turn(
        gettext_lazy("Whose turn: yours"),
        gettext_lazy("Your case is not looked into. Open the answer to read why, and what you can do."),
    ),
    Status.SCREENING_SERVED: Turn(
        gettext_lazy("Whose turn: yours, if you have something new or do not agree"),
        gettext_lazy("Your case is not looked into. If you have something new, it is taken up again."),
    ),
    Status.DECIDED: Turn(
        gettext_lazy("Whose turn: yours"),
        gettext_lazy("Your case is decided. Open the decision to read it."),
    ),
    Status.SERVED: Turn(
        gettext_lazy("Whose turn: yours, if you do not agree"),
        gettext_lazy("You have the decision. It says what you can do if you do not agree with it."),
    ),
    Status.WITHDRAWING: Turn(
        gettext_lazy("Whose turn: yours, if you change your mind"),
        gettext_lazy("You asked to withdraw this case. It ends on %(day)s. Before that day you can take this back."),
    ),
    Status.WITHDRAWN: Turn(
        gettext_lazy("Whose turn: nobody’s"),
        gettext_lazy("You withdrew this case. You can dispute the same thing again at any time."),
    ),
    Status.CLOSED: Turn(
        gettext_lazy("Whose turn: nobody’s"),
        gettext_lazy("This case is closed. Everything that was decided has been carried out."),
    ),
}

TONES: dict[Status, str] = {
    Status.FILED: "waiting",
    Status.IN_REVIEW: "waiting",
    Status.INCOMPLETE: "disputed",
    Status.AWAITING_APPROVAL: "waiting",
    Status.SCREENING: "waiting",
    Status.SCREENED_OUT: "disputed",
    Status.SCREENING_SERVED: "neutral",
    Status.DECIDED: "disputed",
    Status.SERVED: "good",
    Status.WITHDRAWING: "suspended",
    Status.WITHDRAWN: "neutral",
    Status.CLOSED: "neutral",
}

TURNED_AWAY: Words = gettext_lazy("Your case is turned away")
# The rules by which a case may be turned away, for those who choose one.
SCREENING_RULES: dict[str, Words] = {
    "repeat": gettext_lazy("It is a repeat"),
    "frivolous": gettext_lazy("It gives no reason that can be checked"),
    "abusive": gettext_lazy("It is plainly without a reason, or far too much"),
    "outside_scope": gettext_lazy("This procedure is not for it"),
    "no_standing": gettext_lazy("Whoever filed it may not"),
    "incomplete": gettext_lazy("What was asked for did not come"),
    "late": gettext_lazy("It came too late, and the excuse does not count"),
}

# What kept somebody from filing in time, as they say it themselves. Others are told it in the words of the rule.
EXCUSES: dict[str, Words] = {
    "illness": gettext_lazy("I was ill"),
    "force_majeure": gettext_lazy("Something happened that nobody could help"),
    "not_told": gettext_lazy("Nobody had told me that I can do this"),
    "detention": gettext_lazy("I was locked up"),
    "incapacity": gettext_lazy("I could not act for myself"),
    "good_reason": gettext_lazy("Another good reason"),
}

YOU: Words = gettext_lazy("you")
HOLDER: Words = gettext_lazy("the organisation that holds the entry")
SERVICE: Words = gettext_lazy("this service, by itself")
SOURCE: Words = gettext_lazy("the source")

# What each event of a case's log says to the person, and whose act it was. Looks are shown with the record.
EVENTS: dict[str, tuple[Words, Words]] = {
    "case.filed": (gettext_lazy("The dispute was sent"), YOU),
    "case.filed_late": (gettext_lazy("It was sent after the last day for it, with an excuse"), YOU),
    "case.excuse_accepted": (gettext_lazy("The excuse for sending it late counts"), HOLDER),
    "case.evidence_added": (gettext_lazy("Evidence was handed in"), YOU),
    "case.document_explained": (gettext_lazy("You said why you cannot hand in a paper that is needed"), YOU),
    "case.taken": (gettext_lazy("A caseworker took the case"), HOLDER),
    "case.given_back": (gettext_lazy("The caseworker gave the case back, so that somebody else takes it"), HOLDER),
    "case.asked_to_complete": (gettext_lazy("You were asked for something that is missing"), HOLDER),
    "case.completed": (gettext_lazy("You answered, and the case went on"), YOU),
    "case.taken_up_again": (gettext_lazy("The case went on without an answer"), HOLDER),
    "case.clock_paused": (gettext_lazy("A deadline was stopped for a while"), HOLDER),
    "case.clock_resumed": (gettext_lazy("A deadline that stood still runs again"), HOLDER),
    "case.clock_extended": (gettext_lazy("A deadline was made longer"), HOLDER),
    "case.clock_recounted": (gettext_lazy("A day moved, because the calendar or the law was changed"), SERVICE),
    "case.made_milder": (gettext_lazy("A new law applies where it is better for the person"), SERVICE),
    "case.deadline_missed": (gettext_lazy("A deadline was missed"), SERVICE),
    "case.submitted": (gettext_lazy("The answer was written and went to a second person"), HOLDER),
    "case.sent_back": (gettext_lazy("The second person sent the answer back to be improved"), HOLDER),
    "case.screening_proposed": (gettext_lazy("A caseworker proposed to turn the case away"), HOLDER),
    "case.screened_out": (gettext_lazy("The case was turned away"), HOLDER),
    "case.screening_approved": (gettext_lazy("A second person agreed to turn the case away"), HOLDER),
    "case.screening_refused": (gettext_lazy("A second person did not agree to turn the case away"), HOLDER),
    "case.screening_served": (gettext_lazy("You were told that the case is turned away"), SERVICE),
    "case.revived": (gettext_lazy("You added something new, and the case began anew"), YOU),
    "case.decided": (gettext_lazy("The case was decided"), HOLDER),
    "case.served": (gettext_lazy("The decision reached you"), SERVICE),
    "case.withdrawal_asked": (gettext_lazy("You asked to withdraw the case"), YOU),
    "case.withdrawal_undone": (gettext_lazy("You took the withdrawal back, and the case went on"), YOU),
    "case.withdrawn": (gettext_lazy("The withdrawal took effect"), SERVICE),
    "case.closed": (gettext_lazy("The case was closed"), SERVICE),
    "case.erased": (gettext_lazy("What was said in the case was destroyed"), SERVICE),
    "case.remedy_done": (gettext_lazy("What was decided was carried out"), SERVICE),
    "case.remedy_undone": (gettext_lazy("What had been carried out was taken back"), HOLDER),
    "letter.printed": (gettext_lazy("A letter to you was printed"), HOLDER),
    "letter.posted": (gettext_lazy("A letter to you was posted"), HOLDER),
    "letter.delivered": (gettext_lazy("It was noted that a letter reached you"), HOLDER),
    "record.marked": (gettext_lazy("The entry was marked as disputed"), SERVICE),
    "record.unmarked": (gettext_lazy("The mark “disputed” was taken off"), SERVICE),
    "record.corrected": (gettext_lazy("A value was corrected"), SERVICE),
    "record.sealed": (gettext_lazy("The entry was deleted from your file"), SERVICE),
    "record.detached": (gettext_lazy("The entry left your file, because it is about somebody else"), SERVICE),
    "record.withdrawn": (gettext_lazy("The source took the entry back"), SOURCE),
    "record.returned": (gettext_lazy("The source sent the entry again"), SOURCE),
    "record.answered": (gettext_lazy("The source sent something else, which waits for the decision"), SOURCE),
    "record.moved": (gettext_lazy("The entry went into another file"), HOLDER),
    "record.expired": (gettext_lazy("The time for keeping the entry ended"), SERVICE),
    "record.unpublished": (gettext_lazy("The time for publishing the entry ended"), SERVICE),
    "record.purged": (gettext_lazy("What the entry said was destroyed"), SERVICE),
    "record.restored": (gettext_lazy("The entry was put back as it was"), HOLDER),
    "record.answer_settled": (gettext_lazy("It was settled what becomes of the source’s answer"), SERVICE),
    "measure.suspended": (gettext_lazy("A measure was stopped for as long as the case is open"), SERVICE),
    "measure.resumption_set": (gettext_lazy("A day was set from which a measure may start again"), SERVICE),
    "measure.resumed": (gettext_lazy("A measure started again"), SERVICE),
    "measure.lifted": (gettext_lazy("A measure was ended"), SERVICE),
    "measure.shortened": (gettext_lazy("A measure got an earlier last day"), SERVICE),
    "measure.restored": (gettext_lazy("A measure was put back as it was"), HOLDER),
}


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the timeline, for includes/timeline.html."""

    title: str
    at: datetime
    by: str


def turn(status: str, *, holder: str, day: str = "") -> Turn:
    """Whose turn it is in this status, with the names put in."""
    found = TURNS[Status(status)]
    names = {"holder": holder, "day": day}
    return Turn(str(found.title) % names, str(found.text) % names)


RECEIPTS: dict[str, Words] = {
    "case.filed": gettext_lazy("Your dispute"),
    "case.evidence_added": gettext_lazy("A file that you handed in"),
    "case.screened_out": gettext_lazy("The answer that your case is turned away"),
    "case.screening_approved": gettext_lazy("The answer that your case is turned away"),
    "case.revived": gettext_lazy("What you added that is new"),
    "case.decided": gettext_lazy("The decision"),
    "case.remedy_done": gettext_lazy("What was done because of the decision"),
    "case.remedy_undone": gettext_lazy("What was done was taken back"),
}


def receipt_title(event: str) -> str:
    """What a receipt is for; the code of the event where nobody gets a receipt by themselves."""
    return str(RECEIPTS.get(event, event))


def timeline(events: Iterable[TimelineEvent]) -> list[Happened]:
    """The history of a case, newest first. What happened several times in one go stands once."""
    lines = []
    for (event, _minute), together in groupby(
        events, key=lambda each: (each.event, each.at.replace(second=0, microsecond=0))
    ):
        same = list(together)
        title, by = EVENTS[event]
        number = {"event": title, "number": len(same)}
        shown = str(title) if len(same) == 1 else _("%(event)s (%(number)s times)") % number
        lines.append(Happened(shown, same[0].at, str(by)))
    return lines[::-1]


def thing(programme: str, type: str, *, field: str = "", measure: str = "") -> str:
    """What is disputed: a measure, one field of an entry, or an entry. Codes of the catalogue."""
    found = catalogue.programme(programme)
    language = presentation.reader()
    if measure:
        return found.measures[measure].title.of(language)
    kind = found.types[type]
    if field:
        names = {"field": presentation.title(kind, field), "entry": kind.title.of(language)}
        return _("“%(field)s” in: %(entry)s") % names
    return _("The whole entry: %(entry)s") % {"entry": kind.title.of(language)}


def measure_titles(programme: str, types: Iterable[str]) -> list[str]:
    """The names of measures in the reader's language."""
    found = catalogue.programme(programme)
    return [found.measures[each].title.of(presentation.reader()) for each in types]


def programme_title(programme: str) -> str:
    return catalogue.programme(programme).title.of(presentation.reader())


def procedure_title(procedure: Procedure) -> str:
    return procedure.title.in_language(presentation.reader())


def by_day(due: Due) -> str:
    """A date that binds whoever decides: the day that they work to, and the last one that the rule allows."""
    return by_told_days(due.earliest, due.latest)


def by_told_days(earliest: date, latest: date) -> str:
    """The same from the two days that a case keeps: they are what the person was told."""
    if earliest == latest:
        return presentation.day(latest)
    return _("%(day)s, at the latest %(latest)s") % {
        "day": presentation.day(earliest),
        "latest": presentation.day(latest),
    }


def steps(due: Due) -> list[str]:
    """How a date was counted, line by line."""
    return [explain.render(step, presentation.reader()) for step in due.steps]


def meanwhile(procedure: Procedure) -> str:
    """What happens to the entry and to what rests on it while the case is open."""
    if procedure.marks_disputed and procedure.suspends_measures:
        return _("Until there is an answer, the entry is marked as disputed, and what rests on it stops.")
    if procedure.marks_disputed:
        return _("Until there is an answer, the entry is marked as disputed. What rests on it goes on.")
    if procedure.suspends_measures:
        return _("Until there is an answer, what rests on the entry stops.")
    return _("Until there is an answer, nothing changes.")


def way_to(tier: Tier, case: Case) -> str:
    """How one gets to a tier: in the words of the procedure, and where, so that nobody stands before a closed door."""
    return _("%(title)s: %(how)s") % {
        "title": tier.title.in_language(presentation.reader()),
        "how": how_to_reach(tier, case),
    }


def where_else(tier: Tier) -> str:
    """A tier as a way for somebody who has no case here."""
    language = presentation.reader()
    return _("%(title)s: %(how)s") % {"title": tier.title.in_language(language), "how": tier.how.in_language(language)}


def how_to_reach(tier: Tier, case: Case) -> str:
    """What one does for a tier, and where."""
    return _("%(how)s %(where)s") % {
        "how": tier.how.in_language(presentation.reader()),
        "where": _where(tier, case),
    }


def _where(tier: Tier, case: Case) -> str:
    if tier.handled == "elsewhere":
        return _("You do this there, not on these pages. Say that your case here is %(reference)s.") % {
            "reference": case.reference
        }
    return _("There is no page for this yet. Write to %(holder)s, and name your case: %(reference)s.") % {
        "holder": presentation.organisation(case.holder.name),
        "reference": case.reference,
    }


def in_three_lines(procedure: Procedure, due: Due) -> list[str]:
    """What a procedure means for the person: meanwhile, how long, who decides."""
    return [
        meanwhile(procedure),
        _("You get an answer by: %(day)s.") % {"day": by_day(due)},
        who_decides(procedure),
    ]


def who_decides(procedure: Procedure) -> str:
    """Who answers first, and whether somebody else checks the answer."""
    first = procedure.tiers[0].how.in_language(presentation.reader())
    if procedure.needs_second_person:
        return _("%(first)s A second person checks the answer.") % {"first": first}
    return first
