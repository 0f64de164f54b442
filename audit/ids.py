"""Ids that nobody can guess and that keep a B-tree in order."""

import secrets
import threading
import time
from uuid import UUID

LOG_ID = UUID("00000000-0000-7000-8000-000000000002")  # owns the key of what the log says about itself

_MILLISECOND = 1_000_000  # in nanoseconds
_lock = threading.Lock()
_last, _more = 0, 0


def uuid7() -> UUID:
    """A UUID of version 7 (RFC 9562): 48 bits of milliseconds, 12 of their parts (6.2, method 3), then 62 of chance.

    What one process makes comes in the order in which it was made, also within one tick of the clock.
    """
    global _last, _more
    milliseconds, rest = divmod(time.time_ns(), _MILLISECOND)
    stamp = milliseconds << 12 | (rest << 12) // _MILLISECOND
    with _lock:
        _more = _more + 1 if stamp == _last else 0
        _last, stamp = stamp, stamp + _more
    return UUID(int=(stamp >> 12) << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64 | 0x2 << 62 | secrets.randbits(62))
