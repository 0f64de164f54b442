"""One record from another system, by the same way as a file."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from accounts.actors import Actor
from accounts.identifiers import gettext_noop
from records.catalogue import ParsedWithdrawal, Programme, Refusal, Refused, read_line
from records.importing.batch import store
from records.importing.decide import Candidate, Outcome
from records.importing.limits import Allowance, TooManyWithdrawals
from records.importing.withdrawing import Withdrawal, withdraw
from records.importing.writer import Entry


class Imported(NamedTuple):
    """The record that a line named, and what the line changed in it. No record of a doubtful line: there is none."""

    record_id: UUID | None
    outcome: Outcome


def import_one(programme: Programme, line: Mapping[str, Any], *, source: str, by: Actor, at: datetime) -> Imported:
    """Take in one record of `source`, the code of the organisation whose key was used. Raises `Refused`.

    A doubtful line is stored and waits like one of a file: it is no refusal, which would take the caller's transaction
    back, and the line with it.
    """
    if line.get("source", source) != source:
        sentence = gettext_noop("Leave this out: the key says who the source is.")
        raise Refused([Refusal("source", "not_your_source", sentence)])
    parsed = read_line(programme, {**line, "source": source}, at=at)
    if isinstance(parsed, ParsedWithdrawal):
        return _take_back(programme, parsed, by=by, at=at)
    candidate = Candidate.of(1, parsed)
    stored = store(programme.id, [candidate], Entry(by, at))
    for _, refusals in stored.refused:
        raise Refused(list(refusals))
    if stored.doubtful:
        return Imported(None, Outcome.DOUBTFUL)
    one = stored.decided[0]
    return Imported(one.record_id, one.outcome)


def _take_back(programme: Programme, parsed: ParsedWithdrawal, *, by: Actor, at: datetime) -> Imported:
    try:
        Allowance(programme.id, at=at).check({parsed.source: 1})
    except TooManyWithdrawals:
        sentence = gettext_noop("So many records were taken back today that the operator has to agree to more.")
        raise Refused([Refusal("withdrawn", "too_many_withdrawals", sentence)]) from None
    done = withdraw(programme.id, [Withdrawal(1, parsed)], by=by, at=at)
    for _, refusals in done.refused:
        raise Refused(list(refusals))
    if done.dropped:
        return Imported(done.dropped[0], Outcome.WITHDRAWN)
    outcome = Outcome.WITHDRAWN if done.withdrawn else Outcome.WAITING if done.waiting else Outcome.UNCHANGED
    return Imported(done.record_ids[0], outcome)
