"""Disputes that came on paper: an official types in what the person wrote, and never decides it afterwards."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from accounts import files
from accounts.actors import Actor, ActorKind, NotThisKind
from accounts.operations import paper as people
from accounts.operations import postal
from accounts.post import gets_letters, ways_of
from appeals import queries
from appeals.errors import NoAddress
from appeals.models import AnswerBy, Case, Standing
from appeals.operations.evidence import NewEvidence
from appeals.operations.filing import NewItem, OnPaper, file
from appeals.operations.lateness import Late
from delivery import letters


@transaction.atomic
def enter_dispute(
    subject_id: UUID,
    *,
    procedure_id: str,
    items: Sequence[NewItem],
    received_on: date,
    standing: Standing,
    answer_by: AnswerBy,
    address: str,
    language: str,
    by: Actor,
    at: datetime,
    evidence: Sequence[NewEvidence] = (),
    late: Late | None = None,
    posted_on: date | None = None,
) -> Case:
    """File what somebody wrote on paper, counted from the day on which it was received.

    `posted_on`: the day of the postmark; where the procedure says that posting counts, the person's own time is
    kept by it.

    `address`: where letters go, if the paper asks for an answer by letter; from then on everything that would be mailed
    is posted, also what could not be told before (Note [A paper is no proof]). `late`: why it comes after its window,
    where the paper says so; whoever has the case judges it. Raises a `CaseError`.

    Officials of the holder enter it, and those of the office that decides: where that is the office above, the holder
    takes the paper in and sees no more of the case (Note [Higher body]).
    """
    people.check_official(by)
    if address.strip() and answer_by == AnswerBy.LETTER:
        _post_from_now_on(subject_id, address, by=by, at=at)
    if answer_by == AnswerBy.LETTER and not gets_letters(subject_id):
        raise NoAddress
    case = file(
        procedure_id=procedure_id,
        items=items,
        language=language,
        by=_the_person(subject_id, by),
        at=at,
        evidence=evidence,
        late=late,
        on_paper=OnPaper(received_on, standing, answer_by, by, posted_on),
    )
    if not queries.is_for(by, case):
        raise NotThisKind  # the pages offer only what this official may enter
    return case


def _post_from_now_on(subject_id: UUID, address: str, *, by: Actor, at: datetime) -> None:
    postal.note(subject_id, address, by=by, at=at)
    mails_go_on = ways_of(subject_id, at).mail
    for member in sorted(files.members(subject_id)):
        letters.make_of_untold(member, at=at, mails_go_on=mails_go_on)


def _the_person(subject_id: UUID, by: Actor) -> Actor:
    also = files.members(subject_id) - {subject_id}
    return Actor(ActorKind.PERSON, user_id=by.own_user, subject_id=subject_id, also=also)
