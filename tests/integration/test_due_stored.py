"""`manage.py due --stored`: with the days that supervisors declared."""

import json
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.core.management import call_command

from accounts.actors import Actor
from appeals import operations

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


def due(*more: str) -> str:
    said = StringIO()
    call_command("due", "cn-spc-defaulter-list", "correct", "--start", "2026-11-17", "--json", *more, stdout=said)
    answer: dict[str, str] = json.loads(said.getvalue())
    return answer["due"]


def test_declared_days_count_if_they_are_asked_for(supervisor: Actor) -> None:
    made = operations.declare_day("CN", date(2026, 11, 20), is_worked=False, reason="Typhoon.", by=supervisor, at=AT)
    code = made.organisation.code
    assert due() == "2026-11-20"
    assert due("--stored") == due("--stored", "--holder", code) == "2026-11-23"
    assert due("--stored", "--holder", "nobody") == "2026-11-20"
    operations.end_declared_day(made.pk, by=supervisor, at=AT)
    assert due("--stored") == "2026-11-20"
