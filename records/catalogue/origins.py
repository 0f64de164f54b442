"""The part of a line that says where the data comes from."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from accounts.identifiers import gettext_noop
from records.catalogue.models import RecordType
from records.catalogue.parts import ONE_OF, REQUIRED, Part
from records.catalogue.provenance import vocabulary
from records.catalogue.rules import ProvenanceRules

OWN_KEYS: Final = frozenset(("method", "collected_at", "collector", "device", "confidence", "document"))


@dataclass(frozen=True, slots=True)
class ParsedProvenance:
    """Where the data comes from. `further` holds other keys of the vocabulary, as texts."""

    method: str
    collected_at: datetime
    collector: str | None
    device: str | None
    confidence: Decimal | None
    document: str | None
    further: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """The form in which it is stored and shown: texts only, times in UTC, nothing empty."""
        own = {
            "method": self.method,
            "collected_at": self.collected_at.isoformat(),
            "collector": self.collector,
            "device": self.device,
            "confidence": None if self.confidence is None else str(self.confidence),
            "document": self.document,
        }
        return {name: value for name, value in {**own, **self.further}.items() if value is not None}


def read_provenance(part: Part, record_type: RecordType | None) -> ParsedProvenance | None:
    """The provenance, or None where it cannot be read; the report says why."""
    keys = vocabulary().keys
    part.known(OWN_KEYS | keys.keys())
    method = part.text("method", required=True, longest=40)
    collected_at = part.moment("collected_at", required=True)
    confidence = part.share("confidence")
    own = {name: part.text(name) for name in ("collector", "device", "document")}
    found = {name: _further(part, name) for name in keys if name in part.given and name not in OWN_KEYS}
    further = {name: value for name, value in found.items() if value is not None}
    if method and record_type:
        _allowed(part, method, confidence, record_type.provenance)
    if method is None or collected_at is None:
        return None
    return ParsedProvenance(method, collected_at, own["collector"], own["device"], confidence, own["document"], further)


def _allowed(part: Part, method: str, confidence: Decimal | None, rules: ProvenanceRules) -> None:
    """Whether data that came about in this way may be held as this type."""
    if method not in rules.allowed:
        part.refuse("method", "not_in_list", ONE_OF, options=", ".join(rules.allowed))
        return
    machine = vocabulary().methods[method].machine
    if machine and not (part.given.get("reviewed_by") and part.given.get("reviewed_at")):
        sentence = gettext_noop("A machine found this. A human must check it first: say who did, and when.")
        part.refuse("reviewed_at", "unreviewed_machine", sentence)
    for name in rules.required:
        if part.given.get(name) in (None, "") and not (machine and name.startswith("reviewed_")):
            part.refuse(name, "missing", REQUIRED)
    lowest = rules.lowest_confidence
    if lowest is not None and confidence is not None and confidence < lowest:
        sentence = gettext_noop("The programme takes no match below %(limit)s. Do not send it.")
        part.refuse("confidence", "low_confidence", sentence, limit=str(lowest))


def _further(part: Part, name: str) -> str | None:
    key = vocabulary().keys[name]
    readers: dict[str, Callable[[str], object]] = {
        "day": part.day,
        "moment": part.moment,
        "share": part.share,
    }
    if key.kind in readers:
        found = readers[key.kind](name)
        return found.isoformat() if hasattr(found, "isoformat") else None if found is None else str(found)
    return part.choice(name, key.choices) if key.choices else part.text(name)
