"""Bad input: each fault has its message, the other lines are taken in, and nothing is half-written."""

import json
import resource
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from records.importing import FileUnusable, inputs, reader
from records.models import ImportRun, Record
from tests import factories, feeds
from tests.feeds import COURT, line

GOOD = json.dumps(line("good", 1), ensure_ascii=False).encode()
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_var(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "feed.jsonl"


def command(path: Path, *words: str, programme: str = COURT) -> tuple[int, str]:
    """Run the command; exit status and everything that it said."""
    said = StringIO()
    try:
        call_command("import_records", programme, str(path), *words, stdout=said, stderr=said)
    except SystemExit as error:
        return int(str(error.code)), said.getvalue()
    except CommandError as error:
        return error.returncode, str(error)
    return 0, said.getvalue()


def refused_rows(tmp_path: Path) -> list[dict[str, Any]]:
    (file,) = (tmp_path / "var" / "imports").glob("*.refused.jsonl")
    assert file.stat().st_mode & 0o077 == 0
    return [json.loads(row) for row in file.read_text().splitlines()]


# --- nothing can be read: status 2


def named(value: object) -> str:
    """A short name for a case: some lines have 100,000 characters."""
    return value if isinstance(value, str) else "file"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (b"\n \n\r\n", "The file is empty."),
        (GOOD.decode().encode("gb18030") + b"\n", "The file is not in UTF-8."),
        (GOOD.decode().encode("utf-16"), "The file is in UTF-16."),
        (GOOD.decode().encode("utf-16-be"), "The file is in UTF-16."),
    ],
    ids=named,
)
def test_a_file_that_is_no_feed_is_refused_whole(path: Path, content: bytes, message: str) -> None:
    path.write_bytes(content)
    before = feeds.rows_by_table()
    status, said = command(path)
    assert (status, said[: len(message)]) == (2, message)
    assert feeds.added(before) == {}


def test_a_missing_file_and_an_unknown_programme_have_their_messages(path: Path) -> None:
    assert command(path) == (2, f"There is no file {path}.")
    assert command(path.parent)[0] == 2
    path.write_bytes(GOOD)
    status, said = command(path, programme="no-such-programme")
    assert (status, COURT in said) == (2, True)
    status, said = command(path, "--by", "nobody@office.example")
    assert (status, said) == (2, "Nobody on the staff signs in as nobody@office.example.")
    assert not ImportRun.objects.exists()


def test_a_person_cannot_be_given_as_who_enters_data(path: Path) -> None:
    factories.person()
    path.write_bytes(GOOD)
    assert command(path, "--by", "person1@mail.example")[0] == 2


# --- one line does not fit: status 1, the others are taken in


def changed(**parts: Any) -> bytes:
    """A line about somebody else with other parts; a dict is put over the part that is there."""
    made = line("bad", 2)
    for name, part in parts.items():
        made[name] = {**made[name], **part} if isinstance(part, dict) else part
    return json.dumps(made).encode()


@pytest.mark.parametrize(
    ("bad", "field", "code"),
    [
        (b'{"source": "sample-court", ', "line", "malformed_json"),
        (b"[1, 2]", "line", "malformed_json"),
        (b'"text"', "line", "malformed_json"),
        (b'{"source": NaN}', "line", "malformed_json"),
        (b"[" * 100_000, "line", "malformed_json"),
        (b'{"amount": ' + b"9" * 5_000 + b"}", "line", "malformed_json"),
        (b'{"source": "\xff"}', "line", "not_utf8"),
        (changed(type="no_such_type"), "type", "unknown_type"),
        (changed(values={"amount": "12"}), "values.amount", "wrong_form"),
        (changed(values={"conduct": "late"}), "values.conduct", "not_in_list"),
        (changed(values={"religion": "x"}), "values.religion", "protected_field"),
        (changed(values={"filed_on": "2025-02-30"}), "values.filed_on", "impossible_date"),
        (changed(valid_from="2025-13-01"), "valid_from", "impossible_date"),
        (changed(valid_to="2020-01-01"), "valid_to", "wrong_order"),
        (changed(values={"duty": "a\x00b"}), "values.duty", "unreadable_text"),
        (changed(values={"duty": "a\ud800b"}), "values.duty", "unreadable_text"),
        (changed(measures=[{"type": "no_tax", "from": "2025-01-01"}]), "measures.0.type", "measure_not_in_list"),
    ],
    ids=named,
)
def test_a_line_that_does_not_fit_is_named_and_the_others_go_in(
    tmp_path: Path, path: Path, bad: bytes, field: str, code: str
) -> None:
    path.write_bytes(bad + b"\n" + GOOD + b"\n")
    status, said = command(path)
    assert status == 1
    assert "1  refused lines" in said
    rows = refused_rows(tmp_path)
    assert [(row["line"], row["field"], row["code"]) for row in rows] == [(1, field, code)]
    assert rows[0].keys() == {"line", "field", "code", "reason"}
    assert Record.objects.get().source_ref == "good"


def test_a_line_that_breaks_off_is_told_with_the_place_where_it_does(tmp_path: Path, path: Path) -> None:
    path.write_bytes(b'{"source": "sample-court"\r\n' + GOOD + b"\n")
    command(path)
    assert [row["reason"] for row in refused_rows(tmp_path)] == ["This is not JSON: look at character 26 of the line."]


def test_the_first_refused_lines_are_told_at_once(path: Path) -> None:
    path.write_bytes(b"[]\n" * 8)
    _status, said = command(path)
    assert [row for row in said.splitlines() if row.startswith("line ")] == [
        f"line {number}: line: Write each line as one JSON object." for number in range(1, 6)
    ]
    assert "All refused lines are named in" in said


def test_the_file_of_refused_lines_holds_no_value(tmp_path: Path, path: Path) -> None:
    secret = "Secret-4711"
    path.write_bytes(
        changed(values={"amount": secret, secret: secret}, type=secret, subject={"name": [secret]}) + b"\n"
    )
    assert command(path)[0] == 1
    assert secret not in json.dumps(refused_rows(tmp_path))


def test_windows_and_old_ends_of_lines_and_a_byte_order_mark_are_tolerated(path: Path) -> None:
    second = json.dumps(line("second", 2)).encode()
    path.write_bytes(b"\xef\xbb\xbf" + GOOD + b"\r\n\r\n" + second)
    assert command(path)[0] == 0
    assert Record.objects.count() == 2


def test_a_line_may_have_one_megabyte_and_not_a_byte_more(tmp_path: Path) -> None:
    path = tmp_path / "long"
    longest = b"x" * reader.LONGEST_LINE
    path.write_bytes(longest + b"\n" + longest + b"y\n" + b"end\n" + longest + b"y")
    with path.open("rb") as file:
        lines = list(reader.JsonLines().lines(file))
    assert [(each.number, each.data and len(each.data)) for each in lines] == [
        (1, reader.LONGEST_LINE + 1),
        (2, None),
        (3, 4),
        (4, None),
    ]


def test_a_line_of_a_gigabyte_is_refused_without_being_held(tmp_path: Path, path: Path) -> None:
    with path.open("wb") as file:
        file.write(GOOD + b"\n")
        file.seek(1 << 30, 1)  # a hole that reads as a gigabyte of zeros and takes no disk
        file.write(b"\n" + json.dumps(line("after", 3)).encode() + b"\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    status, _ = command(path)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 100_000  # KB
    assert status == 1
    assert [(row["line"], row["code"]) for row in refused_rows(tmp_path)] == [(2, "line_too_long")]
    assert Record.objects.count() == 2


def test_one_line_in_another_encoding_does_not_condemn_the_file(tmp_path: Path, path: Path) -> None:
    others = [json.dumps(line(str(n), n), ensure_ascii=False).encode() for n in range(1, 4)]
    path.write_bytes(b"\n".join([*others, GOOD.decode().encode("gb18030")]))
    assert command(path)[0] == 1
    assert [row["code"] for row in refused_rows(tmp_path)] == ["not_utf8"]
    assert Record.objects.count() == 3


def test_a_file_without_rights_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_bytes(GOOD)

    def denied(*args: Any, **options: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(FileUnusable, match="cannot be read: Permission denied"):
        inputs.open_file(path)
