"""The papers that a procedure asks for: which ones one case needs, which are there, and why others are not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from appeals.models import Case, DisputeDraft, DraftEvidence, Evidence
from appeals.queries.cases import procedure_of
from appeals.queries.drafts import OpenDraftItem, evidence_of_draft
from appeals.queries.items import evidence_of
from appeals.sealed import unseal
from law import rules
from law.procedures import Procedure
from records import catalogue

WITHOUT = "without"  # the one key of the sealed document that keeps, by paper, why it cannot be handed in


class Presence(StrEnum):
    """How far a required paper is. Words do not make it complete: a person reads them, and decides."""

    GIVEN = "given"  # by what one says anyway
    ATTACHED = "attached"
    EXPLAINED = "explained"
    MISSING = "missing"


@dataclass(frozen=True)
class Required:
    """One paper that is needed, with the files that were handed in for it, or the words why it cannot be."""

    rule: rules.Document
    files: Sequence[tuple[Evidence | DraftEvidence, str]] = ()
    why_not: str = ""

    @property
    def presence(self) -> Presence:
        """How far it is."""
        if self.rule.given_by != "file":
            return Presence.GIVEN
        if self.files:
            return Presence.ATTACHED
        return Presence.EXPLAINED if self.why_not else Presence.MISSING

    @property
    def binds(self) -> bool:
        """Whether it may be insisted on: only if the words of the rule were read."""
        return self.rule.acts_against_person()

    @property
    def is_incomplete(self) -> bool:
        """Whether the application is incomplete because of it, whatever was said."""
        return self.binds and self.presence in (Presence.MISSING, Presence.EXPLAINED)

    @property
    def stops_filing(self) -> bool:
        """Whether nothing is filed before it is there, or before somebody says why it cannot be."""
        return self.binds and self.rule.if_missing == "not_accepted" and self.presence is Presence.MISSING


def required(
    procedure: Procedure,
    things: Iterable[tuple[str, str]],
    files: Iterable[tuple[Evidence | DraftEvidence, str]] = (),
    without: Mapping[str, str] | None = None,
) -> list[Required]:
    """The papers that these `things` (ground, class) need under a procedure, in the order of its file."""
    classes = frozenset[str]().union(*(procedure.classes_of(ground, kind) for ground, kind in things))
    by_paper: dict[str, list[tuple[Evidence | DraftEvidence, str]]] = {}
    for row, name in files:
        by_paper.setdefault(row.document, []).append((row, name))
    said = without or {}
    return [
        Required(rule, by_paper.get(rule.id, ()), said.get(rule.id, "")) for rule in procedure.documents_asked(*classes)
    ]


def required_of_draft(
    draft: DisputeDraft, procedure: Procedure | None, items: Iterable[OpenDraftItem]
) -> list[Required]:
    """The papers that a draft needs, as far as its procedure and its reasons are known."""
    if procedure is None or not procedure.documents:
        return []
    things = [(item.row.ground, item.now.type.severity) for item in items if item.now]
    return required(procedure, things, evidence_of_draft(draft), explained(draft))


def required_of(case: Case) -> list[Required]:
    """The papers that a case needs. Looks nothing up where its procedure asks for none."""
    procedure = procedure_of(case)
    if not procedure.documents:
        return []
    kinds = catalogue.programme(case.programme).types
    rows = case.items.values_list("ground", "record__type")
    things = [(ground, kinds[type_id].severity) for ground, type_id in rows]
    return required(procedure, things, evidence_of(case), explained(case))


def explained(of: Case | DisputeDraft) -> dict[str, str]:
    """By paper, why it cannot be handed in."""
    said: dict[str, str] = unseal(of.subject_id, of.sealed_without).get(WITHOUT, {})
    return said
