"""Counting days: known dates, and what must hold for every rule, start and calendar."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from law import calendars, clocks, explain, procedures
from law.calendars import Calendar, Holiday, Name, Year
from law.clocks import Due, Reading, Term

CN = calendars.calendar("CN")
US = calendars.calendar("US")

terms = st.builds(
    Term,
    length=st.integers(1, 90),
    unit=st.sampled_from(["calendar_day", "working_day", "business_day", "week", "month"]),
    first_day=st.sampled_from(["inclusive", "exclusive"]),
    roll=st.sampled_from(["none", "next_working_day"]),
    other_reading=st.none()
    | st.builds(
        Reading,
        first_day=st.sampled_from(["inclusive", "exclusive"]),
        roll=st.sampled_from(["none", "next_working_day"]),
        cite=st.just("another reading"),
    ),
)
days = st.dates(date(2024, 1, 1), date(2029, 12, 31))
places = st.sampled_from([CN, US])


def _codes(due: Due) -> list[str]:
    return [step.code for step in due.steps]


def _longer(term: Term) -> Term:
    return term.model_copy(update={"length": term.length + 1})


@pytest.mark.parametrize(
    ("procedure", "clock", "start", "expected"),
    [
        # 2 October falls in the holiday, which ends on the 7th
        ("cn-spc-defaulter-list", "decide", date(2026, 9, 17), date(2026, 10, 8)),
        ("cn-spc-defaulter-list", "review_file_by", date(2026, 9, 17), date(2026, 9, 28)),
        # the first day counts
        ("us-fcra-cra-dispute", "decide", date(2026, 12, 1), date(2026, 12, 30)),
        ("us-fcra-cra-dispute", "notify_source", date(2026, 12, 1), date(2026, 12, 7)),
        ("us-fcra-cra-dispute", "notify_result", date(2026, 12, 30), date(2027, 1, 7)),
        # 20 September and 10 October are worked weekend days, the holidays are not
        ("redress-model", "decide", date(2026, 9, 17), date(2026, 10, 14)),
        ("redress-model", "resume_after_service", date(2026, 9, 21), date(2026, 10, 12)),
        ("redress-model", "deemed_service", date(2026, 9, 21), date(2026, 10, 12)),
    ],
)
def test_the_shipped_procedures_give_the_dates_that_the_law_gives(
    procedure: str, clock: str, start: date, expected: date
) -> None:
    due = procedures.due_for(procedures.procedure(procedure), clock, start)
    assert (due.earliest, due.latest, due.provisional) == (expected, expected, False)


def test_a_make_up_saturday_is_a_working_day_to_roll_to() -> None:
    # 8 May 2026 would be a Friday holiday here; Saturday 9 May is worked in China.
    may = CN.days_off | {date(2026, 5, 8)}
    calendar = Calendar("CN", may, CN.makeup_days, CN.announced)
    due = clocks.due(Term(length=1, unit="week", roll="next_working_day"), date(2026, 5, 1), calendar)
    assert due.latest == date(2026, 5, 9)


@pytest.mark.parametrize(
    ("start", "first_day", "expected"),
    [
        (date(2026, 3, 5), "exclusive", date(2026, 4, 5)),
        (date(2026, 1, 31), "exclusive", date(2026, 2, 28)),  # no 31 February
        (date(2028, 1, 31), "exclusive", date(2028, 2, 29)),  # a leap year
        (date(2026, 3, 1), "inclusive", date(2026, 3, 31)),  # a whole month
        (date(2026, 1, 31), "inclusive", date(2026, 2, 28)),
        (date(2026, 12, 10), "exclusive", date(2027, 1, 10)),
    ],
)
def test_a_month_ends_on_the_same_number_or_at_the_end_of_the_month(
    start: date, first_day: clocks.FirstDay, expected: date
) -> None:
    assert clocks.due(Term(length=1, unit="month", first_day=first_day), start, US).latest == expected


def test_a_last_day_off_that_does_not_move_is_worked_to_on_the_working_day_before() -> None:
    # 30 days from 20 June, the first one counted, end on Sunday 19 July.
    due = clocks.due(Term(length=30, unit="calendar_day", first_day="inclusive"), date(2026, 6, 20), US)
    assert (due.earliest, due.latest) == (date(2026, 7, 17), date(2026, 7, 19))


def test_two_readings_give_the_earliest_and_the_latest_day() -> None:
    other = Reading(first_day="exclusive", roll="next_working_day", cite="the regulator")
    term = Term(length=30, unit="calendar_day", first_day="inclusive", other_reading=other)
    due = clocks.due(term, date(2026, 6, 20), US)
    assert (due.earliest, due.latest) == (date(2026, 7, 17), date(2026, 7, 20))
    assert "other_reading" in _codes(due)


def test_a_year_without_a_file_counts_monday_to_friday_and_is_provisional() -> None:
    due = clocks.due(Term(length=5, unit="working_day"), date(2031, 9, 30), CN)
    assert due.latest == date(2031, 10, 7)
    assert due.provisional
    assert _codes(due)[-1] == "provisional"


def test_a_count_that_stays_in_known_years_is_not_provisional() -> None:
    assert not clocks.due(Term(length=5, unit="working_day"), date(2026, 12, 24), CN).provisional


def test_an_unannounced_year_is_provisional_although_it_has_a_file() -> None:
    draft = Year(code="CN", year=2027, source="a guess", announced=False, holidays=())
    calendar = Calendar.of("CN", [draft])
    assert clocks.due(Term(length=5, unit="working_day"), date(2027, 3, 1), calendar).provisional


@given(terms, days, places)
def test_no_date_lies_before_its_start(term: Term, start: date, calendar: Calendar) -> None:
    due = clocks.due(term, start, calendar)
    assert start <= due.earliest <= due.latest


@given(terms, days, places)
def test_a_longer_rule_never_ends_earlier(term: Term, start: date, calendar: Calendar) -> None:
    shorter, longer = clocks.due(term, start, calendar), clocks.due(_longer(term), start, calendar)
    assert shorter.earliest <= longer.earliest
    assert shorter.latest <= longer.latest


@given(terms, days, places)
def test_a_later_start_never_ends_earlier(term: Term, start: date, calendar: Calendar) -> None:
    today = clocks.due(term, start, calendar)
    tomorrow = clocks.due(term, start + timedelta(days=1), calendar)
    assert today.earliest <= tomorrow.earliest
    assert today.latest <= tomorrow.latest


@given(terms, days, places)
def test_counting_the_first_day_never_ends_later(term: Term, start: date, calendar: Calendar) -> None:
    plain = term.model_copy(update={"other_reading": None})
    with_first = clocks.due(plain.model_copy(update={"first_day": "inclusive"}), start, calendar)
    without = clocks.due(plain.model_copy(update={"first_day": "exclusive"}), start, calendar)
    assert with_first.latest <= without.latest


@given(terms, days, places)
def test_a_rolling_rule_ends_on_a_working_day(term: Term, start: date, calendar: Calendar) -> None:
    rolling = term.model_copy(update={"roll": "next_working_day", "other_reading": None})
    assert calendar.is_working_day(clocks.due(rolling, start, calendar).latest)


@given(st.integers(1, 60), days, places)
def test_working_days_are_as_many_as_the_rule_says(length: int, start: date, calendar: Calendar) -> None:
    end = clocks.due(Term(length=length, unit="working_day"), start, calendar).latest
    counted = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    assert sum(calendar.is_working_day(day) for day in counted) == length


@given(terms, days, st.randoms(use_true_random=False))
def test_the_order_in_which_calendar_years_are_read_does_not_matter(
    term: Term, start: date, chance: random.Random
) -> None:
    name = Name(en="a day off")
    years = [
        Year(
            code="XX",
            year=year,
            source="made up",
            announced=True,
            holidays=tuple(
                Holiday(first=date(year, month, 1), last=date(year, month, 5), name=name) for month in (1, 5, 10)
            ),
        )
        for year in range(2024, 2031)
    ]
    in_order = clocks.due(term, start, Calendar.of("XX", years))
    chance.shuffle(years)
    shuffled = [
        year.model_copy(update={"holidays": tuple(chance.sample(year.holidays, len(year.holidays)))}) for year in years
    ]
    assert clocks.due(term, start, Calendar.of("XX", shuffled)) == in_order


@given(terms, days, places)
def test_every_step_can_be_said_in_both_languages(term: Term, start: date, calendar: Calendar) -> None:
    due = clocks.due(term, start, calendar)
    for step in due.steps:
        for language in ("en", "zh-hans"):
            sentence = explain.render(step, language)
            assert sentence
            assert "{" not in sentence
    assert due.steps[0].code == "start"


@given(terms, days, places)
def test_the_explanation_names_the_due_date(term: Term, start: date, calendar: Calendar) -> None:
    due = clocks.due(term, start, calendar)
    said = " ".join(explain.render(step, "en") for step in due.steps)
    for day in (due.earliest, due.latest):
        assert f"{day.day} {day:%B} {day.year}" in said


def test_an_explanation_reads_like_a_calculation_with_a_pencil() -> None:
    due = procedures.due_for(procedures.procedure("cn-spc-defaulter-list"), "decide", date(2026, 9, 17))
    assert [explain.render(step, "en") for step in due.steps] == [
        "Received on 17 September 2026.",
        "The rule gives this many days: 15.",
        "That day does not count. Counting begins with 18 September 2026.",
        "The last day is 2 October 2026.",
        "2 October 2026 is a day off, so the last day moves to the next working day: 8 October 2026.",
    ]
    assert explain.render(due.steps[-1], "zh-hans") == (
        "2026年10月2日是休息日，所以最后一天顺延到下一个工作日：2026年10月8日。"
    )


def test_a_step_is_plain_data() -> None:
    due = clocks.due(Term(length=10, unit="working_day"), date(2026, 9, 21), CN)
    data = {step.code: step.as_data()["values"] for step in due.steps}
    assert data["start"] == {"event": "started", "on": "2026-09-21"}
    assert data["makeup_days_counted"] == {"days": ["2026-10-10"]}


def test_there_is_no_calendar_without_a_file() -> None:
    with pytest.raises(calendars.UnknownCalendar):
        calendars.calendar("ZZ")


def test_the_make_up_days_of_china_are_worked_and_its_holidays_are_not() -> None:
    worked = ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]
    off = ["2026-01-02", "2026-02-15", "2026-02-23", "2026-04-06", "2026-05-05", "2026-06-19", "2026-10-07"]
    assert all(CN.is_working_day(date.fromisoformat(day)) for day in worked)
    assert not any(CN.is_working_day(date.fromisoformat(day)) for day in off)
