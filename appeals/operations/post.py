"""Letters: printed, posted and, where there is proof, delivered; a decision that was delivered is served."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from accounts import post
from accounts.actors import SERVICE, Actor
from accounts.models import Role
from appeals import queries
from appeals.errors import NotPostedYet, NotPrintedYet, NotReceivedYet
from appeals.operations.service import serve
from appeals.workflow import IllegalStep
from audit import operations as audit
from delivery import letters
from delivery.models import Letter


@transaction.atomic
def note_printed(letter_id: UUID, *, by: Actor, at: datetime) -> Letter:
    """An official printed a letter, which names whom it is about and says why. Every printing is logged."""
    letter = queries.letter_for(by, letter_id)
    _record("letter.printed", letter, by=by, at=at, facts={"letter": str(letter.pk)})
    return letters.note_printed(letter.pk, by=by.own_user, at=at)


@transaction.atomic
def note_posted(letter_id: UUID, *, on: date, by: Actor, at: datetime) -> Letter:
    """A letter was given to the post; from that day the procedure's rule of service counts."""
    letter = queries.letter_for(by, letter_id)
    if letter.printed_at is None:
        raise NotPrintedYet
    return _note(letter, "letter.posted", letter.posted_on, letters.note_posted, on=on, by=by, at=at)


@transaction.atomic
def note_delivered(letter_id: UUID, *, on: date, by: Actor, at: datetime) -> Letter:
    """There is proof that a letter arrived. A decision is served by it, from now on: no day of the person's is lost."""
    letter = queries.letter_for(by, letter_id)
    if letter.posted_on is None or on < letter.posted_on:
        raise NotPostedYet
    letter = _note(letter, "letter.delivered", letter.delivered_on, letters.note_delivered, on=on, by=by, at=at)
    if queries.brings_the_answer(letter.message):
        assert letter.message.case_id
        with suppress(IllegalStep):  # it was served before, by opening or by the rule
            serve(letter.message.case_id, how="letter", by=SERVICE, at=at)
    return letter


def make_letters_of_untold(*, at: datetime) -> int:
    """What somebody could not be told, and can be told by letter now; how many. Safe to repeat."""
    return sum(
        letters.make_of_untold(subject_id, at=at, mails_go_on=post.ways_of(subject_id, at).mail)
        for subject_id in letters.untold_subjects(post.subjects_by_letter())
    )


def _note(
    letter: Letter,
    event: str,
    known: date | None,
    note: Callable[..., Letter],
    *,
    on: date,
    by: Actor,
    at: datetime,
) -> Letter:
    """Note a day once; noted again, the first one stays and nothing is logged."""
    if on > queries.latest_today(at):
        raise NotReceivedYet
    if known is not None:
        return letter
    _record(event, letter, by=by, at=at, facts={"letter": str(letter.pk), "on": on.isoformat()})
    return note(letter.pk, on=on, by=by.own_user)


def _record(event: str, letter: Letter, *, by: Actor, at: datetime, facts: dict[str, str]) -> None:
    seat = by.seat(Role.CASEWORKER, Role.SUPERVISOR)
    signature = by.signature(seat.organisation_id if seat else None)
    audit.record(event, by=signature, at=at, subject_id=letter.subject_id, case_id=letter.message.case_id, facts=facts)
