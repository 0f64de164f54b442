"""Distinctive values that a test plants in a whole life, and the places where they must not turn up."""

import base64
import email
import email.policy
import json
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus

from django.contrib.sessions.models import Session
from django.db import connection

EMAIL = "planted.reader@mail.example"
PLANTED: dict[str, str] = {
    "name": "种植张三Planteme",
    "identifier": "999901196107237332",
    "birth date": "1961-07-23",
    "mail": EMAIL,
    "duty": "Plantedduty: 支付种植款",
    "court": "Plantedcourt",
    "amount": "77731.41",
    "collector": "Plantedcollector",
    "document": "Planteddocument",
    "words": "Plantedwords: 这不是种植我",
    "wanted": "77731.52",
    "statement": "Plantedstatement: 种植声明",
    "file name": "plantedfile.txt",
    "file": "Plantedevidence in a file",
    "reasons": "Plantedreasons: 种植理由",
    "correction": "77731.63",
    "why given back": "Plantedgiveback",
    "why sent back": "Plantedsendback",
    "why undone": "Plantedundo",
    "refused": "Plantedrefused",
    "refused name of a field": "Plantedkey",
    "error": "Plantederror",
    "query": "Plantedquery",
    "looked for": "Plantedlooked for",
    "code": "",  # the one that is mailed
    "key of a system": "",
    "session": "",
}


class Found(NamedTuple):
    """Where a planted value stood."""

    what: str
    where: str


def found_in(data: bytes | str, where: str, *, but: Iterable[str] = ()) -> list[Found]:
    """The planted values in these bytes, also as JSON, URLs and base64 write them."""
    raw = data.encode() if isinstance(data, str) else data
    return [
        Found(what, where)
        for what, forms in _forms().items()
        if what not in but and any(_stands_in(raw, form) for form in forms)
    ]


def _stands_in(raw: bytes, form: bytes) -> bool:
    """Whether it stands there: of digits alone, not as a part of a longer number or id, where chance may put them."""
    if form not in raw:
        return False
    return not form.isdigit() or re.search(rb"(?<![0-9a-f-])" + form + rb"(?![0-9a-f-])", raw) is not None


def _forms() -> dict[str, list[bytes]]:
    forms = {}
    for what, value in PLANTED.items():
        if value:
            written = {value, json.dumps(value)[1:-1], quote(value), quote_plus(value), value.encode().hex()}
            plain = {each.encode() for each in written}
            forms[what] = [*plain, *_in_base64(value.encode())]
    return forms


def _in_base64(value: bytes) -> Iterator[bytes]:
    """How the value looks inside longer base64, wherever it begins."""
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + value)
        inner = whole[-(-before * 8 // 6) : len(whole) - 4 if len(whole) > 8 else None]
        if len(inner) > 10:
            yield inner
            yield inner.replace(b"+", b"-").replace(b"/", b"_")


def in_the_database() -> list[Found]:
    """Every column of every table, the queue's and the cache's among them, and the sessions opened."""
    found: list[Found] = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name), quote_ident(column_name)"
            " FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)"
            " WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'"
        )
        for table, column in cursor.fetchall():
            cursor.execute(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")  # noqa: S608  quoted above
            for (value,) in cursor.fetchall():
                found += found_in(_bytes(value), f"{table}.{column}")
    for session in Session.objects.all():
        found += found_in(str(session.get_decoded()), "a session, opened")
    return found


def _bytes(value: Any) -> bytes:
    """A value as it stands, and what is inside if it is base64, as the cache keeps it."""
    if isinstance(value, bytes | memoryview):
        return bytes(value)
    text = str(value)
    try:
        return text.encode() + base64.b64decode(text, validate=True)
    except ValueError:
        return text.encode()


def in_files(folder: Path, *, but: Iterable[str] = ()) -> list[Found]:
    """Every file below a folder, by name and content, except the mails."""
    found: list[Found] = []
    for path in folder.rglob("*"):
        if path.is_file():
            found += found_in(str(path.relative_to(folder)), f"the name of {path.name}", but=but)
            found += found_in(path.read_bytes(), path.name, but=but)
    return found


def in_mails(folder: Path) -> list[Found]:
    """The mails: nothing anywhere but the address in To, and the code in the mail that brings it."""
    found: list[Found] = []
    for path in folder.glob("*.log"):
        for raw in path.read_bytes().split(b"\n" + b"-" * 79 + b"\n"):
            if raw.strip():
                mail = email.message_from_bytes(raw, policy=email.policy.default)
                del mail["To"]
                found += found_in(f"{mail.as_string()} {mail['Subject']} {mail.get_content()}", "a mail", but=["code"])
    return found


class _Addresses(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("href", "action", "src", "formaction") and value]


def addresses_in(page: str) -> list[str]:
    """Every address that a page names."""
    reader = _Addresses()
    reader.feed(page)
    return reader.found


def code_in(folder: Path) -> str:
    """The code in the newest mail that holds one."""
    for path in sorted(folder.glob("*.log"), reverse=True):
        if codes := re.findall(r"\b([0-9]{4}) ([0-9]{4})\b", path.read_text(encoding="utf-8")):
            return "".join(codes[-1])
    raise AssertionError("no code was mailed")
