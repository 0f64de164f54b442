"""`manage.py due`: the days that must come out, and what is said to a mistake. Needs no database."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command


def ask(procedure: str, clock: str, start: str, *more: str) -> dict[str, Any]:
    said = StringIO()
    call_command("due", procedure, clock, "--start", start, "--json", *more, stdout=said)
    answer: dict[str, Any] = json.loads(said.getvalue())
    return answer


@pytest.mark.parametrize(
    ("procedure", "clock", "start", "more", "due"),
    [
        # 5 April is Easter Sunday, 6 April a holiday
        ("eu-gdpr-accuracy", "decide", "2026-03-05", ("--calendar", "DE"), "2026-04-07"),
        # no 31 February; the 28th is a Saturday
        ("eu-gdpr-accuracy", "decide", "2026-01-31", ("--calendar", "IE"), "2026-03-02"),
        # the first day counts, no roll
        ("us-fcra-cra-dispute", "decide", "2026-12-01", (), "2026-12-30"),
        ("us-fcra-cra-dispute", "notify_result", "2026-12-30", (), "2027-01-07"),
        ("us-privacy-act-amendment", "acknowledge", "2026-12-18", (), "2027-01-05"),
        # 2 October falls in the holiday
        ("cn-spc-defaulter-list", "decide", "2026-09-17", (), "2026-10-08"),
        ("cn-ndrc-credit-repair-2026", "accept", "2026-09-21", (), "2026-09-24"),
        # 10 October is a working Saturday
        ("cn-ndrc-credit-repair-2026", "decide", "2026-09-21", (), "2026-10-12"),
        ("uk-dpa-complaint", "acknowledge", "2026-06-20", (), "2026-07-20"),
        # Epiphany is off in Bavaria, not in Berlin
        ("eu-gdpr-accuracy", "decide", "2025-12-06", ("--calendar", "DE-BY"), "2026-01-07"),
        ("eu-gdpr-accuracy", "decide", "2025-12-06", ("--calendar", "DE-BE"), "2026-01-06"),
        # two further months, told within the first, up to and on its moved last day; too late the day after
        (
            "eu-gdpr-accuracy",
            "decide",
            "2026-03-05",
            ("--calendar", "DE", "--event", "extended=2026-04-07"),
            "2026-06-05",
        ),
        (
            "eu-gdpr-accuracy",
            "decide",
            "2026-03-05",
            ("--calendar", "DE", "--event", "extended=2026-04-08"),
            "2026-04-07",
        ),
        # new information within the thirty days gives fifteen more, unless the item was found wrong in time
        ("us-fcra-cra-dispute", "decide", "2026-12-01", ("--event", "information_received=2026-12-30"), "2027-01-14"),
        ("us-fcra-cra-dispute", "decide", "2026-12-01", ("--event", "information_received=2026-12-31"), "2026-12-30"),
        (
            "us-fcra-cra-dispute",
            "decide",
            "2026-12-01",
            ("--event", "information_received=2026-12-10", "--event", "found_wrong=2026-12-20"),
            "2026-12-30",
        ),
        ("us-fcra-cra-dispute", "decide", "2026-12-01", ("--variant", "after_free_report"), "2027-01-15"),
        (
            "us-fcra-cra-dispute",
            "decide",
            "2026-12-01",
            ("--variant", "after_free_report", "--event", "information_received=2026-12-20"),
            "2027-01-15",
        ),
        # the event that starts the clock, named beside the start of the case
        ("us-fcra-cra-dispute", "notify_result", "2026-12-01", ("--event", "completed=2026-12-30"), "2027-01-07"),
        # good cause has no number: the new day is told
        ("us-privacy-act-amendment", "review_decide", "2026-11-20", (), "2027-01-06"),
        ("us-privacy-act-amendment", "review_decide", "2026-11-20", ("--event", "extended=2027-03-01"), "2027-03-01"),
        (
            "us-privacy-act-amendment",
            "review_decide",
            "2026-11-20",
            ("--event", "extended=2026-12-20..2027-02-01"),
            "2027-02-01",
        ),
        ("cn-ndrc-credit-repair-2026", "publish_end", "2026-04-10", ("--variant", "minor"), "2026-07-10"),
        ("cn-ndrc-credit-repair-2026", "delist_after", "2026-04-10", ("--variant", "serious"), "2027-04-10"),
        # the regulator's reading rolls over Easter; the latest of request, identity and fee starts the month
        ("uk-gdpr-rights", "decide", "2026-03-05", (), "2026-04-07"),
        ("uk-gdpr-rights", "decide", "2026-03-05", ("--event", "information_received=2026-03-20"), "2026-04-20"),
        # eleven days are left out, the first and the last among them, and a Sunday moves
        (
            "uk-gdpr-rights",
            "decide",
            "2026-01-05",
            ("--event", "paused=2026-01-10", "--event", "resumed=2026-01-20"),
            "2026-02-16",
        ),
        # the information that was asked for ends the pause, and does not start the month anew
        (
            "uk-gdpr-rights",
            "decide",
            "2026-01-05",
            ("--event", "paused=2026-01-10", "--event", "information_received=2026-01-20"),
            "2026-02-16",
        ),
        ("ie-credit-register", "decide", "2026-03-05", (), "2026-03-25"),
        ("ie-credit-register", "decide", "2026-03-05", ("--event", "extended=2026-03-25"), "2026-04-14"),
        ("ie-credit-register", "decide", "2026-03-05", ("--event", "extended=2026-03-26"), "2026-03-25"),
        ("ie-credit-register", "decide", "2026-03-05", ("--event", "extended=2026-03-20..2026-04-01"), "2026-04-01"),
        ("us-fcra-idtheft-block", "block", "2026-12-22", (), "2026-12-29"),
        ("us-fcra-idtheft-block", "block", "2026-12-15", ("--event", "information_received=2026-12-22"), "2026-12-29"),
        ("us-privacy-act-amendment", "review_decide", "2026-12-18", (), "2027-02-03"),
        ("eu-dsa-adr", "decide", "2026-03-10", (), "2026-06-08"),
        ("eu-dsa-adr", "decide", "2026-03-10", ("--event", "extended=2026-05-10"), "2026-09-07"),
        ("eu-pwd-human-review", "decide", "2026-12-10", (), "2026-12-24"),
        # 3 April is Good Friday; the first day counts
        ("au-credit-correction", "decide", "2026-03-05", (), "2026-04-07"),
        ("au-credit-correction", "decide", "2026-03-05", ("--event", "extended=2026-05-01"), "2026-05-01"),
        ("in-cicra-correction", "forward", "2026-03-05", (), "2026-03-26"),
        ("in-cicra-correction", "decide", "2026-03-05", (), "2026-04-04"),
        # five "days" are working days, sixty are not
        ("cn-admin-reconsideration", "accept", "2026-09-29", (), "2026-10-12"),
        ("cn-admin-reconsideration", "decide", "2026-08-03", (), "2026-10-08"),
        ("cn-admin-reconsideration", "decide", "2026-08-03", ("--event", "extended=2026-09-30"), "2026-11-02"),
        ("cn-admin-reconsideration", "decide", "2026-07-27", ("--event", "accepted=2026-08-03"), "2026-10-08"),
        # a window is cut off a year after the person was told of the act
        ("cn-admin-reconsideration", "file_by", "2026-08-03", ("--event", "informed=2025-09-01"), "2026-09-01"),
        # working days lost to a consultation: 21 September to 8 October
        (
            "cn-gov-info-correction",
            "decide",
            "2026-09-14",
            ("--event", "paused=2026-09-21", "--event", "resumed=2026-10-09"),
            "2026-10-28",
        ),
        ("cn-credit-reporting-objection", "decide", "2026-09-14", (), "2026-10-08"),
        ("cn-shanghai-social-credit", "mark", "2026-09-30", (), "2026-10-08"),
        ("cn-samr-abnormal-list", "decide", "2026-09-14", (), "2026-10-16"),
        # 14 and 28 February are working Saturdays, 9 May as well, 20 September is a working Sunday
        ("cn-samr-credit-repair", "decide", "2026-01-30", (), "2026-02-27"),
        ("cn-samr-serious-list", "decide", "2026-02-11", ("--event", "accepted=2026-02-13"), "2026-03-12"),
        ("cn-samr-penalty-publication", "correct", "2026-02-14", (), "2026-02-26"),
        ("cn-shanghai-social-credit", "decide", "2026-04-30", (), "2026-05-11"),
        ("cn-shanghai-social-credit", "decide", "2026-04-30", ("--variant", "credit_agency"), "2026-05-13"),
        ("cn-samr-abnormal-list", "accept", "2026-09-14", (), "2026-09-20"),
        ("cn-ndrc-credit-repair-2026", "decide", "2026-09-22", ("--event", "extended=2026-10-10"), "2026-10-27"),
        # the window of reconsideration moves past the holiday in every file, whatever else it says about counting
        ("cn-source-complaint", "review_file_by", "2026-08-03", (), "2026-10-08"),
        ("cn-spc-defaulter-list", "review_file_by", "2026-09-23", (), "2026-10-08"),
        ("cn-pipl", "decide", "2026-05-21", (), "2026-06-22"),
        ("us-fcra-furnisher-indirect", "decide", "2026-03-02", (), "2026-03-31"),
        ("us-fcra-adverse-action", "file_by", "2026-03-02", (), "2026-05-01"),
        ("uk-cca-credit-file", "decide", "2026-03-05", (), "2026-04-02"),
        ("au-credit-correction", "notify_result", "2026-04-02", (), "2026-04-13"),
        # what ends by itself does not wait for a working day
        ("cn-source-delisting", "delist_after", "2023-05-10", (), "2026-05-10"),
        ("cn-samr-serious-list", "publish_end", "2023-05-13", (), "2026-05-13"),
    ],
)
def test_the_day_that_must_come_out(procedure: str, clock: str, start: str, more: tuple[str, ...], due: str) -> None:
    assert ask(procedure, clock, start, *more)["due"] == due


def test_two_readings_are_both_told() -> None:
    answer = ask("uk-dpa-complaint", "acknowledge", "2026-06-20")
    assert (answer["conservative"], answer["due"]) == ("2026-07-17", "2026-07-20")


def test_the_answer_has_these_keys_and_sentences() -> None:
    answer = ask("cn-spc-defaulter-list", "decide", "2026-09-17")
    assert set(answer) == {
        "procedure",
        "version",
        "clock",
        "start",
        "due",
        "conservative",
        "provisional",
        "explanation",
    }
    assert (answer["procedure"], answer["version"], answer["clock"]) == ("cn-spc-defaulter-list", 1, "decide")
    assert answer["start"] == "2026-09-17"
    assert answer["explanation"][0] == "Received on 17 September 2026."


def test_a_day_in_a_year_that_is_not_announced_is_provisional() -> None:
    # 1 January 2027 is off by the rule on holidays; which days are swapped nobody knows yet.
    answer = ask("cn-spc-defaulter-list", "decide", "2026-12-17")
    assert (answer["due"], answer["provisional"]) == ("2027-01-04", True)
    assert not ask("cn-spc-defaulter-list", "decide", "2026-09-17")["provisional"]


def test_what_changes_nothing_is_said() -> None:
    for clock, events, said in (
        ("decide", ("found_wrong=2026-03-07",), "Nothing in this rule depends on this: It was found to be wrong on 7"),
        ("decide", ("paused=2026-05-01",), "The last day was over before 1 May 2026"),
        ("correct", ("extended=2026-03-09",), "No rule lets this be made longer"),
        ("correct", ("paused=2026-03-06",), "No rule lets the count stand still"),
    ):
        events_asked = [word for event in events for word in ("--event", event)]
        answer = ask("eu-gdpr-accuracy", clock, "2026-03-05", *events_asked)
        assert any(sentence.startswith(said) for sentence in answer["explanation"]), answer["explanation"]
        assert not answer["provisional"]


def test_a_clock_that_stands_still_is_provisional() -> None:
    answer = ask("eu-gdpr-accuracy", "decide", "2026-03-05", "--event", "paused=2026-03-10")
    assert answer["provisional"]
    assert any("stood still since 10 March 2026" in sentence for sentence in answer["explanation"])


def test_what_was_not_read_is_said_to_have_no_effect_here() -> None:
    answer = ask("eu-gdpr-accuracy", "decide", "2026-03-05", "--calendar", "DE", "--event", "extended=2026-04-01")
    assert answer["due"] == "2026-06-05"
    assert "In a case here the last day is 7 April 2026" in answer["explanation"][-1]


def test_what_is_posted_in_time_is_said_to_be_in_time() -> None:
    posted = "What is given to the post by then is in time."
    assert posted in ask("cn-spc-defaulter-list", "review_file_by", "2026-09-15")["explanation"]
    assert posted in ask("cn-admin-reconsideration", "file_by", "2026-08-03")["explanation"]
    assert posted not in ask("cn-spc-defaulter-list", "decide", "2026-09-17")["explanation"]
    assert posted not in ask("cn-samr-abnormal-list", "file_by", "2026-09-01")["explanation"]


def test_a_start_before_the_law_is_said_so() -> None:
    answer = ask("uk-dpa-complaint", "acknowledge", "2026-01-05")
    assert "This procedure is law from 19 June 2026 only." in answer["explanation"]


def test_it_speaks_chinese_and_prints_for_people() -> None:
    said = StringIO()
    call_command("due", "cn-spc-defaulter-list", "decide", "--start", "2026-09-17", "--language", "zh", stdout=said)
    assert "2026-10-08" in said.getvalue()
    assert "顺延到下一个工作日：2026年10月8日" in said.getvalue()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("eu-gdpr", "decide", "--start", "2026-03-05"), r"no procedure 'eu-gdpr'.*eu-gdpr-accuracy"),
        (("eu-gdpr-accuracy", "decides", "--start", "2026-03-05"), r"no clock .*'decides'. Did you mean decide"),
        (("eu-gdpr-accuracy", "decide", "--start", "5.3.2026"), r"--start: '5.3.2026' is no date; expected YYYY-MM-DD"),
        (("eu-gdpr-accuracy", "decide", "--start", "2026-02-30"), r"'2026-02-30' is no date"),
        (("eu-gdpr-accuracy", "decide", "--start", "2026-03-05", "--calendar", "ZZ"), r"no calendar 'ZZ'.*DE-BY"),
        (
            ("eu-gdpr-accuracy", "decide", "--start", "2026-03-05", "--event", "extend=2026-04-01"),
            r"Did you mean extended",
        ),
        (("eu-gdpr-accuracy", "decide", "--start", "2026-03-05", "--event", "extended"), r"expected NAME=DATE"),
        (("eu-gdpr-accuracy", "decide", "--start", "2026-03-05", "--event", "extended=soon"), r"'soon' is no date"),
        (("eu-gdpr-accuracy", "decide", "--start", "2026-03-05", "--event", "paused=2026-03-01"), r"before the start"),
        (("eu-gdpr-accuracy", "decide", "--start", "2026-03-05", "--event", "resumed=2026-03-10"), r"resumed without"),
        (
            (
                *("eu-gdpr-accuracy", "decide", "--start", "2026-03-05"),
                *("--event", "resumed=2026-03-10", "--event", "paused=2026-03-20"),
            ),
            r"resumed without paused; name the day on which it stopped, 2026-03-10 or before",
        ),
        (
            ("us-fcra-cra-dispute", "notify_result", "--start", "2026-12-30", "--event", "completed=2026-12-01"),
            r"completed=2026-12-01: starts this clock, and lies before --start 2026-12-30",
        ),
        (("cn-pipl", "decide", "--start", "2026-03-05", "--calendar", "CN-SH"), r"Did you mean CN\?"),
        (("cn-pipl", "decide", "--start", "9999-12-20"), r"the last day has no date; expected an earlier start"),
        (("cn-pipl", "source_reply", "--start", "9999-12-30"), r"the last day has no date; expected an earlier start"),
        (("eu-gdpr-accuracy", "decide", "--start", "2026-03-05", "--variant", "fast"), r"no variant .*'fast'"),
        (("eu-gdpr-accuracy", "decide", "--start", "2026-03-05", "--at-version", "9"), r"no version '9'"),
    ],
)
def test_a_mistake_is_answered_with_what_exists(arguments: tuple[str, ...], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        call_command("due", *arguments, stdout=StringIO())
