"""Every column is classed as personal or not, and what is personal is nowhere readable."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection, models

from accounts.models import Role
from accounts.queries import actor_of
from appeals import operations
from appeals.evidence_files import make_safe
from appeals.operations import NewEvidence
from appeals.workflow import Status
from delivery import operations as delivery
from tests import factories
from tests.census.personal import CLEAR, COLUMNS, WITHOUT_SUBJECT

OURS = ("accounts", "appeals", "audit", "delivery", "records")


def our_models() -> list[type[models.Model]]:
    return [model for app in OURS for model in apps.get_app_config(app).get_models()]


def columns(model: type[models.Model]) -> set[str]:
    return {field.name for field in model._meta.concrete_fields}


def classed(label: str, *kinds: str) -> list[str]:
    return [name for kind, names in COLUMNS[label].items() if not kinds or kind in kinds for name in names.split()]


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model._meta.label)
def test_every_column_has_one_class(model: type[models.Model]) -> None:
    names = classed(model._meta.label)
    assert sorted(names) == sorted(columns(model))


def test_the_table_names_no_model_that_is_gone() -> None:
    assert set(COLUMNS) == {model._meta.label for model in our_models()}


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model._meta.label)
def test_what_is_sealed_or_hashed_cannot_hold_text(model: type[models.Model]) -> None:
    for name in classed(model._meta.label, "sealed", "hashed"):
        field = model._meta.get_field(name)
        assert isinstance(field, models.BinaryField) or name == "password", name


def test_what_is_readable_has_its_reason() -> None:
    assert {f"{label}.{name}" for label in COLUMNS for name in classed(label, "clear")} == set(CLEAR)


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model._meta.label)
def test_every_table_about_a_person_names_whom(model: type[models.Model]) -> None:
    label = model._meta.label
    if label in WITHOUT_SUBJECT or not classed(label, "sealed", "linked"):
        return
    assert columns(model) & {"subject", "subject_id", "subject_key"}, label


PLANTED = {
    "name": "Plantedname",
    "email": "planted.address@mail.example",
    "duty": "Plantedduty to pay",
    "words": "Plantedwords of the person",
    "wanted": "Plantedwanted value",
    "reasons": "Plantedreasons of the official",
    "note": "Plantednote of the second person",
    "file": "plantedfile.pdf",
    "new value": "Plantedcourt",
}


@pytest.mark.django_db
def test_nothing_personal_is_readable_in_any_table() -> None:
    """One dispute with planted values in every place where a value can be; then every column is searched."""
    plant_one_dispute()
    found = [
        f"{what} in {model._meta.db_table}"
        for model in [*our_models(), apps.get_model("sessions", "Session")]
        for what, text in PLANTED.items()
        if holds(model._meta.db_table, text)
    ]
    assert not found


@pytest.mark.django_db
def test_the_search_would_find_something() -> None:
    assert not holds("accounts_organisation", "sample-court")
    factories.organisation("sample-court")
    assert holds("accounts_organisation", "sample-court")


def plant_one_dispute() -> None:
    person = factories.person(name=PLANTED["name"], email=PLANTED["email"])
    record = factories.record_for(person, values={"duty": PLANTED["duty"]})
    disputed = factories.item(
        record, ground="inaccurate", field="court", words=PLANTED["words"], wanted=PLANTED["wanted"]
    )
    answer = {"remedy": "correct", "value": PLANTED["new value"], "reasons": PLANTED["reasons"]}
    case = factories.case_at(Status.AWAITING_APPROVAL, person=person, items=[disputed], answers=[answer])
    at = factories.AT + timedelta(days=2)
    evidence = NewEvidence(PLANTED["file"], make_safe(b"Some text."))
    operations.add_evidence(case.pk, evidence, by=person, at=at)
    supervisor = factories.staff(Role.SUPERVISOR, case.holder)
    operations.send_back(case.pk, reason=PLANTED["note"], by=supervisor, at=at)
    assert case.caseworker
    operations.submit(case.pk, by=actor_of(case.caseworker), at=at)
    operations.approve(case.pk, seen=at, by=supervisor, at=at)
    factories.carry_out(case, at=at)
    delivery.deliver_due(at=at, limit=10)


def holds(table: str, text: str) -> bool:
    """Whether a row of the table, read as text or as raw bytes, has `text` in it."""
    in_hex = text.encode().hex()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT FROM {table} AS row WHERE row::text ILIKE %s OR row::text ILIKE %s)",  # noqa: S608
            [f"%{text}%", f"%{in_hex}%"],
        )
        return bool(cursor.fetchone()[0])
