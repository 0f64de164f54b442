"""What a version says, as bytes: packed, digested, sealed. One place, for the importer and for corrections."""

import json
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from audit import keys


class Said(NamedTuple):
    """The values of a version and where they came from."""

    values: dict[str, Any]
    provenance: dict[str, Any]


class Packed(NamedTuple):
    """A version's content as bytes, before sealing, and its digest with the validity."""

    data: bytes
    digest: bytes


def pack(said: Said) -> bytes:
    """Canonical JSON of a version's content, before sealing."""
    return f'{{"provenance":{_canonical(said.provenance)},"values":{_canonical(said.values)}}}'.encode()


def pack_and_digest(said: Said, valid_from: date | None, valid_to: date | None) -> Packed:
    """What `pack` and `digest` give, with the JSON written once: an import does this for every line."""
    values, provenance = _canonical(said.values), _canonical(said.provenance)
    data = f'{{"provenance":{provenance},"values":{values}}}'.encode()
    return Packed(data, _digest(values, provenance, valid_from, valid_to))


def unpack(data: bytes) -> Said:
    """What `pack` made."""
    document = json.loads(data)
    return Said(document["values"], document["provenance"])


def digest(said: Said, valid_from: date | None, valid_to: date | None) -> bytes:
    """Keyed hash (32 bytes) of content and validity: equal digests say the same thing, without opening either."""
    return _digest(_canonical(said.values), _canonical(said.provenance), valid_from, valid_to)


def fits(
    subject_id: UUID, sealed: keys.Stored, valid_from: date | None, valid_to: date | None, told: keys.Stored
) -> bool:
    """Whether sealed content says what its digest (`told`) says. What belongs to somebody erased cannot be told."""
    try:
        said = unpack(keys.open_sealed(subject_id, sealed))
    except keys.Erased:
        return True
    except (keys.NotAuthentic, ValueError):
        return False
    return digest(said, valid_from, valid_to) == bytes(told)


def seal(subject_id: UUID, said: Said) -> bytes:
    """Sealed content for `Content.sealed`."""
    return keys.seal(subject_id, pack(said))


def _digest(values: str, provenance: str, valid_from: date | None, valid_to: date | None) -> bytes:
    """Of the canonical JSON of all four, put together by hand: the keys stand in their order."""
    begins, ends = _day(valid_from), _day(valid_to)
    text = f'{{"provenance":{provenance},"valid_from":{begins},"valid_to":{ends},"values":{values}}}'
    return keys.keyed_hash("content", text)


def _day(day: date | None) -> str:
    return f'"{day.isoformat()}"' if day else "null"


def _canonical(document: dict[str, Any]) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
