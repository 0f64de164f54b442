"""Lines of which it is not sure whom they are about: kept whole and sealed, until somebody decides (ADR 7).

A doubtful line makes no subject, no record, no measure and no notice. The same line sent again waits once. What
somebody decided about a claim (who somebody is, in the words of one source) holds for later lines with that claim;
a line that somebody refused is refused again.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from accounts import operations as accounts
from accounts.actors import Actor
from accounts.identifiers import gettext_noop
from accounts.likeness import plain_name
from accounts.models import Organisation
from audit import bulk, keys
from audit import operations as audit
from audit.bulk import Note
from audit.ids import uuid7
from audit.models import SubjectKey
from records import catalogue
from records.catalogue import Refusal
from records.importing.decide import Candidate, ends_of
from records.importing.known import KnownRecord
from records.importing.matching import Claim
from records.importing.people import Ruling
from records.importing.rows import DoubtRow, KeyRow, Rows
from records.importing.writer import Entry
from records.models import DoubtfulLine, DoubtReason, DoubtState

REFUSED: Final = gettext_noop("Somebody looked at this line and refused it. Put it right in your own data.")


def claim_of(candidate: Candidate, record: KnownRecord | None) -> Claim:
    """What this line says about whom it is about. `record`: the one that it names, as the database knows it."""
    subject = candidate.line.subject
    schemes = [one.scheme for one in subject.identifiers]
    is_news = record is None or record.digest != candidate.digest or _changes_measures(candidate, record)
    return Claim(
        candidate.number,
        plain_name(subject.name),
        subject.birth_date,
        dict(zip(candidate.lookups, schemes, strict=True)),
        subject.matching,
        candidate.reference,
        record.subject_id if record else None,
        is_news,
    )


def _changes_measures(candidate: Candidate, record: KnownRecord) -> bool:
    is_new = any(one.key not in record.measures for one in candidate.line.measures)
    return is_new or bool(ends_of(candidate, record))


def who(candidate: Candidate) -> bytes:
    """Keyed hash of the source's words about who somebody is: numbers, name and birth date."""
    subject = candidate.line.subject
    numbers = sorted(one.lookup for one in subject.identifiers)
    born = subject.birth_date and subject.birth_date.isoformat()
    said = [candidate.line.source, subject.kind, plain_name(subject.name), born, *numbers]
    return keys.keyed_hash("claim", json.dumps(said))


def decided_before(candidates: Sequence[Candidate]) -> dict[int, Ruling]:
    """What somebody decided about the claims of these lines, by the lines' numbers."""
    if not candidates:
        return {}
    claims = {candidate.number: who(candidate) for candidate in candidates}
    rows = DoubtfulLine.objects.filter(who__in=set(claims.values()), state=DoubtState.ACCEPTED).order_by("decided_at")
    found = {bytes(claim): subject for claim, subject in rows.values_list("who", "subject_id")}
    return {number: Ruling(found[claim]) for number, claim in claims.items() if claim in found}


class Doubts:
    """The doubtful lines of one batch."""

    def __init__(self, programme: str, entry: Entry, sources: Mapping[str, Organisation]) -> None:
        self._programme = programme
        self._entry = entry
        self._sources = sources
        self._found: list[tuple[Candidate, DoubtReason]] = []
        self.waiting: list[int] = []
        self.refused: list[tuple[int, Sequence[Refusal]]] = []

    def add(self, candidate: Candidate, reason: DoubtReason) -> None:
        """One more line that waits."""
        self._found.append((candidate, reason))

    def write(self, rows: Rows) -> None:
        """Add the rows of lines that do not wait already, with their entries. Before `rows` are copied."""
        if not self._found:
            return
        known = self._known()
        notes, sealers = [], {}
        holder_id = self._holder()
        for candidate, reason in self._found:
            digest = _digest(candidate)
            state = known.get((candidate.line.source_ref, digest))
            if state == DoubtState.REFUSED:
                refusal = Refusal("subject", "refused_by_somebody", REFUSED)
                self.refused.append((candidate.number, [refusal]))
                continue
            self.waiting.append(candidate.number)
            if state is None:
                known[candidate.line.source_ref, digest] = DoubtState.WAITING
                doubt_id, sealer = self._add(candidate, reason, digest, holder_id, rows)
                sealers[doubt_id] = sealer
                notes.append(Note("identity.doubtful", doubt_id, doubt_id, {"reason": reason}))
        if notes:
            bulk.record_many(notes, by=self._entry.by.signature(), at=self._entry.at, sealers=sealers)

    def _add(
        self, candidate: Candidate, reason: DoubtReason, digest: bytes, holder_id: UUID, rows: Rows
    ) -> tuple[UUID, keys.Sealer]:
        doubt_id, line, entry = uuid7(), candidate.line, self._entry
        wrapped, sealer = keys.new_key(doubt_id)
        rows.add(KeyRow(doubt_id, wrapped))
        rows.add(
            DoubtRow(
                id=doubt_id,
                programme=self._programme,
                holder_id=holder_id,
                source_id=self._sources[line.source].pk,
                source_ref=line.source_ref,
                type=line.type.id,
                reason=reason,
                who=who(candidate),
                digest=digest,
                sealed=sealer.seal(json.dumps(line.as_line(), ensure_ascii=False).encode()),
                state=DoubtState.WAITING,
                arrived_at=entry.at,
                entered_by_id=entry.by.user_id,
                entered_with_id=entry.by.key_id,
                entered_in_id=entry.run_id,
            )
        )
        return doubt_id, sealer

    def _known(self) -> dict[tuple[str, bytes], str]:
        """The states of those that came before, by reference and digest."""
        digests = {_digest(candidate) for candidate, _ in self._found}
        sources = [one.pk for one in self._sources.values()]
        rows = DoubtfulLine.objects.filter(source_id__in=sources, digest__in=digests)
        rows = rows.exclude(state=DoubtState.TAKEN_BACK)  # its source may send it again, and it waits again
        return {(ref, bytes(digest)): state for ref, digest, state in rows.values_list("source_ref", "digest", "state")}

    def _holder(self) -> UUID:
        holder = catalogue.programme(self._programme).holder
        return accounts.register_organisation(
            code=holder.code, name_en=holder.en, name_zh=holder.zh, by=self._entry.by, at=self._entry.at
        ).pk


def _digest(candidate: Candidate) -> bytes:
    """Of the whole line: equal lines wait once."""
    said = json.dumps(candidate.line.as_line(), sort_keys=True, ensure_ascii=False)
    return keys.keyed_hash("doubtful-line", said)


def take_back_doubtful(lines: Iterable[DoubtfulLine], *, by: Actor, at: datetime) -> None:
    """The source takes these waiting lines back, which the caller has locked: what they said is destroyed."""
    for line in lines:
        line.state, line.sealed, line.decided_at = DoubtState.TAKEN_BACK, None, at
        line.save(update_fields=["state", "sealed", "decided_at"])
        SubjectKey.objects.filter(pk=line.pk).update(wrapped_key=None, destroyed_at=at)
        keys.forget(line.pk)
        audit.record("identity.doubt_taken_back", by=by.signature(), at=at, record_id=line.pk)
