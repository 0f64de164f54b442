"""Due dates counted by hand, procedure by procedure, each with the way it was counted. Needs no database.

`due` is the latest lawful day. Where the safe day is another one it follows as `safe`:
also where only a `counting` that nobody read moves the last day. Working days of China in 2026
that fall on a weekend: 4 January, 14 and 28 February, 9 May, 20 September, 10 October.
"""

from typing import NamedTuple

import pytest

from law.asking import Question, answer


class Row(NamedTuple):
    """One question, and the day that comes out when it is counted with a pencil."""

    procedure: str
    clock: str
    start: str
    due: str
    safe: str | None = None
    events: tuple[str, ...] = ()
    calendar: str | None = None
    variant: str | None = None
    provisional: bool = False

    def __str__(self) -> str:
        return " ".join((self.procedure, self.clock, self.start, *self.events))


UNITED_STATES = [
    # Five business days, the day of receipt counted; a Saturday is none: Monday 7 to Friday 11.
    Row("us-fcra-cra-dispute", "notify_source", "2026-12-05", "2026-12-11"),
    # Tuesday 24, Wednesday 25, not Thanksgiving, Friday 27, Monday 30, Tuesday 1.
    Row("us-fcra-cra-dispute", "notify_source", "2026-11-24", "2026-12-01"),
    # 1 to 28 February are 28 days, 2 March is the 30th; in a leap year 1 March is.
    Row("us-fcra-cra-dispute", "decide", "2026-02-01", "2026-03-02"),
    Row("us-fcra-cra-dispute", "decide", "2028-02-01", "2028-03-01", provisional=True),
    # The 30th day is Sunday 13 December. It does not move, so the safe day is Friday.
    Row("us-fcra-cra-dispute", "decide", "2026-11-14", "2026-12-13", safe="2026-12-11"),
    # 45 days from 4 December, that day counted, end on Sunday 17 January; Friday 15 is safe.
    Row(
        "us-fcra-cra-dispute",
        "decide",
        "2026-12-04",
        "2027-01-17",
        safe="2027-01-15",
        events=("information_received=2026-12-10",),
    ),
    # Found wrong on the 31st day rules nothing out; new information before the first day gives nothing.
    Row(
        "us-fcra-cra-dispute",
        "decide",
        "2026-12-01",
        "2027-01-14",
        events=("information_received=2026-12-20", "found_wrong=2026-12-31"),
    ),
    Row("us-fcra-cra-dispute", "decide", "2026-12-01", "2026-12-30", events=("information_received=2026-11-20",)),
    Row(
        "us-fcra-cra-dispute",
        "decide",
        "2026-12-01",
        "2027-01-14",
        events=("information_received=2026-12-10", "found_wrong=2026-11-20"),
    ),
    # Twice new information is 15 days once.
    Row(
        "us-fcra-cra-dispute",
        "decide",
        "2026-12-01",
        "2027-01-14",
        events=("information_received=2026-12-10", "information_received=2026-12-15"),
    ),
    # The firm that sent it has the agency's time.
    Row("us-fcra-cra-dispute", "source_reply", "2026-12-01", "2027-01-14", events=("information_received=2026-12-10",)),
    # A seller of reports: Wednesday 2 to Tuesday 8.
    Row("us-fcra-cra-dispute", "decide", "2026-12-01", "2026-12-08", variant="reseller"),
    # Twenty days after the notice came: 1 and 20 are Monday 21 December. Sunday 13 does not move, Friday is safe.
    Row("us-fcra-cra-dispute", "correct", "2026-12-01", "2026-12-21", variant="reseller"),
    Row("us-fcra-cra-dispute", "correct", "2026-11-23", "2026-12-13", safe="2026-12-11", variant="reseller"),
    # Three business days after the decision, over a weekend: Thursday, Friday, Monday.
    Row("us-fcra-cra-dispute", "correct", "2026-12-02", "2026-12-07"),
    # Thursday 24, not Christmas, Monday 28 to Thursday 31.
    Row("us-fcra-cra-dispute", "notify_result", "2026-12-23", "2026-12-31"),
    # Two years from when it was found, and never more than five from what was done.
    Row("us-fcra-cra-dispute", "review_file_by", "2024-06-10", "2026-06-10"),
    Row("us-fcra-cra-dispute", "review_file_by", "2024-06-10", "2026-03-02", events=("acted=2021-03-02",)),
    # 2 to 31 March are 30 days; 45 end on 15 April.
    Row("us-fcra-direct-dispute", "notify_result", "2026-03-02", "2026-03-31"),
    Row(
        "us-fcra-direct-dispute",
        "notify_result",
        "2026-03-02",
        "2026-04-15",
        events=("information_received=2026-03-20",),
    ),
    # Friday 3 July is kept for Saturday 4: Monday 6 to Thursday 9.
    Row("us-fcra-idtheft-block", "block", "2026-07-02", "2026-07-09"),
    # 30 days to 31 January, 28 to the end of February, 2 more.
    Row("us-fcra-adverse-action", "file_by", "2026-01-01", "2026-03-02"),
    Row("us-fcra-adverse-action", "file_by", "2026-01-01", "2026-03-04", events=("served=2026-01-03",)),
    # Not 19 June, not Friday 3 July: 22 to 26, 29 to 2 July, Monday 6.
    Row("us-privacy-act-amendment", "acknowledge", "2026-06-18", "2026-07-06"),
    # Not 19 January, not 16 February: 16; 20-23; 26-30; 2-6; 9-13; 17-20; 23-27; 2 March.
    Row("us-privacy-act-amendment", "review_decide", "2026-01-15", "2026-03-02"),
    Row("us-privacy-act-amendment", "review_decide", "2026-01-15", "2026-05-01", events=("extended=2026-05-01",)),
    # A new day that is no later, and one that was told too late, change nothing.
    Row("us-privacy-act-amendment", "review_decide", "2026-01-15", "2026-03-02", events=("extended=2026-02-01",)),
    Row(
        "us-privacy-act-amendment",
        "review_decide",
        "2026-01-15",
        "2026-03-02",
        events=("extended=2026-03-03..2026-05-01",),
    ),
    # 29 days of March, 30 of April, 31 of May: Sunday 31, which does not move.
    Row("us-privacy-act-amendment", "review_file_by", "2026-03-02", "2026-05-31", safe="2026-05-29"),
    Row("us-dhs-trip", "review_file_by", "2026-03-02", "2026-05-01"),
]

EUROPE = [
    # 25 December, then Saturday and Sunday.
    Row("eu-gdpr-accuracy", "decide", "2026-11-25", "2026-12-28", calendar="DE"),
    # 14 May is Ascension Day; 25 May is the Monday of Whitsun.
    Row("eu-gdpr-accuracy", "decide", "2026-04-14", "2026-05-15", calendar="FR"),
    Row("eu-gdpr-accuracy", "decide", "2026-04-25", "2026-05-26", calendar="NO"),
    # Over the end of the year, 31 January 2027 is a Sunday.
    Row("eu-gdpr-accuracy", "decide", "2026-12-31", "2027-02-01", calendar="DE"),
    # No 31 September; a leap year has 29 February, and no calendar of ours.
    Row("eu-gdpr-accuracy", "decide", "2026-08-31", "2026-09-30", calendar="DE"),
    Row("eu-gdpr-accuracy", "decide", "2028-01-31", "2028-02-29", calendar="DE", provisional=True),
    # Three months from 30 November: no 30 February, the 28th is a Sunday.
    Row(
        "eu-gdpr-accuracy",
        "decide",
        "2026-11-30",
        "2027-03-01",
        events=("extended=2026-12-15",),
        calendar="DE",
    ),
    # Ten days, 10 to 19 March, move 5 April to 15 April; with two more months 5 June to 15 June.
    Row(
        "eu-gdpr-accuracy",
        "decide",
        "2026-03-05",
        "2026-04-15",
        events=("paused=2026-03-10", "resumed=2026-03-20"),
        calendar="DE",
    ),
    Row(
        "eu-gdpr-accuracy",
        "decide",
        "2026-03-05",
        "2026-06-15",
        events=("extended=2026-03-25", "paused=2026-03-10", "resumed=2026-03-20"),
        calendar="DE",
    ),
    # To stop and go on at once, or to stop after the end, changes nothing.
    Row(
        "eu-gdpr-accuracy",
        "decide",
        "2026-03-05",
        "2026-04-07",
        events=("paused=2026-03-10", "resumed=2026-03-10"),
        calendar="DE",
    ),
    Row(
        "eu-gdpr-accuracy",
        "decide",
        "2026-03-05",
        "2026-04-07",
        events=("paused=2026-05-01",),
        calendar="DE",
    ),
    # What no part of the rule depends on changes nothing.
    Row(
        "eu-gdpr-accuracy",
        "decide",
        "2026-03-05",
        "2026-04-07",
        events=("found_wrong=2026-03-07",),
        calendar="DE",
    ),
    Row(
        "eu-gdpr-accuracy",
        "review_decide",
        "2026-11-30",
        "2027-03-01",
    ),
    # Six months that begin on the day itself end on the 9th; counted from the day after, on the 10th.
    Row("eu-dsa-complaint", "file_by", "2026-03-10", "2026-09-10", safe="2026-09-09"),
    # No 31 February in either reading, and the 28th is a Sunday.
    Row("eu-dsa-complaint", "file_by", "2026-08-31", "2027-03-01", safe="2027-02-26"),
    # 90 days from 1 March end on Saturday 30 May; 180 days from 10 March on Sunday 6 September.
    Row("eu-dsa-adr", "decide", "2026-03-01", "2026-06-01", safe="2026-05-29"),
    Row("eu-dsa-adr", "decide", "2026-03-10", "2026-09-07", safe="2026-09-04", events=("extended=2026-05-10",)),
    Row(
        "eu-dsa-complaint",
        "review_decide",
        "2026-03-10",
        "2026-09-07",
        safe="2026-09-04",
        events=("extended=2026-05-10",),
    ),
    # Two weeks from Friday 11 December end on Christmas, a Friday.
    Row("eu-pwd-human-review", "decide", "2026-12-11", "2026-12-28", safe="2026-12-24"),
    Row("eu-pwd-human-review", "correct", "2026-12-15", "2026-12-29"),
    Row("eu-ccd2-credit-refusal", "explain", "2026-12-01", "2026-12-31"),
    # Christmas does not move here; St Patrick's Day neither. A day that was set may be a Sunday.
    Row("ie-credit-register", "decide", "2026-12-05", "2026-12-25", safe="2026-12-24"),
    Row("ie-credit-register", "source_reply", "2026-03-02", "2026-03-17", safe="2026-03-16"),
    Row(
        "ie-credit-register",
        "decide",
        "2026-12-05",
        "2027-01-10",
        safe="2027-01-08",
        events=("extended=2026-12-20..2027-01-10",),
    ),
    # Never more than 40 days: 14 January.
    Row("ie-credit-register", "decide", "2026-12-05", "2027-01-14", events=("extended=2026-12-20..2027-03-01",)),
]

KINGDOM = [
    # 30 days with 1 December end on the 30th, without it on the 31st.
    Row("uk-dpa-complaint", "acknowledge", "2026-12-01", "2026-12-31", safe="2026-12-30"),
    # Saturday 1 August, safe on Friday; else Sunday 2, moved to Monday, which is off in Scotland.
    Row("uk-dpa-complaint", "acknowledge", "2026-07-03", "2026-08-03", safe="2026-07-31"),
    Row("uk-dpa-complaint", "acknowledge", "2026-07-03", "2026-08-04", safe="2026-07-31", calendar="GB-SCT"),
    # No 31 February: Saturday 28, safe on Friday; the regulator moves it to Monday 2 March.
    Row("uk-gdpr-rights", "decide", "2026-01-31", "2026-03-02", safe="2026-02-27"),
    Row("uk-gdpr-rights", "decide", "2026-03-01", "2026-04-01", safe="2026-03-31"),
    Row("uk-gdpr-rights", "decide", "2026-03-05", "2026-06-05", safe="2026-06-04", events=("extended=2026-04-01",)),
    # Three days, 10 to 12 March, both ends. 4 April is a Saturday after Good Friday; 5 April is Easter Sunday.
    Row(
        "uk-gdpr-rights",
        "decide",
        "2026-03-02",
        "2026-04-07",
        safe="2026-04-02",
        events=("paused=2026-03-10", "resumed=2026-03-12"),
    ),
    # 28 days end on Saturday 4 April and do not move; Friday is Good Friday.
    Row("uk-cca-credit-file", "decide", "2026-03-07", "2026-04-04", safe="2026-04-02"),
]

CHINA = [
    # 20 days end on 15 February, in the Spring Festival: Tuesday 24.
    Row("cn-credit-reporting-objection", "decide", "2026-01-26", "2026-02-24", safe="2026-02-14"),
    Row("cn-credit-reporting-objection", "review_decide", "2026-09-01", "2026-10-08", safe="2026-09-30"),
    # From the acceptance: 30 days from 9 March.
    Row("cn-credit-reporting-objection", "review_decide", "2026-03-02", "2026-04-08", events=("accepted=2026-03-09",)),
    # What ends by itself does not wait for the end of a holiday; no 29 February in 2029.
    Row("cn-credit-reporting-objection", "publish_end", "2021-05-02", "2026-05-02"),
    Row("cn-credit-reporting-objection", "publish_end", "2024-02-29", "2029-02-28"),
    Row("cn-spc-defaulter-list", "decide", "2026-01-31", "2026-02-24"),
    # 25 to 27 September are off; Sunday 20 is worked, so it does not move.
    Row("cn-spc-defaulter-list", "review_file_by", "2026-09-15", "2026-09-28"),
    Row("cn-spc-defaulter-list", "review_file_by", "2026-09-10", "2026-09-20"),
    Row("cn-spc-defaulter-list", "review_file_by", "2026-09-01", "2026-09-28", events=("served=2026-09-15",)),
    Row("cn-spc-defaulter-list", "review_decide", "2026-04-19", "2026-05-06"),
    # 8, 9 and Saturday 10 October.
    Row("cn-spc-defaulter-list", "correct", "2026-09-30", "2026-10-10"),
    Row("cn-spc-defaulter-list", "publish_end", "2024-02-29", "2026-02-28"),
    Row("cn-spc-defaulter-list", "publish_end", "2021-10-01", "2026-10-01", variant="grave"),
    # 30 September, 8 and 9 October.
    Row("cn-ndrc-credit-repair-2026", "accept", "2026-09-29", "2026-10-09"),
    # 10 to 13 and Saturday 14 are five; 24 to 27 and Saturday 28 are ten.
    Row("cn-ndrc-credit-repair-2026", "decide", "2026-02-09", "2026-02-28"),
    # 28 to 31 are four; not 1 January; 4 to 8 are nine, Monday 11. Nobody knows yet which days 2027 swaps.
    Row("cn-ndrc-credit-repair-2026", "decide", "2026-12-25", "2027-01-11", provisional=True),
    # The whole answer counts from the receipt, not from the acceptance.
    Row("cn-ndrc-credit-repair-2026", "decide", "2026-09-21", "2026-10-12", events=("accepted=2026-09-24",)),
    Row("cn-ndrc-credit-repair-2026", "publish_end", "2026-04-30", "2027-04-30", variant="general"),
    # 31 March, 1 to 3 April, 7 to 9 April.
    Row("cn-ndrc-credit-repair-2023", "accept", "2026-03-30", "2026-04-02"),
    Row("cn-ndrc-credit-repair-2023", "decide", "2026-03-30", "2026-04-09"),
    Row("cn-ndrc-credit-repair-2023", "delist_after", "2025-11-30", "2026-02-28"),
    Row("cn-samr-serious-list", "accept", "2026-09-30", "2026-10-09"),
    # Sunday 20; 21-24; 28-30; 8, 9 and Saturday 10; 12-15.
    Row("cn-samr-serious-list", "decide", "2026-09-18", "2026-10-15"),
    # Friday 8, Saturday 9, Monday 11 May.
    Row("cn-samr-serious-list", "correct", "2026-05-07", "2026-05-11"),
    Row("cn-samr-serious-list", "delist_after", "2024-02-29", "2025-02-28"),
    Row("cn-samr-serious-list", "publish_end", "2023-10-01", "2026-10-01"),
    Row("cn-samr-credit-repair", "delist_after", "2025-08-31", "2026-02-28"),
    Row("cn-samr-penalty-publication", "publish_end", "2025-11-30", "2026-02-28", variant="minor"),
    # 19 to 21 June are off: 22 to 24.
    Row("cn-samr-penalty-publication", "correct", "2026-06-18", "2026-06-24"),
    Row("cn-samr-abnormal-list", "file_by", "2026-09-01", "2026-10-08", safe="2026-09-30"),
    # 6 to 8, Saturday 9, Monday 11 May.
    Row("cn-samr-abnormal-list", "accept", "2026-04-30", "2026-05-11"),
    # 2-6; 9-13; Saturday 14; 24-27; Saturday 28; 2-5 March.
    Row("cn-samr-abnormal-list", "decide", "2026-01-30", "2026-03-05"),
    # Saturday 14; 24 to 27.
    Row("cn-samr-abnormal-list", "correct", "2026-02-13", "2026-02-27"),
    # 2 days of February, 31 of March, 27 of April.
    Row("cn-admin-reconsideration", "file_by", "2026-02-26", "2026-04-27"),
    # Five days during which nothing could be done move 2 October to 7; then the holiday moves it.
    Row(
        "cn-admin-reconsideration",
        "file_by",
        "2026-08-03",
        "2026-10-08",
        events=("paused=2026-08-10", "resumed=2026-08-15"),
    ),
    # Five days are working days: Saturday 14; 24 to 27 February.
    Row("cn-admin-reconsideration", "accept", "2026-02-13", "2026-02-27"),
    # Sixty days are not: Sunday 30 August moves. Thirty more, told on the moved day, end on 29 September.
    Row("cn-admin-reconsideration", "decide", "2026-07-01", "2026-08-31"),
    Row("cn-admin-reconsideration", "decide", "2026-07-01", "2026-09-29", events=("extended=2026-08-31",)),
    Row("cn-admin-reconsideration", "decide", "2026-07-01", "2026-08-31", events=("extended=2026-09-01",)),
    Row("cn-admin-reconsideration", "decide", "2026-07-01", "2026-07-31", variant="simplified"),
    # Two months after the claim came, by another law: there is no 31 February, and Saturday 28 is worked.
    Row("cn-admin-reconsideration", "decide", "2025-12-31", "2026-02-28", variant="compensation"),
    # 8 October is the first day worked after the holiday: nothing moves the 1st, and the safe day is 30 September.
    Row("cn-admin-reconsideration", "decide", "2026-08-01", "2026-10-01", safe="2026-09-30", variant="compensation"),
    # What makes the other times longer, or lets them stand still, does not touch it.
    Row(
        "cn-admin-reconsideration",
        "decide",
        "2026-07-08",
        "2026-09-08",
        events=("paused=2026-07-20", "resumed=2026-07-30", "extended=2026-09-01"),
        variant="compensation",
    ),
    # Ten days, 10 to 19 August, and two, 1 and 2 September, move 2 October to 14.
    Row(
        "cn-admin-reconsideration",
        "decide",
        "2026-08-03",
        "2026-10-14",
        events=("paused=2026-09-01", "resumed=2026-09-03", "paused=2026-08-10", "resumed=2026-08-20"),
    ),
    # Fifteen days to the court are calendar days: 5 May moves.
    Row("cn-admin-reconsideration", "review_file_by", "2026-04-20", "2026-05-06"),
    Row("cn-shanghai-social-credit", "mark", "2026-09-24", "2026-09-28"),
    Row("cn-shanghai-social-credit", "forward", "2026-09-24", "2026-09-29"),
    # 30 September; 8, 9 and Saturday 10; Monday 12.
    Row("cn-shanghai-social-credit", "source_reply", "2026-09-29", "2026-10-12"),
    # Friday 13, Saturday 14; 24 to 26.
    Row("cn-shanghai-social-credit", "decide", "2026-02-12", "2026-02-26"),
    Row("cn-shanghai-social-credit", "correct", "2026-12-30", "2027-01-05", provisional=True),
    # Four weeks of five days after Sunday 4 January; the next twenty as for the abnormal list.
    Row("cn-gov-info-correction", "decide", "2026-01-04", "2026-01-30"),
    Row("cn-gov-info-correction", "decide", "2026-01-04", "2026-03-05", events=("extended=2026-01-30",)),
    # 22-24; 28-30; 8, 9 and Saturday 10; 12-16; 19.
    Row("cn-gov-info-correction", "source_reply", "2026-09-21", "2026-10-19"),
    Row("cn-pipl", "decide", "2026-09-01", "2026-10-08", safe="2026-09-30"),
    # 19 June is off, and so are 20 and 21.
    Row("cn-source-delisting", "decide", "2026-06-04", "2026-06-22", safe="2026-06-18"),
    Row("cn-source-repair", "decide", "2026-06-04", "2026-06-22"),
    Row("cn-source-repair", "delist_after", "2025-02-28", "2026-02-28"),
    # 15-18; Sunday 20; 21-24; 28-30; 8, 9 and Saturday 10. Ten more: 12-16 and 19-23.
    Row("redress-model", "decide", "2026-09-14", "2026-10-10"),
    Row("redress-model", "decide", "2026-09-14", "2026-10-23", events=("extended=2026-09-30",)),
    Row("redress-model", "review_file_by", "2026-09-02", "2026-10-08"),
]

ELSEWHERE = [
    # 29 days of December with the 3rd, then 1 January, a Friday.
    Row("au-credit-correction", "decide", "2026-12-03", "2027-01-04", safe="2026-12-31"),
    # The 30th day is Saturday 26 December; Monday 28 is kept for it in every state.
    Row("au-credit-correction", "decide", "2026-11-27", "2026-12-29", safe="2026-12-24"),
    # 25 April is a Saturday; only some states keep the Monday.
    Row("au-credit-correction", "acknowledge", "2026-04-18", "2026-04-27", safe="2026-04-24"),
    # The person agreed to a Sunday: it stands, and Friday is safe.
    Row("au-credit-correction", "acknowledge", "2026-04-18", "2026-04-28", safe="2026-04-24", calendar="AU-NSW"),
    Row(
        "au-credit-correction", "decide", "2026-03-05", "2026-05-03", safe="2026-05-01", events=("extended=2026-05-03",)
    ),
    # 21 days end on 1 May, which is off and does not move.
    Row("in-cicra-correction", "forward", "2026-04-10", "2026-05-01", safe="2026-04-30"),
    # Friday 14, Monday 17 to Thursday 20.
    Row("in-cicra-correction", "pay", "2026-08-13", "2026-08-20"),
    Row("in-cicra-correction", "pay", "2026-08-03", "2026-08-20", events=("completed=2026-08-13",)),
    # 29 days of June, 31 of July, 30 of August.
    Row("in-dpdp", "decide", "2027-06-01", "2027-08-30", provisional=True),
]


@pytest.mark.parametrize("row", [*UNITED_STATES, *EUROPE, *KINGDOM, *CHINA, *ELSEWHERE], ids=str)
def test_the_day_is_the_one_that_a_pencil_gives(row: Row) -> None:
    question = Question(
        row.procedure, row.clock, row.start, calendar=row.calendar, events=row.events, variant=row.variant
    )
    found = answer(question).as_data()
    assert (found["due"], found["conservative"]) == (row.due, row.safe or row.due), found["explanation"]
    assert found["provisional"] is row.provisional


def test_events_may_be_named_in_any_order() -> None:
    events = ("extended=2026-03-25", "paused=2026-03-10", "resumed=2026-03-20")
    without_effect = ("found_wrong=2026-03-12", "accepted=2026-03-06")
    answers = [
        answer(Question("eu-gdpr-accuracy", "decide", "2026-03-05", calendar="DE", events=each))
        for each in ((*events, *without_effect), (*without_effect[::-1], *events[::-1]))
    ]
    assert answers[0] == answers[1]
