"""The mails themselves: neutral, in two languages, the reader's own first.

No name, no programme, no case: a mail may be seen by others. The only link leads to the sign-in page.
"""

import json
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from audit import keys
from delivery.addressee import Address
from delivery.models import Message
from delivery.rendering import CODE_LIFE, CONTACT_CHANGED, CONTACT_CODE, OBJECTION, POSTAL_NOTED, SIGN_IN_CODE

_BETWEEN_LANGUAGES = "\n\n" + "–" * 20 + "\n\n"


class Secret(NamedTuple):
    """What only one mail may say: a code, or the end of a link; with an address that is nobody's yet."""

    text: str = ""
    to: str = ""

    def to_bytes(self) -> bytes:
        return json.dumps(self).encode()


def secret_of(message: Message) -> Secret:
    """What is sealed in a message until it is sent."""
    if message.subject_id is None or message.sealed_params is None:
        return Secret()
    return Secret(*json.loads(keys.open_sealed(message.subject_id, bytes(message.sealed_params))))


def mail(
    message: Message, to: Address, secret: str, connection: BaseEmailBackend, *, bare: bool = False
) -> EmailMessage:
    """The mail for one message; `bare` says nothing but that there is one.

    Its Message-ID is the same at every try, so that a repeat can be recognised.
    """
    subject, body = _TEXTS.get(message.kind, (_notice_subject, _bare_body if bare else _notice_body))
    subjects, bodies = [], []
    for language in _languages(to.language):
        with override(language):
            subjects.append(subject())
            bodies.append(body(secret))
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    return EmailMessage(
        subject=" / ".join(subjects),
        body=_BETWEEN_LANGUAGES.join(bodies) + "\n",
        to=[to.email],
        headers={"Message-ID": f"<{message.pk}@{host}>", "Auto-Submitted": "auto-generated"},
        connection=connection,
    )


def _languages(first: str) -> list[str]:
    return sorted((code for code, _name in settings.LANGUAGES), key=lambda code: code != first)


def _in_groups(digits: str) -> str:
    return f"{digits[:4]} {digits[4:]}"


def _sign_in_address() -> str:
    return f"{settings.BASE_URL}{reverse(settings.DELIVERY_SIGN_IN)}"


def _notice_subject() -> str:
    return _("You have a new message")


def _notice_body(_secret: str) -> str:
    return _(
        "There is a new message for you. To read it, sign in:\n\n"
        "%(link)s\n\n"
        "We do not write here what it is about, so that nobody but you learns of it.\n"
        "We never ask for a password or for money in a mail."
    ) % {"link": _sign_in_address()}


def _bare_body(_secret: str) -> str:
    return _("There is a message for you.")


def _code_subject() -> str:
    return _("Your sign-in code")


def _code_body(digits: str) -> str:
    return _(
        "Your code is:\n\n"
        "%(code)s\n\n"
        "Type it into the page on which you asked for it. It works once, for %(minutes)d minutes.\n"
        "We also ask for something that only you know, so the code alone lets nobody in.\n\n"
        "You did not ask for a code? Then you need not do anything. Give the code to nobody, "
        "also not to somebody who says they are from an office."
    ) % {"code": _in_groups(digits), "minutes": CODE_LIFE.total_seconds() // 60}


def _new_address_subject() -> str:
    return _("Your code")


def _new_address_body(digits: str) -> str:
    return _(
        "Somebody wants to get their messages at this address. If it was you, type this code into the page on which"
        " you gave the address:\n\n"
        "%(code)s\n\n"
        "It works once, for %(minutes)d minutes.\n\n"
        "You did not ask for it? Then you need not do anything. Give the code to nobody."
    ) % {"code": _in_groups(digits), "minutes": CODE_LIFE.total_seconds() // 60}


def _old_address_body(token: str) -> str:
    if not token:
        return _(
            "This address was noted for messages to somebody. They use another address from now on.\n\n"
            "If that is you, and you did not change it, ask the office that deals with you."
        )
    return _(
        "The address for messages to you was changed. From now on they go to another address.\n\n"
        "Was it you? Then you need not do anything.\n\n"
        "It was not you? Then open this page within %(hours)d hours and stop it. Your old address is in use again"
        " at once:\n\n"
        "%(link)s\n\n"
        "We never ask for a password or for money in a mail."
    ) % {
        "hours": OBJECTION.total_seconds() // 3600,
        "link": f"{settings.BASE_URL}{reverse(settings.DELIVERY_STOP, args=[token])}",
    }


def _by_letter_body(_secret: str) -> str:
    return _(
        "Somebody asked, on paper or at an office, that messages to you go by letter, to a postal address. So it is"
        " done from now on.\n\n"
        "Was it you? Then you need not do anything.\n\n"
        "It was not you? Then sign in within %(hours)d hours and end the letters under “Your address and mails”."
        " Messages come here again at once:\n\n"
        "%(link)s\n\n"
        "If you cannot sign in, tell the office that deals with you. Later than that you can still end the letters.\n"
        "We never ask for a password or for money in a mail."
    ) % {"hours": OBJECTION.total_seconds() // 3600, "link": _sign_in_address()}


# Kinds whose mail says more than that there is a message.
_TEXTS: Mapping[str, tuple[Callable[[], str], Callable[[str], str]]] = {
    SIGN_IN_CODE: (_code_subject, _code_body),
    CONTACT_CODE: (_new_address_subject, _new_address_body),
    CONTACT_CHANGED: (_notice_subject, _old_address_body),
    POSTAL_NOTED: (_notice_subject, _by_letter_body),
}
