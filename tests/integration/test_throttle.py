"""Counters of tries, and whose tries they are."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import RequestFactory

from accounts import throttle
from accounts.models import Attempt
from accounts.operations import forgetting
from accounts.throttle import Limit, TooMany

AT = datetime(2026, 11, 4, 10, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.django_db
def test_the_limit_is_reached_and_then_passed() -> None:
    tries = [throttle.count("filing", "somebody", at=AT, limit=3, window=HOUR) for _ in range(3)]
    assert tries == [1, 2, 3]
    with pytest.raises(TooMany) as caught:
        throttle.count("filing", "somebody", at=AT, limit=3, window=HOUR)
    assert caught.value.retry_at == datetime(2026, 11, 4, 11, 0, tzinfo=UTC)
    assert caught.value.seconds(AT) == 40 * 60


@pytest.mark.django_db
def test_kinds_keys_and_windows_are_counted_apart() -> None:
    limit = Limit("filing", 1, HOUR)
    assert throttle.spend(limit, "somebody", at=AT) == 1
    assert throttle.spend(limit, "somebody else", at=AT) == 1
    assert throttle.spend(limit._replace(kind="looking"), "somebody", at=AT) == 1
    assert throttle.spend(limit, "somebody", at=AT + HOUR) == 1


@pytest.mark.django_db
def test_a_try_that_was_no_guess_is_given_back() -> None:
    limit = Limit("fact", 1, HOUR)
    throttle.give_back(limit, "somebody", at=AT)  # nothing to give back
    throttle.spend(limit, "somebody", at=AT)
    throttle.give_back(limit, "somebody", at=AT)
    throttle.give_back(limit, "somebody", at=AT)
    assert throttle.spend(limit, "somebody", at=AT) == 1


@pytest.mark.django_db
def test_no_counter_shows_whom_it_counts() -> None:
    throttle.count("filing", "wang@mail.example", at=AT, limit=3, window=HOUR)
    assert "wang" not in str(list(Attempt.objects.values()))


@pytest.mark.django_db(transaction=True)
def test_tries_at_once_are_all_counted() -> None:
    def spend(_: int) -> bool:
        try:
            throttle.count("filing", "somebody", at=AT, limit=5, window=HOUR)
        except TooMany:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        allowed = list(pool.map(spend, range(20)))
    assert sum(allowed) == 5
    assert Attempt.objects.get().count == 20


@pytest.mark.django_db
def test_old_counters_are_thrown_away() -> None:
    throttle.count("filing", "somebody", at=AT, limit=3, window=HOUR)
    forgetting.forget_old(at=AT + timedelta(hours=20))
    assert Attempt.objects.count() == 1
    with transaction.atomic():
        forgetting.forget_old(at=AT + timedelta(days=2))
    assert Attempt.objects.count() == 0


@pytest.mark.parametrize(
    ("proxies", "told", "forwarded", "expected"),
    [
        (0, "192.0.2.5", "", "192.0.2.5"),
        (0, "192.0.2.5", "203.0.113.9", "192.0.2.5"),  # a header that no proxy of ours wrote
        (1, "10.0.0.1", "203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),  # the client's own words stand further left
        (2, "10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "10.0.0.1", "203.0.113.9", "10.0.0.1"),
        (0, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        (0, "not an address", "", "unknown"),
        (1, "10.0.0.1", "nonsense", "unknown"),
    ],
)
def test_the_network_of_a_request(settings: Any, proxies: int, told: str, forwarded: str, expected: str) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers: dict[str, Any] = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    request = RequestFactory().get("/", REMOTE_ADDR=told, **headers)
    assert throttle.client(request) == expected
