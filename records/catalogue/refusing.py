"""When a line is refused at the door although it fits its schema: `refuse_when` in a programme file.

A value that cannot be read decides nothing here: the schema says what is wrong with it.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from law import calendars
from records.catalogue.models import RecordType
from records.catalogue.parts import Part, decimal_of
from records.catalogue.rules import RefuseWhen, Within

GROUPS: Final = ("values", "provenance")


def refuse_when(part: Part, record_type: RecordType, groups: Mapping[str, Any]) -> None:
    """Report every rule of the type that the line meets. `groups`: its values and its provenance, by name."""
    for rule in record_type.refuse_when:
        if _meets(rule, groups, record_type.time_zone):
            part.refuse(rule.field, rule.code, "%(because)s", because=rule.because.as_dict())


def _meets(rule: RefuseWhen, groups: Mapping[str, Any], time_zone: str) -> bool:
    value = _at(groups, rule.field)
    if rule.later_than:
        return _is_late(value, rule.later_than, groups, ZoneInfo(time_zone))
    if rule.is_in:
        return value in rule.is_in
    limit = rule.below or rule.above or ""
    number = decimal_of(value)
    other = decimal_of(_at(groups, limit) if limit.startswith(GROUPS) else limit)
    if number is None or other is None:
        return False
    return number < other if rule.below else number > other


def _is_late(value: object, within: Within, groups: Mapping[str, Any], zone: ZoneInfo) -> bool:
    day, begun = _day(value, zone), _day(_at(groups, within.after), zone)
    if day is None or begun is None:
        return False
    try:
        return day > _last_day(begun, within)
    except (ValueError, OverflowError):  # the end of the calendar
        return False


def _last_day(begun: date, within: Within) -> date:
    if within.calendar is None:
        return begun + timedelta(days=within.count)
    first = begun + timedelta(days=1)  # the day of the event itself does not count
    return calendars.calendar(within.calendar).nth_working_day(first, within.count)


def _at(groups: Mapping[str, Any], path: str) -> Any:
    group, _, name = path.partition(".")
    facts = groups.get(group)
    return facts.get(name) if isinstance(facts, dict) else None


def _day(value: object, zone: ZoneInfo) -> date | None:
    """The day of a date or a moment, where it happened."""
    if not isinstance(value, str):
        return None
    try:
        if len(value) == len("2025-03-01"):
            return date.fromisoformat(value)
        return datetime.fromisoformat(value.upper()).astimezone(zone).date()
    except (ValueError, OverflowError):
        return None
