"""Frozen calendars: what they hold, how parts of a country add to it, and where the library sees it differently."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from law import calendars, propose

# Days on which a frozen file knowingly says something else than the library: each with its reason.
KNOWN_DIFFERENCES: dict[str, str] = {}


def test_no_frozen_file_differs_from_the_library_unless_we_know_why() -> None:
    found = [line for code, year in propose.files_of() for line in propose.differences(code, year)]
    assert found == sorted(KNOWN_DIFFERENCES)


@pytest.mark.parametrize("code", ["CN", "US", "DE", "DE-BY", "IE", "GB", "GB-ENG", "AU", "AU-NSW", "IN", "EU"])
def test_three_years_of_each_place_are_there(code: str) -> None:
    years = {year for each, year in propose.files_of() if each == code}
    assert {2025, 2026, 2027} <= years


def test_a_part_of_a_country_adds_to_it() -> None:
    country, part = calendars.calendar("DE"), calendars.calendar("DE-BY")
    assert country.days_off < part.days_off
    epiphany, unity = date(2026, 1, 6), date(2026, 10, 3)
    assert (country.is_working_day(epiphany), part.is_working_day(epiphany)) == (True, False)
    assert not part.is_working_day(unity)


def test_the_calendar_of_the_union_is_off_only_where_every_country_is() -> None:
    union = calendars.calendar("EU")
    for code in ("DE", "FR", "IE", "PL", "NL", "PT"):
        assert union.days_off <= calendars.calendar(code).days_off


def test_what_every_part_keeps_is_off_in_the_whole_of_australia() -> None:
    # The country has no rule on days kept instead; its states all have one.
    whole, days = calendars.calendar("AU"), (date(2025, 1, 27), date(2026, 12, 28), date(2027, 12, 28))
    assert not any(whole.is_working_day(day) for day in days)
    parts = [calendars.calendar(code) for code in calendars.codes() if code.startswith("AU-")]
    assert all(not part.is_working_day(day) for part in parts for day in days)
    assert whole.is_working_day(date(2026, 4, 27))


def test_a_year_is_settled_only_if_the_whole_place_is() -> None:
    name = calendars.Name(en="a day off")
    day = calendars.Holiday(first=date(2026, 5, 1), last=date(2026, 5, 1), name=name)
    country = calendars.Year(code="XX", year=2026, source="made up", announced=True, holidays=(day,))
    part = calendars.Year(code="XX-Y", year=2026, source="made up", announced=False, holidays=(), adds_to="XX")
    assert calendars.Calendar.of("XX", [country]).announced == {2026}
    assert calendars.Calendar.of("XX-Y", [country, part]).announced == frozenset()


def test_what_is_not_announced_says_so() -> None:
    for code in ("CN", "IN", "BG", "HU", "LV"):
        assert 2027 not in calendars.calendar(code).announced
    assert {2025, 2026} <= calendars.calendar("CN").announced


def test_a_digest_changes_with_the_days_and_with_what_is_settled_and_with_nothing_else() -> None:
    found = calendars.calendar("DE-BY")
    worked = calendars.DayException(on=date(2026, 1, 6), is_worked=True)
    others = [
        found.excepting([worked]),
        replace(found, announced=found.announced - {2026}),
        replace(found, makeup_days=frozenset({date(2026, 1, 10)})),
        calendars.calendar("DE"),
    ]
    assert len({each.digest for each in (found, *others)}) == 5
    assert replace(found, days_off=frozenset(sorted(found.days_off, reverse=True))).digest == found.digest


def test_a_proposal_is_a_file_that_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for code, year in (("CN", 2025), ("DE-SN", 2028), ("EU", 2028)):
        (tmp_path / f"{code}-{year}.yaml").write_text(propose.text(code, year), encoding="utf-8")
    assert calendars.check_files(tmp_path) == ()


def test_the_tool_prints_writes_once_and_compares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(calendars, "FOLDER", tmp_path)
    assert propose.main(["IE", "2028"]) == 0
    printed = capsys.readouterr().out
    assert "code: IE" in printed
    assert "first: 2028-03-17" in printed
    assert propose.main(["IE", "2028", "--write"]) == 0
    assert (tmp_path / "IE-2028.yaml").read_text(encoding="utf-8") == printed
    assert propose.main(["IE", "2028", "--write"]) == 0
    assert "left as it is" in capsys.readouterr().err


def test_the_tool_says_which_place_it_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    assert propose.main(["XQ", "2028"]) == 1
    assert "expected an iso 3166 code" in capsys.readouterr().err.lower()


def test_the_tool_needs_a_place_and_a_year() -> None:
    with pytest.raises(SystemExit):
        propose.main(["IE"])
