"""Slowing down those who guess: counters by keyed hash in fixed windows of time.

A counter knows neither the address nor the network it counts. Count outside the transaction of what is
counted: a roll-back would forget the try.
"""

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.http import HttpRequest

from accounts.models import Attempt
from audit.keys import keyed_hash

_COUNT = """
INSERT INTO accounts_attempt AS attempt (kind, key, "window", count) VALUES (%s, %s, %s, 1)
ON CONFLICT (kind, key, "window") DO UPDATE SET count = attempt.count + 1 RETURNING count
"""
_IPV6_PREFIX = 64  # one household or office has a whole /64, and could change within it at every try


class Limit(NamedTuple):
    """At most `times` in each `window`; `kind` keeps counters of different things apart."""

    kind: str
    times: int
    window: timedelta


class TooMany(Exception):
    """Tried too often. `retry_at` is when the next try counts anew."""

    def __init__(self, retry_at: datetime) -> None:
        super().__init__(retry_at)
        self.retry_at = retry_at

    def seconds(self, at: datetime) -> int:
        """How long to wait, for a Retry-After header."""
        return max(1, round((self.retry_at - at).total_seconds()))


def count(kind: str, key: str, *, at: datetime, limit: int, window: timedelta) -> int:
    """Count one try of `key` and return how many there were in this window. Raises `TooMany` above `limit`.

    One statement, so that two tries at once are both counted.
    """
    begun = _begun(window, at)
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT,
            [kind, _hash(kind, key), begun],
        )
        (tries,) = cursor.fetchone()
    if tries > limit:
        raise TooMany(begun + window)
    return int(tries)


def spend(limit: Limit, key: str, *, at: datetime) -> int:
    """`count` for a named limit."""
    return count(limit.kind, key, at=at, limit=limit.times, window=limit.window)


def give_back(limit: Limit, key: str, *, at: datetime) -> None:
    """Take back one `spend` made at the same moment, because it was no guess."""
    counted = Attempt.objects.filter(kind=limit.kind, key=_hash(limit.kind, key), window=_begun(limit.window, at))
    counted.filter(count__gt=0).update(count=F("count") - 1)


def _begun(window: timedelta, at: datetime) -> datetime:
    seconds = int(window.total_seconds())
    return datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, UTC)


def _hash(kind: str, key: str) -> bytes:
    return keyed_hash(f"attempt:{kind}", key)


def client(request: HttpRequest) -> str:
    """The network a request comes from: its IPv4 address or IPv6 prefix, seen through our own proxies only."""
    told = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        # Each proxy of ours appends who spoke to it; what stands further left is the client's own word.
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        told = hops[-settings.TRUSTED_PROXIES] if len(hops) >= settings.TRUSTED_PROXIES else told
    try:
        address = ipaddress.ip_address(told)
    except ValueError:
        return "unknown"
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network(f"{address}/{_IPV6_PREFIX}", strict=False))
