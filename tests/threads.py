"""Several things at once, each on a connection of its own."""

from collections.abc import Callable, Sequence
from threading import Thread
from typing import Any

from django.db import connection

Work = Callable[[], Any]
LONGEST = 300  # seconds that any of them may wait for another


def threads_of(works: Sequence[Work]) -> tuple[list[Thread], list[Any]]:
    """A thread for each, not started; and, once they have ended, what each returned or raised, in the order given."""
    results: list[Any] = [None] * len(works)

    def run(place: int, work: Work) -> None:
        try:
            results[place] = work()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    return [Thread(target=run, args=pair) for pair in enumerate(works)], results


def join(threads: Sequence[Thread]) -> None:
    """Wait for all of them; one that hangs fails here and does not hold up the rest for ever."""
    for thread in threads:
        thread.join(timeout=LONGEST)
    assert not [thread for thread in threads if thread.is_alive()], "somebody still waits for somebody"
