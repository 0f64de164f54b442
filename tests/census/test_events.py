"""Every operation, every address that takes a form, and every command leaves an event, or says why it leaves none."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands
from django.urls import resolve

from audit.events import EVENTS, Kept
from redress.references import addresses
from tests.census.test_access import path_of

ROOT = Path(__file__).resolve().parents[2]
OURS = ("accounts", "appeals", "audit", "records", "redress")
SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
NONE = "none: "

# By module and function: the events that it leaves, with spaces between, or why there are none.
OPERATIONS: dict[str, dict[str, str]] = {
    "accounts.operations.api_keys": {
        "issue_key": "key.issued",
        "revoke_key": "key.revoked",
        "authenticate_key": "none: what the system then does has its own; a false key is counted (failures.counted)",
        "actor_of_key": "none: reads",
    },
    "accounts.operations.contact": {
        "ask_to_change": "contact.change_asked",
        "confirm_change": "contact.changed person.proved",
        "change_to_stop": "none: reads",
        "stop_change": "contact.change_stopped",
        "set_wishes": "contact.wishes_set",
    },
    "accounts.operations.erasing": {
        "empty": "none: a part of an erasure (erasure.performed)",
        "addresses_of": "none: a part of an erasure (erasure.performed)",
    },
    "accounts.operations.forgetting": {"forget_old": "none: codes, counters and sessions are no facts about anybody"},
    "accounts.operations.mandates": {
        "give": "mandate.given",
        "enter": "mandate.entered",
        "confirm": "mandate.confirmed",
        "offer": "none: reads",
        "accept": "mandate.accepted",
        "use": "mandate.used",
        "revoke": "mandate.revoked",
        "hold": "none: locks and checks",
        "open_account": "contact.added",
        "bases_of": "none: reads",
        "check_may_give": "none: checks",
    },
    "accounts.operations.organisations": {
        "register_organisation": "none: about nobody, and changes nothing that is held",
        "create_staff": "role.given",
        "appoint": "role.given",
        "end_membership": "role.ended",
    },
    "accounts.operations.paper": {
        "find": "person.looked_up",
        "make_activation_letter": "activation_letter.made",
        "activate_by_letter": "person.activated person.signed_in",
        "check_official": "none: checks",
        "official_signature": "none: reads",
    },
    "accounts.operations.postal": {
        "note": "address.noted",
        "end": "address.ended",
        "put_back": "address.put_back",
    },
    "accounts.operations.second_factor": {
        "set_up": "none: in the demonstration and tests only",
        "current_code": "none: in the demonstration and tests only",
        "show": "none: what is then done has its own",
        "reset": "second_factor.reset",
    },
    "accounts.operations.sign_in": {
        "ask_for_code": "none: anybody can ask, for anybody; nothing may tell whether there is a file",
        "enter_code": "person.activated person.signed_in",
        "fits": "none: checks",
    },
    "appeals.operations.calendar": {
        "declare_day": "calendar.day_declared",
        "end_declared_day": "calendar.day_taken_back",
        "recount_calendar": "case.clock_recounted",
        "remember_calendars": "none: what the files say is kept beside them; their next change has its own",
        "begin_recount": "none: about the machinery",
        "recount_case": "case.clock_recounted",
        "note_recounted": "calendar.counted_anew",
    },
    "appeals.operations.casework": {
        "take": "case.taken",
        "give_back": "case.given_back",
        "draft": "case.draft_saved",
        "keep_unfinished": "case.draft_saved",
        "submit": "case.submitted",
        "decide": "case.decided",
        "approve": "case.decided",
        "send_back": "case.sent_back",
    },
    "appeals.operations.clocks": {
        "catch_up": "case.deadline_missed",
        "happened": "case.clock_started",
        "done": "case.clock_done",
        "pause": "case.clock_paused",
        "go_on": "case.clock_resumed",
        "pause_if_allowed": "case.clock_paused",
        "resume_for": "case.clock_resumed",
        "extend": "case.clock_extended",
        "look_at": "case.deadline_near case.deadline_missed case.clock_resumed",
        "recount": "case.clock_recounted",
        "stand_down": "none: a part of a step, which has its own",
        "stand_up": "none: a part of a step, which has its own",
        "renew": "none: a part of a step, which has its own (case.revived)",
        "put_off": "none: about the machinery",
        "events_of_filing": "none: reads",
    },
    "appeals.operations.consequences": {"carry_out": "case.deadline_missed"},
    "appeals.operations.documents": {
        "check": "none: checks",
        "check_asked": "none: checks",
        "keep_words": "none: a part of a filing (case.filed), or of what is said later (case.document_explained)",
    },
    "appeals.operations.drafts": dict.fromkeys(
        (
            "begin_draft",
            "select",
            "choose_procedure",
            "describe",
            "excuse_lateness",
            "add_evidence_to_draft",
            "explain_missing_in_draft",
            "remove_evidence_from_draft",
            "discard_draft",
        ),
        "none: what a person is still writing is nobody's business; filing has its own (case.filed)",
    ),
    "appeals.operations.erasure": {
        "propose": "erasure.proposed",
        "refuse": "erasure.refused",
        "approve": "erasure.approved erasure.performed case.erased record.erased",
        "replay": "erasure.performed",
    },
    "appeals.operations.evidence": {
        "add_evidence": "case.evidence_added",
        "explain_missing": "case.document_explained",
        "check_room": "none: checks",
        "store_evidence": "case.evidence_added",
        "keep_evidence": "case.evidence_added",
    },
    "appeals.operations.filing": {
        "file": "case.filed",
        "file_draft": "case.filed",
        "check_not_disputed": "none: checks",
        "start_clocks": "case.clock_started",
        "tell_sources": "none: messages about a step, which has its own",
        "received_at": "none: reads",
    },
    "appeals.operations.lateness": {
        "check_window": "none: checks",
        "check_posted": "none: checks",
        "note": "case.filed_late",
        "accept_excuse": "case.excuse_accepted",
    },
    "appeals.operations.milder": {"ease": "case.made_milder case.law_compared"},
    "appeals.operations.paper": {"enter_dispute": "case.filed"},
    "appeals.operations.post": {
        "note_printed": "letter.printed",
        "note_posted": "letter.posted",
        "note_delivered": "letter.delivered",
        "make_letters_of_untold": "none: a message goes another way; printing and posting have their own",
    },
    "appeals.operations.remedies": {
        "carry_out": "case.remedy_done",
        "put_off_remedy": "none: about the machinery",
        "undo_remedy": "case.remedy_undone",
    },
    "appeals.operations.resumption": {
        "first_day": "none: reads",
        "resume": "measure.resumed",
        "settle": "measure.resumption_set",
        "recount": "case.clock_recounted measure.resumption_set",
        "resume_after_undo": "measure.resumption_set",
        "resume_after_remedy": "measure.resumption_set",
        "tell": "none: a message about measure.resumption_set",
    },
    "appeals.operations.screening": {
        "ask_to_complete": "case.asked_to_complete",
        "complete": "case.completed",
        "go_on_without": "case.taken_up_again",
        "nobody_answered": "none: a part of a step, which has its own",
        "end_open_request": "none: a part of a step, which has its own",
    },
    "appeals.operations.service": {"serve": "case.served case.screening_served", "close": "case.closed"},
    "appeals.operations.steps": {
        "locked": "none: locks",
        "move": "none: leaves the event of the step (appeals.workflow); tests/census/test_steps.py",
        "record": "none: leaves the event that it is given",
    },
    "appeals.operations.turning_away": {
        "propose_screening": "case.screening_proposed",
        "screen_out": "case.screened_out",
        "approve_screening": "case.screening_approved",
        "refuse_screening": "case.screening_refused",
        "revive": "case.revived",
        "end_open_proposal": "none: a part of a step, which has its own",
    },
    "appeals.operations.withdrawal": {
        "effective_on": "none: reads",
        "withdraw": "case.withdrawal_asked",
        "undo_withdrawal": "case.withdrawal_undone",
        "conclude_withdrawal": "case.withdrawn",
        "check_contact": "none: checks",
    },
    "records.operations.erasing": {"empty": "record.erased"},
    "records.operations.exports": {
        "ask": "export.asked",
        "check_may_ask": "none: checks",
        "take": "export.taken",
        "throw_away": "export.destroyed",
        "expire": "export.destroyed",
        "remove_leftovers": "none: files that no row knows",
        "visible_exports": "none: reads",
    },
    "records.operations.identity": {
        "changes": "none: reads",
        "record_of": "none: reads",
        "record_by_id": "none: reads",
        "holder_for": "none: reads",
        "movable": "none: reads",
        "propose_merge": "identity.proposed",
        "propose_split": "identity.proposed",
        "approve": "identity.approved identity.joined identity.split record.moved",
        "refuse": "identity.refused",
        "undo": "identity.undone identity.separated",
        "said": "none: opens an official's reasons",
        "why_not": "none: checks",
    },
    "records.operations.interim": {
        "mark_disputed": "record.marked",
        "end_marks": "record.unmarked",
        "suspend": "measure.suspended",
        "set_resumption": "measure.resumption_set",
        "unset_resumption": "measure.suspended",
        "hand_over": "measure.suspended",
        "lock_measures": "none: locks",
        "resume": "measure.resumed",
    },
    "records.operations.moving": {
        "move_records": "record.moved",
        "move_identifiers": "none: a part of a change of identity, which has its own",
    },
    "records.operations.purge_clock": {
        "start": "none: a keeping time is worked out; its end has its own (record.purged)",
        "stop": "none: a keeping time is worked out; its end has its own (record.purged)",
    },
    "records.operations.recipients": {
        "tell_recipients": "none: rows in the transaction of the change, which has its own",
        "lock_shared": "none: locks",
        "subscribe": "subscription.made",
        "end_subscription": "subscription.ended",
        "acknowledge": "recipient.acknowledged",
    },
    "records.operations.remedies": {
        "check_correction": "none: checks",
        "correct": "record.corrected",
        "delete": "record.sealed",
        "detach": "record.detached",
        "lift": "measure.lifted",
        "undo": "record.restored",
        "current_state": "none: reads",
    },
    "records.operations.retention": {
        "work_out": "none: worked out from what stands, and no fact (ADR 15)",
        "end_keeping": "record.expired record.unpublished record.purged",
        "run_due": "record.expired",
        "note_failure": "none: about the machinery",
        "forecast": "none: reads",
        "vars_of": "none: reads",
        "note_run": "retention.run",
    },
    "records.operations.statements": {
        "attach": "record.statement_attached record.statement_ended",
        "take_back": "record.statement_ended",
        "destroy": "record.statement_ended",
    },
    "records.operations.hand": {},
    "records.operations.endings": {
        "end_earlier": "measure.shortened",
    },
    "records.operations.source_changes": {
        "take_back": "record.withdrawn",
        "bring_back": "record.returned measure.restored",
        "put_back": "record.returned",
        "lock_records": "none: locks",
        "lock_measures_on": "none: locks",
        "withdraw": "record.withdrawn measure.lifted",
        "settle_answers": "record.answer_settled",
        "replace_waiting": "none: a part of what the source sends next, which has its own",
    },
}

# By address, for all that take more than a look, and for looks that leave an entry.
ADDRESSES: dict[str, str] = {
    "set_language": "none: a cookie of the visitor's own",
    "accounts-api:mails": "contact.wishes_set",
    "records-api:records": "record.disclosed",
    "records-api:record": "record.disclosed",
    "records-api:exports": "export.asked",
    "records-api:export": "export.destroyed",
    "records-api:statement": "record.statement_attached record.statement_ended",
    "records-api:imports": "import.received",
    "records-api:disclosures": "record.disclosed",
    "records-api:subscriptions": "subscription.made",
    "records-api:subscription": "subscription.ended",
    "records-api:acknowledge": "recipient.acknowledged",
    "appeals-api:cases": "case.filed",
    "appeals-api:evidence": "case.evidence_added",
    "appeals-api:completion": "case.completed",
    "appeals-api:revival": "case.revived",
    "appeals-api:documents": "case.document_explained",
    "appeals-api:withdrawal": "case.withdrawal_asked case.withdrawal_undone",
    "log:check": "none: keeps nothing of what is shown to it",
    "accounts:sign-in": "none: anybody can ask for a code, for anybody",
    "accounts:code": "person.signed_in person.activated failures.counted",
    "account_login": "failures.counted",
    "mfa_authenticate": "failures.counted",
    "mfa_activate_totp": "none: the user's own second factor; taking it away has its own (second_factor.reset)",
    "account_logout": "none: a session ends",
    "acting:switch": "mandate.used",
    "acting:accept": "mandate.accepted",
    "acting:account": "mandate.accepted contact.added",
    "acting:lay-down": "mandate.revoked",
    "acting:give": "mandate.given",
    "acting:end": "mandate.revoked",
    "acting:become-administrator": "mandate.given",
    "acting:end-administrator": "mandate.revoked",
    "acting:letter": "person.signed_in failures.counted",
    "contact:change": "contact.change_asked",
    "contact:change-code": "contact.changed",
    "contact:mails": "contact.wishes_set",
    "contact:end-letters": "address.ended",
    "contact:stop": "contact.change_stopped",
    "records:search": "none: the person looks in their own file, and what for is kept nowhere (ADR 16)",
    "records:copies": "export.asked",
    "records:copy-delete": "export.destroyed",
    "records:copy-file": "export.taken",
    "records:statement": "record.statement_attached",
    "records:statement-take-back": "record.statement_ended",
    "records:doubtful-line": "identity.doubt_opened identity.doubt_decided",
    "records:identity-change": "identity.opened identity.approved identity.refused identity.undone",
    "records:join": "none: leads on to who was found; opening them has its own (identity.opened)",
    "records:join-two": "identity.opened identity.proposed",
    "records:split": "none: leads on to who was found; opening them has its own (identity.opened)",
    "records:split-file": "identity.opened identity.proposed",
    **{
        f"appeals:dispute{part}": "none: what a person is still writing is nobody's business"
        for part in (
            "",
            "-what",
            "-procedure",
            "-late",
            "-why",
            "-details",
            "-evidence",
            "-evidence-remove",
            "-document",
            "-discard",
        )
    },
    "appeals:dispute-check": "case.filed",
    "appeals:case-evidence": "case.evidence_added",
    "appeals:receipt-in-full": "none: a proof of what is logged already, for the person alone",
    "appeals:complete": "case.completed",
    "appeals:turned-away": "case.screening_served",
    "appeals:something-new": "case.revived",
    "appeals:casework-turn-away": "case.screening_proposed case.screened_out",
    "appeals:casework-check-turning-away": "case.screening_approved case.screening_refused",
    "appeals:paper-something-new": "case.revived",
    "appeals:paper-answer": "case.completed",
    "appeals:case-document": "case.evidence_added case.document_explained",
    "appeals:confirm-withdrawal": "case.withdrawal_asked",
    "appeals:undo-withdrawal": "case.withdrawal_undone",
    "appeals:decision": "case.served",
    "appeals:days": "calendar.day_declared",
    "appeals:day-take-back": "calendar.day_taken_back",
    "appeals:casework-case": "case.opened record.opened",
    "appeals:casework-take": "case.taken",
    "appeals:casework-accept-excuse": "case.excuse_accepted",
    "appeals:casework-give-back": "case.given_back",
    "appeals:casework-ask": "case.asked_to_complete",
    "appeals:casework-go-on-without": "case.taken_up_again",
    "appeals:casework-decide": "case.draft_saved case.submitted case.decided",
    "appeals:casework-approve": "case.decided case.sent_back",
    "appeals:casework-deadline": "case.clock_paused case.clock_extended",
    "appeals:casework-deadline-go-on": "case.clock_resumed",
    "appeals:casework-undo": "case.remedy_undone",
    "appeals:casework-evidence": "case.opened",
    "appeals:paper": "person.looked_up",
    "appeals:paper-things": "record.opened",
    "appeals:paper-dispute": "case.filed",
    "appeals:paper-withdraw": "case.withdrawal_asked",
    "appeals:paper-undo-withdrawal": "case.withdrawal_undone",
    "appeals:paper-evidence": "case.evidence_added",
    "appeals:paper-mandate": "mandate.entered",
    "appeals:paper-mandates": "mandate.confirmed",
    "appeals:activation-letter": "activation_letter.made",
    "appeals:print-held": "record.opened",
    "appeals:put-back-address": "address.put_back",
    "appeals:letter-print": "letter.printed",
    "appeals:letter-posted": "letter.posted",
    "appeals:letter-delivered": "letter.delivered",
}

COMMANDS: dict[str, str] = {
    "create_staff": "role.given",
    "issue_key": "key.issued",
    "revoke_key": "key.revoked",
    "mfa_code": "none: in the demonstration only",
    "reset_second_factor": "second_factor.reset",
    "import_records": "import.started import.resumed import.finished",
    "ftm_import": "import.started import.finished",
    "ftm_export": "records.exported",
    "undo_withdrawals": "record.returned measure.restored",
    "retention": "retention.run",
    "erase_subject": "erasure.proposed erasure.approved erasure.refused",
    "month_keys": "month_key.destroyed",
    "log_key": "log.key_rotated",
    "sequence": "log.refused",
    "up": "none: runs the service, whose parts have their own",
    "demo": "none: in the demonstration only; it acts through the pages",
    "prepare": "erasure.performed",
    "make_examples": "none: writes invented data",
    "audit_export": "none: digests and kinds, which are public or an auditor's, and nothing of a person",
    **dict.fromkeys(
        ("audit_verify", "check_integrity", "due", "procedures", "references", "translations"),
        "none: reads, and prints codes and ids only",
    ),
}

# What no operation, address or command names, and what leaves it.
ELSEWHERE = {
    "access.denied": "accounts.middleware.FailureLog",
    "act.refused": "accounts.middleware.FailureLog",
    "record.imported": "records.importing",
    "record.version_added": "records.importing",
    "record.answered": "records.importing",
    "measure.imposed": "records.importing",
    "measure.shortened": "records.importing",
    "contact.disputed": "records.importing",
    "identity.doubtful": "records.importing",
    "identity.doubt_taken_back": "records.importing",
    "export.made": "records.exporting",
    "measure.restored": "records.operations.remedies",
}


def public_functions(module: str) -> set[str]:
    tree = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")}


def operation_modules() -> set[str]:
    paths = (path for app in OURS for path in (ROOT / app / "operations").glob("*.py") if path.stem != "__init__")
    return {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths}


def unsafe(view: Any) -> set[str]:
    """The methods of a view that may change something; all, where it does not say which it takes."""
    while view is not None:
        if of := getattr(view, "view_class", None) or getattr(view, "cls", None):
            return {name.upper() for name in of.http_method_names if hasattr(of, name)} - SAFE
        for cell in getattr(view, "__closure__", None) or ():
            listed = cell.cell_contents
            if isinstance(listed, list | tuple) and listed and all(str(each).isupper() for each in listed):
                return set(listed) - SAFE
        view = getattr(view, "__wrapped__", None)
    return {"POST"}


def named() -> Iterator[str]:
    tables = [*OPERATIONS.values(), ADDRESSES, COMMANDS]
    yield from (
        event for table in tables for said in table.values() if not said.startswith(NONE) for event in said.split()
    )


def test_every_operation_is_in_the_table() -> None:
    assert set(OPERATIONS) == operation_modules()
    for module, table in OPERATIONS.items():
        assert set(table) == public_functions(module), module


def test_every_address_that_takes_more_than_a_look_is_in_the_table() -> None:
    every = {each.name: path_of(each) for each in addresses() if each.name}
    changing = {name for name, path in every.items() if unsafe(resolve(path).func)}
    assert len(changing) > 60
    assert changing - set(ADDRESSES) == set()
    assert set(ADDRESSES) - set(every) == set()


def test_every_command_is_in_the_table() -> None:
    assert set(COMMANDS) == {name for name, app in get_commands().items() if app in OURS}


def test_every_event_in_the_tables_exists_and_every_event_is_left_by_something() -> None:
    assert set(named()) - set(EVENTS) == set()
    assert set(EVENTS) - set(named()) == set(ELSEWHERE) - set(named())
    for module in ELSEWHERE.values():
        assert import_module(module.rsplit(".", 1)[0])


@pytest.mark.parametrize("event", EVENTS)
def test_some_code_records_it(event: str) -> None:
    """Its name stands in the code besides the registry and the words for it."""
    words = {"audit/events.py", "redress/log/sentences.py", "appeals/presentation.py", "records/presentation/traces.py"}
    sources = (path for app in OURS for path in (ROOT / app).rglob("*.py"))
    found = (str(path.relative_to(ROOT)) for path in sources if f'"{event}"' in path.read_text())
    assert set(found) - words


def test_a_view_that_takes_a_form_is_told_from_one_that_does_not() -> None:
    assert unsafe(resolve("/sign-in/").func) == {"POST"}
    assert unsafe(resolve("/held/").func) == set()
    assert unsafe(lambda request: None) == {"POST"}


def test_every_event_says_how_long_its_facts_can_be_opened() -> None:
    assert {event.kept for event in EVENTS.values()} == set(Kept)
