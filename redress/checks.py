"""System checks: settings that are not safe to run with, each with an id (docs/how-to/configure.md)."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from audit.note import COSIGNATURE, ED25519, NotAKey, Verifier

log = structlog.get_logger(__name__)

_SHORTEST_SECRET = 32


def is_loopback() -> bool:
    """Whether only this machine may ask: every allowed host is a loopback name."""
    return all(host in {*settings.LOOPBACK_HOSTS, "testserver"} for host in settings.ALLOWED_HOSTS)


def refuse_unsafe() -> None:
    """Stop a server or worker that would run with unsafe settings; commands run the checks themselves."""
    problems = unsafe_settings()
    for problem in problems:  # logged too, since of an exception our logs keep only the type
        log.error("unsafe_setting", id=problem.id, problem=problem.msg, hint=problem.hint)
    if problems:
        lines = [f"{problem.id}: {problem.msg} {problem.hint or ''}".strip() for problem in problems]
        raise ImproperlyConfigured("Redress does not start with unsafe settings.\n" + "\n".join(lines))


@register("security")
def check_settings(app_configs: Sequence[Any] | None = None, **_: Any) -> list[CheckMessage]:
    """All of them, for Django's check framework."""
    return unsafe_settings()


def unsafe_settings() -> list[CheckMessage]:
    """The errors that hold for the present settings."""
    return [Error(text, hint=hint, id=id_) for id_, text, hint in _all()]


_Found = list[tuple[str, str, str]]


def _all() -> _Found:
    return [*_secrets(), *_months(), *_log(), *_reach(), *_leaving(), *_transport()]


def _secrets() -> _Found:
    found: _Found = []
    try:
        secret = settings.SECRET_KEY
    except ImproperlyConfigured:
        secret = ""
    if len(secret) < _SHORTEST_SECRET:
        found.append(("redress.E001", "The secret key is missing or short.", "Set REDRESS_SECRET_KEY."))
    if not settings.MASTER_KEY or not settings.HASH_KEY:
        found.append(
            (
                "redress.E002",
                "The master keys are missing, or are not two times 32 bytes in base64.",
                "Set REDRESS_MASTER_KEYS to two keys with a comma between.",
            )
        )
    elif settings.MASTER_KEY == settings.HASH_KEY:
        found.append(
            (
                "redress.E003",
                "One key serves two purposes.",
                "Give two different keys in REDRESS_MASTER_KEYS.",
            )
        )
    return found


def _months() -> _Found:
    if settings.MONTH_KEYS_DIR:
        return []
    text = "The folder for the keys of months is missing: no erasure could become final in backups."
    return [("redress.E016", text, "Set REDRESS_MONTHS_DIR to a folder that stands in no backup.")]


def _log() -> _Found:
    """Whoever does not hold the signing key has to be told which public key is the log's."""
    found: _Found = []
    hint = "Set REDRESS_LOG_VKEYS to what `manage.py log_key show` prints where the sequencer runs."
    if not settings.EMBEDDED and not settings.AUDIT_LOG_VKEYS:
        found.append(("redress.E012", "The public key of the log is missing.", hint))
    if not _are_keys(settings.AUDIT_LOG_VKEYS, ED25519):
        found.append(("redress.E013", "A public key of the log is not one.", hint))
    if len(settings.AUDIT_WITNESSES) % 2 or not _are_keys(settings.AUDIT_WITNESSES[::2], COSIGNATURE):
        hint = "Set REDRESS_LOG_WITNESSES to public key and address of each witness, with spaces between."
        found.append(("redress.E014", "A witness of the log is not given by key and address.", hint))
    return found


def _are_keys(texts: Sequence[str], kind: int) -> bool:
    try:
        return all(Verifier.parse(text).kind == kind for text in texts)
    except NotAKey:
        return False


def _reach() -> _Found:
    found: _Found = []
    if "*" in settings.ALLOWED_HOSTS or any(host.startswith(".") for host in settings.ALLOWED_HOSTS):
        found.append(("redress.E004", "Any host name would be served.", "Name the hosts in REDRESS_HOSTS."))
    if settings.DEBUG:
        found.append(("redress.E005", "Debugging pages show personal values.", "Unset REDRESS_DEBUG."))
    if is_loopback():
        return found
    if settings.DEMO:
        text = "The demo shows its mails to everybody, and other machines could ask."
        found.append(("redress.E006", text, "Unset REDRESS_DEMO, or leave REDRESS_HOSTS to loopback names."))
    if settings.EMBEDDED:
        text = "The embedded database trusts everybody on this machine and is for trying out."
        found.append(("redress.E007", text, "Give a PostgreSQL 15 or later in DATABASE_URL."))
    if settings.EMAIL_BACKEND.endswith(("filebased.EmailBackend", "console.EmailBackend")):
        text = "Mails would be written to files and reach nobody."
        found.append(("redress.E008", text, "Set REDRESS_SMTP."))
    return found


def _leaving() -> _Found:
    elsewhere, here = urlsplit(settings.LEAVE_URL), urlsplit(settings.BASE_URL)
    if not settings.LEAVE_URL or (elsewhere.scheme in ("http", "https") and elsewhere.netloc not in ("", here.netloc)):
        return []
    text = "“Leave quickly” would lead nowhere else."
    return [("redress.E015", text, "Give the whole address of a page of somebody else in REDRESS_LEAVE_URL.")]


def _transport() -> _Found:
    if is_loopback():
        return []
    found: _Found = []
    if not settings.HTTPS:
        text = "Other machines would sign in without encryption."
        found.append(("redress.E009", text, "Set REDRESS_URL to the https address of the service."))
    if not (settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE):
        found.append(
            (
                "redress.E010",
                "Cookies would travel without encryption.",
                "Set REDRESS_URL to an https address.",
            )
        )
    if settings.EMAIL_BACKEND.endswith("smtp.EmailBackend") and not (settings.EMAIL_USE_SSL or settings.EMAIL_USE_TLS):
        text = "Mail would travel without encryption."
        found.append(("redress.E011", text, "Take ?insecure out of REDRESS_SMTP."))
    return found
