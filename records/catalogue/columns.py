"""The fields of a line by their dotted names, for forms that have no groups or lists of their own."""

from typing import Final

from records.catalogue.lines import MEASURE_KEYS
from records.catalogue.models import Programme
from records.catalogue.origins import OWN_KEYS
from records.catalogue.provenance import vocabulary
from records.catalogue.subjects import CONTACT_KEYS, IDENTIFIER_KEYS, SUBJECT_KEYS

ENTRY: Final = "*"  # stands for the number of an entry of a list
_ALONE: Final = ("source", "source_ref", "type", "valid_from", "valid_to", "withdrawn")
_GROUPS_OF_SUBJECT: Final = frozenset(("identifiers", "contact"))


def names_of(programme: Programme) -> frozenset[str]:
    """Every field that a line of this programme may have, by its dotted name; `*` stands for numbers of entries."""
    found = set(_ALONE)
    found |= {f"subject.{name}" for name in SUBJECT_KEYS - _GROUPS_OF_SUBJECT}
    found |= {f"subject.identifiers.{ENTRY}.{name}" for name in IDENTIFIER_KEYS}
    found |= {f"subject.contact.{name}" for name in CONTACT_KEYS}
    found |= {f"provenance.{name}" for name in OWN_KEYS | vocabulary().keys.keys()}
    found |= {f"measures.{ENTRY}.{name}" for name in MEASURE_KEYS}
    for record_type in programme.types.values():
        for name, schema in record_type.values["properties"].items():
            found.add(f"values.{name}")
            if schema.get("type") == "array":
                found.add(f"values.{name}.{ENTRY}")
    return frozenset(found)
