"""Who may see records, and whose hands were on them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, ActorKind
from accounts.models import Role, Scope
from records.models import DoubtfulLine, Measure, Record, RecordState, Version
from records.values import Refusal

READING_ROLES = (Role.CASEWORKER, Role.SUPERVISOR, Role.REVIEWER)
LEFT = (RecordState.WITHDRAWN, RecordState.SEALED, RecordState.EXPIRED)
TELLING_APART = (Role.CASEWORKER, Role.SUPERVISOR)


def visible_to(actor: Actor) -> QuerySet[Record]:
    """The records that `actor` may know of. Every read starts here.

    A person: what is in their own file; whoever acts for them, what their mandate covers of it. A system: what is in
    the file under the programmes of its key. Staff reach records through their cases (`appeals.access`) and, as
    officers of a source, what their organisation supplied.
    """
    match actor.kind:
        case ActorKind.PERSON:
            return _own(actor).filter(state=RecordState.CURRENT)
        case ActorKind.SYSTEM if Scope.RECORDS_READ in actor.scopes:
            return Record.objects.filter(programme__in=actor.programmes, state=RecordState.CURRENT)
        case ActorKind.STAFF:
            return Record.objects.filter(source_id__in=actor.organisations(Role.SOURCE_OFFICER))
        case ActorKind.SERVICE:
            return Record.objects.all()
    return Record.objects.none()


def left_the_file_of(actor: Actor) -> QuerySet[Record]:
    """What was in a person's own file and is not any more: taken back by its source, deleted, or no longer kept.

    Not what was found to be about somebody else. Nothing for anybody but a person.
    """
    return _own(actor).filter(state__in=LEFT) if actor.kind is ActorKind.PERSON else Record.objects.none()


def _own(actor: Actor) -> QuerySet[Record]:
    """What is or was in the file of a person, as far as the way by which they came, or a mandate, opens it."""
    own = Record.objects.filter(subject_id__in=actor.own_subjects)
    if actor.sources is not None:  # the address was not proved: it opens what its own sources said
        own = own.filter(source_id__in=actor.sources)
    covered = actor.acts.programmes if actor.acts else ()
    return own.filter(programme__in=covered) if covered else own


class IdentityRefused(Exception):
    """You may not do this to whom data is about."""

    code: str = "not_allowed"
    sentence: object = _("You may not do this.")

    def __init__(self, refusals: Sequence[Refusal] = ()) -> None:
        super().__init__(str(self.sentence))
        self.refusals = refusals


class EnteredIt(IdentityRefused):
    """Whoever entered a line does not decide whom it is about."""

    code, sentence = "entered_it", _("You entered or imported this data, so somebody else must decide.")


class SourceStaff(IdentityRefused):
    """Whoever works for the source does not decide whom its lines are about."""

    code = "source_staff"
    sentence = _("You work for the organisation that supplied this data, so somebody else must decide.")


class ReasonMissing(IdentityRefused):
    """A decision says why."""

    code, sentence = "reason_missing", _("Say why.")


class NotACandidate(IdentityRefused):
    """Somebody was named whom the line cannot be about."""

    code, sentence = "not_a_candidate", _("Choose one of the people that are shown.")


class Overtaken(IdentityRefused):
    """A newer line about the same reference has been taken in."""

    code, sentence = "overtaken", _("The source has sent a newer line since, and it was taken in. Refuse this one.")


def doubtful_lines(actor: Actor) -> QuerySet[DoubtfulLine]:
    """The doubtful lines that `actor` may know of: those of the holders they work for."""
    holders = actor.organisations(*TELLING_APART)
    return DoubtfulLine.objects.filter(holder_id__in=holders) if holders else DoubtfulLine.objects.none()


def check_may_tell_apart(actor: Actor, line: DoubtfulLine) -> None:
    """Nobody decides whom a line is about who entered it or works for its source. Raises `IdentityRefused`."""
    entered = (
        line.entered_by_id,
        line.entered_with.issued_by_id if line.entered_with else None,
        line.entered_in.started_by_id if line.entered_in else None,
    )
    if actor.user_id in entered:
        raise EnteredIt
    check_not_of_source(actor, {line.source_id}, line.holder_id)


def check_no_hand_in(actor: Actor, record_ids: list[UUID], holder_id: UUID) -> None:
    """Nobody says whom records are about who had a part in them. Raises `IdentityRefused`."""
    hands = hands_on(record_ids)
    if actor.user_id in hands.users:
        raise EnteredIt
    check_not_of_source(actor, hands.sources, holder_id)


def check_not_of_source(actor: Actor, sources: Collection[UUID], holder_id: UUID) -> None:
    """Staff of a source do not decide about what it supplied; a holder's own staff may, its source officers not."""
    if actor.organisations() & (set(sources) - {holder_id}) or actor.organisations(Role.SOURCE_OFFICER) & set(sources):
        raise SourceStaff


@dataclass(frozen=True)
class Hands:
    """Who had a part in a datum: the users who entered or imported it, and the organisation that supplied it."""

    users: frozenset[UUID]
    sources: frozenset[UUID]


def hands_on(record_ids: list[UUID]) -> Hands:
    """Everybody who had a part in any version of these records or in a measure on them. Four queries."""
    rows = [
        row
        for model, act in ((Version, "entered"), (Measure, "entered"), (Measure, "end_entered"))
        for row in model._default_manager.filter(
            Q(**{f"{act}_by__isnull": False}) | Q(**{f"{act}_with__isnull": False}) | Q(**{f"{act}_in__isnull": False}),
            record_id__in=record_ids,
        )
        .values_list(f"{act}_by", f"{act}_with__issued_by", f"{act}_in__started_by")
        .distinct()
    ]
    users = frozenset(user for row in rows for user in row if user)
    sources = Record.objects.filter(pk__in=record_ids).values_list("source_id", flat=True)
    return Hands(users, frozenset(sources))
