"""The pages on which officials tell people apart: both sides, reasons, and nobody else."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.actors import Actor
from accounts.models import Role, Subject, User
from audit.models import Entry, Opening
from records.importing import rulings
from records.models import ChangeState, DoubtfulLine, DoubtState, IdentityChange, Record
from records.operations import identity
from records.values import Refusal
from tests import factories
from tests.census.markup import Page
from tests.factories import record_for
from tests.feeds import feed, line
from tests.fixtures import client_for

WHY = "I compared the register with the card."
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_var(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"


@pytest.fixture
def doubt(tmp_path: Path, holder: Any) -> DoubtfulLine:
    feed(tmp_path, line("1", 1))
    feed(tmp_path, line("2", 1, name="Li Na"), line("3", 1, name="Li Na"))
    return DoubtfulLine.objects.get(source_ref="2")


@pytest.fixture
def two(holder: Any) -> tuple[Record, Record]:
    """An entry of each of two files."""
    return record_for(factories.subject(name="Wang Xiaoyu")), record_for(factories.subject(name="Wang Xiao Yu"))


def read(client: Client, path: str, *, status: int = 200, language: str = "") -> str:
    answer = client.get(path)
    assert answer.status_code == status
    said = answer.content.decode()
    assert not Page(said).problems(), Page(said).problems()
    return said


def send(client: Client, path: str, status: int, **said: Any) -> str:
    answer = client.post(path, said)
    assert answer.status_code == status, answer.content.decode()
    if status not in (301, 302):
        assert not Page(answer.content.decode()).problems()
    return answer.content.decode() if status != 302 else str(answer["Location"])


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_work_list_opens_nothing(doubt: DoubtfulLine, caseworker: Actor, language: str) -> None:
    said = read(client_for(caseworker, language=language), "/identity/lines/")
    assert doubt.source_ref in said
    assert "Li Na" not in said
    assert not Entry.objects.filter(event_type__in=["identity.opened", "identity.doubt_opened"]).exists()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_line_shows_both_sides_and_leaves_its_trace(doubt: DoubtfulLine, caseworker: Actor, language: str) -> None:
    said = read(client_for(caseworker, language=language), f"/identity/lines/{doubt.pk}/")
    assert "Li Na" in said
    assert "Wang Xiaoyu" in said
    assert "****" in said
    entries = Entry.objects.filter(event_type__in=["identity.opened", "identity.doubt_opened"])
    assert entries.count() == 2


def test_deciding_takes_in_what_says_the_same(doubt: DoubtfulLine, caseworker: Actor) -> None:
    client, path = client_for(caseworker), f"/identity/lines/{doubt.pk}/"
    known = Subject.objects.get()
    assert send(client, path, 302, choice=f"same:{known.pk}", reason=WHY) == "/identity/lines/"
    assert "2 lines were taken in" in read(client, "/identity/lines/")
    assert Record.objects.filter(subject=known).count() == 3
    assert "Somebody else has decided" in send(client, path, 409, choice="new", reason=WHY)
    read(client, path, status=404)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"reason": WHY}, "Choose whom the line is about"),
        ({"choice": "new"}, "Say why."),
        ({"choice": "same:00000000-0000-7000-8000-000000000009", "reason": WHY}, "Select a valid choice"),
    ],
)
def test_what_is_missing_is_said_at_the_field(
    doubt: DoubtfulLine, caseworker: Actor, said: dict[str, str], words: str
) -> None:
    assert words in send(client_for(caseworker), f"/identity/lines/{doubt.pk}/", 422, **said)
    assert DoubtfulLine.objects.filter(state=DoubtState.WAITING).count() == 2


def test_why_a_line_no_longer_fits_is_told_in_the_readers_language(
    doubt: DoubtfulLine, caseworker: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    because = Refusal(
        "values.amount", "outside_catalogue", "%(because)s", {"because": {"en": "Too much.", "zh": "过高。"}}
    )
    form = Refusal("values.court", "missing", "Add this: it is required.")

    def refuse(*_given: Any, **_named: Any) -> None:
        raise rulings.CannotBeTakenIn([because, form])

    monkeypatch.setattr(rulings, "decide_doubtful", refuse)
    client = client_for(caseworker, language="zh-hans")
    said = send(client, f"/identity/lines/{doubt.pk}/", 409, choice="new", reason=WHY)
    assert "values.amount: 过高。" in said
    assert "values.court: 请补充：此项必填。" in said


def test_who_imported_it_is_told_so_in_place_of_the_form(tmp_path: Path, caseworker: Actor) -> None:
    feed(tmp_path, line("1", 1))
    feed(tmp_path, line("2", 1, name="Li Na"), by=caseworker)
    doubt = DoubtfulLine.objects.get()
    client = client_for(caseworker)
    assert "You entered or imported this data" in read(client, f"/identity/lines/{doubt.pk}/")
    assert "You entered or imported" in send(client, f"/identity/lines/{doubt.pk}/", 409, choice="new", reason=WHY)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_two_files_are_joined_by_two_people_and_separated_by_a_third(
    two: tuple[Record, Record], holder: Any, caseworker: Actor, supervisor: Actor, language: str
) -> None:
    first, second = two
    proposer = client_for(caseworker, language=language)
    read(proposer, "/identity/changes/")
    read(proposer, "/identity/join/")
    named = {"source": "sample-court", "source_ref": first.source_ref}
    path = send(proposer, "/identity/join/", 302, **named, other_source="sample-court", other_ref=second.source_ref)
    said = read(proposer, path)
    assert "Wang Xiaoyu" in said
    assert "Wang Xiao Yu" in said
    send(proposer, path, 422)
    where = send(proposer, path, 302, reason=WHY)
    assert WHY in read(proposer, where)
    approver = client_for(supervisor, language=language)
    read(approver, where)
    send(approver, where, 422, then="approve")
    send(approver, where, 302, then="approve", reason=WHY)
    second.subject.refresh_from_db()
    assert second.subject.merged_into_id == first.subject_id
    send(approver, where, 409, then="undo", reason=WHY)
    third = client_for(factories.staff(Role.SUPERVISOR, holder), language=language)
    send(third, where, 302, then="undo", reason=WHY)
    assert IdentityChange.objects.get().state == ChangeState.UNDONE
    read(third, where)
    read(third, "/identity/changes/")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_entries_are_taken_out_of_a_file(caseworker: Actor, supervisor: Actor, holder: Any, language: str) -> None:
    mixed = factories.subject()
    goes, _stays = record_for(mixed), record_for(mixed)
    client = client_for(caseworker, language=language)
    read(client, "/identity/split/")
    path = send(client, "/identity/split/", 302, source="sample-court", source_ref=goes.source_ref)
    assert str(goes.pk) in read(client, path)
    send(client, path, 422, reason=WHY, name="Li Na")
    send(client, path, 422, records=[str(goes.pk)], reason=WHY)
    send(client, path, 422, records=[str(goes.pk)], name="Li Na")
    where = send(client, path, 302, records=[str(goes.pk)], name="Li Na", reason=WHY)
    assert "Li Na" in read(client, where)
    approver = client_for(supervisor, language=language)
    read(approver, where)
    send(approver, where, 302, then="approve", reason=WHY)
    goes.refresh_from_db()
    assert goes.subject != mixed
    read(approver, where)


def test_a_refused_proposal_says_why(two: tuple[Record, Record], caseworker: Actor, supervisor: Actor) -> None:
    change = identity.propose_merge(two[0].subject_id, two[1].subject_id, reason=WHY, by=caseworker, at=factories.AT)
    client = client_for(supervisor)
    send(client, f"/identity/changes/{change.pk}/", 302, then="refuse", reason="They are brothers.")
    assert "They are brothers." in read(client, f"/identity/changes/{change.pk}/")
    send(client, f"/identity/changes/{change.pk}/", 409, then="approve", reason=WHY)
    send(client, f"/identity/changes/{change.pk}/", 409, then="nonsense", reason=WHY)


def test_a_reference_of_nobody_is_said_at_its_field(two: tuple[Record, Record], caseworker: Actor) -> None:
    client = client_for(caseworker)
    wrong = {"source": "sample-court", "source_ref": "nobody"}
    assert "Nothing in your programmes" in send(client, "/identity/split/", 422, **wrong)
    other = {"other_source": "sample-court", "other_ref": two[0].source_ref}
    assert "Nothing in your programmes" in send(client, "/identity/join/", 422, **wrong, **other)


@pytest.mark.parametrize("place", [0, 1])
def test_who_works_for_two_offices_looks_for_the_one_whose_entry_it_is(place: int) -> None:
    offices = [factories.organisation(code) for code in ("cn-spc", "cn-city-traffic-police")]
    about = [("cn-court-defaulters", "court_listing"), ("cn-jaywalking", "face_event")][place]
    official = factories.staff(Role.CASEWORKER, offices[0])
    factories.seat(User.objects.get(pk=official.own_user), Role.CASEWORKER, offices[1])
    record = record_for(factories.subject(), *about)
    read(client_for(official), f"/identity/split/{record.pk}/")
    looked = Entry.objects.get(event_type="identity.opened")
    assert Opening.objects.get(entry_id=looked.pk, name="actor").subject_key == offices[place].pk


def test_strangers_get_nothing(
    doubt: DoubtfulLine,
    two: tuple[Record, Record],
    caseworker: Actor,
    person: Actor,
    source_officer: Actor,
    auditor: Actor,
    other_person: Actor,
) -> None:
    first, second = two
    change = identity.propose_merge(first.subject_id, second.subject_id, reason=WHY, by=caseworker, at=factories.AT)
    paths = [
        f"/identity/lines/{doubt.pk}/",
        f"/identity/changes/{change.pk}/",
        f"/identity/join/{first.pk}/{second.pk}/",
        f"/identity/split/{first.pk}/",
    ]
    refused = [client_for(each) for each in (person, other_person, source_officer, auditor)]
    elsewhere = client_for(factories.staff(Role.SUPERVISOR, "us-credit-agency"))
    for path in paths:
        assert [client.get(path).status_code for client in refused] == [403] * 4
        assert [elsewhere.get(path).status_code, elsewhere.post(path, {"then": "approve"}).status_code] == [404, 404]
    for path in ("/identity/lines/", "/identity/changes/"):
        said = elsewhere.get(path).content.decode()
        assert str(doubt.pk) not in said
        assert str(change.pk) not in said
