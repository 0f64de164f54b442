"""CSV says what JSON Lines says; what does not fit is named by its column or its first line."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.catalogue import Refused, programme
from records.importing.csv_rows import CsvRows
from records.importing.forms import form_of
from records.importing.inputs import FileUnusable, Input
from records.importing.reader import LONGEST_LINE
from tests.feeds import COURT, line

COURTS = programme(COURT)
HEAD = b"source,source_ref,type,values.amount\n"


def rows_of(data: bytes) -> list[tuple[int, Any]]:
    """Each row with its line: what it says, or the codes of its refusals."""
    file = io.BytesIO(data)
    form = CsvRows(COURTS, file)
    form.survey(file)
    return [(each.number, said(form, each)) for each in form.lines(file)]


def said(form: CsvRows, each: Any) -> Any:
    try:
        return form.parse(each)
    except Refused as refused:
        return [(one.field, one.code) for one in refused.refusals]


def unusable(data: bytes) -> str:
    file = io.BytesIO(data)
    with pytest.raises(FileUnusable) as error:
        CsvRows(COURTS, file).survey(file)
    return str(error.value)


def flat(value: Any, under: str = "") -> dict[str, str]:
    """The same with dots; nothing for nothing."""
    if isinstance(value, dict | list):
        each = value.items() if isinstance(value, dict) else enumerate(value)
        return {k: v for name, part in each for k, v in flat(part, f"{under}.{name}" if under else str(name)).items()}
    return {} if value is None else {under: str(value).lower() if isinstance(value, bool) else str(value)}


def as_csv(*lines: dict[str, Any], **form: Any) -> bytes:
    rows = [flat(each) for each in lines]
    names = list(dict.fromkeys(name for row in rows for name in row))
    into = io.StringIO(newline="")
    writer = csv.DictWriter(into, names, restval="", **form)
    writer.writeheader()
    writer.writerows(rows)
    return into.getvalue().encode()


def without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: kept for name, part in value.items() if (kept := without_nothing(part)) not in (None, {}, [])}
    return [without_nothing(part) for part in value] if isinstance(value, list) else value


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.sampled_from("\n\",;'")).map(
    str.strip
)
MEASURES = st.lists(st.sampled_from(["no_plane", "no_star_hotel"]), max_size=3)


@given(
    st.lists(st.tuples(WORDS, WORDS, MEASURES, st.integers(0, 130)), min_size=1, max_size=4), st.sampled_from(",;\t")
)
def test_every_line_comes_back_from_csv_as_it_was(given: list[tuple[str, str, list[str], int]], delimiter: str) -> None:
    lines = [
        line(
            f"ref-{number}",
            duty=duty or None,
            court=court or None,
            age=age,
            measures=[(each, "2025-01-01") for each in measures],
        )
        for number, (duty, court, measures, age) in enumerate(given)
    ]
    read = [each for _, each in rows_of(as_csv(*lines, delimiter=delimiter))]
    assert read == [without_nothing(each) for each in lines]


def test_a_row_is_numbered_by_its_first_line() -> None:
    data = HEAD + b'a,1,t,"x\ny\n\nz"\n\n,,,\na,2,t,2\r\na,3,t,3'
    assert [(number, each["source_ref"]) for number, each in rows_of(data)] == [(2, "1"), (8, "2"), (9, "3")]
    assert rows_of(data)[0][1]["values"] == {"amount": "x\ny\n\nz"}


def test_a_byte_order_mark_and_a_blank_line_before_the_header_are_passed_over() -> None:
    assert rows_of(b"\xef\xbb\xbf\r\n" + HEAD + b"a,1,t,2\r\n") == [
        (3, {"source": "a", "source_ref": "1", "type": "t", "values": {"amount": "2"}})
    ]


def test_an_empty_cell_leaves_its_field_out_and_blanks_do_not_count() -> None:
    head = b"source,source_ref,valid_to,measures.0.type,measures.1.type,subject.contact.email\n"
    assert rows_of(head + b'a, 1 ,"  ",no_plane,,\n') == [
        (2, {"source": "a", "source_ref": "1", "measures": [{"type": "no_plane"}]})
    ]


def test_values_come_in_the_types_of_the_catalogue_and_what_does_not_fit_stays_text() -> None:
    head = b"source_ref,type,withdrawn,values.age\n"
    assert [each for _, each in rows_of(head + b"1,court_listing,TRUE,44\n2,court_listing,no,old\n3,x,,4\n")] == [
        {"source_ref": "1", "type": "court_listing", "withdrawn": True, "values": {"age": 44}},
        {"source_ref": "2", "type": "court_listing", "withdrawn": "no", "values": {"age": "old"}},
        {"source_ref": "3", "type": "x", "values": {"age": "4"}},
    ]


def test_a_list_of_texts_stands_in_one_cell_or_in_numbered_ones() -> None:
    file = io.BytesIO(b'source_ref,type,values.payments\n1,tradeline,"30, 60"\n')
    credit = programme("us-credit-file")
    names = [
        name for name, each in credit.types["tradeline"].values["properties"].items() if each.get("type") == "array"
    ]
    (name,) = names
    file = io.BytesIO(f'source_ref,type,values.{name}\n1,tradeline,"30, 60"\n'.encode())
    form = CsvRows(credit, file)
    assert [form.parse(each)["values"] for each in form.lines(file)] == [{name: ["30", "60"]}]
    file = io.BytesIO(f"source_ref,type,values.{name}.0,values.{name}.1\n1,tradeline,30,60\n".encode())
    form = CsvRows(credit, file)
    assert [form.parse(each)["values"] for each in form.lines(file)] == [{name: ["30", "60"]}]


@pytest.mark.parametrize(
    ("row", "refusal"),
    [
        (b"a,1,t", ("line", "wrong_number_of_cells")),
        (b"a,1,t,2,3", ("line", "wrong_number_of_cells")),
        (b'a,1,t,"2"3"x"', ("line", "malformed_csv")),
        (b'a,1,t,5" pipe\na,2,t,6" pipe', ("line", "malformed_csv")),
        (b"a,1,t,\xff", ("line", "not_utf8")),
        (b"a,1,t," + b"x" * LONGEST_LINE, ("line", "line_too_long")),
        pytest.param(b'a,1,t,"' + b"x\n" * LONGEST_LINE + b'"', ("line", "line_too_long"), marks=pytest.mark.soak),
    ],
    ids=["few", "many", "quotes", "stray quotes", "encoding", "long", "long over lines"],
)
def test_a_row_that_cannot_be_read_is_refused_whole_and_the_next_one_is_read(
    row: bytes, refusal: tuple[str, str]
) -> None:
    first, last = rows_of(HEAD + row + "\na,9,é,9\n".encode())
    assert first == (2, [refusal])
    assert last[1]["source_ref"] == "9"


def test_a_text_with_a_line_end_cannot_smuggle_a_row_in() -> None:
    smuggled = b'a,1,t,"harmless\na,2,t,evil"x\n'
    assert rows_of(HEAD + smuggled) == [(2, [("line", "malformed_csv")])]


def test_a_gap_in_a_list_is_refused_at_the_list() -> None:
    head = b"source_ref,measures.0.type,measures.1.type\n"
    assert rows_of(head + b"1,,no_plane\n") == [(2, [("measures", "gap_in_list")])]


def test_a_quotation_mark_that_is_never_closed_is_told_with_its_line() -> None:
    data = HEAD + b'a,1,t,"ok\nok"\na,2,t,"open\n' + b"a,3,t,4\n" * 5
    assert unusable(data).startswith("Line 4: a quotation mark is opened and never closed")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (b"source,ref,type", "The header has no column source_ref."),
        (b"source_ref,valu.amount", "Column 2 (“valu.amount”): the programme has no such field."),
        (b"source_ref,values.religion", "Column 2 (“values.religion”): the programme has no such field."),
        (b"source_ref,", "Column 2 (its name): the programme has no such field."),
        (b"source_ref,Li Na", "Column 2 (its name): the programme has no such field."),
        (b"source_ref,measures.*.type", "Column 2 (its name): the programme has no such field."),
        (b"source_ref,values", "Column 2 (“values”): the programme has no such field."),
        (b"source_ref,source_ref", "Column 2 (“source_ref”): column 1 has the same name."),
        (b"source_ref,measures.1.type", "Column 2 (“measures.1.type”): it comes before measures.0."),
        (b"measures.0.type,measures.01.type,source_ref", "Column 2 (“measures.01.type”): the programme has no such"),
        (b'source_ref,"a"b', "The header cannot be read."),
        (b'source_ref,"a', "The file is empty, or a quotation mark"),
        (b"\xff,source_ref", "The header cannot be read."),
        (b"", "The file is empty, or"),
        (b"source_ref,\xcf\xcf" + b"\n" + b"\xcf\xcf" * 9, "The header cannot be read."),
    ],
)
def test_a_header_that_does_not_fit_names_its_column(header: bytes, message: str) -> None:
    assert unusable(header)[: len(message)] == message


def test_the_form_is_shown_by_the_name_or_by_the_header(tmp_path: Path) -> None:
    def shown(name: str, data: bytes, wanted: str = "") -> str:
        return form_of(COURTS, Input(io.BytesIO(data), name), wanted).name

    json_line = b'{"source_ref": "1"}\n'
    assert [shown("feed.csv", HEAD), shown("feed.CSV.gz", HEAD), shown("-", b"\n" + HEAD)] == ["csv"] * 3
    assert [shown("feed.jsonl", json_line), shown("-", b""), shown("x", b"[source_ref]")] == ["jsonl"] * 3
    assert shown("feed.txt", HEAD, "jsonl") == "jsonl"
    with pytest.raises(FileUnusable):
        shown("feed.csv", json_line)
