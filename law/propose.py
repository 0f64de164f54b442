"""Proposing calendar files: `python -m law.propose CODE YEAR…` prints what the `holidays` library knows.

The service reads only the frozen files; this tool needs the library, a development dependency. Read what
it prints against the official notice, then store it as law/calendars/CODE-YEAR.yaml. `--write` stores the
proposals that have no file yet, `--differences` compares the files that there are.
"""

import argparse
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path

import yaml

from law import calendars
from law.calendars import Calendar, Year

_SATURDAY = 5
# Countries of the European Union: what is off in all of them is off for the code EU. Its law on data holds in IS, LI
# and NO as well, which have files of their own.
_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
# The bank holidays of England and Wales stand for GB: its regulator and most of its agencies sit there.
_SAME_AS = {"GB": "GB-ENG"}
# Parts whose file holds only what they add to their country. All others stand alone.
_ADDING = frozenset({"DE"})
# Where the days of a year are fixed by a notice or by the moon, and up to when we know them.
# In Bulgaria, Hungary and Latvia a decree adds bridging days, and some Saturdays are worked for them.
_ANNOUNCED_UNTIL = {"BG": 2026, "CN": 2026, "HU": 2026, "IN": 2026, "LV": 2026}
# Countries without days kept instead of their own: what every part keeps is off in the whole.
_WHOLE_OF_PARTS = frozenset({"AU"})
_ZH = {
    "New Year's Day": "元旦",
    "Epiphany": "主显节",
    "Good Friday": "耶稣受难日",
    "Easter Sunday": "复活节",
    "Easter Monday": "复活节星期一",
    "Labor Day": "劳动节",
    "Labour Day": "劳动节",
    "May Day": "五月节",
    "Ascension Day": "耶稣升天节",
    "Pentecost Monday": "圣灵降临节星期一",
    "Whit Monday": "圣灵降临节星期一",
    "Corpus Christi": "基督圣体节",
    "Assumption Day": "圣母升天节",
    "German Unity Day": "德国统一日",
    "Reformation Day": "宗教改革日",
    "All Saints' Day": "诸圣节",
    "Christmas Eve": "平安夜",
    "Christmas Day": "圣诞节",
    "Christmas": "圣诞节",
    "Second Day of Christmas": "圣诞节次日",
    "Saint Stephen's Day": "圣斯德望日",
    "Boxing Day": "节礼日",
    "Saint Patrick's Day": "圣帕特里克节",
    "Women's Day": "妇女节",
    "Independence Day": "独立日",
    "Republic Day": "共和国日",
    "Australia Day": "澳大利亚国庆日",
    "ANZAC Day": "澳新军团日",
    "Martin Luther King Jr. Day": "马丁·路德·金纪念日",
    "Washington's Birthday": "华盛顿诞辰日",
    "Memorial Day": "阵亡将士纪念日",
    "Juneteenth National Independence Day": "六月节",
    "Columbus Day": "哥伦布日",
    "Veterans Day": "退伍军人节",
    "Thanksgiving Day": "感恩节",
    "Chinese New Year's Eve": "除夕",
    "Chinese New Year (Spring Festival)": "春节",
    "Tomb-Sweeping Day": "清明节",
    "Dragon Boat Festival": "端午节",
    "Mid-Autumn Festival": "中秋节",
    "National Day": "国庆节",
    "Spring Bank Holiday": "春季公共假日",
    "Late Summer Bank Holiday": "夏末公共假日",
}


def proposal(code: str, year: int) -> dict[str, object]:
    """The file that the library would write for a place and a year. Raises `ModuleNotFoundError` without it."""
    country, _, _ = code.partition("-")
    days, made_up = _known(code, year)
    adds_to = country if "-" in code and country in _ADDING else None
    if adds_to:
        days = {day: name for day, name in days.items() if day not in _known(country, year)[0]}
    found: dict[str, object] = {"code": code, "year": year}
    found["source"] = f"the law of the place, as worked out by holidays {version('holidays')}"
    found["announced"] = year <= _ANNOUNCED_UNTIL.get(country, year)
    if adds_to:
        found["adds_to"] = adds_to
    found["holidays"] = [
        {"first": day, "last": day, "name": {"en": name, **({"zh": zh} if (zh := _chinese(name)) else {})}}
        for day, name in sorted(days.items())
    ]
    if made_up:
        found["makeup_days"] = sorted(made_up)
    return found


def text(code: str, year: int) -> str:
    """The proposal as the text of a file."""
    found = proposal(code, year)
    lines = ["# Proposed by `python -m law.propose`. Check it against the official notice before relying on it."]
    for key, value in found.items():
        if key == "holidays":
            lines.append("holidays:" if value else "holidays: []")
            lines += [f"  - {_flow(each)}" for each in value]  # type: ignore[attr-defined]  # a list, see above
        else:
            lines.append(_flow({key: value})[1:-1])
    return "\n".join(lines) + "\n"


def differences(code: str, year: int) -> list[str]:
    """What a frozen file and the library say differently about days that matter: free weekdays, worked weekends."""
    proposed = [Year.model_validate(proposal(code, year))]
    if proposed[0].adds_to:
        proposed.append(Year.model_validate(proposal(proposed[0].adds_to, year)))
    theirs, ours = Calendar.of(code, proposed), calendars.calendar(code)
    first, last = date(year, 1, 1), date(year, 12, 31)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    said = {True: "worked", False: "off"}
    return [
        f"{code} {day}: {said[ours.is_working_day(day)]} in the file, {said[theirs.is_working_day(day)]} in the library"
        for day in days
        if ours.is_working_day(day) != theirs.is_working_day(day)
    ]


def files_of(folder: Path = calendars.FOLDER) -> Iterator[tuple[str, int]]:
    """The place and year of each frozen file."""
    for path in sorted(folder.glob("*.yaml")):
        code, _, year = path.stem.rpartition("-")
        yield code, int(year)


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m law.propose", description=__doc__)
    parser.add_argument("code", nargs="?", help="an ISO 3166 code such as DE or DE-BY, or EU")
    parser.add_argument("year", nargs="*", type=int)
    parser.add_argument("--write", action="store_true", help="store what has no file yet")
    parser.add_argument("--differences", action="store_true", help="compare all frozen files with the library")
    options = parser.parse_args(arguments)
    try:
        if options.differences:
            found = [line for code, year in files_of() for line in differences(code, year)]
            print("\n".join(found) or "no differences")
        elif not options.code or not options.year:
            parser.error("expected a CODE and a YEAR, or --differences")
        for year in options.year if options.code else ():
            _propose(options.code, year, write=options.write)
    except ModuleNotFoundError as error:
        print(f"{error}. It is one of the development dependencies: pip install -e '.[dev]'", file=sys.stderr)
        return 1
    except NotImplementedError as error:
        print(f"{error}; expected an ISO 3166 code that the library knows, such as DE or DE-BY", file=sys.stderr)
        return 1
    return 0


def _propose(code: str, year: int, *, write: bool) -> None:
    path = calendars.FOLDER / f"{code}-{year}.yaml"
    if not write:
        print(text(code, year), end="")
    elif path.exists():
        print(f"{path.name} exists and is left as it is", file=sys.stderr)
    else:
        path.write_text(text(code, year), encoding="utf-8")


def _known(code: str, year: int) -> tuple[dict[date, str], list[date]]:
    """The days off with their names, and the worked weekend days, that the library knows."""
    import holidays

    if code == "EU":
        everywhere = [_known(country, year)[0] for country in _EU.split(" ")]
        return {day: name for day, name in everywhere[0].items() if all(day in each for each in everywhere)}, []
    country, _, part = _SAME_AS.get(code, code).partition("-")
    spoken = holidays.country_holidays(country).supported_languages
    language = next((each for each in ("en_US", "en_GB", "en_IN", "en") if each in spoken), None)
    found = holidays.country_holidays(country, subdiv=part or None, years=year, language=language)
    shared = _in_every_part(code, year, language) if code in _WHOLE_OF_PARTS else {}
    made_up = [day for day in getattr(found, "weekend_workdays", ()) if day.year == year]
    return {day: name for day, name in {**shared, **found}.items() if day.year == year}, made_up


def _in_every_part(country: str, year: int, language: str | None) -> dict[date, str]:
    """The days that are off in every part of a country, with their names."""
    import holidays

    parts = holidays.country_holidays(country).subdivisions
    each = [holidays.country_holidays(country, subdiv=part, years=year, language=language) for part in parts]
    return {day: name for day, name in each[0].items() if all(day in other for other in each)}


def _chinese(name: str) -> str | None:
    plain = name.removesuffix(" (observed)")
    if plain.startswith("Day off (substituted"):
        return "调休"
    return _ZH.get(plain)


class _Plain(yaml.SafeDumper):
    """Writes a day twice where it stands twice, instead of pointing at the first."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _flow(value: object) -> str:
    return yaml.dump(
        value, Dumper=_Plain, default_flow_style=True, sort_keys=False, allow_unicode=True, width=1000
    ).strip()


if __name__ == "__main__":
    sys.exit(main())
