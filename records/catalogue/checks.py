"""What only the whole of a programme file can show: that its parts fit together, and that nothing protected is in it.

Each check yields the place in the file and what is expected there.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from accounts.identifiers import SCHEMES
from law import calendars
from law.files import Key
from records.catalogue.base import listed
from records.catalogue.fields import FieldInfo
from records.catalogue.matching import matching_problems
from records.catalogue.models import MeasureType, Programme, RecordType
from records.catalogue.provenance import vocabulary
from records.catalogue.schemas import options, schema_problem
from records.protected import protected_kind

# Properties of a Sanction of FollowTheMoney to which a field may be mapped (`records/ftm`).
FTM_PROPERTIES = frozenset(
    ("authority", "authorityId", "unscId", "status", "duration", "reason", "listingDate", "date", "sourceUrl")
)
Found = Iterator[tuple[Key, str]]
# Every line may carry these; the other keys stand in `records/provenance.yaml`.
OWN_PROVENANCE_KEYS = ("collector", "device", "confidence", "document")


def programme_problems(programme: Programme) -> Found:
    """Everything in a programme that does not fit together."""
    if not _is_time_zone(programme.time_zone):
        yield ("time_zone",), f"{programme.time_zone!r} is no time zone; expected one such as Asia/Shanghai"
    for number, scheme in enumerate(programme.identifiers):
        if scheme not in SCHEMES:
            yield ("identifiers", number), f"is no scheme; expected one of {listed(SCHEMES)}"
        elif SCHEMES[scheme].kind not in programme.subjects:
            yield ("identifiers", number), "identifies a kind of subject that this programme has not"
    for key, message in matching_problems(programme.matching, programme.identifiers):
        yield ("matching", *key), message
    for name, record_type in programme.types.items():
        if not set(record_type.about) <= set(programme.subjects):
            yield ("types", name, "about"), "names a kind of subject that this programme has not"
        for key, message in type_problems(record_type):
            yield ("types", name, *key), message
    for name, measure in programme.measures.items():
        for key, message in _measure_problems(programme, measure):
            yield ("measures", name, *key), message
    for name in programme.refused_types.keys() & programme.types.keys():
        yield ("refused_types", name), "is also a type; expected to be held or refused, not both"


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True


def type_problems(record_type: RecordType) -> Found:
    """Everything in a record type that does not fit together, without the beginning of the key."""
    yield from _protected_names(record_type.values, ("values",))
    wrong = schema_problem(record_type.values)
    if wrong:
        yield ("values", *wrong.at), wrong.text
        return
    properties: Mapping[str, Any] = record_type.values["properties"]
    for name, body in properties.items():
        if name not in record_type.fields:
            yield ("values", "properties", name), "has no words; expected also under `fields`"
        else:
            yield from _field_problems(name, record_type.fields[name], body)
    for name in record_type.fields.keys() - properties.keys():
        yield ("fields", name), "has no schema; expected also under `values.properties`"
    yield from _adverse_problems(record_type, properties)
    yield from _provenance_problems(record_type)
    yield from _refusing_problems(record_type, properties)
    yield from _retention_problems(record_type, properties)
    yield from _ftm_problems(record_type, properties)
    for name in record_type.recipients_get or ():
        if name not in record_type.fields or record_type.fields[name].visible != "subject":
            yield ("recipients_get",), f"names {name}, which the subject does not see; expected of what it sees"


def _protected_names(body: object, at: Key) -> Found:
    """Fields of any depth, also in a schema that is wrong otherwise: this is never lost among other mistakes."""
    if not isinstance(body, Mapping):
        return
    for name, part in body.items():
        here = (*at, str(name))
        if at[-1] == "properties" and (protected := protected_kind(str(name))):
            yield here, _may_not_be_held(protected)
        yield from _protected_names(part, here)


def _field_problems(name: str, info: FieldInfo, body: Mapping[str, Any]) -> Found:
    for text in (info.meaning or "", info.title.en, info.title.zh):
        if protected := protected_kind(text):
            yield ("fields", name), _may_not_be_held(protected)
    if (body.get("format") == "money") != (info.currency is not None):
        yield ("fields", name, "currency"), "belongs to money; expected exactly where the format is `money`"
    if set(options(body)) != info.choices.keys():
        words = listed(options(body)) or "none"
        yield ("fields", name, "choices"), f"do not fit the schema; expected a title for each of: {words}"


def _may_not_be_held(protected: str) -> str:
    return f"speaks of a protected characteristic ({protected}), which may never be held; expected to be left out"


def _adverse_problems(record_type: RecordType, properties: Mapping[str, Any]) -> Found:
    if (record_type.adverse == "either") != bool(record_type.adverse_when):
        yield ("adverse",), "expected true or false, or `either` together with `adverse_when`"
    for name, against in record_type.adverse_when.items():
        unknown = set(against) - set(options(properties.get(name, {})))
        if unknown:
            yield ("adverse_when", name), f"the schema of this field has no {listed(unknown)}"


def _provenance_problems(record_type: RecordType) -> Found:
    known = vocabulary()
    for number, method in enumerate(record_type.provenance.allowed):
        if method not in known.methods:
            yield ("provenance", "allowed", number), f"is no method; expected one of {listed(known.methods)}"
    keys = {*known.keys, *OWN_PROVENANCE_KEYS}
    for number, key in enumerate(record_type.provenance.required):
        if key not in keys:
            yield ("provenance", "required", number), f"is no key of a line; expected one of {listed(keys)}"


def _refusing_problems(record_type: RecordType, properties: Mapping[str, Any]) -> Found:
    facts = dict.fromkeys(("provenance.method", *(f"provenance.{name}" for name in OWN_PROVENANCE_KEYS)), "")
    facts |= {"provenance.confidence": "share", "provenance.collected_at": "moment"}
    facts |= {f"provenance.{name}": key.kind for name, key in vocabulary().keys.items()}
    facts |= {f"values.{name}": _kind_of(body) for name, body in properties.items()}
    numbers = {path for path, kind in facts.items() if kind == "share"}
    days = {path for path, kind in facts.items() if kind in ("day", "moment")}
    for number, rule in enumerate(record_type.refuse_when):
        at = ("refuse_when", number)
        bound = rule.below or rule.above
        if rule.field not in facts:
            yield (*at, "field"), f"is no field of this type; expected one of {listed(facts)}"
        elif bound and not {rule.field, rule.field if bound[0].isdigit() else bound} <= numbers:
            yield at, f"compares what is no number; expected fields of {listed(numbers)}"
        elif rule.later_than and not {rule.field, rule.later_than.after} <= days:
            yield at, f"compares what is no day; expected fields of {listed(days)}"
        elif rule.later_than and rule.later_than.calendar not in (None, *calendars.codes()):
            yield (*at, "later_than", "calendar"), "has no calendar; expected the code of a place, such as CN"
        elif unknown := set(rule.is_in) - set(_options_of(rule.field, properties) or rule.is_in):
            yield (*at, "is_in"), f"the schema of this field has no {listed(unknown)}"


def _kind_of(body: Mapping[str, Any]) -> str:
    """As the keys of a line's provenance are called: `share` for any number, `day` for any day or moment."""
    if body.get("format") in ("money", "share") or body.get("type") in ("integer", "number"):
        return "share"
    return "day" if body.get("format") in ("date", "date-time") else ""


def _options_of(field: str, properties: Mapping[str, Any]) -> list[str]:
    group, _, name = field.partition(".")
    return list(options(properties.get(name, {}))) if group == "values" else []


def _ftm_problems(record_type: RecordType, properties: Mapping[str, Any]) -> Found:
    for name, there in record_type.ftm.items():
        if properties.get(name, {}).get("type") != "string":
            yield ("ftm", name), "is no text of this type; expected a field whose value is text"
        if there not in FTM_PROPERTIES:
            yield ("ftm", name), f"is no property to map to; expected one of {listed(FTM_PROPERTIES)}"
    if len(set(record_type.ftm.values())) != len(record_type.ftm):
        yield ("ftm",), "maps two fields to one property; expected one each"


def _retention_problems(record_type: RecordType, properties: Mapping[str, Any]) -> Found:
    days = {f"values.{name}" for name, body in properties.items() if body.get("format") in ("date", "date-time")}
    facts = {f"provenance.{name}" for name, key in vocabulary().keys.items() if key.kind in ("day", "moment")}
    known = {"valid_from", "valid_to", "provenance.collected_at"} | days | facts
    for number, rule in enumerate(record_type.retention):
        for key, paths in (("counted_from", rule.counted_from), ("ends_with", rule.ends_with)):
            for place, path in enumerate(paths):
                if path not in known:
                    yield ("retention", number, key, place), f"is no day of this type; expected one of {listed(known)}"
        for name, those in rule.no_term_when.items():
            if unknown := set(those) - set(options(properties.get(name, {}))):
                yield ("retention", number, "no_term_when", name), f"the schema of this field has no {listed(unknown)}"


def _measure_problems(programme: Programme, measure: MeasureType) -> Found:
    unknown = set(measure.rests_on) - programme.types.keys()
    if unknown:
        yield ("rests_on",), f"this file has no type {listed(unknown)}; expected of {listed(programme.types)}"
    if measure.part_of and measure.part_of not in programme.measures:
        yield ("part_of",), "this file has no such measure"
