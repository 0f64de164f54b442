"""Whether the person was asked for what is missing, had their days, and nothing came.

# Note [Silence]
Silence takes something from the person only where all of this is so: the procedure has a rule that says what follows
from it, and that was read; they were asked in time; what asks them reached them while the time ran (they opened it, or
it went to an address that they confirmed); the time for the answer is over by its latest reading, everywhere on earth,
and, where posting counts, what was posted on its last day would have come; and since they were asked they handed in
nothing and said nothing. Then people decide. Nothing follows by itself.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts import queries as accounts
from appeals.access import NotAllowed
from appeals.models import Case, Clock, CompletionRequest, EntryKind
from appeals.queries.acts import timeline
from appeals.queries.cases import cautious_today, procedure_of
from appeals.queries.clocks import current_entries
from appeals.sealed import unseal
from appeals.workflow import Status
from delivery import letters
from delivery import queries as messages
from law.rules import Screening
from records import presentation

RULE = "incomplete"
_ASKED_BY = "case_incomplete"
# Half of what a withdrawal by letter waits: there our letter has to go, and theirs to come back.
_ON_ITS_WAY = timedelta(days=7)
_SAYS = frozenset({"case.evidence_added", "case.document_explained"})


def why_not_uncured(case: Case, rule: Screening, *, at: datetime) -> NotAllowed | None:
    """Why a case may not be turned away for what is missing, now; None if it may. See Note [Silence]."""
    asked = last_asked(case)
    if asked is None or asked.sealed_answer is not None:
        return NotAllowed("answered", _("The person is not asked for anything, or has answered."))
    if (by := _to_be_asked_by(case, rule)) and by < procedure_of(case).local_date(asked.asked_at):
        sentence = _("The person had to be asked by %(day)s, and was asked later. Look into the case.")
        return NotAllowed("asked_too_late", sentence % {"day": presentation.day(by)})
    last = _last_day(case, asked)
    if last is None:
        return NotAllowed("no_time_for_it", _("No time runs for the answer, so nothing follows from there being none."))
    if last >= cautious_today(at):
        sentence = _("The person can still answer until %(day)s.")
        return NotAllowed("still_time", sentence % {"day": presentation.day(last)})
    if procedure_of(case).posting_counts and last + _ON_ITS_WAY >= cautious_today(at):
        sentence = _("What was posted by %(day)s is in time, and may still be on its way. Wait until after %(until)s.")
        days = {"day": presentation.day(last), "until": presentation.day(last + _ON_ITS_WAY)}
        return NotAllowed("on_its_way", sentence % days)
    if not _reached(case, asked, last):
        return NotAllowed("not_reached", _("Nothing proves that what you asked for reached the person in time."))
    if any(each.event in _SAYS and each.at >= asked.asked_at for each in timeline(case)):
        return NotAllowed("something_came", _("Something came from the person since. Look at it, and go on."))
    return None


def last_asked(case: Case) -> CompletionRequest | None:
    """What the person was asked last, answered or not."""
    return case.completion_requests.order_by("-asked_at", "-pk").first()


def open_question(case: Case) -> tuple[CompletionRequest, str, date | None] | None:
    """What the person was asked last and has not answered, in words, with the last day for it."""
    asked = last_asked(case)
    if asked is None or asked.sealed_answer is not None:
        return None
    words = unseal(case.subject_id, asked.sealed).get("words", "")
    return asked, str(words), _last_day(case, asked)


def answers_overdue(cases: Iterable[Case], *, at: datetime) -> frozenset[UUID]:
    """Those of these cases that wait for the person beyond the time for it. One query."""
    waiting = [case.pk for case in cases if case.status == Status.INCOMPLETE]
    if not waiting:
        return frozenset()
    over = Clock.objects.filter(case__in=waiting, name="cure", due_latest__lt=cautious_today(at))
    return frozenset(over.values_list("case_id", flat=True))


def _to_be_asked_by(case: Case, rule: Screening) -> date | None:
    """The last day on which the person may be told that something is missing, where the rule names a clock for that."""
    if rule.told_by is None:
        return None
    return case.clocks.filter(name=rule.told_by).values_list("due_latest", flat=True).first()


def _last_day(case: Case, asked: CompletionRequest) -> date | None:
    """The last day for this answer; None where no time of its own runs for it: a second question starts none."""
    began = current_entries(case).filter(clock="cure", kind=EntryKind.STARTED, at__gte=asked.asked_at)
    if not began.exists():
        return None
    return case.clocks.filter(name="cure").values_list("due_latest", flat=True).first()


def _reached(case: Case, asked: CompletionRequest, last: date) -> bool:
    """Whether the person opened what asks them within the time for it, or it went to an address that they confirmed."""
    local = procedure_of(case).local_date
    read = messages.read_at(case.pk, _ASKED_BY, since=asked.asked_at)
    if read is not None and local(read) <= last:
        return True
    posted = letters.posted_on(case.pk, _ASKED_BY, since=asked.asked_at)
    if posted is not None and posted <= last:
        return True
    sent = messages.mailed_at(case.pk, _ASKED_BY, since=asked.asked_at)
    return sent is not None and local(sent) <= last and accounts.has_confirmed_contact(case.subject_id)
