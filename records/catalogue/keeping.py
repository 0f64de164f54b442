"""From a keeping rule and what a record says to the last day on which it may be kept. No database, no clock."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from records.catalogue.durations import later
from records.catalogue.rules import Retention


def last_day(
    rule: Retention,
    *,
    values: Mapping[str, Any],
    provenance: Mapping[str, Any],
    valid_from: date | None,
    valid_to: date | None,
) -> date | None:
    """The last day; None where the record does not say one (an account that was never late has no end).

    A record that states its end is kept until then, and never longer than `max` and `extend` allow. An extension
    that nothing states is not assumed: nothing adverse happens by default.
    """
    said = {"values": values, "provenance": provenance, "valid_from": valid_from, "valid_to": valid_to}
    start, stated = _first(rule.counted_from, said), _first(rule.ends_with, said)
    if _has_no_term(rule, values):
        return stated
    if rule.max is None or start is None:
        return stated
    longest = later(start, rule.max, rule.extend)
    usual = later(start, rule.max) if rule.until else longest
    return min(stated, longest) if stated else usual


def first_day(
    rule: Retention,
    *,
    values: Mapping[str, Any],
    provenance: Mapping[str, Any],
    valid_from: date | None,
    valid_to: date | None,
) -> date | None:
    """The day from which the rule counts, as the record says it; None where it does not."""
    said = {"values": values, "provenance": provenance, "valid_from": valid_from, "valid_to": valid_to}
    return _first(rule.counted_from, said)


def _first(paths: list[str], said: Mapping[str, Any]) -> date | None:
    """The first of these places that has a day."""
    days = (_day(said, path) if "." in path else said[path] for path in paths)
    return next((day for day in days if day), None)


def _has_no_term(rule: Retention, values: Mapping[str, Any]) -> bool:
    return any(values.get(name) in those for name, those in rule.no_term_when.items())


def _day(places: Mapping[str, Mapping[str, Any]], path: str) -> date | None:
    """The day in a date or a moment, as it is written: in the source's own time zone."""
    part, _, name = path.partition(".")
    text = places[part].get(name)
    try:
        return date.fromisoformat(str(text)[:10]) if text else None
    except ValueError:
        return None
