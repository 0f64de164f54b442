"""What leaves as CSV runs nowhere, and says the same when it is read back."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import spreadsheets

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\r=1",
    "\n=1",
    "  =1",
    "\u3000=1",
    "\u00a0@x",
    "＝1+1",
    "＠x",
    "－2",
]


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(cell: str) -> None:
    assert spreadsheets.safe_row([cell]) == [f"'{cell}"]


@pytest.mark.parametrize("cell", ["", "(2019)京01执1号", "Li = Wang", "a-b", "'=1", "12", " plain"])
def test_an_ordinary_cell_stays_as_it_is(cell: str) -> None:
    assert spreadsheets.safe_row([cell]) == [cell]


def test_numbers_and_days_stay_what_they_are() -> None:
    row = spreadsheets.safe_row([-5, Decimal("-1.50"), date(2026, 11, 22), None])
    assert row == ["-5", "-1.50", "2026-11-22", ""]


def test_a_null_character_does_not_hide_a_formula() -> None:
    assert spreadsheets.safe_row(["\0=1"]) == ["'=1"]


def test_a_file_begins_with_its_byte_order_mark_and_header() -> None:
    assert next(spreadsheets.lines(["line", "reason"], [])) == '\ufeff"line","reason"\r\n'


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1), max_size=5))
def test_every_cell_comes_back_and_none_would_run(rows: list[list[str]]) -> None:
    text = "".join(spreadsheets.lines(["head"], rows)).removeprefix("\ufeff")
    back = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert back == [spreadsheets.safe_row(row) for row in rows]
    assert not any(
        cell.lstrip(" \u00a0\u3000\ufeff\u200b")[:1] in set("=+-@\t\r\n＝＋－＠")
        for row in back
        for cell in row
        if cell
    )
