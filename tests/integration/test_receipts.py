"""A person keeps a receipt for what was done in their case, and whoever reads it learns no more than they must."""

import base64
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as live
from django.test import Client

from accounts.actors import Acting, Actor
from appeals import letter_of, operations, queries
from appeals.evidence_files import make_safe
from appeals.models import Case
from appeals.operations import NewEvidence
from appeals.workflow import Status
from audit import keys, publishing, receipts, signing
from audit.models import Entry, SubjectKey
from tests import factories, logs
from tests.census.markup import Page
from tests.factories import AT, case_at
from tests.fixtures import ClientOf
from tools import redress_verify
from tools.redress_verify import Proved


@pytest.fixture(autouse=True)
def own_signer(tmp_path: Path, settings: Any) -> None:
    settings.AUDIT_SIGNER_DIR = tmp_path / "log"


def proved(text: str) -> Proved:
    vkeys = [str(key) for key in signing.verifiers()]
    return redress_verify.check(redress_verify.read_receipt(text.encode()), vkeys)


@pytest.mark.django_db
def test_filing_evidence_decision_and_remedy_each_have_a_receipt(person: Actor) -> None:
    case = case_at(Status.FILED, person=person)
    operations.add_evidence(case.pk, NewEvidence("r.txt", make_safe(b"Paid on 3 March.")), by=person, at=AT)
    case = case_at(Status.SERVED, person=person)
    factories.carry_out(case)
    logs.seal_everything()
    assert [each.event for each in queries.receipts_of(case)] == ["case.filed", "case.decided", "case.remedy_done"]
    files = queries.receipt_files(case, queries.receipts_of(case))
    for each in queries.receipts_of(case):
        found = proved(files[each.entry_id])
        assert (found.kind, found.facts["reference"]) == (each.event, case.reference)


@pytest.mark.django_db
def test_a_receipt_discloses_kind_time_and_reference_only(person: Actor) -> None:
    case = case_at(Status.FILED, person=person)
    logs.seal_everything()
    (text,) = queries.receipt_files(case, queries.receipts_of(case)).values()
    found = proved(text)
    assert found.facts == {"at": "2026-11-02T09:00:00.000Z", "reference": case.reference}
    extra = json.loads(base64.b64decode(text.split("\n")[1].removeprefix("extra ")))
    readable = base64.b64decode(extra["leaf"]) + "".join(extra["disclosures"]).encode()
    for secret in (str(person.subject_id), str(case.pk), case.procedure):
        assert secret.encode() not in readable


@pytest.mark.django_db
def test_a_receipt_is_there_when_the_entry_is_signed(person: Actor, client_of: ClientOf) -> None:
    case = case_at(Status.FILED, person=person)
    browser = client_of(person)
    page = f"/cases/{case.reference}/"
    (receipt,) = queries.receipts_of(case)
    file = f"{page}receipts/{receipt.entry_id}/"
    assert "the receipt is made within a minute" in browser.get(page).content.decode()
    assert browser.get(file).status_code == 404
    logs.place_all()
    assert file not in browser.get(page).content.decode()
    logs.sign()
    assert file in browser.get(page).content.decode()
    answer = browser.get(file)
    assert answer["Content-Disposition"] == f'attachment; filename="{case.reference}-{receipt.entry_id}.tlog-proof"'
    assert proved(answer.content.decode()).kind == "case.filed"


@pytest.mark.django_db
def test_a_fuller_receipt_comes_after_a_page_that_warns(
    person: Actor, other_person: Actor, client_of: ClientOf
) -> None:
    case = case_at(Status.FILED, person=person)
    logs.seal_everything()
    (receipt,) = queries.receipts_of(case)
    page = f"/cases/{case.reference}/receipts/{receipt.entry_id}/full/"
    browser = client_of(person)
    assert page in browser.get(f"/cases/{case.reference}/").content.decode()
    warning = browser.get(page)
    assert "Nobody may make you show it" in warning.content.decode()
    assert Page(warning.content.decode()).problems() == []
    found = proved(browser.post(page).content.decode())
    assert found.facts["subject"] == str(person.subject_id)
    assert {"procedure", "items", "actor", "reference", "at"} <= set(found.facts)
    assert client_of(other_person).post(page).status_code == 404
    sister = replace(person, acts=Acting(case.pk, other_person.own_subject, "power_of_attorney", "all"))
    with pytest.raises(Case.DoesNotExist):
        queries.receipt_file(sister, case.reference, receipt.entry_id, in_full=True)


@pytest.mark.django_db
def test_every_letter_prints_the_checkpoint_of_its_day(person: Actor) -> None:
    case = case_at(Status.DECIDED, person=person)
    assert letter_of.letter_of(case, by=person, at=AT).checkpoint == ""  # nothing was signed by then
    signed = logs.seal_everything()
    Case.objects.filter(pk=case.pk).update(decided_at=signed.created_at)
    case.refresh_from_db()
    printed = letter_of.letter_of(case, by=person, at=AT).checkpoint
    origin, size, root = printed.split(" ")
    assert (origin, int(size), base64.b64decode(root)) == (live.AUDIT_LOG_ORIGIN, signed.size, bytes(signed.root))
    assert publishing.on_day(signed.created_at.date()) == printed
    assert publishing.on_day(signed.created_at.date() + timedelta(days=30)) == printed
    assert publishing.on_day(signed.created_at.date() - timedelta(days=1)) == ""


@pytest.mark.django_db
def test_a_receipt_is_for_nobody_else(person: Actor, other_person: Actor, client_of: ClientOf) -> None:
    case, other = case_at(Status.FILED, person=person), case_at(Status.FILED, person=other_person)
    logs.seal_everything()
    (mine,), (theirs,) = queries.receipts_of(case), queries.receipts_of(other)
    browser = client_of(other_person)
    assert browser.get(f"/cases/{case.reference}/receipts/{mine.entry_id}/").status_code == 404
    assert browser.get(f"/cases/{other.reference}/receipts/{mine.entry_id}/").status_code == 404
    assert browser.get(f"/cases/{other.reference}/receipts/{theirs.entry_id}/").status_code == 200
    assert browser.get(f"/api/v1/cases/{case.reference}/receipts/").status_code == 404


@pytest.mark.django_db
def test_what_staff_did_inside_is_not_among_the_receipts(person: Actor, client_of: ClientOf) -> None:
    case = case_at(Status.IN_REVIEW, person=person)
    logs.seal_everything()
    taken = Entry.objects.get(case_id=case.pk, event_type="case.taken")
    assert client_of(person).get(f"/cases/{case.reference}/receipts/{taken.pk}/").status_code == 404


@pytest.mark.django_db
def test_the_api_says_filed_and_then_gives_the_proof(person: Actor, client_of: ClientOf) -> None:
    case = case_at(Status.FILED, person=person)
    browser, path = client_of(person), f"/api/v1/cases/{case.reference}/receipts/"
    (result,) = browser.get(path).json()["results"]
    assert (result["event"], result["state"], result["proof"]) == ("case.filed", "filed", None)
    logs.seal_everything()
    said = browser.get(path).json()
    assert said["results"][0]["state"] == "sealed"
    receipt = redress_verify.read_receipt(said["results"][0]["proof"].encode())
    assert redress_verify.check(receipt, said["keys"]).facts["reference"] == case.reference


@pytest.mark.django_db
def test_a_receipt_stays_true_when_the_log_grows_and_when_the_person_is_erased(person: Actor) -> None:
    case = case_at(Status.FILED, person=person)
    logs.seal_everything()
    (before,) = queries.receipt_files(case, queries.receipts_of(case)).values()
    SubjectKey.objects.filter(pk=case.subject_id).update(wrapped_key=None, destroyed_at=AT)
    keys.forget()
    logs.add_entries(300)
    logs.seal_everything()
    assert proved(before).facts["reference"] == case.reference
    (after,) = receipts.build([each.entry_id for each in queries.receipts_of(case)]).values()
    assert proved(after).facts == {}


@pytest.mark.django_db
def test_before_the_first_signature_there_are_no_receipts() -> None:
    assert receipts.build(logs.add_entries(2)) == {}


@pytest.fixture
def receipt_text(person: Actor) -> str:
    case = case_at(Status.FILED, person=person)
    logs.seal_everything()
    (text,) = queries.receipt_files(case, queries.receipts_of(case)).values()
    return text


def check(client: Client, data: bytes, tmp_path: Path) -> Any:
    path = tmp_path / "r.tlog-proof"
    path.write_bytes(data)
    with path.open("rb") as file:
        return client.post("/log/check/", {"file": file})


@pytest.mark.django_db
def test_the_page_says_what_a_receipt_proves(receipt_text: str, client: Client, tmp_path: Path) -> None:
    page = client.get("/log/check/").content.decode()
    assert "x/mod/sumdb" in page
    logs.add_entries(10)
    logs.seal_everything()
    answer = check(client, receipt_text.encode(), tmp_path)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "This receipt is true" in text
    assert "Your dispute, 2 November 2026, 09:00 UTC" in text
    assert "vouched for by the operator only" in text


@pytest.mark.django_db
def test_the_page_says_what_is_wrong_with_a_receipt(receipt_text: str, client: Client, tmp_path: Path) -> None:
    for data, sentence in {
        b"": "This file is empty",
        b"\xff\xfe": "not a receipt",
        b"x" * 10_000_000: "too big",
        b"c2sp.org/tlog-proof@v9\n": "of a version",
        receipt_text.encode()[:-20]: "not whole",
        receipt_text.replace("index 0", "index 1").encode() + b"x": "not whole",
        receipt_text.split("\n\n")[0].encode(): "not whole",
    }.items():
        answer = check(client, data, tmp_path)
        assert answer.status_code == 422
        assert sentence in answer.content.decode(), (data[:40], sentence)
    answer = client.post("/log/check/", {})
    assert (answer.status_code, "Choose a file first" in answer.content.decode()) == (422, True)


@pytest.mark.django_db
def test_the_page_admits_that_the_log_was_rewritten_or_lost(receipt_text: str, client: Client, tmp_path: Path) -> None:
    logs.rewrite("UPDATE audit_tile SET data = sha256('x') || substring(data FROM 33)")
    logs.add_entries(3)
    signing.configured()._state_at.unlink()  # whoever has the key as well
    signing.configured().begin()
    logs.rewrite("UPDATE audit_tree SET root = sha256('x')")
    logs.rewrite("DELETE FROM audit_checkpoint")
    logs.place_all()
    logs.sign()
    assert "our history was rewritten" in check(client, receipt_text.encode(), tmp_path).content.decode()
