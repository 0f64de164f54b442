"""The headers of every page: nothing inline, no framing, no keeping on shared computers; strict cookies."""

import json
import os
import subprocess
import sys

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_page_allows_our_own_files_only_and_nothing_inline() -> None:
    policy = Client().get("/").headers["Content-Security-Policy"]
    rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert {rules[name] for name in ("script-src", "style-src", "img-src", "form-action")} == {"'self'"}
    assert "unsafe" not in policy
    assert "data:" not in policy


@pytest.mark.parametrize("address", ["/", "/about/", "/sign-in/", "/staff/sign-in/", "/nowhere/"])
def test_every_page_has_the_safe_headers(address: str) -> None:
    headers = Client().get(address).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "no-store" in headers["Cache-Control"]
    assert headers["X-Request-ID"]


def test_an_id_that_the_client_sends_is_not_taken_over() -> None:
    answer = Client().get("/", headers={"x-request-id": "planted"})
    assert answer.headers["X-Request-ID"] != "planted"


def test_with_an_https_address_cookies_and_transport_are_secure() -> None:
    names = [
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "LANGUAGE_COOKIE_SECURE",
        "SESSION_COOKIE_HTTPONLY",
        "CSRF_COOKIE_HTTPONLY",
        "SECURE_SSL_REDIRECT",
        "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    ]
    program = f"import json; from redress import settings as s; print(json.dumps([getattr(s, n) for n in {names}]))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "REDRESS_URL": "https://redress.example"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == [True] * len(names)
