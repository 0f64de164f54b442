"""Putting the steps of a count into words. The words themselves stand in `explanations.yaml`."""

from datetime import date
from functools import cache
from pathlib import Path

from law import files
from law.clocks import Step, Value
from law.texts import Strict, Text, Words

FILE = Path(__file__).with_name("explanations.yaml")


class MonthNames(Strict):
    """Names of months; Chinese writes them as numbers."""

    en: tuple[Words, ...]


class Explanations(Strict):
    """The catalogue of words for steps, events and dates."""

    months: MonthNames
    dates: Text
    # Not stripped: the blank after an English comma is part of it.
    between_dates: dict[str, str]
    events: dict[str, Text]
    # Why a clock may stand still or run longer.
    reasons: dict[str, Text]
    steps: dict[str, Text]


@cache
def explanations() -> Explanations:
    """The catalogue, read once."""
    return files.read(FILE, Explanations)


def render(step: Step, language: str) -> str:
    """The step as one sentence for a language code such as `en` or `zh-hans`."""
    words = {name: _word(name, value, language) for name, value in step.values.items()}
    return _sentence(step.code, language).format(**words)


@cache
def _sentence(code: str, language: str) -> str:
    return explanations().steps[code].in_language(language)


def _word(name: str, value: Value, language: str) -> str:
    if isinstance(value, date):
        return _date(value, language)
    if isinstance(value, tuple):
        between = explanations().between_dates["zh" if language.lower().startswith("zh") else "en"]
        return between.join(_date(day, language) for day in value)
    if name in ("event", "reason"):
        table = explanations().events if name == "event" else explanations().reasons
        return table[str(value)].in_language(language)
    return str(value)


@cache
def _date_pattern(language: str) -> tuple[str, tuple[str, ...]]:
    """How a day is written, and the names of the months."""
    return explanations().dates.in_language(language), explanations().months.en


def _date(day: date, language: str) -> str:
    pattern, months = _date_pattern(language)
    return pattern.format(day=day.day, month=day.month, month_name=months[day.month - 1], year=day.year)
