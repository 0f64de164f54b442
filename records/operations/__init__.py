"""Writes to what is held. Each locks its record, writes one log entry for it, and can be undone where it says so."""

from records.operations.endings import end_earlier
from records.operations.hand import Hand
from records.operations.interim import (
    end_marks,
    hand_over,
    lock_measures,
    mark_disputed,
    resume,
    set_resumption,
    suspend,
    unset_resumption,
)
from records.operations.recipients import acknowledge, end_subscription, lock_shared, subscribe, tell_recipients
from records.operations.remedies import (
    Before,
    NothingLeft,
    ValueRefused,
    check_correction,
    correct,
    current_state,
    delete,
    detach,
    lift,
    undo,
)
from records.operations.source_changes import (
    bring_back,
    lock_measures_on,
    put_back,
    replace_waiting,
    settle_answers,
    take_back,
    withdraw,
)

__all__ = [
    "Before",
    "Hand",
    "NothingLeft",
    "ValueRefused",
    "acknowledge",
    "bring_back",
    "check_correction",
    "correct",
    "current_state",
    "delete",
    "detach",
    "end_earlier",
    "end_marks",
    "end_subscription",
    "hand_over",
    "lift",
    "lock_measures",
    "lock_measures_on",
    "lock_shared",
    "mark_disputed",
    "put_back",
    "replace_waiting",
    "resume",
    "set_resumption",
    "settle_answers",
    "subscribe",
    "suspend",
    "take_back",
    "tell_recipients",
    "undo",
    "unset_resumption",
    "withdraw",
]
