"""Erasing somebody: who may, when, what goes, what stays, and what a backup from before still tells."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import time_machine
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client

from accounts.actors import Actor
from accounts.models import Identifier, Role, Subject, User
from accounts.operations import second_factor
from accounts.queries import actor_of, name_of
from appeals import operations, queries, vault
from appeals.evidence_files import make_safe
from appeals.models import Case, DraftEvidence, DraftItem, Erasure, ErasureState
from appeals.operations import NewEvidence, erasure
from appeals.operations.erasure import NotErased
from appeals.workflow import Status
from audit import keys, merkle, months, receipts, signing, tree, turning
from audit import operations as audit
from audit.models import Entry, Opening, SubjectKey
from audit.queries import opened
from delivery import operations as delivery
from delivery.models import Message
from records.models import Content, ExportFile, Record, RecordState
from redress import health
from redress.log import check as log_page
from tests import factories, logs
from tests.census.personal import COLUMNS
from tests.census.test_personal import columns, our_models
from tests.factories import AT
from tests.fixtures import client_for
from tools import redress_verify

LONG_AFTER = datetime(2040, 1, 2, tzinfo=UTC)
NAME, WORDS = "Plantedname Erasme", "Plantedwords that go"
BASIS = "GDPR Art. 17(1)(a)"


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, settings: Any) -> None:
    settings.MONTH_KEYS_DIR = tmp_path / "months"
    settings.AUDIT_SIGNER_DIR = tmp_path / "signer"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EVIDENCE_DIR = tmp_path / "evidence"


@pytest.fixture
def case(db: None) -> Case:
    """A closed case of somebody whose words, name and evidence are planted; nothing rests on the file any more."""
    person = factories.person(name=NAME, email="planted.erased@mail.example")
    record = factories.record_for(person, values={"duty": "Plantedduty"})
    made = factories.case_at(Status.IN_REVIEW, person=person, items=[factories.item(record, words=WORDS)])
    evidence = NewEvidence("plantedfile.txt", make_safe(b"Plantedevidence"))
    operations.add_evidence(made.pk, evidence, by=person, at=AT + timedelta(hours=2))
    _finish(made, person)
    delivery.deliver_due(at=AT + timedelta(days=91), limit=50)
    return Case.objects.get(pk=made.pk)


def _finish(made: Case, person: Actor) -> None:
    caseworker = queries_actor(made.caseworker)
    reasons = {"remedy": "delete", "reasons": "Plantedreasons"}
    operations.draft(made.pk, factories.answers_to(made, [reasons]), by=caseworker, at=AT + timedelta(hours=3))
    operations.submit(made.pk, by=caseworker, at=AT + timedelta(hours=4))
    supervisor = factories.staff(Role.SUPERVISOR, made.holder)
    operations.approve(made.pk, seen=AT + timedelta(hours=4), by=supervisor, at=AT + timedelta(hours=5))
    operations.serve(made.pk, how="opened", by=person, at=AT + timedelta(hours=6))
    factories.carry_out(Case.objects.get(pk=made.pk))
    operations.close(made.pk, at=AT + timedelta(days=90))


def queries_actor(user: User | None) -> Actor:
    assert user
    return actor_of(user)


@pytest.fixture
def proposer(db: None) -> Actor:
    return factories.staff(Role.SUPERVISOR, "cn-spc")


@pytest.fixture
def outsider(db: None) -> Actor:
    """Somebody of an office that has no part in anything."""
    return factories.staff(Role.REVIEWER, "sample-ombudsman")


def proposed(case: Case, by: Actor, *, asked: bool = False, at: datetime = LONG_AFTER) -> Erasure:
    return erasure.propose(case.subject_id, asked_by_person=asked, basis=BASIS, because="Over.", by=by, at=at)


def erased(case: Case, proposer: Actor, outsider: Actor, at: datetime = LONG_AFTER) -> erasure.Erased:
    found = proposed(case, proposer, at=at)
    return erasure.approve(found.pk, by=outsider, at=at + timedelta(days=erasure.OFFER_DAYS + 1))


def refused(code: str) -> Any:
    return pytest.raises(NotErased, check=lambda error: error.code == code)


# --- who, and when --------------------------------------------------------------------------------


def test_it_takes_two_people_and_the_second_has_no_part_in_the_file(
    case: Case, proposer: Actor, outsider: Actor
) -> None:
    found = proposed(case, proposer)
    later = LONG_AFTER + timedelta(days=erasure.OFFER_DAYS + 1)
    with refused("same_person"):
        erasure.approve(found.pk, by=proposer, at=later)
    for organisation in ("cn-spc", "sample-court"):  # whoever holds it, and whoever supplied it
        with refused("has_a_part"):
            erasure.approve(found.pk, by=factories.staff(Role.SUPERVISOR, organisation), at=later)
    for role in (Role.CASEWORKER, Role.AUDITOR, Role.SOURCE_OFFICER):
        with refused("no_role"):
            erasure.approve(found.pk, by=factories.staff(role, "sample-ombudsman"), at=later)
    erasure.approve(found.pk, by=outsider, at=later)
    found.refresh_from_db()
    assert (found.state, found.decided_by_id) == (ErasureState.DONE, outsider.user_id)
    with refused("erased"):
        proposed(case, proposer)


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.SOURCE_OFFICER, Role.AUDITOR, Role.REVIEWER])
def test_not_everybody_proposes(role: Role) -> None:
    with refused("no_role"):
        erasure.propose(
            factories.subject().pk,
            asked_by_person=True,
            basis=BASIS,
            because="x",
            by=factories.staff(role, "cn-spc"),
            at=AT,
        )


@pytest.mark.django_db
@pytest.mark.parametrize("said", [{"basis": " ", "because": "x"}, {"basis": BASIS, "because": ""}])
def test_it_needs_a_law_and_a_reason(said: dict[str, str], proposer: Actor) -> None:
    with refused("no_basis"):
        erasure.propose(factories.subject().pk, asked_by_person=True, by=proposer, at=AT, **said)


def test_the_person_is_offered_their_file_first(case: Case, proposer: Actor, outsider: Actor) -> None:
    found = proposed(case, proposer)
    told = Message.objects.get(subject_id=case.subject_id, kind="erasure_offered")
    assert told.params == {"until_on": found.offered_until.isoformat()}
    assert told.mail_state == "waiting"
    with refused("offered"):
        erasure.approve(found.pk, by=outsider, at=LONG_AFTER + timedelta(days=erasure.OFFER_DAYS))
    with refused("waits_already"):
        proposed(case, proposer)
    erasure.refuse(found.pk, reason="They need it in court.", by=outsider, at=LONG_AFTER)
    assert Message.objects.filter(subject_id=case.subject_id, kind="erasure_refused").exists()
    with refused("decided_already"):
        erasure.approve(found.pk, by=outsider, at=LONG_AFTER + timedelta(days=99))
    assert name_of(case.subject_id) == NAME


def test_not_before_the_limitation_time_unless_the_person_asks(case: Case, proposer: Actor) -> None:
    free_from = queries.limitation_over([case.subject_id])
    assert free_from and free_from.isoformat() == "2038-01-01"  # closed in January 2027, ten years, to the year's end
    early = datetime(2037, 12, 31, 12, tzinfo=UTC)
    with refused("limitation"):
        proposed(case, proposer, at=early)
    assert proposed(case, proposer, asked=True, at=early).asked_by_person


@pytest.mark.django_db
def test_what_is_still_kept_waits_unless_the_person_asks(proposer: Actor) -> None:
    person = factories.person()
    factories.record_for(person, measures=())
    found = queries.obstacles([person.own_subject], asked_by_person=False, at=LONG_AFTER)
    assert found == [queries.Obstacle.KEPT]
    assert not queries.obstacles([person.own_subject], asked_by_person=True, at=AT)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "status", [Status.FILED, Status.IN_REVIEW, Status.AWAITING_APPROVAL, Status.DECIDED, Status.WITHDRAWING]
)
def test_an_open_case_and_a_measure_stand_in_the_way_of_everybody(status: Status, proposer: Actor) -> None:
    case = factories.case_at(status)
    for asked in (True, False):
        with refused("open_case"):
            proposed(case, proposer, asked=asked)
    found = queries.obstacles([case.subject_id], asked_by_person=True, at=LONG_AFTER)
    assert queries.Obstacle.MEASURE in found


@pytest.mark.django_db
def test_a_window_that_the_person_gives_up_ends_with_them(proposer: Actor, outsider: Actor) -> None:
    person = factories.person()
    case = factories.case_at(Status.SERVED, person=person, items=[factories.item(factories.record_for(person))])
    factories.carry_out(case)
    at = AT + timedelta(days=2)
    assert queries.Obstacle.WINDOW in queries.obstacles([case.subject_id], asked_by_person=False, at=at)
    found = proposed(case, proposer, asked=True, at=at)
    erasure.approve(found.pk, by=outsider, at=at + timedelta(days=22))
    case.refresh_from_db()
    assert case.status == Status.CLOSED
    assert verified() == "All agrees."


# --- what goes ------------------------------------------------------------------------------------


def verified() -> str:
    out = StringIO()
    with suppress(SystemExit):
        call_command("audit_verify", full=True, stdout=out)
    with suppress(SystemExit):
        call_command("check_integrity", stdout=out)
    said = out.getvalue().strip().splitlines()
    return "All agrees." if "All agrees." in said and not [line for line in said if ": " in line] else "\n".join(said)


# Tables that only grow keep bytes that nobody can open, and digests that are keyed; a person has no password.
STAY = {("appeals.ClockEntry", "sealed_words"), ("records.Version", "digest"), ("accounts.User", "password")}


def personal_columns() -> Iterator[tuple[Any, str, list[str]]]:
    """Every table about a person with something sealed or hashed: by which column they are found, and what that is."""
    for model in our_models():
        label = model._meta.label
        names = [name for kind in ("sealed", "hashed") for name in COLUMNS[label].get(kind, "").split()]
        about = next((name for name in ("subject", "subject_id", "subject_key") if name in columns(model)), "")
        about = "pk" if label == "accounts.Subject" else about
        left = [name for name in names if (label, name) not in STAY]
        if about and left:
            yield model, about, left


def values(subject_id: UUID) -> dict[str, int]:
    """How many values there are about somebody, by column."""
    return {
        f"{model._meta.label}.{name}": sum(
            bool(value) for value in model._default_manager.filter(**{about: subject_id}).values_list(name, flat=True)
        )
        for model, about, names in personal_columns()
        for name in names
    }


def plant_rows(case: Case) -> None:
    """A row in every table that a usual case leaves empty: what stands in it makes no difference."""
    about = Subject.objects.get(pk=case.subject_id)
    item, sealed = case.items.get(), keys.seal(about.pk, b"Planted")
    user, at, organisation = User.objects.get(subject=about), AT, factories.organisation("sample-court")
    record = Record.objects.get(subject=about)
    made: dict[str, dict[str, Any]] = {
        "accounts.ContactVouch": {"lookup": sealed, "source": organisation, "since": at},
        "accounts.ContactChange": {
            "lookup": sealed, "sealed": sealed, "code_hash": sealed, "stop_hash": sealed, "tries_left": 1,
            "asked_at": at, "expires_at": at, "is_proved": True,
        },
        "accounts.ContactWishes": {"sealed": sealed, "changed_at": at},
        "accounts.Mandate": {
            "basis": "heir", "reach": "see", "from_on": at.date(), "sealed": sealed, "code_hash": sealed,
            "given_at": at,
        },
        "accounts.PostalAddress": {"sealed": sealed, "noted_by": user, "noted_at": at},
        "accounts.ActivationLetter": {
            "code_hash": sealed, "made_by": user, "made_at": at, "expires_at": at, "tries_left": 1,
        },
        "records.SourceChange": {
            "record": record, "kind": "change", "state": "set_aside", "digest": sealed, "sealed": sealed,
            "received_at": at, "settled_at": at,
        },
        "records.Statement": {
            "record": record, "sealed": sealed, "language": "en", "number": 1, "written_at": at,
        },
        "records.DoubtfulLine": {
            "programme": case.programme, "holder": case.holder, "source": organisation, "source_ref": "Planted",
            "reason": "looks_like", "who": sealed, "digest": sealed, "state": "accepted", "arrived_at": at,
            "decided_by": user, "decided_at": at, "sealed_reason": sealed,
        },
        "records.IdentityChange": {
            "kind": "merge", "holder": case.holder, "sealed": sealed, "state": "done", "proposed_by": user,
            "proposed_at": at, "decided_by": User.objects.exclude(pk=user.pk)[0], "decided_at": at,
        },
        "records.Export": {
            "asked_by": user, "in_full": True, "language": "en", "state": "ready", "schema_version": 1,
            "asked_at": at, "made_at": at, "expires_at": at,
        },
        "appeals.DisputeDraft": {
            "sealed_without": sealed, "sealed_late": sealed,
            "programme": case.programme, "begun_at": at, "changed_at": at,
        },
        "appeals.CompletionRequest": {
            "case": case, "rule": "any", "sealed": sealed, "sealed_answer": sealed, "asked_by": user,
            "asked_at": at, "ended_at": at,
        },
        "appeals.LateFiling": {
            "case": case, "known_on": at.date(), "last_day": at.date(), "reason": "any", "sealed": sealed,
            "accepted_by": user, "accepted_at": at, "sealed_hindered": sealed, "counted_until": at.date(),
        },
        "appeals.Screening": {
            "case": case, "rule": "any", "sealed": sealed, "sealed_note": sealed, "sealed_news": sealed,
            "proposed_by": user, "proposed_at": at, "decided_at": at, "ended_at": at,
        },
    }  # fmt: skip
    rows = {label: apps.get_model(label)(subject=about, **fields) for label, fields in made.items()}
    for row in rows.values():
        row.save(force_insert=True)
    ExportFile.objects.create(
        export=rows["records.Export"], subject=about, part=1, kind="json", entries=1, size=1, digest=sealed
    )
    for label in ("records.DoubtfulLine", "records.IdentityChange"):  # the guard asks for an entry for each
        by = actor_of(user).signature()
        audit.record("identity.undone", by=by, at=at, subject_id=about.pk, record_id=rows[label].pk)
    draft = rows["appeals.DisputeDraft"]
    DraftItem.objects.create(draft=draft, subject=about, record=record, version=item.version, sealed=sealed)
    DraftEvidence.objects.create(
        draft=draft, subject=about, sealed_name=sealed, kind="text", size=1, digest=sealed, added_at=at
    )
    Message.objects.create(kind="sign_in_code", subject_id=about.pk, sealed_params=sealed, created_at=at)
    Subject.objects.filter(pk=about.pk).update(name_hash=sealed, birth_hash=sealed, alike=sealed)
    case.decision.sealed_note = case.decision.sealed_unfinished = sealed
    case.decision.save()
    with transaction.atomic():  # the guard asks for an entry for the case
        Case.objects.filter(pk=case.pk).update(sealed_without=sealed)
        audit.record("case.document_explained", by=actor_of(user).signature(), at=at, case_id=case.pk)


def test_no_column_about_an_erased_person_holds_a_value(case: Case, proposer: Actor, outsider: Actor) -> None:
    """By the table of columns: a new sealed or hashed column fails here until the erasure empties it."""
    plant_rows(case)
    without = [column for column, count in values(case.subject_id).items() if not count]
    assert without == ["records.DoubtfulLine.sealed"], "plant these, too"  # whose it is is decided without it
    erased(case, proposer, outsider)
    assert not [column for column, count in values(case.subject_id).items() if count]
    assert not User.objects.get(subject=case.subject_id).is_active
    assert Record.objects.get(subject=case.subject_id).source_ref.startswith("erased:")


def test_no_planted_value_is_left_in_any_table_or_file(
    case: Case, proposer: Actor, outsider: Actor, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    address = b"planted.erased@mail.example"
    assert any(address in path.read_bytes() for path in (tmp_path / "mail").glob("*.log"))
    assert len(list(vault.stored())) == 1
    with django_capture_on_commit_callbacks(execute=True):
        erased(case, proposer, outsider)
    for model in [*our_models(), apps.get_model("sessions", "Session")]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {model._meta.db_table} AS row WHERE row::text ILIKE '%planted%'")  # noqa: S608
            assert cursor.fetchone() == (0,), model
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"lanted" in path.read_bytes()]
    assert not list(vault.stored())


def test_nothing_that_was_sealed_for_them_can_be_opened(case: Case, proposer: Actor, outsider: Actor) -> None:
    before = {row.pk: bytes(row.sealed) for row in Content.objects.filter(subject=case.subject_id) if row.sealed}
    openings = {row.pk: bytes(row.sealed) for row in Opening.objects.filter(subject_key=case.subject_id)}
    done = erased(case, proposer, outsider)
    assert done.openings == len(openings) > 10
    assert before or openings
    with pytest.raises(keys.Erased):
        keys.open_sealed(case.subject_id, next(iter(openings.values())))
    with pytest.raises(keys.Erased):
        name_of(case.subject_id)
    assert keys.load_many([case.subject_id]) == {}
    assert case.subject_id in months.erased()
    assert Record.objects.get(subject=case.subject_id).state in (RecordState.SEALED, RecordState.EXPIRED)


def test_everything_still_agrees_after_an_erasure(case: Case, proposer: Actor, outsider: Actor) -> None:
    signing.configured().begin()
    erased(case, proposer, outsider)
    logs.seal_everything()
    assert verified() == "All agrees."


def test_tree_receipts_and_proofs_stay_valid(case: Case, proposer: Actor, outsider: Actor) -> None:
    signing.configured().begin()
    logs.seal_everything()
    filed = Entry.objects.get(case_id=case.pk, event_type="case.filed")
    receipt = receipts.build([filed.pk])[filed.pk]
    size = tree.signed_size()
    root = merkle.root(tree.Tiles(), size)
    erased(case, proposer, outsider)
    logs.seal_everything()
    vkeys = [str(key) for key in signing.verifiers()]
    proved = redress_verify.check(redress_verify.read_receipt(receipt.encode()), vkeys, [])
    assert proved.facts["reference"] == case.reference  # who holds it disclosed it themselves
    redress_verify.check_against(proved, vkeys, log_page._fetch)
    assert merkle.root(tree.Tiles(), size) == root
    fresh = redress_verify.check(redress_verify.read_receipt(receipts.build([filed.pk])[filed.pk].encode()), vkeys, [])
    assert not fresh.facts  # the same entry, of which nothing can be disclosed any more


def test_erasing_hides_no_decision_maker(case: Case, proposer: Actor, outsider: Actor) -> None:
    decided = Entry.objects.get(case_id=case.pk, event_type="case.decided")
    before = opened([decided.pk])[decided.pk]
    erased(case, proposer, outsider)
    after = opened([decided.pk])[decided.pk]
    assert set(after) == {"actor"}
    assert after["actor"] == before["actor"]
    case.refresh_from_db()
    assert case.caseworker
    assert case.decision.drafted_by
    assert case.decision.approved_by


def test_the_log_says_who_erased_and_by_which_law_and_not_whom(case: Case, proposer: Actor, outsider: Actor) -> None:
    erased(case, proposer, outsider)
    entries = {entry.event_type: entry for entry in Entry.objects.filter(event_type__startswith="erasure.")}
    facts = opened(entry.pk for entry in entries.values())
    assert set(entries) == {"erasure.proposed", "erasure.approved", "erasure.performed"}
    assert f":{proposer.user_id}" in str(facts[entries["erasure.proposed"].pk]["actor"])
    assert f":{outsider.user_id}" in str(facts[entries["erasure.approved"].pk]["actor"])
    assert facts[entries["erasure.performed"].pk]["basis"] == BASIS
    assert all(str(case.subject_id) not in map(str, said.values()) for said in facts.values())


def test_an_erased_case_is_a_page_that_says_so(case: Case, proposer: Actor, outsider: Actor) -> None:
    erased(case, proposer, outsider)
    client: Client = client_for(queries_actor(case.caseworker))
    answer = client.get(f"/casework/{case.reference}/")
    assert answer.status_code == 410
    assert "was erased" in answer.content.decode()
    assert client.get("/casework/").status_code == 200


def test_somebody_who_comes_back_in_a_feed_is_somebody_new(case: Case, proposer: Actor, outsider: Actor) -> None:
    number = keys.open_sealed(case.subject_id, bytes(Identifier.objects.get(subject=case.subject_id).sealed))
    erased(case, proposer, outsider)
    again = factories.subject(name=NAME)
    assert again.pk != case.subject_id
    assert not Identifier.objects.filter(subject=case.subject_id).exists()
    assert number


# --- months ---------------------------------------------------------------------------------------


@pytest.fixture
def clock() -> Iterator[Callable[[str], datetime]]:
    """Moves the time of the machine to a day."""
    with time_machine.travel(datetime(2026, 11, 20, tzinfo=UTC), tick=False) as traveller:

        def to(day: str) -> datetime:
            now = datetime.fromisoformat(day).replace(tzinfo=UTC)
            traveller.move_to(now)
            return now

        yield to


def wrapped(owner: UUID) -> bytes:
    return bytes(SubjectKey.objects.get(pk=owner).wrapped_key or b"")


@pytest.mark.django_db
def test_in_a_new_month_every_key_is_wrapped_anew_and_the_old_months_key_goes_in_time(
    clock: Callable[[str], datetime],
) -> None:
    owner = factories.missing_id()
    sealed = keys.seal(owner, b"said")
    assert keys.month_in(wrapped(owner)) == "202611"
    november = wrapped(owner)
    assert turning.turn(at=clock("2026-12-01")).wrapped >= 1
    keys.forget()
    assert keys.month_in(wrapped(owner)) == "202612"
    assert keys.open_sealed(owner, sealed) == b"said"
    # A backup of November is kept for 35 days after its end, and can be opened as long.
    assert turning.turn(at=clock("2027-01-04")).destroyed == []
    SubjectKey.objects.filter(pk=owner).update(wrapped_key=november)
    assert keys.load_many([owner])[owner].open(sealed) == b"said"
    turning.turn(at=clock("2027-01-04"))
    assert turning.turn(at=clock("2027-01-05")).destroyed == ["202611"]
    assert months.kept() == ["202701"] or months.kept() == ["202612", "202701"]
    SubjectKey.objects.filter(pk=owner).update(wrapped_key=november)
    keys.forget()
    assert keys.load_many([owner]) == {}
    with pytest.raises(keys.Erased):
        keys.open_sealed(owner, sealed)
    assert Entry.objects.filter(event_type="month_key.destroyed").count() == 1


@pytest.mark.django_db
def test_a_month_under_which_a_key_stands_is_never_destroyed(
    clock: Callable[[str], datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.seal(factories.missing_id(), b"said")
    monkeypatch.setattr(turning, "_wrap_some", lambda: 0)
    assert turning.turn(at=clock("2028-01-01")).destroyed == []
    assert "202611" in months.kept()


@pytest.mark.django_db
def test_keys_from_before_there_were_months_open_and_are_wrapped_anew(settings: Any) -> None:
    owner, key = factories.missing_id(), bytes(range(32))
    old = b"\x01" + bytes(12) + AESGCM(settings.MASTER_KEY).encrypt(bytes(12), key, owner.bytes)
    SubjectKey.objects.create(pk=owner, wrapped_key=old)
    sealed = keys.seal(owner, b"said")
    assert turning.oldest() == ""
    turning.turn(at=datetime.now(UTC))
    keys.forget()
    assert keys.month_in(wrapped(owner)) == months.current()
    assert keys.open_sealed(owner, sealed) == b"said"


@pytest.mark.django_db
def test_a_month_that_is_lost_is_not_taken_for_one_that_was_destroyed(settings: Any, tmp_path: Path) -> None:
    owner = factories.missing_id()
    keys.seal(owner, b"said")
    assert health.readyz().status_code == 200
    keys.forget()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=40)):
        settings.MONTH_KEYS_DIR = tmp_path / "elsewhere"
        with pytest.raises(months.MonthKeyLost):
            keys.seal(owner, b"more")
        assert health.readyz().status_code == 503


# --- backups --------------------------------------------------------------------------------------


def _copied(owner: UUID) -> list[tuple[Any, list[Any]]]:
    """The rows that a backup holds of somebody, as they stand."""
    return [
        (model, list(model._default_manager.filter(**{name: owner})))
        for model, name in ((SubjectKey, "pk"), (Opening, "subject_key"), (Identifier, "subject"))
    ]


def _brought_back(rows: list[tuple[Any, list[Any]]]) -> None:
    for model, found in rows:
        for row in found:
            if model is SubjectKey:
                SubjectKey.objects.filter(pk=row.pk).update(wrapped_key=row.wrapped_key, destroyed_at=None)
            else:
                model._default_manager.bulk_create([row], ignore_conflicts=True)


def test_a_backup_from_before_the_erasure_opens_nothing_and_is_erased_again(
    case: Case, proposer: Actor, outsider: Actor
) -> None:
    backup = _copied(case.subject_id)
    sealed = bytes(Opening.objects.filter(subject_key=case.subject_id)[0].sealed)
    erased(case, proposer, outsider)
    _brought_back(backup)
    assert turning.restored() == [case.subject_id]
    assert health.readyz().status_code == 503
    # Before anything was replayed, the list alone keeps everything closed.
    with pytest.raises(keys.Erased):
        keys.open_sealed(case.subject_id, sealed)
    assert erasure.replay(at=LONG_AFTER + timedelta(days=40)) == 1
    assert not Opening.objects.filter(subject_key=case.subject_id).exists()
    assert not Identifier.objects.filter(subject=case.subject_id).exists()
    assert not wrapped(case.subject_id)
    assert health.readyz().status_code == 200
    assert erasure.replay(at=LONG_AFTER + timedelta(days=40)) == 0


def test_without_the_list_a_backup_is_shut_once_its_months_key_is_gone(
    case: Case, proposer: Actor, outsider: Actor, settings: Any, tmp_path: Path
) -> None:
    backup = _copied(case.subject_id)
    sealed = bytes(Opening.objects.filter(subject_key=case.subject_id)[0].sealed)
    done = erased(case, proposer, outsider)
    assert done.final_on == months.final_day(months.current())
    _brought_back(backup)
    (tmp_path / "months" / "erased").unlink()  # a thief has the backup and the master key, and no list
    assert keys.open_sealed(case.subject_id, sealed)  # until the day that the command printed
    months.destroy(months.current())
    keys.forget()
    with pytest.raises(keys.Erased):
        keys.open_sealed(case.subject_id, sealed)


def test_an_erasure_that_fails_leaves_everything_and_lists_nobody(
    case: Case, proposer: Actor, outsider: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = proposed(case, proposer)

    def fail(*_args: object, **_more: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("accounts.operations.erasing.empty", fail)
    with pytest.raises(RuntimeError), transaction.atomic():
        erasure.approve(found.pk, by=outsider, at=LONG_AFTER + timedelta(days=30))
    assert case.subject_id not in months.erased()
    assert name_of(case.subject_id) == NAME


# --- the command ----------------------------------------------------------------------------------


def command(monkeypatch: pytest.MonkeyPatch, by: Actor, *words: str, answer: str = "erase") -> str:
    user = User.objects.get(pk=by.own_user)
    with suppress(second_factor.NoSecondFactor):
        code = second_factor.current_code(str(user.email), at=datetime.now(UTC)).digits
    monkeypatch.setattr("sys.stdin", StringIO(f"{code}\n{answer}\n"))
    out = StringIO()
    call_command("erase_subject", *words, by=user.email, stdout=out)
    return out.getvalue()


def test_two_people_erase_by_the_command_each_with_their_own_code(
    case: Case, proposer: Actor, outsider: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for actor in (proposer, outsider):
        second_factor.set_up(User.objects.get(pk=actor.own_user))
    with time_machine.travel(LONG_AFTER, tick=False):
        said = command(monkeypatch, proposer, "--propose", case.reference, "--basis", BASIS, "--because", "It is over.")
    found = Erasure.objects.get()
    assert str(found.pk) in said
    assert str(found.offered_until) in said
    with time_machine.travel(LONG_AFTER + timedelta(days=1), tick=False):
        with pytest.raises(CommandError, match="may take it until 2040-01-23"):
            command(monkeypatch, outsider, "--approve", str(found.pk))
        with pytest.raises(CommandError, match="not the code"):  # each code works once
            command(monkeypatch, outsider, "--approve", str(found.pk))
    with time_machine.travel(LONG_AFTER + timedelta(days=24), tick=False):
        said = command(monkeypatch, outsider, "--approve", str(found.pk), answer="yes")
    assert "Nothing was erased." in said
    assert name_of(case.subject_id) == NAME
    with time_machine.travel(LONG_AFTER + timedelta(days=25), tick=False):
        said = command(monkeypatch, outsider, "--approve", str(found.pk))
    assert "It is destroyed on 2040-03-07" in said  # 35 days after the end of January
    assert not wrapped(case.subject_id)


@pytest.mark.django_db
def test_the_command_knows_nobody_without_an_authenticator(monkeypatch: pytest.MonkeyPatch, proposer: Actor) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("123456\n"))
    user = User.objects.get(pk=proposer.own_user)
    with pytest.raises(CommandError, match="Nobody on the staff"):
        call_command("erase_subject", "--propose", str(factories.missing_id()), by=user.email)
