"""The papers that a procedure asks for, when something is filed: what is accepted without them, and what is not.

# Note [Missing papers]
A paper that is missing never turns anybody away by itself. Where the file says `asked_for`, the dispute is filed and
counts as incomplete: its caseworker sees what is missing, and may ask for it under the rule for that (screening.py).
Where it says `not_accepted`, nothing is filed before the paper is there or somebody has said why it cannot be; then,
too, a person decides what follows. A rule whose words nobody read insists on nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from appeals import queries
from appeals.errors import DocumentNeeded, DocumentNotAsked
from appeals.models import Case, DisputeDraft
from appeals.queries import Presence, Required
from appeals.queries.documents import WITHOUT
from appeals.sealed import seal
from law.procedures import Procedure
from records.presentation import reader
from records.queries import Held
from records.values import says_something

if TYPE_CHECKING:
    from appeals.operations.evidence import NewEvidence
    from appeals.operations.filing import NewItem


@dataclass(frozen=True)
class Papers:
    """What is there of the required papers, by their ids: files, and words why there is none.

    `is_draft`: what is there for another procedure than the one that was chosen in the end is no mistake.
    """

    attached: frozenset[str] = frozenset()
    without: Mapping[str, str] = field(default_factory=dict)
    is_draft: bool = False

    def also(self, evidence: Iterable["NewEvidence"]) -> Self:
        """The same with the papers among these files."""
        return replace(self, attached=(self.attached | {each.document for each in evidence}) - {""})


def check(
    procedure: Procedure,
    items: Sequence["NewItem"],
    targets: Sequence[Held],
    papers: Papers,
    *,
    at_the_door: bool,
) -> list[Required]:
    """The papers that these things need. Raises `DocumentNotAsked`, and `DocumentNeeded` where a file says so.

    Not `at_the_door`: what an official has in hand is looked at by people, and nothing refuses it.
    """
    things = [(item.ground, target.type.severity) for item, target in zip(items, targets, strict=True)]
    found = queries.required(procedure, things, without=papers.without)
    asked = {each.rule.id for each in found}
    unknown = {*papers.attached, *papers.without} - asked
    if unknown and not papers.is_draft:
        raise DocumentNotAsked(min(unknown))
    missing = [each for each in found if each.rule.id not in papers.attached]
    for each in missing if at_the_door else ():
        if each.stops_filing:
            raise DocumentNeeded(each.rule.id, each.rule.text.in_language(reader()))
    return [each for each in missing if each.presence is not Presence.GIVEN]


def check_asked(case: Case, document: str) -> None:
    """Raise `DocumentNotAsked` for a paper that this case does not need."""
    if document not in {each.rule.id for each in queries.required_of(case)}:
        raise DocumentNotAsked(document)


def keep_words(of: Case | DisputeDraft, without: Mapping[str, str]) -> None:
    """Put into the row why papers cannot be handed in. The caller saves it."""
    said = {document: words.strip() for document, words in without.items() if says_something(words)}
    of.sealed_without = seal(of.subject_id, **{WITHOUT: said}) if said else None
