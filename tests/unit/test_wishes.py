"""When a mail may come."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.wishes import ANY_TIME, Wishes

MONDAY = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wished", "asked", "opens"),
    [
        (ANY_TIME, MONDAY, MONDAY),
        (Wishes(begins=time(9), ends=time(17)), at(2, 12), at(2, 12)),
        (Wishes(begins=time(9), ends=time(17)), at(2, 9), at(2, 9)),
        (Wishes(begins=time(9), ends=time(17)), at(2, 17), at(3, 9)),
        (Wishes(begins=time(9), ends=time(17)), at(2, 8, 59), at(2, 9)),
        (Wishes(begins=time(20), ends=time(6)), at(2, 12), at(2, 20)),
        (Wishes(begins=time(20), ends=time(6)), at(3, 5, 59), at(3, 5, 59)),
        (Wishes(begins=time(20), ends=time(6)), at(3, 6), at(3, 20)),
        (Wishes(days=frozenset({4})), at(2, 12), at(6, 0)),
        (Wishes(days=frozenset({0}), begins=time(9), ends=time(17)), at(2, 18), at(9, 9)),
        # The hours after midnight belong to the evening before.
        (Wishes(days=frozenset({0}), begins=time(20), ends=time(6)), at(3, 5), at(3, 5)),
        (Wishes(days=frozenset({0}), begins=time(20), ends=time(6)), at(2, 5), at(2, 20)),
        # Nine in the morning in Shanghai is one in the night of world time.
        (Wishes(begins=time(9), ends=time(17), zone="Asia/Shanghai"), at(2, 12), at(3, 1)),
        (Wishes(days=frozenset({1}), zone="Asia/Shanghai"), at(2, 12), at(2, 16)),
    ],
)
def test_a_mail_comes_at_the_first_moment_of_the_hours(wished: Wishes, asked: datetime, opens: datetime) -> None:
    assert wished.opens_at(asked) == opens


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Pacific/Auckland"])
def test_the_hours_keep_to_the_clock_when_it_is_put_forward_or_back(zone: str) -> None:
    wished = Wishes(begins=time(9), ends=time(10), zone=zone)
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    for _ in range(365):
        moment = wished.opens_at(moment)
        assert moment.astimezone(ZoneInfo(zone)).time() == time(9)
        moment += timedelta(hours=2)


_WISHES = st.builds(
    Wishes,
    days=st.frozensets(st.integers(0, 6)),
    begins=st.integers(0, 22).map(time),
    ends=st.integers(0, 22).map(lambda hour: time(hour, 30)),
    zone=st.sampled_from(["UTC", "Asia/Shanghai", "Europe/London", "America/Anchorage", "Asia/Kolkata"]),
)


@given(_WISHES, st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)))
def test_whatever_is_wished_a_mail_comes_within_eight_days_and_in_the_hours(wished: Wishes, asked: datetime) -> None:
    opens = wished.opens_at(asked)
    assert asked <= opens <= asked + timedelta(days=8, hours=2)
    assert wished.opens_at(opens) == opens
