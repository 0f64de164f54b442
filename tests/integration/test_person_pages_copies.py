"""The pages of copies: asking, following, downloading, deleting, and what they say when there is none."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Contact
from records import exporting
from records.exporting import asking
from records.models import Export
from tests.factories import record_for
from tests.fixtures import ClientOf

pytestmark = pytest.mark.django_db
COPIES = reverse("records:copies")


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> None:
    settings.EXPORT_DIR = tmp_path / "exports"


def made() -> None:
    while exporting.make_next(at=timezone.now()):
        pass


def test_a_copy_is_asked_for_followed_downloaded_and_deleted(
    person: Actor, other_person: Actor, client_of: ClientOf, django_capture_on_commit_callbacks: Any
) -> None:
    record_for(person)
    client, stranger = client_of(person), client_of(other_person)
    assert "Nobody may demand that you show it" in client.get(COPIES).content.decode()
    page = client.post(COPIES)["Location"]
    assert "0 of 1 entry" in client.get(page).content.decode()
    made()
    ready = client.get(page).content.decode()
    assert "Nobody may demand that you show it" in ready
    files = re.findall(rf'href="({page}[0-9a-f-]+/)"', ready)
    assert len(files) == 3
    assert all(client.get(each)["Content-Disposition"].startswith("attachment") for each in files)
    for address in (page, *files):
        assert stranger.get(address).status_code == 404
    assert stranger.post(f"{page}delete/").status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(f"{page}delete/").status_code == 302
    assert "you deleted it" in client.get(page).content.decode()
    assert client.get(files[0]).status_code == 404
    assert client.get(f"{page}delete/").status_code == 405


def test_an_expired_copy_cannot_be_taken_even_before_the_sweep(person: Actor, client_of: ClientOf) -> None:
    client = client_of(person)
    page = client.post(COPIES)["Location"]
    made()
    file = Export.objects.get().files.all()[0]
    assert client.get(f"{page}{file.pk}/").status_code == 200
    Export.objects.update(expires_at=timezone.now())
    assert client.get(f"{page}{file.pk}/").status_code == 404


def test_after_a_change_of_address_the_page_says_until_when(person: Actor, client_of: ClientOf) -> None:
    client = client_of(person)
    page = client.post(COPIES)["Location"]
    made()
    file = Export.objects.get().files.all()[0]
    Contact.objects.filter(subject_id=person.own_subject).update(settles_at=timezone.now() + timedelta(hours=1))
    shown = client.get(COPIES).content.decode()
    assert "Your address was changed a short time ago" in shown
    assert "Make a copy" not in shown
    refused = client.post(COPIES)
    assert refused.status_code == 409
    assert "Your address was changed a short time ago" in refused.content.decode()
    answer = client.get(f"{page}{file.pk}/", follow=True)
    assert "Your address was changed a short time ago" in answer.content.decode()


def test_so_many_copies_a_day_and_no_more(person: Actor, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "ASKED", asking.ASKED._replace(times=1))
    client = client_of(person)
    assert client.post(COPIES).status_code == 302
    refused = client.post(COPIES)
    assert refused.status_code == 429
    assert "You have asked for many copies today" in refused.content.decode()
