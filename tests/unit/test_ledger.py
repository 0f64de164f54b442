"""A clock that is paused, extended, cut off and told about: known days, and what must hold for every ledger."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from law import calendars, clocks, explain
from law.calendars import DayException
from law.clocks import Due, Entry, Extension, Holds, Latest, LongStop, NotStarted, Pause, Reading, Span, Term, Timed

CN, US, DE, GB = (calendars.calendar(code) for code in ("CN", "US", "DE", "GB"))
SOURCE: dict[str, Any] = {"cite": "an Act, section 1", "basis": "law", "evidence": "read"}
START = date(2026, 3, 2)  # a Monday

CLARIFICATION = Pause(reasons=("clarification",), **SOURCE)
BOTH_ENDS = Pause(reasons=("clarification",), first_day="excluded", last_day="excluded", **SOURCE)
LONGER = Extension(reason="complexity", by="holder", length=10, unit="calendar_day", **SOURCE)


def due(
    term: Term,
    *lines: Entry,
    start: date = START,
    calendar: calendars.Calendar = DE,
    holds: Holds = "not_later",
    has_safe_day: bool = True,
    **rules: Any,
) -> Due:
    entries = [clocks.started(start, "received"), *lines]
    timed = Timed(**{"start": "received", **rules})
    return clocks.deadline(term, entries, calendar, rules=timed, holds=holds, has_safe_day=has_safe_day)


def days(number: int, unit: clocks.Unit = "calendar_day", **more: Any) -> Term:
    return Term(length=number, unit=unit, **more)


def codes(found: Due) -> list[str]:
    return [step.code for step in found.steps]


def paused(on: date, reason: str = "") -> Entry:
    return Entry("paused", on, reason=reason)


def resumed(on: date, reason: str = "") -> Entry:
    return Entry("resumed", on, reason=reason)


def extended(on: date, until: date | None = None, reason: str = "") -> Entry:
    return Entry("extended", on, until=until, reason=reason)


def march(day: int) -> date:
    return date(2026, 3, day)


# Pauses


def test_the_days_of_a_pause_do_not_count() -> None:
    # ten days end on the 12th; the 4th to the 8th are left out, the 9th counts again
    found = due(days(10), paused(march(4)), resumed(march(9)), pauses=(CLARIFICATION,))
    assert found.latest == march(17)
    assert {"from": march(4), "to": march(8), "count": 5} in [step.values for step in found.steps]


def test_a_pause_may_leave_out_the_day_on_which_it_ends_as_well() -> None:
    found = due(days(10), paused(march(4)), resumed(march(9)), pauses=(BOTH_ENDS,))
    assert found.latest == march(18)


def test_only_working_days_are_lost_to_a_clock_of_working_days() -> None:
    # ten working days end on the 16th; Thursday, Friday and Monday are left out
    found = due(days(10, "working_day"), paused(march(5)), resumed(march(10)), pauses=(CLARIFICATION,))
    assert found.latest == march(19)
    assert "working_days_excluded" in codes(found)


def test_a_make_up_saturday_within_a_pause_is_lost_too() -> None:
    start, term = date(2026, 9, 16), days(10, "working_day")
    plain = due(term, start=start, calendar=CN)
    # Sunday 20 September is worked in China
    found = due(
        term, paused(date(2026, 9, 19)), resumed(date(2026, 9, 21)), start=start, calendar=CN, pauses=(CLARIFICATION,)
    )
    assert CN.working_days_between(plain.latest + timedelta(days=1), found.latest) == 1


def test_a_pause_moves_a_month_by_its_days_and_then_a_day_off_moves() -> None:
    month = days(1, "month", roll="next_working_day")
    found = due(month, paused(date(2026, 3, 10)), resumed(date(2026, 3, 12)), pauses=(BOTH_ENDS,))
    # 2 April and three days is 5 April, Easter Sunday; Monday is a holiday
    assert found.latest == date(2026, 4, 7)


def test_pauses_that_overlap_count_once() -> None:
    identity = Pause(reasons=("identity_check",), **SOURCE)
    lines = [paused(march(4), "clarification"), resumed(march(9), "clarification")]
    lines += [paused(march(6), "identity_check"), resumed(march(11), "identity_check")]
    assert due(days(10), *lines, pauses=(CLARIFICATION, identity)).latest == march(19)


def test_a_pause_after_the_last_day_changes_nothing() -> None:
    found = due(days(10), paused(march(13)), resumed(march(20)), pauses=(CLARIFICATION,))
    assert found.latest == march(12)


def test_a_clock_that_stands_still_has_no_certain_day() -> None:
    found = due(days(10), paused(march(4)), pauses=(CLARIFICATION,))
    assert (found.latest, found.provisional, found.paused) == (march(12), True, True)
    assert "standing_still" in codes(found)


def test_a_pause_with_an_end_of_its_own_runs_out() -> None:
    short = CLARIFICATION.model_copy(update={"at_most": Span(length=3, unit="calendar_day")})
    for lines in ([paused(march(4))], [paused(march(4)), resumed(march(20))]):
        found = due(days(10), *lines, pauses=(short,))
        assert (found.latest, found.paused) == (march(15), False)


def test_an_event_may_end_a_pause_and_then_is_nothing_else() -> None:
    asked = CLARIFICATION.model_copy(update={"ends_with": "information_received"})
    start = Latest(latest_of=("received", "information_received"))
    rules = Timed(start=start, pauses=(asked,))
    answer = Entry("happened", march(9), event="information_received")
    for waiting, expected in (([paused(march(4))], march(17)), ([], march(19))):
        lines = [answer, clocks.started(START, "received"), *waiting]
        assert clocks.deadline(days(10), lines, DE, rules=rules).latest == expected


def test_a_pause_that_no_rule_allows_changes_nothing_and_says_so() -> None:
    for allowed in ((), (CLARIFICATION,)):
        found = due(days(10), paused(march(4), "mediation"), resumed(march(9), "mediation"), pauses=allowed)
        assert found.latest == march(12)
        assert "pause_not_allowed" in codes(found)


def test_a_clock_may_go_on_and_stop_again_on_one_day() -> None:
    lines = [paused(march(4)), resumed(march(6)), paused(march(6)), resumed(march(9))]
    assert due(days(10), *lines, pauses=(CLARIFICATION,)).latest == march(17)


# Extensions


def test_an_extension_is_counted_from_the_same_start() -> None:
    month = Extension(reason="complexity", by="holder", length=2, unit="month", **SOURCE)
    found = due(days(1, "month"), extended(date(2026, 2, 10)), start=date(2026, 1, 31), extensions=(month,))
    # three months from 31 January, not two from 28 February
    assert found.latest == date(2026, 4, 30)


def test_an_extension_must_be_told_in_time() -> None:
    assert due(days(10), extended(march(12)), extensions=(LONGER,)).latest == march(22)
    late = due(days(10), extended(march(13)), extensions=(LONGER,))
    assert late.latest == march(12)
    assert "extension_too_late" in codes(late)


def test_notice_may_have_a_time_of_its_own() -> None:
    early = LONGER.model_copy(update={"notice": Span(length=5, unit="calendar_day")})
    assert due(days(10), extended(march(7)), extensions=(early,)).latest == march(22)
    assert due(days(10), extended(march(8)), extensions=(early,)).latest == march(12)


def test_an_agreement_may_come_at_any_time_and_names_the_day() -> None:
    agreed = Extension(reason="agreement", by="agreement", notice="any_time", **SOURCE)
    found = due(days(10), extended(march(14), until=march(30)), extensions=(agreed,))
    assert found.latest == march(30)


def test_the_decider_may_take_less_than_the_rule_gives_and_never_more() -> None:
    assert due(days(10), extended(march(5), until=march(18)), extensions=(LONGER,)).latest == march(18)
    assert due(days(10), extended(march(5), until=march(30)), extensions=(LONGER,)).latest == march(22)


def test_a_total_is_the_longest_that_a_period_becomes() -> None:
    up_to = Extension(reason="complexity", by="tier", total=Span(length=40, unit="calendar_day"), **SOURCE)
    assert due(days(20), extended(march(10)), extensions=(up_to,)).latest == START + timedelta(days=40)
    assert due(days(20), extended(march(10), until=march(29)), extensions=(up_to,)).latest == march(29)
    beyond = extended(march(10), until=date(2026, 6, 1))
    assert due(days(20), beyond, extensions=(up_to,)).latest == START + timedelta(days=40)


def test_a_rule_is_used_as_often_as_it_says() -> None:
    twice = due(days(10), extended(march(5)), extended(march(8)), extensions=(LONGER,))
    assert twice.latest == march(22)
    assert "extension_used_up" in codes(twice)
    often = LONGER.model_copy(update={"at_most": 2})
    assert due(days(10), extended(march(5)), extended(march(8)), extensions=(often,)).latest == date(2026, 4, 1)


def test_what_changes_nothing_is_told_once_for_a_day() -> None:
    by_news = LONGER.model_copy(update={"trigger": "information_received"})
    news = [Entry("happened", march(10), event="information_received")] * 5
    later = Entry("happened", march(11), event="information_received")
    assert codes(due(days(10), *news, extensions=(by_news,))).count("extension_used_up") == 1
    assert codes(due(days(10), *news, later, extensions=(by_news,))).count("extension_used_up") == 2


def test_an_extension_that_no_rule_allows_changes_nothing_and_says_so() -> None:
    found = due(days(10), extended(march(5)))
    assert found.latest == march(12)
    assert "extension_not_allowed" in codes(found)


def test_an_event_may_extend_by_itself_and_another_may_rule_it_out() -> None:
    by_news = LONGER.model_copy(update={"trigger": "information_received", "blocked_if": ("found_wrong",)})
    news = Entry("happened", march(10), event="information_received")
    assert due(days(10), news, extensions=(by_news,)).latest == march(22)
    for day, expected in ((march(9), march(12)), (march(12), march(12)), (march(13), march(22))):
        wrong = Entry("happened", day, event="found_wrong")
        assert due(days(10), news, wrong, extensions=(by_news,)).latest == expected


def test_units_of_another_kind_follow_each_other() -> None:
    working = Extension(reason="complexity", by="holder", length=3, unit="working_day", **SOURCE)
    # one month ends on 2 April; Good Friday and Easter Monday are off
    assert due(days(1, "month"), extended(march(10)), extensions=(working,)).latest == date(2026, 4, 9)


# Starts and cut-offs


def test_a_clock_may_wait_for_the_latest_of_several_events() -> None:
    start = Latest(latest_of=("received", "identity_received", "fee_paid"))
    lines = [Entry("happened", march(9), event="identity_received"), Entry("happened", march(4), event="fee_paid")]
    found = clocks.deadline(days(10), [clocks.started(START, "received"), *lines], DE, rules=Timed(start=start))
    assert found.latest == march(19)
    assert found.steps[0].values == {"event": "identity_received", "on": march(9)}


def test_a_ledger_without_a_start_has_no_day() -> None:
    with pytest.raises(NotStarted, match="received"):
        clocks.deadline(days(10), [paused(march(3))], DE, rules=Timed(start="received"))


def test_a_window_ends_with_its_long_stop_at_the_latest() -> None:
    stop = LongStop(start="acted", length=1, unit="year", **SOURCE)
    for acted, expected in ((date(2025, 3, 10), march(10)), (date(2025, 9, 1), date(2026, 5, 1))):
        found = due(days(60), Entry("happened", acted, event="acted"), long_stop=stop)
        assert found.latest == expected
    assert due(days(60), long_stop=stop).latest == date(2026, 5, 1)


def test_a_long_stop_that_was_over_before_leaves_the_day_of_the_start() -> None:
    stop = LongStop(start="acted", length=1, unit="year", **SOURCE)
    assert due(days(60), Entry("happened", date(2020, 1, 1), event="acted"), long_stop=stop).latest == START


# Told dates


def test_a_window_of_the_persons_never_ends_before_the_day_that_was_told() -> None:
    told = Entry("told", march(3), until=march(20))
    assert due(days(10), told, holds="not_earlier").latest == march(20)
    assert due(days(30), told, holds="not_earlier").latest == START + timedelta(days=30)


def test_a_duty_never_ends_after_the_day_that_was_told() -> None:
    told = Entry("told", march(3), until=march(10))
    found = due(days(10), told)
    assert (found.latest, codes(found)[-1]) == (march(10), "told_before")
    assert due(days(5), told).latest == march(7)


def test_what_lawfully_came_after_the_telling_moves_a_duty_by_its_days() -> None:
    told = Entry("told", march(3), until=march(11))  # a day less than the rule gives
    lines = [told, paused(march(4)), resumed(march(9))]
    assert due(days(10), *lines, pauses=(CLARIFICATION,)).latest == march(16)
    assert due(days(10), told, extended(march(5)), extensions=(LONGER,)).latest == march(21)


def test_a_calendar_that_is_changed_later_never_makes_a_told_duty_later() -> None:
    term, told = days(10, "working_day"), Entry("told", START, until=march(16))
    later = DE.excepting([DayException(on=march(16), is_worked=False)])
    assert due(term, calendar=later).latest == march(17)
    assert due(term, told, calendar=later).latest == march(16)
    assert due(term, told, calendar=later, holds="not_earlier").latest == march(17)
    earlier = DE.excepting([DayException(on=march(14), is_worked=True)])
    assert due(term, told, calendar=earlier).latest == march(14)
    assert due(term, told, calendar=earlier, holds="not_earlier").latest == march(16)


# Exceptions


def test_a_day_may_be_declared_off_or_worked() -> None:
    changed = DE.excepting([DayException(on=march(4), is_worked=False), DayException(on=march(7), is_worked=True)])
    assert not changed.is_working_day(march(4))
    assert changed.is_working_day(march(7))
    assert due(days(5, "working_day"), calendar=changed).latest == march(9)
    assert DE.is_working_day(march(4))


def test_a_make_up_day_may_be_taken_back_and_a_holiday_worked() -> None:
    saturday, holiday = date(2026, 10, 10), date(2026, 10, 7)
    changed = CN.excepting([DayException(on=saturday, is_worked=False), DayException(on=holiday, is_worked=True)])
    assert not changed.is_working_day(saturday)
    assert changed.is_working_day(holiday)
    assert changed.announced == CN.announced


# For every rule and ledger

moments = st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
near = st.dates(START, START + timedelta(days=120))
reasons = st.sampled_from(["", "clarification", "identity_check", "mediation"])
units = st.sampled_from(["calendar_day", "working_day", "business_day", "week", "month"])
firsts = st.sampled_from(["inclusive", "exclusive"])
rolls = st.sampled_from(["none", "next_working_day"])
terms = st.builds(
    Term,
    length=st.integers(1, 40),
    unit=units,
    first_day=firsts,
    roll=rolls,
    month_end=st.sampled_from(["last_day", "first_of_next"]),
    other_reading=st.none() | st.builds(Reading, first_day=firsts, roll=rolls, cite=st.just("another reading")),
)
spans = st.builds(Span, length=st.integers(1, 30), unit=units)
pauses = st.builds(
    Pause,
    reasons=st.sampled_from([("clarification",), ("identity_check",), ("clarification", "identity_check")]),
    first_day=st.sampled_from(["excluded", "counted"]),
    last_day=st.sampled_from(["excluded", "counted"]),
    at_most=st.none() | spans,
    ends_with=st.none() | st.just("information_received"),
    **{name: st.just(value) for name, value in SOURCE.items()},
)
extensions = st.builds(
    lambda span, total, trigger, **more: Extension(
        length=span and span.length,
        unit=span and span.unit,
        total=total,
        trigger=trigger if span or total else None,
        **more,
        **SOURCE,
    ),
    span=st.none() | spans,
    total=st.none() | spans,
    reason=st.sampled_from(["complexity", "agreement"]),
    by=st.just("holder"),
    at_most=st.integers(1, 2),
    notice=st.sampled_from(["end", "any_time"]) | spans,
    trigger=st.none() | st.just("information_received"),
    blocked_if=st.sampled_from([(), ("found_wrong",)]),
)
lines = st.lists(
    st.builds(Entry, kind=st.sampled_from(["paused", "resumed"]), on=near, reason=reasons, at=moments)
    | st.builds(
        Entry,
        kind=st.just("extended"),
        on=near,
        reason=st.sampled_from(["", "complexity", "agreement"]),
        until=st.none() | near,
        at=moments,
    )
    | st.builds(
        Entry,
        kind=st.just("happened"),
        on=near,
        event=st.sampled_from(["information_received", "found_wrong", "acted"]),
        at=moments,
    )
    | st.builds(Entry, kind=st.just("told"), on=near, until=near, earliest=st.none() | near, at=moments),
    max_size=7,
)
timed = st.builds(
    Timed,
    start=st.just("received"),
    pauses=st.lists(pauses, max_size=2).map(tuple),
    extensions=st.lists(extensions, max_size=2).map(tuple),
    long_stop=st.none()
    | st.builds(
        LongStop,
        start=st.just("acted"),
        length=st.integers(1, 3),
        unit=st.just("month"),
        **{name: st.just(value) for name, value in SOURCE.items()},
    ),
)
places = st.sampled_from([CN, US, DE])
holding = st.sampled_from(["not_earlier", "not_later"])


def counted(term: Term, entries: list[Entry], place: calendars.Calendar, rules: Timed, holds: Holds) -> Due:
    return clocks.deadline(term, [clocks.started(START, "received"), *entries], place, rules=rules, holds=holds)


@given(terms, lines, places, timed, holding)
def test_no_date_lies_before_its_start(
    term: Term, entries: list[Entry], place: calendars.Calendar, rules: Timed, holds: Holds
) -> None:
    found = counted(term, entries, place, rules, holds)
    assert found.earliest >= START
    assert START <= found.earliest <= found.latest


@given(terms, lines, places, timed, holding, st.randoms(use_true_random=False))
def test_the_order_in_which_a_ledger_is_read_does_not_matter(
    term: Term, entries: list[Entry], place: calendars.Calendar, rules: Timed, holds: Holds, chance: random.Random
) -> None:
    found = counted(term, entries, place, rules, holds)
    shuffled = [clocks.started(START, "received"), *entries]
    chance.shuffle(shuffled)
    assert clocks.deadline(term, shuffled, place, rules=rules, holds=holds) == found


@given(terms, places, timed, near, st.sampled_from(["clarification", "identity_check"]))
def test_to_pause_and_resume_at_once_changes_nothing(
    term: Term, place: calendars.Calendar, rules: Timed, on: date, reason: str
) -> None:
    allowed = rules.model_copy(update={"pauses": (*rules.pauses, Pause(reasons=(reason,), **SOURCE))})
    plain = counted(term, [], place, allowed, "not_later")
    at_once = [paused(on, reason), resumed(on, reason)]
    assert counted(term, at_once, place, allowed, "not_later") == plain


@given(terms, lines, places, timed, extensions, near, st.none() | near)
def test_an_extension_never_shortens(
    term: Term,
    entries: list[Entry],
    place: calendars.Calendar,
    rules: Timed,
    rule: Extension,
    on: date,
    until: date | None,
) -> None:
    entries = [line for line in entries if line.kind not in ("told", "extended")]
    allowed = rules.model_copy(update={"extensions": (rule,)})
    before = counted(term, entries, place, allowed, "not_later")
    after = counted(term, [*entries, extended(on, until)], place, allowed, "not_later")
    assert before.latest <= after.latest
    assert before.earliest <= after.earliest


@given(terms, places, st.lists(pauses, min_size=1, max_size=2).map(tuple), near, st.integers(0, 20))
def test_a_pause_never_shortens(
    term: Term,
    place: calendars.Calendar,
    allowed: tuple[Pause, ...],
    on: date,
    length: int,
) -> None:
    rules = Timed(start="received", pauses=allowed)
    before = counted(term, [], place, rules, "not_later")
    reason = allowed[0].reasons[0]
    more = [paused(on, reason), resumed(on + timedelta(days=length), reason)]
    after = counted(term, more, place, rules, "not_later")
    assert before.latest <= after.latest
    assert before.earliest <= after.earliest


@given(terms, lines, places, timed, near, near)
def test_a_told_day_holds(
    term: Term, entries: list[Entry], place: calendars.Calendar, rules: Timed, on: date, until: date
) -> None:
    told = Entry("told", on, until=until)
    assert counted(term, [*entries, told], place, rules, "not_earlier").latest >= until
    last = Entry("told", START + timedelta(days=400), until=until)
    assert counted(term, [*entries, last], place, rules, "not_later").latest <= max(START, until)


@given(terms, lines, places, timed, holding)
def test_every_step_can_be_said_and_the_due_day_is_named(
    term: Term, entries: list[Entry], place: calendars.Calendar, rules: Timed, holds: Holds
) -> None:
    found = counted(term, entries, place, rules, holds)
    said = [explain.render(step, "en") for step in found.steps]
    assert all(said)
    assert all(explain.render(step, "zh-hans") for step in found.steps)
    whole = " ".join(said)
    assert "{" not in whole
    assert f"{found.latest.day} {found.latest:%B} {found.latest.year}" in whole


@given(st.integers(1, 250), st.dates(date(2024, 1, 1), date(2029, 12, 31)), st.sampled_from([CN, US, DE, GB]))
def test_working_days_are_looked_up_as_they_would_be_counted(
    number: int, first: date, place: calendars.Calendar
) -> None:
    day, left = first, number
    while left:
        left -= place.is_working_day(day)
        day += timedelta(days=1)
    last = day - timedelta(days=1)
    assert place.nth_working_day(first, number) == last
    assert place.working_days_between(first, last) == number
