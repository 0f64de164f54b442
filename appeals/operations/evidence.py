"""Evidence: files that are handed in for a case, and words in place of a paper that somebody does not have."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import transaction

from accounts.actors import Actor
from accounts.operations import mandates
from appeals import clamav, queries
from appeals.errors import TooManyFiles
from appeals.evidence_files import SafeFile, make_safe
from appeals.models import Case, Evidence
from appeals.operations import clocks, documents, steps
from appeals.sealed import seal
from appeals.vault import store
from appeals.workflow import UNANSWERED
from audit.ids import uuid7

if TYPE_CHECKING:
    from audit.keys import Stored

MOST_FILES = 20  # of 10 MB at most: more than that nobody reads, and a disk would fill


@dataclass(frozen=True)
class NewEvidence:
    """A cleaned file that is handed in, with the name the person gave it."""

    name: str
    file: SafeFile
    stored_as: UUID = field(default_factory=uuid7)
    document: str = ""  # the required paper of the procedure that it is, by its id

    @classmethod
    def of(cls, name: str, handed_in: bytes, document: str = "") -> Self:
        """What was handed in, scanned where a scanner is configured, and made safe. Raises `EvidenceRefused`."""
        clamav.check(handed_in)
        return cls(name, make_safe(handed_in), document=document)


@transaction.atomic
def add_evidence(case_id: UUID, new: NewEvidence, *, by: Actor, at: datetime) -> Evidence:
    """Hand in one more file while the case is open."""
    case = steps.locked(case_id)
    mandates.hold(by, at=at)
    queries.check_may_add_evidence(by, case)
    check_room(case.evidence.count())
    if new.document:
        documents.check_asked(case, new.document)
    stored = store_evidence(case, new, by=by, at=at)
    if case.status in UNANSWERED:  # of one that was turned away, only what is said to be new revives it
        is_whole = bool(new.document) and not any(each.is_incomplete for each in queries.required_of(case))
        clocks.happened(case, "information_received", *(("proof_complete",) if is_whole else ()), by=by, at=at)
    return stored


@transaction.atomic
def explain_missing(case_id: UUID, document: str, *, words: str, by: Actor, at: datetime) -> Case:
    """Say why a required paper cannot be handed in, while the case is open; empty words take it back."""
    case = steps.locked(case_id)
    mandates.hold(by, at=at)
    queries.check_may_add_evidence(by, case)
    documents.check_asked(case, document)
    documents.keep_words(case, {**queries.explained(case), document: words})
    case.save(update_fields=["sealed_without"])
    steps.record(case, "case.document_explained", by=by, at=at, facts={"document": document})
    return case


def check_room(files: int) -> None:
    """Raise `TooManyFiles` when a case or draft with that many files can take no more."""
    if files >= MOST_FILES:
        raise TooManyFiles


def store_evidence(case: Case, new: NewEvidence, *, by: Actor, at: datetime) -> Evidence:
    """Store a cleaned file and its row. A file without a row (a rollback) is unreadable and swept later."""
    store(case.subject_id, new.stored_as, new.file.data)
    name = seal(case.subject_id, name=new.name)
    size, digest = len(new.file.data), new.file.sha256
    return keep_evidence(case, new.stored_as, name, new.file.kind, size, digest, new.document, by=by, at=at)


def keep_evidence(
    case: Case,
    evidence_id: UUID,
    sealed_name: "Stored",
    kind: str,
    size: int,
    digest: "Stored",
    document: str,
    *,
    by: Actor,
    at: datetime,
) -> Evidence:
    """The row of a file that is stored already, as from a draft, with its entry."""
    kept = Evidence.objects.create(
        id=evidence_id,
        case=case,
        subject_id=case.subject_id,
        sealed_name=sealed_name,
        kind=kind,
        size=size,
        digest=digest,
        document=document,
        added_at=at,
    )
    facts = {"document_sha256": bytes(digest).hex(), "kind": kind, "document": document}
    steps.record(case, "case.evidence_added", by=by, at=at, facts=facts)
    return kept
