"""A person's own words on what is held about them: attached, replaced, taken back.

They go to everybody who receives the record from then on, and recipients who asked to be told of changes are told that
there is something. What was received cannot be called back, so a new address waits before it can attach anything.
"""

import hashlib
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.access import check_settled_contact_of
from accounts.actors import Actor, ActorKind
from accounts.operations import mandates
from audit import operations as audit
from records import statement_limits, statements
from records.access import visible_to
from records.models import Record, Statement
from records.operations.recipients import tell_recipients
from records.recipients import Told
from records.statement_limits import Limit

LONGEST: Final = 2_000  # characters


class OnlySees(Exception):
    """Whoever acts by a mandate for seeing only attaches nothing."""


class NoWords(Exception):
    """There are no words, or more than go along."""


class TooManyWords(Exception):
    """The law sets a limit, and this is longer. `counted`: how many words there are."""

    def __init__(self, limit: Limit, counted: int) -> None:
        self.limit, self.counted = limit, counted
        super().__init__(f"{counted} words, and {limit.most} are allowed by {limit.rule}")


@transaction.atomic
def attach(record_id: UUID, *, words: str, language: str, by: Actor, at: datetime) -> Statement:
    """Attach `words` to a record of the actor's own file, in place of what was attached before.

    Raises `Record.DoesNotExist`, `OnlySees`, `NoWords`, `TooManyWords`, `MandateEnded`, or
    `accounts.access.ContactNotSettled`.
    """
    words = words.strip()
    if not 0 < len(words) <= LONGEST:
        raise NoWords
    record = _locked(record_id, by, at)
    check_settled_contact_of(by, at)
    _check_limit(record, words, at)
    _end(_theirs(record), at=at)
    made = Statement.objects.create(
        record=record,
        subject_id=record.subject_id,
        sealed=statements.sealed(record.subject_id, words),
        language=language,
        number=record.latest_number,
        written_at=at,
    )
    digest = hashlib.sha256(words.encode()).hexdigest()
    _log("record.statement_attached", made, by=by, at=at, document_sha256=digest)
    tell_recipients([record.pk], Told.MARKS_CHANGED, at=at)
    return made


@transaction.atomic
def take_back(record_id: UUID, *, by: Actor, at: datetime) -> bool:
    """Destroy the words on a record of the actor's own file; False if there are none. Raises as `attach` does."""
    record = _locked(record_id, by, at)
    ended = _end(_theirs(record), at=at)
    if not ended:
        return False
    _log("record.statement_ended", ended[0], by=by, at=at)
    tell_recipients([record.pk], Told.MARKS_CHANGED, at=at)
    return True


def destroy(record: Record, *, by: Actor, at: datetime) -> None:
    """The record is destroyed, and the words on it with it. The caller holds its lock."""
    for ended in _end(Statement.objects.filter(record=record), at=at):
        _log("record.statement_ended", ended, by=by, at=at)


def _locked(record_id: UUID, by: Actor, at: datetime) -> Record:
    if by.kind is not ActorKind.PERSON:
        raise Record.DoesNotExist
    if not by.may_dispute:
        visible_to(by).get(pk=record_id)
        raise OnlySees
    mandates.hold(by, at=at)  # before the record, as whoever files does
    return visible_to(by).select_for_update(no_key=True, of=("self",)).get(pk=record_id)


def _check_limit(record: Record, words: str, at: datetime) -> None:
    limit = statement_limits.limit(record, at)
    if limit and (counted := limit.count(words)) > limit.most:
        raise TooManyWords(limit, counted)


def _theirs(record: Record) -> QuerySet[Statement]:
    return Statement.objects.filter(record=record, subject=record.subject_id)


def _end(rows: QuerySet[Statement], *, at: datetime) -> list[Statement]:
    ended = list(rows.filter(ended_at__isnull=True).select_for_update(no_key=True))
    for each in ended:
        each.sealed, each.ended_at = None, at
        each.save(update_fields=["sealed", "ended_at"])
    return ended


def _log(event: str, one: Statement, *, by: Actor, at: datetime, **facts: str) -> None:
    audit.record(
        event,
        by=by.signature(),
        at=at,
        subject_id=one.subject_id,
        record_id=one.record_id,
        facts={"statement": str(one.pk), **facts},
    )
