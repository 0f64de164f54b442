"""Waiting times and required papers, counted from the law alone."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from law import checks, clocks, procedures, waiting
from law.procedure import Procedure
from law.rules import Counting
from tests.laws import READ, changed

LISTED = date(2026, 5, 5)


def waits(monkeypatch: pytest.MonkeyPatch, **clock: Any) -> Procedure:
    old = procedures.procedure("cn-ndrc-credit-repair-2026")
    rule = {"start": "listed", "length": 1, "unit": "year", **READ, **clock}
    return changed(monkeypatch, old.id, clocks={**old.model_dump(exclude_unset=True)["clocks"], "delist_after": rule})


def test_a_waiting_time_that_was_read_opens_on_the_same_day_a_year_later(monkeypatch: pytest.MonkeyPatch) -> None:
    wait = waiting.wait_of(waits(monkeypatch), "general", {"listed": LISTED})
    assert wait is not None
    assert wait.opens_on == date(2027, 5, 5)
    assert wait.keeps_back(date(2027, 5, 4))
    assert not wait.keeps_back(date(2027, 5, 5))
    assert wait.due is not None
    assert [step.code for step in wait.due.steps][:2] == ["start", "length_year"]


def test_a_day_off_does_not_move_the_day_on_which_it_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    wait = waiting.wait_of(waits(monkeypatch), "general", {"listed": date(2025, 10, 1)})
    assert wait is not None
    assert wait.opens_on == date(2026, 10, 1)  # a holiday in China


def test_where_a_waiting_time_can_be_read_in_two_ways_the_earlier_day_opens_it(monkeypatch: pytest.MonkeyPatch) -> None:
    file = waits(monkeypatch, other_reading={"first_day": "inclusive", "cite": "a commentary"})
    wait = waiting.wait_of(file, "general", {"listed": LISTED})
    assert wait is not None
    assert wait.opens_on == date(2027, 5, 4)


def test_a_day_that_nobody_knows_keeps_nobody_back(monkeypatch: pytest.MonkeyPatch) -> None:
    wait = waiting.wait_of(waits(monkeypatch), "general", {"published": LISTED})
    assert wait is not None
    assert wait.opens_on is None
    assert not wait.keeps_back(LISTED)
    both = waits(monkeypatch, start={"latest_of": ["listed", "published"]})
    known = waiting.wait_of(both, "general", {"listed": LISTED, "published": date(2026, 6, 1)})
    half = waiting.wait_of(both, "general", {"listed": LISTED})
    assert known is not None
    assert half is not None
    assert (known.opens_on, half.opens_on) == (date(2027, 6, 1), None)


@pytest.mark.parametrize("evidence", ["reported", "unread"])
def test_a_waiting_time_that_nobody_read_is_told_and_keeps_nobody_back(
    monkeypatch: pytest.MonkeyPatch, evidence: str
) -> None:
    adopted = {"adopted_by": "the operator of this service", "adopted_on": date(2026, 11, 22)}
    for more in ({}, adopted):
        wait = waiting.wait_of(waits(monkeypatch, evidence=evidence, **more), "general", {"listed": LISTED})
        assert wait is not None
        assert wait.opens_on == date(2027, 5, 5)
        assert not wait.keeps_back(LISTED)
        assert wait.due is not None
        assert f"evidence_{evidence}" in [step.code for step in wait.due.steps]


def test_the_length_follows_from_the_class_and_without_one_the_shortest_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    variants = {
        "general": {"text": {"en": "General", "zh": "一般"}, "length": 3, "unit": "month", **READ},
        "safety": {"text": {"en": "Safety", "zh": "安全"}, "length": 3, "unit": "year", **READ},
    }
    file = waits(monkeypatch, variants=variants)
    found = {kind: waiting.wait_of(file, kind, {"listed": LISTED}) for kind in ("general", "safety", "serious")}
    opens = {kind: wait.opens_on for kind, wait in found.items() if wait}
    assert opens == {
        "general": date(2026, 8, 5),
        "safety": date(2029, 5, 5),
        "serious": date(2026, 8, 5),  # the file does not say, so it may be any of them
    }


def test_a_class_that_nobody_read_does_not_keep_back_whoever_is_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    unread = {**READ, "evidence": "unread"}
    serious = {"text": {"en": "Serious", "zh": "严重"}, "length": 3, "unit": "year", **unread}
    file = waits(monkeypatch, variants={"serious": serious})
    grave, other = (waiting.wait_of(file, kind, {"listed": LISTED}) for kind in ("serious", "general"))
    assert grave is not None
    assert other is not None
    assert not grave.keeps_back(LISTED)
    assert other.keeps_back(LISTED)


def test_only_who_concedes_waits() -> None:
    assert waiting.grounds_that_wait(procedures.procedure("cn-ndrc-credit-repair-2026")) == {"repaired"}
    assert waiting.grounds_that_wait(procedures.procedure("cn-source-delisting")) == {"expired", "repaired"}
    assert waiting.grounds_that_wait(procedures.procedure("redress-model")) == frozenset()


def test_no_shipped_file_keeps_anybody_back_by_a_rule_that_was_not_read() -> None:
    for file in procedures.procedures().values():
        rule = file.clocks.get("delist_after")
        for kind in ("minor", "general", "serious"):
            days = dict.fromkeys(("listed", "published"), LISTED)
            wait = waiting.wait_of(file, kind, days)
            assert (wait is None) == (rule is None)
            assert wait is None or not wait.keeps_back(LISTED) or wait.rule.evidence == "read"


# Required papers


def test_which_papers_are_needed_follows_from_the_class_and_from_what_is_asked() -> None:
    repair = procedures.procedure("cn-source-repair")
    always = ["promise", "registration_certificate"]
    assert [each.id for each in repair.documents_asked(*repair.classes_of("repaired", "general"))] == always
    assert [each.id for each in repair.documents_asked(*repair.classes_of("repaired", "serious"))] == [
        *always,
        "proof_of_rectification",
        "training_certificate",
    ]
    office = procedures.procedure("cn-gov-info-correction")
    assert office.classes_of("inaccurate", "general") == {"correct", "general"}
    assert [each.id for each in office.documents_for("correct")] == ["evidence"]


def test_what_is_asked_for_is_sure_only_where_the_ground_leaves_no_choice() -> None:
    direct = procedures.procedure("us-fcra-direct-dispute")
    assert direct.classes_of("inaccurate", "minor") == {"minor"}  # correct or delete


@pytest.mark.parametrize(
    ("documents", "said"),
    [
        ([{"id": "a"}, {"id": "a"}], "stands twice"),
        ([{"id": "a", "needed_for": ["grave"]}], "nothing is of the class 'grave'"),
    ],
)
def test_a_paper_that_can_never_be_needed_is_a_mistake(
    monkeypatch: pytest.MonkeyPatch, documents: list[dict[str, Any]], said: str
) -> None:
    text = {"text": {"en": "A paper", "zh": "材料"}, **READ}
    made = changed(monkeypatch, "cn-ndrc-credit-repair-2026", documents=[{**text, **each} for each in documents])
    assert said in " ".join(message for _key, message in checks.check(made))


# How days are counted, where nobody read how


def test_a_decider_works_to_the_day_that_an_unread_counting_does_not_move() -> None:
    pipl = procedures.procedure("cn-pipl")
    assert pipl.counting is not None
    assert pipl.counting.evidence == "unread"
    due = procedures.due_for(pipl, "decide", date(2026, 9, 1))
    # The 30th day is 1 October, in the holiday; whoever decides works to the day before it.
    assert (due.earliest, due.latest) == (date(2026, 9, 30), date(2026, 10, 8))
    assert "counting_not_relied_on" in [step.code for step in due.steps]


def test_of_a_counting_that_was_not_read_the_part_that_was_read_moves_the_day() -> None:
    gdpr = procedures.procedure("eu-gdpr-accuracy")
    assert gdpr.counting is not None
    assert (gdpr.counting.evidence, gdpr.counting.parts_read) == ("reported", ("roll",))
    found = procedures.due_for(gdpr, "decide", date(2026, 3, 5), "DE")
    assert (found.earliest, found.latest) == (date(2026, 4, 7), date(2026, 4, 7))
    nothing_read = {**gdpr.counting.model_dump(), "parts_read": ()}
    unsure = Procedure.model_validate({**gdpr.model_dump(exclude_unset=True), "counting": nothing_read})
    found = procedures.due_for(unsure, "decide", date(2026, 3, 5), "DE")
    assert (found.earliest, found.latest) == (date(2026, 4, 2), date(2026, 4, 7))
    with pytest.raises(ValidationError, match="no parts_read where the whole rule was read"):
        Counting.model_validate({"parts_read": ["roll"], **READ})


def test_a_counting_that_was_read_moves_the_day_and_a_clock_that_says_it_itself_too() -> None:
    courts = procedures.procedure("cn-spc-defaulter-list")
    due = procedures.due_for(courts, "decide", date(2026, 9, 17))
    assert (due.earliest, due.latest) == (date(2026, 10, 8), date(2026, 10, 8))
    repair = procedures.procedure("cn-source-repair")
    rolled = procedures.due_for(repair, "decide", date(2026, 6, 4))
    assert repair.counting is None
    assert (rolled.earliest, rolled.latest) == (date(2026, 6, 22), date(2026, 6, 22))


@settings(max_examples=60)
@given(
    st.dates(date(2025, 1, 1), date(2027, 9, 1)),
    st.sampled_from(["cn-pipl", "eu-gdpr-accuracy", "au-credit-correction"]),
)
def test_who_reads_the_counting_may_only_make_the_safe_day_later(start: date, id: str) -> None:
    unread = procedures.procedure(id)
    assert unread.counting is not None
    counting = unread.counting.model_copy(update={"evidence": "read", "parts_read": ()})
    read = Procedure.model_validate({**unread.model_dump(exclude_unset=True), "counting": counting.model_dump()})
    safe, due = (procedures.due_for(each, "decide", start) for each in (unread, read))
    assert start <= safe.earliest <= due.earliest
    assert safe.latest == due.latest


def test_an_unread_counting_makes_no_working_days_of_days_for_whoever_decides() -> None:
    counting = {"working_day_lengths": (5,), "roll": "none", **READ}
    term = clocks.Term(length=5, unit="day")
    read = Counting.model_validate(counting).applied_to(term)
    unread = Counting.model_validate({**counting, "evidence": "unread"}).applied_to(term)
    assert read.unmoved is None
    assert unread.unmoved is not None
    assert (unread.unit, unread.unmoved.unit) == ("working_day", "calendar_day")
