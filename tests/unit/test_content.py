"""What a version says, as bytes: written once, and the same bytes as ever."""

import json
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from audit import keys
from records import content
from records.catalogue import programmes
from records.content import Said

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.dictionaries(TEXT, TEXT | st.integers() | st.booleans() | st.lists(TEXT))
DAYS = st.none() | st.dates()


def canonical(document: dict[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@given(VALUES, VALUES, DAYS, DAYS)
def test_content_and_digest_are_of_the_canonical_json(
    values: dict[str, Any], provenance: dict[str, Any], begins: date | None, ends: date | None
) -> None:
    said = Said(values, provenance)
    packed = content.pack_and_digest(said, begins, ends)
    assert packed.data == content.pack(said) == canonical({"values": values, "provenance": provenance})
    whole = {
        "values": values,
        "provenance": provenance,
        "valid_from": begins and begins.isoformat(),
        "valid_to": ends and ends.isoformat(),
    }
    assert packed.digest == content.digest(said, begins, ends)
    assert packed.digest == keys.keyed_hash("content", canonical(whole).decode())
    assert content.unpack(packed.data) == said


def test_a_type_is_called_by_its_name_in_the_file() -> None:
    for programme in programmes().values():
        assert [each.id for each in programme.types.values()] == list(programme.types)
        assert [each.id for each in programme.measures.values()] == list(programme.measures)
