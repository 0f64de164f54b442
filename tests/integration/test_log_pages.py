"""The log for people and for auditors: sentences for everything, and proofs out of the door."""

import io
import zipfile
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from accounts.actors import Actor
from accounts.models import Role
from appeals.workflow import Status
from audit import signing
from audit.events import EVENTS
from audit.models import Entry, Leaf
from redress.log import sentences
from redress.log.mine import entries_for
from redress.references import addresses
from tests import factories, logs
from tests.census.markup import Page
from tests.factories import AT
from tests.fixtures import client_for
from tools import redress_verify


@pytest.fixture(autouse=True)
def own_signer(tmp_path: Any, settings: Any) -> None:
    settings.AUDIT_SIGNER_DIR = tmp_path / "log"


def test_every_event_has_a_sentence() -> None:
    assert set(sentences.SENTENCES) == set(EVENTS)


@pytest.mark.django_db
def test_a_person_sees_every_entry_about_them_and_no_other(person: Actor, other_person: Actor) -> None:
    factories.record_for(other_person)
    case = factories.case_at(Status.SERVED, person=person)
    mine = entries_for(person)
    about_them = Entry.objects.filter(case_id=case.pk) | Entry.objects.filter(
        record_id__in=case.items.values("record_id")
    )
    assert set(mine.values_list("pk", flat=True)) >= set(about_them.values_list("pk", flat=True))
    assert not set(mine.values_list("pk", flat=True)) & set(entries_for(other_person).values_list("pk", flat=True))
    page = client_for(person).get(reverse("log:mine")).content.decode()
    for event in ("record.imported", "case.filed", "case.taken", "case.decided", "measure.suspended"):
        assert sentences.sentence(event) in page, event
    assert "Caseworker no. 1" in page
    assert "@office.example" not in page
    assert client_for(person, language="zh-hans").get(reverse("log:mine")).status_code == 200


@pytest.mark.django_db
def test_whoever_sees_a_part_of_a_file_sees_what_happened_to_that_part(person: Actor) -> None:
    court = factories.record_for(person)
    other = factories.record_for(person, source="other-court")
    limited = replace(person, sources=frozenset({court.source_id}))
    seen = set(entries_for(limited).values_list("record_id", flat=True))
    assert seen == {court.pk}
    assert other.pk in set(entries_for(person).values_list("record_id", flat=True))


@pytest.mark.django_db
def test_the_page_of_a_person_takes_as_many_queries_for_few_entries_as_for_many(
    person: Actor, django_assert_max_num_queries: Any
) -> None:
    for _ in range(4):
        factories.record_for(person, at=AT)
    client = client_for(person)
    with django_assert_max_num_queries(14):
        client.get(reverse("log:mine"))


@pytest.mark.django_db
def test_an_auditor_reads_filters_and_takes_entries_with_their_proofs(auditor: Actor) -> None:
    case = factories.case_at(Status.IN_REVIEW)
    logs.seal_everything()
    client = client_for(auditor)
    page = client.get(reverse("log:audit")).content.decode()
    assert "case.filed" in page
    assert "Caseworker no. 1" in page
    assert case.reference not in page  # sealed under the person's key
    assert Page(page).problems() == []
    only = client.get(reverse("log:audit"), {"event": "case.taken"}).content.decode()
    assert "1 entry" in only
    assert "<code>case.filed</code>" not in only
    today = Entry.objects.latest("pk").recorded_at.date()
    tomorrow = today + timedelta(days=1)
    assert "No entry fits" in client.get(reverse("log:audit"), {"from_on": tomorrow.isoformat()}).content.decode()
    assert "No entry fits" not in client.get(reverse("log:audit"), {"to_on": today.isoformat()}).content.decode()

    answer = client.get(reverse("log:audit-export"), {"event": "case.taken"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        keys = file.read("vkey").decode().split()
        (name,) = [each for each in file.namelist() if each != "vkey"]
        proved = redress_verify.check(redress_verify.read_receipt(file.read(name)), keys, [])
    assert (proved.kind, proved.facts) == ("case.taken", {})
    alone = client.get(reverse("log:audit-proof", args=[proved.place]))
    assert redress_verify.check(redress_verify.read_receipt(alone.content), keys, []).place == proved.place
    assert keys == [str(key) for key in signing.verifiers()]


@pytest.mark.django_db
def test_what_is_not_signed_yet_is_not_shown_to_auditors(auditor: Actor) -> None:
    logs.add_entries(3)
    assert "No entry fits" in client_for(auditor).get(reverse("log:audit")).content.decode()
    logs.seal_everything()
    logs.add_entries(1)
    logs.place_all()
    last = Leaf.objects.latest("leaf_index").leaf_index
    assert client_for(auditor).get(reverse("log:audit-proof", args=[last])).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [{"event": "no.such"}, {"from_on": "yesterday"}, {"place": "-1"}, {"place": "9" * 30}, {"to_on": "9999-12-31"}],
)
def test_a_filter_that_cannot_be_read_is_a_page_and_never_a_trace(query: dict[str, str], auditor: Actor) -> None:
    logs.add_entries(1)
    logs.seal_everything()
    for name in ("log:audit", "log:audit-export"):
        assert client_for(auditor).get(reverse(name), query).status_code in (200, 422)


@pytest.mark.django_db
def test_an_auditor_cannot_write(auditor: Actor) -> None:
    """Whatever is open to auditors refuses every method that could change anything, but their own session's pages."""
    client = client_for(auditor)
    tried = []
    for address in addresses():
        if str(Role.AUDITOR) not in address.open_to:
            continue
        path = "/" + "/".join(
            "1" if "int" in part else "000" if "<" in part else part for part in address.path.split("/")
        )
        for method in ("post", "put", "patch", "delete"):
            assert getattr(client, method)(path).status_code == 405, (method, path)
        tried.append(path)
    assert len(tried) >= 4


@pytest.mark.django_db
@pytest.mark.parametrize("role", [role for role in Role if role != Role.AUDITOR])
def test_nobody_else_reads_the_log_as_a_whole(role: Role, person: Actor) -> None:
    for actor in (factories.staff(role, "cn-spc"), person):
        for name in ("log:audit", "log:audit-export"):
            assert client_for(actor).get(reverse(name)).status_code == 403
