"""Import lines that fit the catalogue: one for each type that tests use."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from accounts.identifiers import (
    organisation_check_character,
    resident_check_character,
    uscc_check_character,
)

_LISTING = {
    "case_number": "(2025)样0101执1234号",
    "basis_document": "(2024)样0101民初567号",
    "basis_body": "Sample District Court",
    "court": "Sample District Court",
    "province": "Sample Province",
    "filed_on": "2025-01-16",
    "duty": "Pay 12,000 yuan to the creditor.",
    "amount": "12000.00",
    "performance": "none",
    "conduct": "refuses_though_able",
}
_FACE = {
    "device": "CAM-17",
    "place": "Sample Road and First Street",
    "at": "2026-10-20T08:15:00+08:00",
    "confidence": "0.86",
    "threshold": "0.85",
    "shots": 4,
    "matched_by": "machine_then_human",
    "reviewed_by": "Officer 12",
    "image": "pictures/0001",
}
_TRADELINE = {
    "account_mask": "****1234",
    "lender": "Sample Bank",
    "opened_on": "2021-05-01",
    "balance": "830.00",
    "status": "60",
}

_SERIOUS = {
    "document_no": "样市监列严〔2025〕7号",
    "conduct": "Sold toys that were not safe.",
    "heavier_penalty": True,
    "listed_on": "2025-03-14",
    "authority": "Sample market office",
}

VALUES: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("cn-corporate-classes", "serious_illegal"): _SERIOUS,
    ("cn-court-defaulters", "court_listing"): _LISTING,
    ("cn-jaywalking", "face_event"): _FACE,
    ("us-credit-file", "tradeline"): _TRADELINE,
}
PROVENANCE: Mapping[str, Mapping[str, Any]] = {
    "serious_illegal": {"method": "administrative_decision", "document": "样市监列严〔2025〕7号"},
    "court_listing": {"method": "court_order", "document": "Order 77 of 2025"},
    "face_event": {
        "method": "face_match",
        "device": "CAM-17",
        "confidence": "0.86",
        "reviewed_by": "Officer 12",
        "reviewed_at": "2026-10-21T09:00:00+08:00",
    },
    "tradeline": {"method": "furnisher"},
}
MEASURES: Mapping[str, Sequence[str]] = {"court_listing": ("no_plane",)}
MEASURES_FROM = "2026-10-25"


def first_type(programme: str) -> str:
    """The type of which there is a sample."""
    return next(type_ for each, type_ in VALUES if each == programme)


def line(
    programme: str,
    type: str,
    measures: Sequence[str],
    values: Mapping[str, Any],
    *,
    source: str,
    ref: str,
    about: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """One line of an import file. `values` are put over the sample's, None takes one away; `about`: the subject."""
    said = {**VALUES[programme, type], **values}
    return {
        "source": source,
        "source_ref": ref,
        "type": type,
        "subject": dict(about or _somebody(programme)),
        "values": {name: value for name, value in said.items() if value is not None},
        "valid_from": "2025-03-01",
        "valid_to": None,
        "provenance": {"collected_at": "2026-10-22T09:00:00+08:00", "collector": "Clerk 4", **PROVENANCE[type]},
        "measures": [{"type": each, "from": MEASURES_FROM, "to": None} for each in measures],
    }


def _somebody(programme: str) -> dict[str, Any]:
    """The subject of a line that is about nobody in particular."""
    if programme == "us-credit-file":
        number = {"scheme": "us-ssn", "value": "6789"}
        return {"kind": "person", "name": "Wang Xiaoyu", "birth_date": "1985-02-14", "identifiers": [number]}
    number = {"scheme": "cn-resident-id", "value": resident_id(date(1985, 2, 14), 1)}
    return {"kind": "person", "name": "Wang Xiaoyu", "identifiers": [number]}


def resident_id(birth_date: date, number: int) -> str:
    """A resident identity number of the invented region 999901."""
    first = f"999901{birth_date:%Y%m%d}{number % 1000:03}"
    return first + resident_check_character(first)


def company_code(number: int) -> str:
    """A unified social credit code of the invented region 999901."""
    inner = f"{number:08}"
    first = f"91999901{inner}{organisation_check_character(inner)}"
    return first + uscc_check_character(first)
