"""Unsafe settings are refused, each by its id; the defaults are safe."""

from typing import Any

import pytest
from django.conf import settings as live
from django.core.exceptions import ImproperlyConfigured
from pytest_django.fixtures import Settings

from redress import checks

VKEY = "log.example+913fde8e+AYmMfDoycczW9/8Pd5t32h3W4K+fXjOaBsUAQ/1SpYII"
PUBLIC = {
    "ALLOWED_HOSTS": ["redress.example"],
    "EMBEDDED": False,
    "AUDIT_LOG_VKEYS": [VKEY],
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "EMAIL_USE_TLS": True,
    "HTTPS": True,
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
}


@pytest.fixture
def use(settings: Settings) -> Any:
    def apply(**values: Any) -> list[str]:
        settings.ALLOWED_HOSTS = live.LOOPBACK_HOSTS
        settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
        for name, value in values.items():
            setattr(settings, name, value)
        return [str(problem.id) for problem in checks.unsafe_settings()]

    return apply


def test_the_embedded_default_is_safe_on_loopback(use: Any) -> None:
    assert use() == []


def test_a_public_service_with_everything_set_is_safe(use: Any) -> None:
    assert use(**PUBLIC) == []


@pytest.mark.parametrize(
    ("expected", "changes"),
    [
        ("redress.E001", {"SECRET_KEY": "short"}),
        ("redress.E001", {"SECRET_KEY": ""}),
        ("redress.E002", {"MASTER_KEY": b""}),
        ("redress.E002", {"HASH_KEY": b""}),
        ("redress.E016", {"MONTH_KEYS_DIR": ""}),
        ("redress.E003", {"MASTER_KEY": b"k" * 32, "HASH_KEY": b"k" * 32}),
        ("redress.E004", {**PUBLIC, "ALLOWED_HOSTS": ["*"]}),
        ("redress.E004", {**PUBLIC, "ALLOWED_HOSTS": [".example"]}),
        ("redress.E005", {"DEBUG": True}),
        ("redress.E006", {**PUBLIC, "DEMO": True}),
        ("redress.E007", {**PUBLIC, "EMBEDDED": True}),
        ("redress.E008", {**PUBLIC, "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend"}),
        ("redress.E009", {**PUBLIC, "HTTPS": False}),
        ("redress.E010", {**PUBLIC, "SESSION_COOKIE_SECURE": False}),
        ("redress.E011", {**PUBLIC, "EMAIL_USE_TLS": False, "EMAIL_USE_SSL": False}),
        ("redress.E012", {**PUBLIC, "AUDIT_LOG_VKEYS": []}),
        ("redress.E013", {**PUBLIC, "AUDIT_LOG_VKEYS": [VKEY[:-4]]}),
        ("redress.E014", {"AUDIT_WITNESSES": [VKEY, "https://witness.example"]}),
        ("redress.E014", {"AUDIT_WITNESSES": ["https://witness.example"]}),
        ("redress.E015", {"LEAVE_URL": "/held/"}),
        ("redress.E015", {"LEAVE_URL": "javascript:alert(1)"}),
        ("redress.E015", {"LEAVE_URL": f"{live.BASE_URL}/"}),
    ],
)
def test_each_unsafe_setting_has_its_id(use: Any, expected: str, changes: dict[str, Any]) -> None:
    assert use(**changes) == [expected]


def test_a_server_refuses_to_start_and_says_what_to_set(use: Any) -> None:
    use(MASTER_KEY=b"")
    with pytest.raises(ImproperlyConfigured, match=r"redress\.E002.*REDRESS_MASTER_KEYS"):
        checks.refuse_unsafe()
