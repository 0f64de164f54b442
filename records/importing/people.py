"""Whom the lines of a batch are about: subjects that are known, and those that lines of the batch make.

# Note [Whom a line is about]
Identifiers say so, by the rules of the programme (`matching`), never a name or a birth date alone: two people may
share both, and a wrong match shows one person's file to another. What is not sure waits (`doubts`). A line that
gives no identifier is about the subject of its own reference, or about somebody new. Name, birth date and language
are taken from the first line only: a later feed never rewrites who somebody is.

# Note [Addresses from a feed]
An address is added where the subject has none, and replaces one that came by a feed and that
nobody confirmed, if the same source gave it. It never replaces a confirmed one, one that the person gave, or one that
another source gave: that is a disagreement, which is noted. An address that was replaced once
does not come back: two lines that disagree would otherwise take turns at every import.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, NoReturn
from uuid import UUID

from accounts import addresses, identifiers, likeness
from accounts.identifiers import gettext_noop
from accounts.models import Contact
from accounts.particulars import Particulars
from audit import keys
from audit.ids import uuid7
from records.catalogue import ParsedSubject, Refusal, Refused
from records.catalogue.matching import Fact
from records.importing import known as database
from records.importing.known import Known, KnownContact, KnownRecord, KnownSubject
from records.importing.matching import Claim, Newcomer, Verdict, settle
from records.importing.rows import ContactRow, IdentifierRow, KeyRow, Rows, SubjectRow, VouchRow
from records.models import DoubtReason


class Doubtful(Exception):
    """It is not sure whom this line is about: it waits for a person."""

    def __init__(self, reason: DoubtReason) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What somebody decided about lines that waited: they are about this subject, or about somebody new."""

    subject_id: UUID | None


@dataclass(slots=True)
class NewContact:
    """An address that this batch adds; a later line may still replace it."""

    subject_id: UUID
    lookup: bytes
    sealed: bytes
    ended: bool = False


class Disagreement(NamedTuple):
    """A source gave another address than the one that another source gave."""

    subject_id: UUID
    source_id: UUID


@dataclass(slots=True)
class Person:
    """One subject, person or organisation, as it stands after the lines so far."""

    id: UUID
    file: UUID
    kind: str
    sealer: keys.Sealer
    identifiers: dict[bytes, str]
    contact: KnownContact | NewContact | None = None
    earlier_addresses: set[bytes] = field(default_factory=set)
    vouches: set[tuple[bytes, UUID]] = field(default_factory=set)
    is_reached_elsewhere: bool = False

    @property
    def is_reachable(self) -> bool:
        """Whether a mail can go out, be it to the address of a file that was joined with theirs."""
        return self.contact is not None or self.is_reached_elsewhere


class World:
    """What the database knows, as `matching` asks for it."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._agreed: dict[tuple[UUID, Fact, object], bool | None] = {}

    def owner(self, lookup: bytes) -> UUID | None:
        return self._known.identifiers.get(lookup)

    def file(self, subject: UUID) -> UUID:
        return self._known.subjects[subject].file

    def numbers(self, subject: UUID) -> Mapping[bytes, str]:
        return self._known.subjects[subject].identifiers

    def agrees(self, subject: UUID, fact: Fact, claim: Claim) -> bool | None:
        said = claim.says(fact)
        key = (subject, fact, said)
        if key not in self._agreed:
            self._agreed[key] = self._compare(subject, self._known.subjects[subject], said)
        return self._agreed[key]

    def alike(self, wanted: Collection[tuple[str, date]]) -> Mapping[tuple[str, date], Collection[UUID]]:
        by_hash = {likeness.alike(*each): each for each in wanted}
        found = database.look_alike([each for each in by_hash if each])
        self._known.subjects.update(database.look_up_subjects({s for _, s in found} - self._known.subjects.keys()))
        subjects: dict[tuple[str, date], list[UUID]] = {}
        for one, subject in found:
            subjects.setdefault(by_hash[one], []).append(subject)
        return subjects

    @staticmethod
    def _compare(subject: UUID, known: KnownSubject, said: object) -> bool | None:
        if isinstance(said, date):
            return None if known.birth_hash is None else likeness.of_birth(subject, said) == known.birth_hash
        if isinstance(said, str) and said:
            return None if known.name_hash is None else likeness.of_name(subject, said) == known.name_hash
        return None


class People:
    """The subjects of one batch."""

    def __init__(self, known: Known, rows: Rows, at: datetime) -> None:
        self._by_identifier = dict(known.identifiers)
        self._all_known = known
        self._known = known.subjects
        self._met: dict[UUID, Person] = {}
        self._verdicts: dict[int, Verdict] = {}
        self._names: dict[int, str] = {}  # in plain form, by line
        self._rows = rows
        self._at = at
        self.new_contacts: list[NewContact] = []
        self.replaced: list[int] = []  # contacts in the database that this batch ends
        self.disagreements: list[Disagreement] = []

    def settle(self, claims: Sequence[Claim]) -> Mapping[int, Verdict]:
        """Say of all lines of the batch whom they are about, by their numbers. Note [Settled together]."""
        self._names = {claim.number: claim.name for claim in claims}
        self._verdicts = settle(claims, World(self._all_known))
        return self._verdicts

    def rule(self, rulings: Mapping[int, Ruling]) -> None:
        """What somebody decided counts instead. All that are about somebody new are about the same one."""
        subject_ids = {ruling.subject_id for ruling in rulings.values() if ruling.subject_id}
        self._known.update(database.look_up_subjects(subject_ids - self._known.keys()))
        somebody = Newcomer()
        for number, ruling in rulings.items():
            self._verdicts[number] = ruling.subject_id or somebody

    def find(
        self, number: int, subject: ParsedSubject, lookups: tuple[bytes, ...], record: KnownRecord | None
    ) -> Person | None:
        """The subject that a line is about, None for a new one. Raises `Refused` and `Doubtful`; changes nothing."""
        verdict = self._verdicts[number]
        if isinstance(verdict, DoubtReason):
            raise Doubtful(verdict)
        person = verdict.person if isinstance(verdict, Newcomer) else self._person(verdict)
        if record:
            owner = self._person(record.subject_id)
            # Somebody known by other identifiers is somebody else; somebody known by none may get one.
            if person is None and not (lookups and owner.identifiers):
                person = owner
            if person is None or person.file != owner.file or owner.kind != subject.kind:
                _refuse(
                    "source_ref",
                    "duplicate_ref_other_subject",
                    gettext_noop("This reference already names a record about another subject."),
                )
            person = owner
        if isinstance(verdict, Newcomer):
            verdict.person = person
        return person

    def add(self, number: int, subject: ParsedSubject) -> Person:
        """A new subject with a key of its own, for a line of whom `find` knows nobody."""
        subject_id = uuid7()
        wrapped, sealer = keys.new_key(subject_id)
        particulars = Particulars(subject.name, subject.birth_date).to_bytes()
        language = subject.language or "en"
        plain = self._names.get(number) or likeness.plain_name(subject.name)
        alike = likeness.of_plain(subject_id, plain, subject.birth_date)
        self._rows.add(SubjectRow(subject_id, subject.kind, sealer.seal(particulars), language, self._at, *alike))
        self._rows.add(KeyRow(subject_id, wrapped))
        person = self._met[subject_id] = Person(subject_id, subject_id, subject.kind, sealer, {})
        verdict = self._verdicts[number]
        if isinstance(verdict, Newcomer):
            verdict.person = person
        return person

    def complete(self, person: Person, subject: ParsedSubject, lookups: tuple[bytes, ...], source_id: UUID) -> bool:
        """Add identifiers and an address that are new; whether an address came. Note [Addresses from a feed].

        A number that somebody else has stays theirs, whatever was decided about this line.
        """
        for identifier, lookup in zip(subject.identifiers, lookups, strict=True):
            if lookup not in self._by_identifier and not _has_another(person, identifier.scheme):
                sealed = person.sealer.seal(identifier.value.encode())
                self._rows.add(IdentifierRow(person.id, identifier.scheme, lookup, sealed))
                person.identifiers[lookup] = identifier.scheme
                self._by_identifier[lookup] = person.id
        return subject.email is not None and self._reach(person, subject.email, source_id)

    def collect_contacts(self) -> None:
        """Add the rows of all addresses that this batch brought, also of those that it replaced itself."""
        for contact in self.new_contacts:
            ended_at = self._at if contact.ended else None
            self._rows.add(
                ContactRow(contact.subject_id, contact.lookup, contact.sealed, Contact.Origin.FEED, self._at, ended_at)
            )

    def _reach(self, person: Person, email: str, source_id: UUID) -> bool:
        lookup = addresses.lookup(email)
        self._vouch(person, lookup, source_id)
        if lookup in person.earlier_addresses or (person.contact and lookup == person.contact.lookup):
            return False
        new = NewContact(person.id, lookup, person.sealer.seal(addresses.normal(email).encode()))
        if person.contact is not None:
            if not self._may_replace(person, new, source_id):
                return False
            self._end(person, person.contact)
        person.contact = new
        self.new_contacts.append(new)
        return True

    def _vouch(self, person: Person, lookup: bytes, source_id: UUID) -> None:
        if (lookup, source_id) not in person.vouches:
            person.vouches.add((lookup, source_id))
            self._rows.add(VouchRow(person.id, lookup, source_id, self._at))

    def _may_replace(self, person: Person, new: NewContact, source_id: UUID) -> bool:
        """Whether the address in use came from this source alone and is nobody's yet; notes a disagreement if not."""
        in_use = person.contact
        assert in_use
        others = any(lookup == in_use.lookup and source != source_id for lookup, source in person.vouches)
        if not others and (isinstance(in_use, NewContact) or in_use.replaceable):
            return True
        if others and not (isinstance(in_use, KnownContact) and in_use.proved):
            new.ended = True
            person.earlier_addresses.add(new.lookup)
            self.new_contacts.append(new)
            self.disagreements.append(Disagreement(person.id, source_id))
        return False

    def _end(self, person: Person, in_use: KnownContact | NewContact) -> None:
        person.earlier_addresses.add(in_use.lookup)
        if isinstance(in_use, NewContact):
            in_use.ended = True
        else:
            self.replaced.append(in_use.id)

    def _person(self, subject_id: UUID) -> Person:
        if subject_id not in self._met:
            self._met[subject_id] = _as_known(subject_id, self._known[subject_id])
        return self._met[subject_id]


def _as_known(subject_id: UUID, known: KnownSubject) -> Person:
    if known.sealer is None:
        _refuse("subject", "subject_erased", gettext_noop("What was held about this subject has been erased."))
    return Person(
        subject_id,
        known.file,
        known.kind,
        known.sealer,
        dict(known.identifiers),
        known.contact,
        set(known.earlier_addresses),
        set(known.vouches),
        known.is_reached_elsewhere,
    )


def _has_another(person: Person, scheme: str) -> bool:
    return identifiers.SCHEMES[scheme].single and scheme in person.identifiers.values()


def _refuse(field: str, code: str, sentence: str) -> NoReturn:
    raise Refused([Refusal(field, code, sentence)])
