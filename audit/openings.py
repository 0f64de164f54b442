"""How the disclosures of an entry are stored: those under one key together, sealed in one row of `audit_opening`.

A row for each fact cost as much again as the entry itself. A row has the name of the fact by which it is looked for
(whom the entry is about, or who acted), or which is destroyed by itself (the reasons that officials give about who
somebody is). Rows of earlier releases hold one disclosure each, and read the same.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from audit import leaf
from audit.keys import Sealer

ABOUT, ACTOR = "subject", "actor"
LOOKED_FOR = frozenset({ABOUT, ACTOR})
_APART = frozenset({"justification"})


def sealed(
    said: Mapping[str, str], *, actor: UUID, owner: UUID, sealers: Mapping[UUID, Sealer]
) -> list[tuple[str, UUID, bytes]]:
    """The rows for these disclosures, by name: name, owner, sealed bytes.

    `owner` owns every fact but the signature, which is the `actor`'s; without a subject they are the same.
    """
    rest = ABOUT if ABOUT in said else ACTOR
    together: dict[str, list[str]] = {}
    for name, disclosure in said.items():
        alone = name in _APART or (name == ACTOR and actor != owner)
        together.setdefault(name if alone else rest, []).append(disclosure)
    owners = {name: actor if name == ACTOR else owner for name in together}
    return [
        (name, owners[name], sealers[owners[name]].seal("\n".join(disclosures).encode()))
        for name, disclosures in together.items()
    ]


def holding(names: Iterable[str]) -> set[str]:
    """The names of the rows in which facts of these names may stand."""
    return {*LOOKED_FOR, *names}


def disclosures(opened: bytes) -> dict[str, str]:
    """The disclosures in an opened row, by the name of the fact."""
    return {leaf.disclosed(disclosure)[0]: disclosure for disclosure in opened.decode().split("\n")}
