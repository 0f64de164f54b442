"""The deadlines of a case: started by what happens, stopped, made longer, reminded of, missed, counted anew.

# Note [Told days]
Every change of a deadline that the person can see is told, and what was told is a line of the ledger: it
is what the engine holds the decider to (law/clocks/deadline.py). So `_set_days` is the only place that
sets the days of a clock, and whoever calls it writes the line together with them.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import SERVICE, Actor
from appeals import access, queries
from appeals.errors import ClockRefused
from appeals.models import Case, Clock, ClockEntry, ClockState, EntryKind
from appeals.operations import consequences, steps
from appeals.sealed import seal
from appeals.workflow import FINAL, OPEN, Status
from delivery import operations as delivery
from law.clocks import Due, Entry, Extension
from law.procedure import Procedure
from law.rules import NOT_EARLIER
from law.rules import Clock as Rule
from records.values import says_something

# The acts that end what a deadline waits for. A clock that is not here is not one of a case in this
# service: it runs before there is a case, or it waits for something that the service does not do yet.
DONE_BY: Final[Mapping[str, str]] = {
    "acknowledge": "filed",
    "notify_source": "filed",
    "forward": "filed",
    "mark": "filed",
    "accept": "taken",
    "cure": "completed",
    "source_reply": "decided",
    "decide": "decided",
    "notify_result": "decided",
    "notify_refusal": "decided",
    "correct": "put_right",
    "block": "put_right",
    "review_file_by": "closed",
}
# It waits for the enquiry, which is no step of a case yet: nothing would end it, and it only raised false alarms.
# Cases that began with it have it still.
_NOT_BEGUN: Final = frozenset({"source_reply"})
# Long enough to do something about it, and not so long that it is forgotten again: days before the safe day.
_REMIND_OFFICE, _REMIND_PERSON = timedelta(days=3), timedelta(days=7)
_IDLE = (Status.WITHDRAWING, Status.WITHDRAWN, Status.CLOSED)


def catch_up(case: Case, *, at: datetime) -> None:
    """Let what follows from lateness follow before anything ends the deadline: the sweep may have been down meanwhile.

    The caller holds the case locked.
    """
    today = queries.procedure_of(case).local_date(at)
    while over := next((clock for clock in case.clocks.order_by("id") if _is_over(clock, today)), None):
        _miss(case, over, at=at)


def happened(case: Case, *events: str, by: Actor, at: datetime, on: date | None = None) -> None:
    """Write what happened into the ledgers that have to know of it, and count their days anew.

    `on`: the day on which it happened, if that is not the day of `at`. The caller holds the case locked. Where it
    makes a running deadline longer by itself, the person is told at once.
    """
    catch_up(case, at=at)
    procedure = queries.procedure_of(case)
    day = on or procedure.local_date(at)
    rows = {clock.name: clock for clock in case.clocks.all()}
    counting = queries.Counting(case)
    started: list[str] = []
    changed: list[Clock] = []
    longer: list[tuple[str, date, date]] = []
    lines: list[ClockEntry] = []
    for name in DONE_BY:
        rule = procedure.clock(name)
        clock = rows.get(name) or Clock(case=case, subject_id=case.subject_id, name=name)
        if rule is None or clock.state == ClockState.DONE or (clock.pk is None and name in _NOT_BEGUN):
            continue
        # A start counts once: what comes in later makes nothing begin again.
        known = {line.event for line in counting.ledger(name)}
        news = [e for e in events if e in queries.heard(rule) and not (e in rule.starts and e in known)]
        for event in news:
            kind = EntryKind.STARTED if event in rule.starts else EntryKind.HAPPENED
            lines.append(counting.add(_line(case, name, kind, by=by, at=at, on=day, event=event)))
        if news and (due := counting.due(name)):
            if _is_longer(clock, due):
                longer.append((name, clock.due_latest, due.latest))
            if _set_days(clock, due, ClockState(clock.state)):
                lines.append(_told(clock, due, by=by, at=at))
            changed.append(clock)
            started.append(f"{name}={due.earliest}/{due.latest}")
    Clock.objects.bulk_create([clock for clock in changed if clock.pk is None])
    for clock in changed:
        if clock.name in rows:
            clock.save()
    ClockEntry.objects.bulk_create(lines)
    if started:
        _record(case, "case.clock_started", by=by, at=at, clock=" ".join(started), why=" ".join(events))
    for name, old, new in longer:
        _tell(case, "deadline_longer", at=at, clock=name, old=old.isoformat(), new=new.isoformat())


def done(case: Case, act: str, *, by: Actor, at: datetime, on: date | None = None) -> None:
    """What some deadlines of the case wait for has happened; `on`: the day of it, if that is not the day of `at`.

    The caller holds the case locked.
    """
    catch_up(case, at=at)
    procedure = queries.procedure_of(case)
    day = on or procedure.local_date(at)
    ended = []
    for clock in case.clocks.exclude(state=ClockState.DONE):
        is_of_refusals = queries.binds_refusals_only(clock.name, procedure.clock(clock.name))
        if act != DONE_BY.get(clock.name) and not (is_of_refusals and act == "taken"):
            continue
        clock.state, clock.done_at, clock.look_on = ClockState.DONE, at, None
        clock.save(update_fields=["state", "done_at", "look_on"])
        ended.append((clock.name, day <= clock.due_latest))
    if ended:
        names = " ".join(name for name, _ in ended)
        in_time = " ".join("yes" if in_time else "no" for _, in_time in ended)
        _record(case, "case.clock_done", by=by, at=at, clock=names, in_time=in_time)


@transaction.atomic
def pause(case_id: UUID, name: str, *, reason: str, words: str, by: Actor, at: datetime) -> Clock:
    """Let a deadline stand still for a reason that its rule allows; the person is told why."""
    case, clock = _open(case_id, name, by)
    _check_words(words)
    if clock.state == ClockState.PAUSED:
        raise ClockRefused("paused", _("This deadline stands still already."))
    if reason not in {each for rule in _rule(case, name).pauses for each in rule.reasons}:
        raise ClockRefused("reason", _("The procedure does not let this deadline stand still for that reason."))
    _check_not_over(case, clock, at)
    _line(case, name, EntryKind.PAUSED, by=by, at=at, reason=reason, words=words).save()
    due = _settle(clock, by=by, at=at, state=ClockState.PAUSED)
    _record(case, "case.clock_paused", by=by, at=at, clock=name, due=_days(due), reason=reason, justification=words)
    _tell(case, "deadline_paused", at=at, clock=name)
    return clock


@transaction.atomic
def go_on(case_id: UUID, name: str, *, by: Actor, at: datetime) -> Clock:
    """Let a deadline that stands still run again; the person is told the new day."""
    case, clock = _open(case_id, name, by)
    _resume(case, clock, by=by, at=at)
    return clock


def pause_if_allowed(case: Case, reason: str, *, words: str, by: Actor, at: datetime) -> None:
    """Let those running deadlines stand still whose rule allows it for this reason. The caller tells the person."""
    for clock in case.clocks.filter(state=ClockState.RUNNING):
        if reason not in {each for rule in _rule(case, clock.name).pauses for each in rule.reasons}:
            continue
        _line(case, clock.name, EntryKind.PAUSED, by=by, at=at, reason=reason, words=words).save()
        due = _settle(clock, by=by, at=at, state=ClockState.PAUSED)
        said = {"clock": clock.name, "due": _days(due), "reason": reason, "justification": words.strip()}
        _record(case, "case.clock_paused", by=by, at=at, **said)


def resume_for(case: Case, reason: str, *, by: Actor, at: datetime, on: date | None = None) -> None:
    """Let the deadlines that stand still for this reason run again: what was asked for has come.

    `on`: the day on which it came, if that is not the day of `at`. None goes on before it stopped.
    """
    local_date = queries.procedure_of(case).local_date
    for clock in case.clocks.filter(state=ClockState.PAUSED):
        last = _last_pause(clock)
        if last is not None and last.reason == reason:
            _resume(case, clock, by=by, at=at, on=max(on, last.on or local_date(last.at)) if on else None)


@transaction.atomic
def extend(
    case_id: UUID, name: str, *, reason: str, words: str, until: date | None = None, by: Actor, at: datetime
) -> Clock:
    """Make a deadline longer, as its rule allows, and tell the person before the old day.

    `until` only where the rule sets no length of its own. Raises `ClockRefused`.
    """
    case, clock = _open(case_id, name, by)
    _check_words(words)
    old = Due(clock.due_earliest, clock.due_latest, clock.is_provisional, ())
    rule = _extension(case, name, reason)
    if access.needs_grant(rule):
        access.check_may_approve_time(by, case)
    if rule.length is None and until is None:
        raise ClockRefused("until", _("Say until when. The procedure sets no length for this."))
    if rule.length is not None and until is not None:
        raise ClockRefused("until", _("The procedure says how much longer. Leave the day out."))
    if rule.notice != "any_time":
        _check_not_over(case, clock, at)
    line = Entry("extended", queries.procedure_of(case).local_date(at), reason=reason, until=until, at=at)
    due = queries.count(case, name, [line])
    if (due.earliest, due.latest) == (old.earliest, old.latest) or due.latest < old.latest:
        raise ClockRefused("until", _("Under the procedure this does not make the time any longer."))
    _line(case, name, EntryKind.EXTENDED, by=by, at=at, reason=reason, words=words, until=until).save()
    due = _settle(clock, by=by, at=at)
    _record(case, "case.clock_extended", by=by, at=at, clock=name, due=_days(due), reason=reason, justification=words)
    _tell(case, "deadline_extended", at=at, clock=name, old=old.latest.isoformat(), new=due.latest.isoformat())
    return clock


@transaction.atomic
def look_at(clock_id: int, *, at: datetime) -> str:
    """What the sweep does with one clock whose day has come: remind, or carry out what follows from lateness.

    Returns `reminded`, `resumed`, `missed`, or nothing if there is nothing to do (any more). Each happens once.
    """
    case_id = Clock.objects.values_list("case_id", flat=True).get(pk=clock_id)
    case = steps.locked(case_id)
    clock = Clock.objects.select_for_update(no_key=True).get(pk=clock_id)
    today = queries.procedure_of(case).local_date(at)
    if clock.state == ClockState.DONE or clock.look_on is None or today < clock.look_on:
        return ""
    if _is_over(clock, today):
        _miss(case, clock, at=at)
        return "missed"
    pause_ends = queries.count(case, clock.name).pause_ends
    if clock.state == ClockState.PAUSED and pause_ends and pause_ends <= today:
        _resume(case, clock, by=SERVICE, at=at, on=pause_ends)
        return "resumed"
    if clock.reminded_at is None and today <= clock.due_latest:
        _remind(case, clock, at=at)
        return "reminded"
    clock.look_on = None
    clock.save(update_fields=["look_on"])
    return ""


@transaction.atomic
def recount(case_id: UUID, name: str, *, at: datetime) -> bool:
    """Count a deadline anew after its calendar changed; True, and the person is told, if its days moved."""
    case = steps.locked(case_id)
    clock = case.clocks.get(name=name)
    if clock.state == ClockState.DONE or case.status in FINAL:
        return False
    old = Due(clock.due_earliest, clock.due_latest, clock.is_provisional, ())
    if _says_the_same(old, queries.count(case, name)):
        return False  # and nothing is written: a change of a case has its entry in the log
    due = _settle(clock, by=SERVICE, at=at)
    _record(case, "case.clock_recounted", by=SERVICE, at=at, clock=name, due=_days(due))
    if _days(due) == _days(old):  # only whether the calendar of a year is final
        return False
    said = {"old": _told_day(name, old), "new": _told_day(name, due)}
    _tell(case, "deadline_moved", at=at, clock=name, **said)
    params = {"reference": case.reference, "clock": name, "on": due.earliest.isoformat()}
    delivery.tell_organisation(case.holder_id, "holder_told_moved", at=at, case_id=case.pk, params=params)
    return True


def stand_down(case: Case) -> None:
    """Nobody works under the deadlines of a case that is being withdrawn; they are looked at again by `stand_up`."""
    case.clocks.filter(look_on__isnull=False).update(look_on=None)


def stand_up(case: Case) -> None:
    """The case goes on after all."""
    for clock in case.clocks.exclude(state=ClockState.DONE):
        clock.look_on = _look_on(clock, queries.count(case, clock.name))
        clock.save(update_fields=["look_on"])


def renew(case: Case, *, by: Actor, at: datetime) -> None:
    """The case begins anew, because the person had something new: what its ledgers hold so far counts no more.

    The caller holds the case locked, and writes what starts the deadlines again.
    """
    for name in sorted(set(queries.current_entries(case).values_list("clock", flat=True))):
        _line(case, name, EntryKind.RENEWED, by=by, at=at).save()
    case.clocks.all().delete()


def put_off(clock_id: int, *, at: datetime) -> None:
    """After a failure: try this clock again later and later, so that it does not keep others waiting."""
    clock = Clock.objects.get(pk=clock_id)
    clock.tries += 1
    clock.next_try_at = at + timedelta(minutes=2 ** min(clock.tries, 10))
    clock.save(update_fields=["tries", "next_try_at"])


def _is_longer(clock: Clock, due: Due) -> bool:
    """Whether the office has more time than the person was told, though nobody asked for it."""
    runs = clock.pk is not None and clock.state == ClockState.RUNNING
    return runs and clock.due_latest < due.latest and clock.name not in NOT_EARLIER


def _is_over(clock: Clock, today: date) -> bool:
    """Whether the office is late, nothing followed from it yet, and the case still goes on under this deadline."""
    runs = clock.state != ClockState.DONE and clock.look_on is not None and clock.missed_at is None
    if not runs or clock.due_latest >= today or clock.name in NOT_EARLIER:
        return False
    return not queries.binds_refusals_only(clock.name, queries.procedure_of(clock.case).clock(clock.name))


def _miss(case: Case, clock: Clock, *, at: datetime) -> None:
    rules = queries.procedure_of(case).consequences_of(clock.name)
    effects = list(dict.fromkeys(effect for rule in rules for effect in rule.effects))
    # A pause that the rule bounds has ended by itself when its deadline is over.
    clock.missed_at, clock.look_on, clock.state = at, None, ClockState.RUNNING
    clock.save(update_fields=["missed_at", "look_on", "state"])
    due = f"{clock.due_earliest}/{clock.due_latest}"
    _record(
        case, "case.deadline_missed", by=SERVICE, at=at, clock=clock.name, due=due, effects=" ".join(effects) or "none"
    )
    if "deemed_admitted" in effects:
        # On the day on which the time for saying so ended, however late the sweep finds it.
        happened(case, "accepted", by=SERVICE, at=at, on=clock.due_latest)
    for effect in effects:
        consequences.carry_out(effect, case, clock, at=at)
    if not effects:  # the law is silent; those who answer for the delay are told all the same
        consequences.carry_out("tell_supervisor", case, clock, at=at)


def _remind(case: Case, clock: Clock, *, at: datetime) -> None:
    clock.reminded_at = at
    clock.look_on = _look_on(clock, queries.count(case, clock.name))
    clock.save(update_fields=["reminded_at", "look_on"])
    _record(case, "case.deadline_near", by=SERVICE, at=at, clock=clock.name, due=clock.due_latest.isoformat())
    if clock.name in NOT_EARLIER:
        kind = "cure_ends" if clock.name == "cure" else "window_ends"
        _tell(case, kind, at=at, on=clock.due_earliest.isoformat())
        return
    params = {"reference": case.reference, "clock": clock.name, "on": clock.due_earliest.isoformat()}
    delivery.tell_organisation(case.holder_id, "holder_told_deadline", at=at, case_id=case.pk, params=params)


def _last_pause(clock: Clock) -> ClockEntry | None:
    return clock.case.clock_entries.filter(clock=clock.name, kind=EntryKind.PAUSED).order_by("-id").first()


def _resume(case: Case, clock: Clock, *, by: Actor, at: datetime, on: date | None = None) -> None:
    if clock.state != ClockState.PAUSED:
        raise ClockRefused("running", _("This deadline runs already."))
    last = _last_pause(clock)
    reason = last.reason if last else ""
    _line(case, clock.name, EntryKind.RESUMED, by=by, at=at, on=on, reason=reason).save()
    due = _settle(clock, by=by, at=at, state=ClockState.RUNNING)
    _record(case, "case.clock_resumed", by=by, at=at, clock=clock.name, due=_days(due), reason=reason)
    _tell(case, "deadline_resumed", at=at, clock=clock.name, new=due.latest.isoformat())


def _settle(clock: Clock, *, by: Actor, at: datetime, state: ClockState | None = None) -> Due:
    """Count a clock from its ledger and keep the result, in its state or a new one. See Note [Told days]."""
    due = queries.Counting(clock.case).due(clock.name)
    assert due, "a clock that has a row has started"
    if _set_days(clock, due, state or ClockState(clock.state)):
        _told(clock, due, by=by, at=at).save()
    clock.save()
    return due


def _set_days(clock: Clock, due: Due, state: ClockState) -> bool:
    """Put what was counted into the row, which is not saved yet; whether it has to be told. See Note [Told days]."""
    case = clock.case
    moved = clock.pk is None or (clock.due_earliest, clock.due_latest) != (due.earliest, due.latest)
    clock.state, clock.is_provisional = state, due.provisional
    clock.due_earliest, clock.due_latest = due.earliest, due.latest
    if moved and clock.missed_at is None:
        clock.reminded_at = None
    clock.look_on = None if case.status in _IDLE else _look_on(clock, due)
    if clock.name == "decide":
        case.decide_by, case.decide_by_latest, case.due_is_provisional = due.earliest, due.latest, due.provisional
        case.save(update_fields=["decide_by", "decide_by_latest", "due_is_provisional"])
    return moved and state is ClockState.RUNNING


def _look_on(clock: Clock, due: Due) -> date | None:
    """The next day on which something has to be done for a clock. `due`: as it is counted now."""
    if due.paused or clock.missed_at is not None:
        return None
    if queries.binds_refusals_only(clock.name, queries.procedure_of(clock.case).clock(clock.name)):
        return None
    is_persons = clock.name in NOT_EARLIER
    if clock.reminded_at is None:
        day = clock.due_earliest - (_REMIND_PERSON if is_persons else _REMIND_OFFICE)
    elif not is_persons:
        day = clock.due_latest + timedelta(days=1)
    else:
        return None
    return min(day, due.pause_ends) if clock.state == ClockState.PAUSED and due.pause_ends else day


def _line(
    case: Case,
    name: str,
    kind: EntryKind,
    *,
    by: Actor,
    at: datetime,
    on: date | None = None,
    event: str = "",
    reason: str = "",
    words: str = "",
    until: date | None = None,
) -> ClockEntry:
    """A line of a ledger, not saved yet."""
    return ClockEntry(
        case=case,
        subject_id=case.subject_id,
        clock=name,
        kind=kind,
        at=at,
        on=on,
        event=event,
        reason=reason,
        sealed_words=seal(case.subject_id, words=words.strip()) if words else None,
        until=until,
        by_id=by.user_id,
    )


def _told(clock: Clock, due: Due, *, by: Actor, at: datetime) -> ClockEntry:
    """The line that says what the person was told, not saved yet."""
    line = _line(clock.case, clock.name, EntryKind.TOLD, by=by, at=at)
    line.due_earliest, line.due_latest = due.earliest, due.latest
    return line


def _open(case_id: UUID, name: str, by: Actor) -> tuple[Case, Clock]:
    case = steps.locked(case_id)
    access.check_may_change_time(by, case)
    if case.status not in OPEN:
        raise ClockRefused("closed", _("This case is over, so none of its deadlines runs."))
    clock = case.clocks.filter(name=name).exclude(state=ClockState.DONE).first()
    if clock is None:
        raise ClockRefused("done", _("This deadline does not run in this case (any more)."))
    return case, clock


def _rule(case: Case, name: str) -> Rule:
    rule = queries.procedure_of(case).clock(name)
    assert rule is not None
    return rule


def _extension(case: Case, name: str, reason: str) -> Extension:
    """The rule under which a deadline may be made longer now. Raises `ClockRefused`."""
    found = next((each for each in queries.deadlines(case) if each.row.name == name), None)
    for rule in found.extensions if found else ():
        if rule.reason == reason:
            return rule
    raise ClockRefused("reason", _("The procedure does not let this deadline be made longer (again) for that reason."))


def _check_words(words: str) -> None:
    if not says_something(words):
        raise ClockRefused("words", _("Say why. The person reads these words."))


def _check_not_over(case: Case, clock: Clock, at: datetime) -> None:
    """The person must be told before the old day is over."""
    if queries.procedure_of(case).local_date(at) > clock.due_latest:
        raise ClockRefused("late", _("The last day is over. The person had to be told before it."))


def _told_day(name: str, due: Due) -> str:
    """What a message says: a day of the person's at its earliest reading, one of somebody else's at its last."""
    return (due.earliest if name in NOT_EARLIER else due.latest).isoformat()


def _says_the_same(one: Due, other: Due) -> bool:
    return _days(one) == _days(other) and one.provisional == other.provisional


def _days(due: Due) -> str:
    return f"{due.earliest}/{due.latest}"


def _record(case: Case, event: str, *, by: Actor, at: datetime, **facts: str) -> None:
    steps.record(case, event, by=by, at=at, facts=facts)


def _tell(case: Case, kind: str, *, at: datetime, **params: str) -> None:
    delivery.tell_subject(
        case.subject_id, kind, at=at, mail=True, case_id=case.pk, params={"reference": case.reference, **params}
    )


def events_of_filing(procedure: Procedure, *, papers_complete: bool) -> Iterable[str]:
    """What has happened, in the words of procedure files, once somebody who signed in has filed here."""
    events = ["received", "received_by_competent_office", "identity_received", "requested"]
    if procedure.is_free:
        events.append("fee_paid")
    if papers_complete:
        events.append("proof_complete")
    if procedure.asks_source:
        events += ["asked", "forwarded"]
    return events
