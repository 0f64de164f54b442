"""Every page that a link or a form leads to is whole: a small world is made, and everybody walks all of it."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit
from uuid import UUID

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve
from django.utils import timezone, translation

from accounts.actors import Actor
from accounts.models import Basis, Reach, Role
from accounts.operations import mandates
from accounts.operations.mandates import Terms
from appeals import operations
from appeals.evidence_files import make_safe
from appeals.models import AnswerBy, Case, DisputeDraft, Outcome, Standing
from appeals.operations import NewEvidence, NewItem, Target
from appeals.workflow import Status
from delivery.models import Letter
from records import exporting
from records.operations import exports
from redress.references import addresses
from tests import factories
from tests.census.markup import Form, Page
from tests.factories import AT, case_at, item, record_for
from tests.fixtures import client_for
from tests.laws import with_papers, with_waiting

STARTS = {
    "visitor": ["/", "/sign-in/", "/staff/sign-in/"],
    "person": ["/held/", "/cases/", "/messages/"],
    "caseworker": ["/office/", "/casework/", "/casework/?waiting_for=person"],
    "supervisor": ["/office/", "/casework/", "/casework/?waiting_for=person"],
    "source_officer": ["/office/"],
    "operator": ["/office/"],
    "auditor": ["/office/"],
}
NOT_PAGES = ("/static/", "/api/", "/language/", "/sign-out/", "/leave/")
_MOST_VARIANTS = 3  # of one path with different questions behind it
# Addresses that no walk can see as a page, and why.
UNSEEN = {
    "set_language": "only takes a form and leads back",
    "account_logout": "only takes a form and leads away",
    "accounts:code": "needs a code that was asked for: tests/integration/test_person_sign_in.py",
    "account_inactive": "allauth's own, for staff who were switched off",
    "mfa_authenticate": "between password and second factor: tests/integration/test_staff_sign_in.py",
    "mfa_activate_totp": "before the second factor: tests/integration/test_staff_sign_in.py",
    "mfa_view_recovery_codes": "after the second factor was set up: tests/integration/test_staff_sign_in.py",
    "appeals:dispute": "leads on at once, or is seen with an entry chosen",
    "appeals:casework-take": "only takes a form and leads back",
    "appeals:dispute-evidence-remove": "only takes a form and leads back",
    "appeals:undo-withdrawal": "only takes a form and leads back",
    "appeals:staff-home": "leads on to the page of the role",
    "records:copy-delete": "only takes a form and leads back",
    "records:statement-take-back": "only takes a form and leads back",
    "contact:end-letters": "only takes a form and leads back",
    "contact:leave": "signs out and leads away: tests/integration/test_leaving.py",
    "contact:change-code": "needs a change that was asked for: tests/integration/test_contact_pages.py",
    "contact:stop": "by the link in a mail: tests/integration/test_contact_pages.py",
    "log:checkpoint": "a file: tests/integration/test_log_files.py",
    "log:vkey": "a file: tests/integration/test_log_files.py",
    "log:tile": "a file: tests/integration/test_log_files.py",
    "log:entries": "a file: tests/integration/test_log_files.py",
    "log:audit-proof": "a file: tests/integration/test_log_pages.py",
    "log:audit-export": "a file: tests/integration/test_log_pages.py",
    "appeals:receipt-in-full": "needs an entry that was signed: tests/integration/test_receipts.py",
    "appeals:receipt": "a file: tests/integration/test_receipts.py",
    "acting:switch": "only takes a form and leads back",
    "acting:company": "for a session of a registered contact: tests/integration/test_mandates.py",
    "acting:become-administrator": "for a session of a registered contact: tests/integration/test_mandates.py",
    "acting:end-administrator": "for a session of a registered contact: tests/integration/test_mandates.py",
    "appeals:dispute-late": "only after the last day of a procedure: tests/integration/test_late.py",
    "appeals:casework-accept-excuse": "only of what came late: tests/integration/test_late.py",
    "appeals:casework-deadline-go-on": "only takes a form and leads back",
    "appeals:day-take-back": "only takes a form and leads back",
    "records:doubtful-line": "needs a line that waits: tests/integration/test_identity_pages.py",
    "records:identity-change": "needs a change that was proposed: tests/integration/test_identity_pages.py",
    "records:join-two": "needs two who were found: tests/integration/test_identity_pages.py",
    "records:split-file": "needs somebody who was found: tests/integration/test_identity_pages.py",
    "records:import-run": "needs an import by this office: tests/integration/test_import_reports.py",
    "records:import-refused": "a file: tests/integration/test_import_reports.py",
    "records:record-looked": "linked from long lists: tests/integration/test_person_pages_file.py",
    "records:record-received": "linked from long lists: tests/integration/test_person_pages_file.py",
    "records:search": "only takes a form: tests/integration/test_person_pages_file.py",
    "appeals:paper-things": "needs somebody who was found: tests/journeys/test_on_paper.py",
    "appeals:paper-dispute": "needs somebody who was found: tests/journeys/test_on_paper.py",
    "appeals:paper-mandate": "needs somebody who was found: tests/integration/test_paper.py",
    "appeals:print-held": "only takes a form and answers with a file",
    "appeals:put-back-address": "only takes a form and leads back",
    "appeals:activation-letter": "only takes a form and answers with a file",
    "appeals:letter-print": "only takes a form and answers with a file",
    "appeals:letter-posted": "only takes a form and leads back",
    "appeals:letter-delivered": "only takes a form and leads back",
    "delivery:outbox": "of the demonstration: tests/integration/test_outbox.py",
    "delivery:outbox-mail": "of the demonstration: tests/integration/test_outbox.py",
}


def world() -> dict[str, Client]:
    """One of everything, and a browser for everybody in it."""
    holder, _police = factories.organisation("cn-spc"), factories.organisation("cn-city-traffic-police")
    caseworker, supervisor = (factories.staff(role, holder) for role in (Role.CASEWORKER, Role.SUPERVISOR))
    person = factories.person(name="Wang Xiaoyu")
    for status in Status:
        # Who approved a decision cannot take back what followed from it, and this supervisor is to see that page.
        approver = factories.staff(Role.SUPERVISOR, holder) if status == Status.SERVED else supervisor
        case = case_at(status, person=person, caseworker=caseworker, supervisor=approver)
        if status in (Status.FILED, Status.IN_REVIEW):
            evidence = NewEvidence("receipt.txt", make_safe(b"Paid on 3 March."))
            operations.add_evidence(case.pk, evidence, by=person, at=AT)
        if status == Status.SERVED:
            factories.carry_out(case)
    record = record_for(person)
    field = item(record, ground="inaccurate", field="amount", wanted="1200.00")
    measure = item(record_for(person), ground="cannot_pay", measure="no_plane")
    case_at(Status.IN_REVIEW, person=person, caseworker=caseworker, items=[field, measure])
    asked_again(person, caseworker, supervisor)
    for steps in range(4):
        dispute_written_to(steps, person)
    somebody_acts(person)
    something_came_on_paper(caseworker, supervisor)
    paper_was_turned_away(caseworker, supervisor)
    paper_lacks_something(supervisor)
    exports.ask(language="en", by=person, at=timezone.now())
    while exporting.make_next(at=timezone.now()):
        pass
    nobody = factories.person(email="")
    case_at(Status.DECIDED, person=nobody)
    officer, operator = factories.staff(Role.SOURCE_OFFICER, "sample-court"), factories.staff(Role.OPERATOR, holder)
    return {
        "visitor": client_for(None),
        "person": client_for(person),
        "caseworker": client_for(caseworker),
        "supervisor": client_for(supervisor),
        "source_officer": client_for(officer),
        "operator": client_for(operator),
        "auditor": client_for(factories.staff(Role.AUDITOR, holder)),
    }


def somebody_acts(person: Actor) -> None:
    """A mandate of each kind: that the person holds, and that they gave."""
    terms = Terms(Basis.POWER_OF_ATTORNEY, Reach.DISPUTE, AT.date(), None, "My sister", ["cn-court-defaulters"])
    other = factories.person(name="Li Na")
    for giver, holder in ((person, other), (other, person)):
        _mandate, code = mandates.give(terms, by=giver, at=AT)
        mandates.accept(code, by=holder, at=AT)
    mandates.give(terms, by=person, at=AT)


def something_came_on_paper(caseworker: Actor, supervisor: Actor) -> None:
    """Two disputes on paper, one of them withdrawn, with letters that wait and are on their way; and a mandate."""
    for is_withdrawn in (False, True):
        subject = factories.subject(name="Zhao Min", email="")
        case = on_paper(subject.pk, [item(record_for(subject))], supervisor)
        letter = Letter.objects.get(message__case_id=case.pk)
        operations.note_printed(letter.pk, by=caseworker, at=AT)
        if is_withdrawn:
            operations.note_posted(letter.pk, on=AT.date(), by=caseworker, at=AT)
            operations.withdraw(case.pk, by=caseworker, at=AT)
    terms = Terms(Basis.GUARDIAN, Reach.ALL, AT.date(), None, "Zhao Li", ["cn-court-defaulters"], "Court order 4711")
    mandates.enter(terms, subject_id=subject.pk, by=caseworker, at=AT)


def asked_again(person: Actor, caseworker: Actor, supervisor: Actor) -> None:
    """A case that might be turned away, and one that came back from that with something new."""
    case = case_at(Status.SCREENING, person=person, caseworker=caseworker, supervisor=supervisor)
    operations.refuse_screening(case.pk, reason="Look at the letter.", by=supervisor, at=AT)
    case = case_at(Status.SCREENING_SERVED, person=person, caseworker=caseworker, supervisor=supervisor)
    operations.revive(case.pk, words="I found the receipt.", by=person, at=AT + timedelta(days=2))


def paper_was_turned_away(caseworker: Actor, supervisor: Actor) -> None:
    """A dispute on paper about what was answered before."""
    person = factories.person(name="Zhao Min")
    items = [item(record_for(person))]
    case_at(Status.SERVED, person=person, items=items, answers=[{"outcome": Outcome.REJECTED, "remedy": ""}])
    case = on_paper(person.own_subject, items, supervisor)
    worker, head = factories.staff(Role.CASEWORKER, case.holder), factories.staff(Role.SUPERVISOR, case.holder)
    operations.take(case.pk, by=worker, at=AT)
    asked = operations.propose_screening(case.pk, rule="repeat", reasons="The same again.", by=worker, at=AT)
    operations.approve_screening(case.pk, seen=asked.proposed_at, by=head, at=AT)


def paper_lacks_something(supervisor: Actor) -> None:
    """A dispute on paper whose person is asked for something, by somebody else than those who walk."""
    subject = factories.subject(name="Zhao Min", email="")
    case = on_paper(subject.pk, [item(record_for(subject))], supervisor)
    worker = factories.staff(Role.CASEWORKER, case.holder)
    operations.take(case.pk, by=worker, at=AT)
    operations.ask_to_complete(case.pk, words="Send the receipt.", by=worker, at=AT)


def on_paper(subject_id: UUID, items: Sequence[NewItem], by: Actor) -> Case:
    return operations.enter_dispute(
        subject_id,
        procedure_id="redress-model",
        items=items,
        received_on=AT.date(),
        standing=Standing.SELF,
        answer_by=AnswerBy.LETTER,
        address="Example Street 5",
        language="en",
        by=by,
        at=AT,
    )


def dispute_written_to(steps: int, person: Actor) -> None:
    """A draft of a dispute: begun, with its procedure, described, or filed."""
    record = record_for(person, "cn-jaywalking", "face_event", ())
    draft = operations.begin_draft([Target(record.pk)], by=person, at=AT)
    if steps > 0:
        operations.choose_procedure(draft.pk, "redress-model", by=person, at=AT)
    if steps > 1:
        thing = draft.items.get()
        seen, words = thing.version_id, "I was at work."
        operations.describe(draft.pk, thing.pk, ground="not_me", words=words, wanted="", seen=seen, by=person, at=AT)
    if steps > 2:
        operations.file_draft(draft.pk, language="en", by=person, at=AT)


class Walk:
    """Everything that one visitor finds by following links from where they start."""

    def __init__(self, client: Client, starts: list[str], language: str) -> None:
        client.cookies["redress_language"] = language
        self.client, self.pages, self.problems = client, dict[str, Page](), list[str]()
        self.names: set[str] = set()
        waiting, seen, variants = list(starts), set(starts), Counter[str]()
        while waiting:
            for found in self._visit(waiting.pop()):
                plain = urlsplit(found).path
                if found not in seen and variants[plain] < _MOST_VARIANTS:
                    seen.add(found)
                    variants[plain] += 1
                    waiting.append(found)

    def _visit(self, path: str) -> Iterator[str]:
        answer = self.client.get(path)
        if answer.status_code in (301, 302):
            yield urljoin(path, answer["Location"])
            return
        self.names.add(resolve(urlsplit(path).path).view_name)
        if answer.status_code != 200:
            self.problems.append(f"{path}: {answer.status_code}")
        if page := page_of(answer):
            self.pages[path] = page
            self.problems += [f"{path}: {problem}" for problem in page.problems()]
            yield from self._links(path, page)

    def _links(self, path: str, page: Page) -> Iterator[str]:
        for link in page.links:
            target, _fragment = urldefrag(urljoin(path, link.get("href", "")))
            if target.startswith("/") and not target.startswith(NOT_PAGES):
                yield target

    def send_empty_forms(self) -> Iterator[str]:
        """Send each form untouched, each in a transaction that is taken back; what is wrong with the answers."""
        for path, page in self.pages.items():
            for form in page.forms:
                target = urljoin(path, form.action) or path
                if form.method == "post" and not target.startswith(NOT_PAGES):
                    yield from (f"empty form on {path}: {problem}" for problem in self._send(target, form))

    def _send(self, target: str, form: Form) -> list[str]:
        with transaction.atomic():
            answer = self.client.post(target, form.hidden)
            transaction.set_rollback(True)
        if answer.status_code in (301, 302) or answer.get("Content-Type", "") == "application/pdf":
            return []
        page = page_of(answer)
        found = page.problems() if page else ["no page"]
        # Sent untouched, a form is either taken as it is, or says at its fields what is missing.
        if page and answer.status_code in (200, 422) and not page.errors:
            found.append(f"{answer.status_code} without a word about what is missing")
        return found if answer.status_code in (200, 201, 409, 422) else [*found, str(answer.status_code)]


def page_of(answer: HttpResponse | Any) -> Page | None:
    if not answer.get("Content-Type", "").startswith("text/html"):
        return None
    return Page(answer.content.decode())


@pytest.mark.django_db
@pytest.mark.soak
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_everybody_walks_everything(language: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with_papers(monkeypatch, {"id": "receipt"}, {"id": "promise", "evidence": "reported"})
    with_waiting(monkeypatch, length=9)
    people, problems, names = world(), [], set()
    drafts = [f"/dispute/{draft.pk}/" for draft in DisputeDraft.objects.order_by("pk")]
    starts = {**STARTS, "person": [*STARTS["person"], *drafts]}
    for who, client in people.items():
        walk = Walk(client, starts[who], language)
        problems += [f"{who}: {problem}" for problem in walk.problems]
        problems += [f"{who}: {problem}" for problem in walk.send_empty_forms()]
        names |= walk.names
    assert not problems, "\n".join(problems)
    pages = {each.name for each in addresses() if each.name and not each.path.startswith("api/v1/")}
    unseen = pages - names - {"api-docs", "api-schema"} - set(UNSEEN)
    assert not unseen, " ".join(sorted(unseen))
    assert not set(UNSEEN) & names - {"appeals:dispute"}, "now seen: take it out of UNSEEN"


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ("<h2>x</h2>", "0 headings"),
        ("<h1>x</h1><h3>y</h3>", "skip a level"),
        ('<input id="a" name="a">', "no label"),
        ("<fieldset><p>x</p></fieldset>", "without a legend"),
        ('<p style="x">', "inline"),
        ("<script>x</script>", "inline"),
        ('<p id="a"><p id="a">', "twice: #a"),
        ('<p aria-describedby="gone">', "points to nothing: #gone"),
        ('<p class="govuk-error-message">x</p>', "0 error summaries"),
    ],
)
def test_the_reader_of_pages_finds_what_is_wrong(html: str, problem: str) -> None:
    assert any(problem in each for each in Page(html).problems())


def test_a_right_page_has_no_problems() -> None:
    with translation.override("en"):
        right = Page('<html lang="en"><title>Cases – Redress</title><body><h1>Cases</h1></body></html>')
    assert right.problems() == []
    assert re.match("Cases", right.h1)
