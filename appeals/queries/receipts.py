"""Receipts for what was done in a case: proofs from the log that the person keeps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.actors import Actor
from appeals.models import Case
from appeals.queries.cases import case_for
from audit import queries as log
from audit import receipts

# What a person gets a receipt for.
WITH_RECEIPT: Sequence[str] = (
    "case.filed",
    "case.evidence_added",
    "case.screened_out",
    "case.screening_approved",
    "case.revived",
    "case.decided",
    "case.remedy_done",
    "case.remedy_undone",
)


@dataclass(frozen=True)
class Receipt:
    """`is_sealed`: the published log holds the entry, so its proof can be had."""

    entry_id: int
    event: str
    at: datetime
    is_sealed: bool


def receipts_of(case: Case) -> list[Receipt]:
    """What there is, or soon will be, a receipt for; oldest first."""
    entries = [entry for entry in log.entries_of_case(case.pk) if entry.event_type in WITH_RECEIPT]
    sealed = receipts.sealed(entry.entry_id for entry in entries)
    return [Receipt(e.entry_id, e.event_type, e.recorded_at, e.entry_id in sealed) for e in entries]


def receipt_files(case: Case, of: Sequence[Receipt], *, in_full: bool = False) -> dict[int, str]:
    """The texts of the receipts that are there, by entry. `in_full`: with every fact that the log has of it."""
    sealed = [each.entry_id for each in of if each.is_sealed]
    return receipts.build(sealed, disclose=None) if in_full else receipts.build(sealed)


def receipt_file(actor: Actor, reference: str, entry_id: int, *, in_full: bool = False) -> str | None:
    """One receipt of the actor's own case; None while it is not sealed. Raises `Case.DoesNotExist`.

    One that tells everything is for the person alone, not for whoever acts for them.
    """
    if in_full and actor.acts:
        raise Case.DoesNotExist
    case = case_for(actor, reference)
    wanted = [each for each in receipts_of(case) if each.entry_id == entry_id]
    if not wanted:
        raise Case.DoesNotExist
    return receipt_files(case, wanted, in_full=in_full).get(entry_id)
