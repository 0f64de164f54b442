"""Mails as their readers see them, for tests: who got one, the code in it, the link in it."""

import re
from datetime import datetime

from django.core import mail

from delivery import operations as delivery


def deliver(at: datetime) -> None:
    """Send what is due."""
    delivery.deliver_due(at=at, limit=100)


def to(email: str) -> list[str]:
    """The bodies of the mails to this address, oldest first."""
    return [str(each.body) for each in mail.outbox if each.to == [email]]


def digits(email: str, at: datetime) -> str:
    """The code in the newest mail to this address, once everything due is sent."""
    deliver(at)
    found = re.search(r"([0-9]{4}) ([0-9]{4})", to(email)[-1])
    assert found
    return "".join(found.groups())


def stop_link(email: str, at: datetime) -> str:
    """The path of the link that stops a change, in the newest mail to this address that has one."""
    deliver(at)
    found = [link for body in to(email) for link in re.findall(r"(/contact/stop/[\w-]+/)", body)]
    return str(found[-1])
