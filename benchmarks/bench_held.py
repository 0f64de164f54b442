"""*What is held about me* in a large base against a small one, and with a long file against one of ten entries.

The same page, the same queries. Both bases stand side by side on one server, and the pages are asked for in turns, so
that a change in the machine's speed falls on all. BENCH_RECORDS (1,000,000 by default) is the size of the larger one,
BENCH_OWN (1,000) how many of them the person has whose file is long.
"""

import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Attempt, User
from benchmarks import database, population
from benchmarks.figures import Figure

MANY = int(os.environ.get("BENCH_RECORDS", "1000000"))
OWN = int(os.environ.get("BENCH_OWN", "1000"))
FEW = max(MANY // 100, population.RECORDS_A_PERSON)
ROUNDS, REQUESTS = 15, 8
PAGE, SEARCH = "/held/", "/held/search/"
Places = dict[str, tuple[str, Client]]


def run() -> list[Figure]:
    """Measure. Takes some minutes, nearly all of them to fill the larger base."""
    settings.ALLOWED_HOSTS.append("testserver")
    call_command("collectstatic", interactive=False, verbosity=0)
    large = os.environ["DATABASE_URL"]
    with database.fresh(large, Path(settings.VAR_DIR)) as small:
        population_of = {small: FEW, large: MANY}
        for address, records in population_of.items():
            with _at(address):
                population.fill(records - population.RECORDS_A_PERSON)
        places: Places = {
            "few": (small, _client(small, population.RECORDS_A_PERSON)),
            "many": (large, _client(large, population.RECORDS_A_PERSON)),
            "long": (large, _client(large, OWN)),
        }
        queries = {name: _queries(*place, PAGE) for name, place in places.items()}
        times: dict[str, list[float]] = {name: [] for name in places}
        searches: list[float] = []
        for _ in range(ROUNDS):
            for name, place in places.items():
                times[name] += _timed(*place)
            searches += _searched(*places["long"])
        took = {name: statistics.median(each) for name, each in times.items()}
    held = "what is held about me"
    return [
        Figure(f"{held}: {MANY:,} records against {FEW:,}, time", took["many"] / took["few"], 1.3, "lower"),
        Figure(f"{held}: more queries in the larger base", queries["many"] - queries["few"], 0, "lower"),
        Figure(f"{held}: {OWN:,} own records against {population.RECORDS_A_PERSON}, time",
               took["long"] / took["many"], 3, "lower"),
        Figure(f"{held}: more queries with {OWN:,} own records", queries["long"] - queries["many"], 0, "lower"),
        Figure(f"{held}: queries", queries["many"], None, "lower"),
        Figure(f"{held}: milliseconds in the larger base", took["many"] * 1000, None, "lower"),
        Figure(f"{held}: milliseconds with {OWN:,} own records", took["long"] * 1000, None, "lower"),
        Figure(f"{held}: milliseconds of a search in {OWN:,}", statistics.median(searches) * 1000, None, "lower"),
    ]  # fmt: skip


@contextmanager
def _at(address: str) -> Iterator[None]:
    """Work on the database of that address."""
    connection.close()
    connection.settings_dict["NAME"] = urlsplit(address).path.lstrip("/")
    yield


def _client(address: str, records: int) -> Client:
    """The browser of one more person, who has that many records."""
    with _at(address):
        user: User = population.somebody(records)
        client = Client()
        client.force_login(user, backend="accounts.backends.PersonBackend")
        return client


def _queries(address: str, client: Client, page: str) -> int:
    with _at(address):
        client.get(page)  # its key is remembered from then on
        with CaptureQueriesContext(connection) as captured:
            assert client.get(page).status_code == 200
            return len(captured)


def _timed(address: str, client: Client) -> list[float]:
    times = []
    with _at(address):
        client.get(PAGE)  # the new connection is not what is measured
        for _ in range(REQUESTS):
            start = time.perf_counter()
            client.get(PAGE)
            times.append(time.perf_counter() - start)
    return times


def _searched(address: str, client: Client) -> list[float]:
    """How long one search takes that looks at every record and finds nothing."""
    with _at(address):
        Attempt.objects.all().delete()  # so many searches a minute are refused to anybody else
        start = time.perf_counter()
        assert client.post(SEARCH, {"words": "nowhere to be found"}).status_code == 200
        return [time.perf_counter() - start]
