"""Actors, records and cases for tests. Every state is reached through operations, never by setting it."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from accounts import addresses, identifiers
from accounts.actors import SERVICE, Actor, ActorKind, Seat
from accounts.models import (
    ApiKey,
    Contact,
    Identifier,
    Membership,
    Organisation,
    Role,
    Scope,
    Subject,
    SubjectKind,
    User,
)
from accounts.particulars import Particulars
from accounts.queries import actor_of, particulars_of
from appeals import operations, queries
from appeals.models import Case, Outcome
from appeals.operations import Answer, NewItem
from appeals.workflow import Status
from audit import keys
from audit.ids import uuid7
from law import procedures
from records import catalogue
from records.importing import import_one
from records.models import Record
from records.queries import latest_version, measures_due
from tests import samples

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)  # a Monday; cases filed then are due on 23 November 2026
PASSWORD = "correct horse battery staple"

TURNED_AWAY = (Status.SCREENING, Status.SCREENED_OUT, Status.SCREENING_SERVED)

_numbers = count(1)


def organisation(code: str = "sample-court") -> Organisation:
    """The organisation of that code, registered when it is new. Holders carry their programme's names."""
    known = {p.holder.code: p.holder for p in catalogue.programmes().values()}
    name = known.get(code)
    made, _ = Organisation.objects.get_or_create(
        code=code,
        defaults={
            "name_en": name.en if name else code.replace("-", " ").title(),
            "name_zh": name.zh if name else "",
            "registered_at": AT,
        },
    )
    return made


def staff(role: Role, of: Organisation | str, *more: Role, language: str = "en") -> Actor:
    """A new member of staff with one seat, or several, in one organisation."""
    of = organisation(of) if isinstance(of, str) else of
    email = f"staff{next(_numbers)}@office.example"
    user = User.objects.create_staff(email, PASSWORD, language=language, joined_at=AT)
    return Actor(ActorKind.STAFF, user_id=user.pk, seats=tuple(seat(user, each, of) for each in (role, *more)))


def seat(user: User, role: Role, of: Organisation) -> Seat:
    """One more role for a user, under the next free number."""
    number = of.memberships.filter(role=role).count() + 1
    Membership.objects.create(user=user, organisation=of, role=role, number=number, since=AT)
    return Seat(of.pk, role, number)


def subject(
    *,
    name: str = "Wang Xiaoyu",
    birth_date: date | None = None,
    language: str = "en",
    kind: SubjectKind = SubjectKind.PERSON,
    email: str | None = None,
    confirmed: bool = True,
) -> Subject:
    """Somebody data is about, with an identifier, and a contact unless `email` is empty."""
    number = next(_numbers)
    birth_date = birth_date or date(1960, 1, 1) + timedelta(days=number)
    made = Subject(kind=kind, language=language, created_at=AT)
    company = kind == SubjectKind.ORGANISATION
    said = Particulars(name, None if company else birth_date)
    made.sealed_particulars = keys.seal(made.pk, said.to_bytes())
    made.save()
    if company:
        _identify(made, "cn-uscc", samples.company_code(number))
    else:
        _identify(made, "cn-resident-id", samples.resident_id(birth_date, number))
    email = f"person{number}@mail.example" if email is None else email
    if email:
        Contact.objects.create(
            subject=made,
            lookup=addresses.lookup(email),
            sealed=keys.seal(made.pk, addresses.normal(email).encode()),
            origin=Contact.Origin.FEED,
            added_at=AT,
            confirmed_at=AT if confirmed else None,
            proved_at=AT if confirmed else None,
        )
    return made


def _identify(made: Subject, scheme: str, value: str, **who: Any) -> None:
    checked = identifiers.check(scheme, value, today=AT.date(), **who)
    Identifier.objects.create(
        subject=made,
        scheme=scheme,
        lookup=keys.keyed_hash("identifier", checked.lookup),
        sealed=keys.seal(made.pk, checked.value.encode()),
    )


def person(of: Subject | None = None, **particulars: Any) -> Actor:
    """A person who has signed in before; `particulars` as for `subject`."""
    of = of or subject(**particulars)
    user = User(subject=of, language=of.language, joined_at=AT)
    user.set_unusable_password()
    user.save()
    return Actor(ActorKind.PERSON, user_id=user.pk, subject_id=of.pk)


def system(of: Organisation | str = "sample-bank", *programmes: str, scopes: Sequence[str] = ()) -> Actor:
    """A system of that organisation, with a key for reading unless `scopes` says otherwise."""
    of = organisation(of) if isinstance(of, str) else of
    programmes = programmes or ("cn-court-defaulters",)
    key = ApiKey.objects.create(
        prefix=f"test{next(_numbers)}",
        secret_hash=bytes(32),
        organisation=of,
        scopes=list(scopes or [Scope.RECORDS_READ]),
        programmes=list(programmes),
        issued_at=AT,
        expires_at=AT + timedelta(days=365),
    )
    return Actor(
        ActorKind.SYSTEM,
        organisation_id=of.pk,
        key_id=key.pk,
        scopes=frozenset(key.scopes),
        programmes=frozenset(programmes),
    )


def record_for(
    of: Actor | Subject,
    programme: str = "cn-court-defaulters",
    type: str = "court_listing",
    measures: Sequence[str] | None = None,
    *,
    values: dict[str, Any] | None = None,
    source: str = "sample-court",
    entered_by: UUID | None = None,
    at: datetime = AT,
) -> Record:
    """A record in somebody's file, checked against the catalogue; `values` and `measures` replace the sample's."""
    who = of if isinstance(of, Subject) else Subject.objects.get(pk=of.own_subject)
    organisation(source)
    number = next(_numbers)
    values = dict(values or {})
    if type == "court_listing" and Record.objects.filter(subject=who).exclude(state="current").exists():
        # What a decision took out of a file does not come back under another reference.
        values.setdefault("case_number", f"(2025)样0101执{10_000 + number}号")
    line = samples.line(
        programme,
        type,
        samples.MEASURES.get(type, ()) if measures is None else measures,
        values,
        source=source,
        ref=f"test-{number}",
        about=_named(who, programme),
    )
    by = actor_of(User.objects.get(pk=entered_by)) if entered_by else SERVICE
    made = import_one(catalogue.programme(programme), line, source=source, by=by, at=at)
    assert made.record_id, "the line is doubtful"
    record = Record.objects.get(pk=made.record_id)
    assert record.subject_id == who.pk
    return record


def _named(who: Subject, programme: str) -> dict[str, Any]:
    """How a source of that programme names this subject, so that the importer finds them again."""
    known = particulars_of(who.pk)
    if programme == "us-credit-file":
        assert known.birth_date
        number = {"scheme": "us-ssn", "value": "6789"}
        if not who.identifiers.filter(scheme="us-ssn").exists():
            _identify(who, **number, name=known.name, birth_date=known.birth_date)
    else:
        identifier = who.identifiers.exclude(scheme="us-ssn").get()
        value = keys.open_sealed(who.pk, bytes(identifier.sealed)).decode()
        number = {"scheme": identifier.scheme, "value": value}
    born = known.birth_date and known.birth_date.isoformat()
    return {"kind": who.kind, "name": known.name, "birth_date": born, "identifiers": [number]}


def item(
    record: Record, *, ground: str = "not_me", field: str = "", measure: str = "", words: str = "", wanted: str = ""
) -> NewItem:
    """One thing to dispute: the record, one field of it, or one measure on it, as it stands."""
    record.refresh_from_db()
    measure_id = record.measures.get(type=measure).pk if measure else None
    words = words or "I never had a court case in that province."
    return NewItem(
        record_id=record.pk,
        seen=latest_version(record).pk,
        ground=ground,
        words=words,
        wanted=wanted,
        field=field,
        measure_id=measure_id,
    )


def case_at(
    status: Status = Status.FILED,
    *,
    person: Actor | None = None,
    caseworker: Actor | None = None,
    supervisor: Actor | None = None,
    items: Sequence[NewItem] = (),
    answers: Sequence[dict[str, Any]] = (),
    programme: str = "cn-court-defaulters",
    procedure: str = "redress-model",
    language: str = "en",
    at: datetime = AT,
) -> Case:
    """A case in that status. Whoever is not given is made; so is one record, if no `items` are given.

    `answers`: one mapping an item of what differs from upholding it with the first open remedy.
    """
    person = person or globals()["person"](language=language)
    if not items:
        items = [item(record_for(person, programme, samples.first_type(programme)))]
    organisation(catalogue.programme(programme).holder.code)
    if status in TURNED_AWAY:
        at = _answered_before(person, items, programme, procedure, at)
    case = operations.file(procedure_id=procedure, items=items, language=language, by=person, at=at)
    _advance(case, status, person, caseworker, supervisor, answers, at)
    return Case.objects.select_related("holder", "decision").get(pk=case.pk)


def _answered_before(person: Actor, items: Sequence[NewItem], programme: str, procedure: str, at: datetime) -> datetime:
    """Have the same answered in an earlier case, so that the next one is a repeat; when that one can be filed."""
    law = procedures.procedure(procedure)
    if law.screening_for("repeat"):
        rejected = [{"outcome": Outcome.REJECTED, "remedy": ""}] * len(items)
        case_at(
            Status.SERVED,
            person=person,
            items=items,
            answers=rejected,
            programme=programme,
            procedure=procedure,
            at=at,
        )
    return at + timedelta(days=1)


def _advance(
    case: Case,
    status: Status,
    person: Actor,
    caseworker: Actor | None,
    supervisor: Actor | None,
    answers: Sequence[dict[str, Any]],
    at: datetime,
) -> None:
    hours = (at + timedelta(hours=number) for number in count(1))
    if status == Status.FILED:
        return
    if status in (Status.WITHDRAWING, Status.WITHDRAWN):
        operations.withdraw(case.pk, by=person, at=next(hours))
        if status == Status.WITHDRAWN:
            operations.conclude_withdrawal(case.pk, at=at + timedelta(days=30))
        return
    caseworker = caseworker or staff(Role.CASEWORKER, case.holder)
    operations.take(case.pk, by=caseworker, at=next(hours))
    if status == Status.IN_REVIEW:
        return
    if status in TURNED_AWAY:
        _turn_away(case, status, person, caseworker, supervisor, hours)
        return
    if status == Status.INCOMPLETE:
        operations.ask_to_complete(case.pk, words="Send a copy of the receipt.", by=caseworker, at=next(hours))
        return
    operations.draft(case.pk, answers_to(case, answers), by=caseworker, at=next(hours))
    if status != Status.AWAITING_APPROVAL and not queries.procedure_of(case).needs_second_person:
        operations.decide(case.pk, by=caseworker, at=next(hours))
    else:
        submitted = next(hours)
        operations.submit(case.pk, by=caseworker, at=submitted)
        if status == Status.AWAITING_APPROVAL:
            return
        supervisor = supervisor or staff(Role.SUPERVISOR, case.holder)
        operations.approve(case.pk, seen=submitted, by=supervisor, at=next(hours))
    if status in (Status.SERVED, Status.CLOSED):
        operations.serve(case.pk, how="opened", by=person, at=next(hours))
    if status == Status.CLOSED:
        carry_out(case, at=next(hours))
        operations.close(case.pk, at=at + timedelta(days=90))


def _turn_away(
    case: Case,
    status: Status,
    person: Actor,
    caseworker: Actor,
    supervisor: Actor | None,
    hours: Iterator[datetime],
) -> None:
    rule = next(each.rule.id for each in queries.open_rules(case, at=next(hours)) if each.why_not is None)
    said: dict[str, Any] = {"rule": rule, "reasons": "We answered this in May.", "by": caseworker}
    if status != Status.SCREENING and not queries.procedure_of(case).needs_second_person:
        operations.screen_out(case.pk, **said, at=next(hours))
    else:
        proposed = next(hours)
        operations.propose_screening(case.pk, **said, at=proposed)
        if status == Status.SCREENING:
            return
        supervisor = supervisor or staff(Role.SUPERVISOR, case.holder)
        operations.approve_screening(case.pk, seen=proposed, by=supervisor, at=next(hours))
    if status == Status.SCREENING_SERVED:
        operations.serve(case.pk, how="opened", by=person, at=next(hours))


def answers_to(case: Case, differences: Sequence[dict[str, Any]] = ()) -> list[Answer]:
    """An answer to every item: upheld, with the first remedy that is open, unless `differences` say otherwise."""
    procedure = procedures.procedure(case.procedure, case.procedure_version)
    found = []
    for number, row in enumerate(case.items.order_by("number")):
        said = {"outcome": Outcome.UPHELD, "reasons": "The court sent the record of another person."}
        said.update(differences[number] if number < len(differences) else {})
        said.setdefault("remedy", next(iter(queries.remedies_open(procedure, row, said["outcome"])), ""))
        found.append(Answer(item_id=row.pk, **said))
    return found


def carry_out(case: Case, *, at: datetime = AT + timedelta(days=1)) -> None:
    """What the worker does: every remedy of the case."""
    for remedy_id in case.remedies.order_by("pk").values_list("pk", flat=True):
        operations.carry_out(remedy_id, at=at)


def resume_due(*, on: date, at: datetime) -> int:
    """What the sweep does with measures whose day has come; returns how many started again."""
    return sum(operations.resume(measure_id, on=on, at=at) for measure_id in measures_due(on))


def missing_id() -> UUID:
    """An id that nothing has."""
    return uuid7()
