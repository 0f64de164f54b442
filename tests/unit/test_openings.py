"""Which disclosures of an entry stand together in one sealed row, and that rows of earlier releases read the same."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from audit import leaf, openings
from audit.keys import Sealer

AT = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
OFFICE, PERSON = uuid4(), uuid4()
SEALERS = {owner: Sealer(owner, bytes(32)) for owner in (OFFICE, PERSON)}


def stored(*names: str, actor: UUID = OFFICE, owner: UUID = PERSON) -> dict[str, tuple[UUID, set[str]]]:
    """The rows of an entry with these facts: by name, whose it is and which facts it holds."""
    said = leaf.build("record.opened", AT, dict.fromkeys(names, "said"), log="test").disclosures
    rows = openings.sealed(said, actor=actor, owner=owner, sealers=SEALERS)
    return {name: (its, set(openings.disclosures(SEALERS[its].open(sealed)))) for name, its, sealed in rows}


@pytest.mark.parametrize(
    ("names", "actor", "owner", "rows"),
    [
        # an official about a person: the signature stays when the person is erased
        (
            ("at", "actor", "subject"),
            OFFICE,
            PERSON,
            {"actor": (OFFICE, {"actor"}), "subject": (PERSON, {"at", "subject"})},
        ),
        # a person about their own: one row, found as theirs
        (("at", "actor", "subject"), PERSON, PERSON, {"subject": (PERSON, {"at", "actor", "subject"})}),
        # an office about nobody
        (("at", "actor"), OFFICE, OFFICE, {"actor": (OFFICE, {"at", "actor"})}),
        # reasons, which are destroyed by themselves
        (
            ("actor", "kind", "justification"),
            OFFICE,
            OFFICE,
            {"actor": (OFFICE, {"actor", "kind"}), "justification": (OFFICE, {"justification"})},
        ),
    ],
)
def test_what_is_under_one_key_stands_together(
    names: tuple[str, ...], actor: UUID, owner: UUID, rows: dict[str, tuple[UUID, set[str]]]
) -> None:
    assert stored(*names, actor=actor, owner=owner) == rows


def test_a_row_of_one_disclosure_reads_the_same() -> None:
    said = leaf.build("record.opened", AT, {"reason": "第一行\n第二行"}, log="test").disclosures
    assert openings.disclosures(said["reason"].encode()) == said
    assert leaf.disclosed(said["reason"]) == ("reason", "第一行\n第二行")
