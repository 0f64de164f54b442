"""The mails that the demonstration wrote to files instead of sending them."""

import email
import email.policy
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

NEWEST = 100
_BETWEEN = b"\n" + b"-" * 79 + b"\n"  # written by Django's file backend after each mail


class Mail(NamedTuple):
    """One mail; `id` is its file and its place in it."""

    id: str
    to: str
    subject: str
    written_at: datetime
    body: str


def newest() -> list[Mail]:
    """The last hundred, newest first."""
    mails: list[Mail] = []
    # Django names the files by the second; two deliveries may share one.
    for path in sorted(_folder().glob("*.log"), key=lambda path: path.stat().st_mtime_ns, reverse=True):
        mails.extend(reversed(list(_mails_in(path))))
        if len(mails) >= NEWEST:
            break
    return mails[:NEWEST]


def find(mail_id: str) -> Mail | None:
    """One of them. The id is compared with those that exist and never used as a path."""
    stem = mail_id.rpartition(".")[0]
    for path in _folder().glob("*.log"):
        if path.stem == stem:
            return next((mail for mail in _mails_in(path) if mail.id == mail_id), None)
    return None


def forget(addresses: Collection[str]) -> None:
    """Remove the mails to these addresses; a file in which nothing else stands goes with them."""
    wanted = {address.casefold() for address in addresses}
    for path in _folder().glob("*.log") if wanted else ():
        parts = [part for part in path.read_bytes().split(_BETWEEN) if part.strip()]
        others = [part for part in parts if _addressee(part) not in wanted]
        if not others:
            path.unlink(missing_ok=True)
        elif len(others) < len(parts):
            path.write_bytes(b"".join(part + _BETWEEN for part in others))


def _addressee(raw: bytes) -> str:
    return str(email.message_from_bytes(raw, policy=email.policy.default)["To"]).casefold()


def _folder() -> Path:
    return Path(settings.EMAIL_FILE_PATH)


def _mails_in(path: Path) -> Iterator[Mail]:
    for number, raw in enumerate(part for part in path.read_bytes().split(_BETWEEN) if part.strip()):
        parsed = email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)
        written_at = parsedate_to_datetime(str(parsed["Date"])).replace(tzinfo=UTC)  # Django writes it so
        body = str(parsed.get_content())
        yield Mail(f"{path.stem}.{number}", str(parsed["To"]), str(parsed["Subject"]), written_at, body)
