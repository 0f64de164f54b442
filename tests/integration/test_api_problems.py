"""Errors of the API: one shape for all of them, pointing at what to repair, never repeating a value."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client, override_settings
from rest_framework.exceptions import APIException

from accounts.actors import Actor
from accounts.api import authentication, endpoint
from accounts.api.problems import Mistake, Problem, pointer, problem_of
from accounts.models import Scope
from accounts.throttle import Limit
from appeals import errors
from appeals.api import problems as cases
from tests.api_clients import Answer, mistakes, person, system

pytestmark = pytest.mark.django_db
JSON = "application/problem+json"
CANARY = "999901198502140099"


def is_problem(answer: Answer, status: int, slug: str = "") -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == JSON
    document: dict[str, Any] = answer.json()
    assert document["status"] == status
    assert document["type"] == (f"tag:redress.example,2026:problem:{slug}" if slug else "about:blank")
    assert document["title"]
    return document


def test_without_a_key_it_is_401_and_says_how_to_show_one() -> None:
    answer = Client().get("/api/v1/records/")
    is_problem(answer, 401, "not-signed-in")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="redress"'


@pytest.mark.parametrize(
    "shown", ["Bearer", "Bearer rd_", "Bearer rd_abcdefghij_" + "x" * 43, "Bearer ü", "bearer x y"]
)
def test_a_wrong_key_is_401_and_called_invalid(shown: str) -> None:
    answer = Client().get("/api/v1/records/", headers={"Authorization": shown})
    is_problem(answer, 401, "not-signed-in")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_an_expired_key_is_a_wrong_key() -> None:
    is_problem(system(days=-1).get("/records/"), 401, "not-signed-in")


def test_a_key_without_the_scope_is_403_and_says_which() -> None:
    answer = system(scopes=[Scope.RECORDS_READ]).post("/records/", {})
    is_problem(answer, 403, "missing-scope")
    assert 'scope="records:write"' in answer.headers["WWW-Authenticate"]


def test_a_visitor_is_401_at_the_addresses_of_people() -> None:
    answer = Client().get("/api/v1/held/")
    is_problem(answer, 401, "not-signed-in")
    assert answer.headers["WWW-Authenticate"] == 'Session realm="redress"'


def test_staff_are_403_at_the_addresses_of_people(caseworker: Actor) -> None:
    is_problem(person(caseworker).get("/held/"), 403, "not-allowed")


def test_a_key_opens_no_address_of_people() -> None:
    is_problem(system().get("/held/"), 401, "not-signed-in")


def test_a_session_without_the_csrf_token_changes_nothing(person: Actor) -> None:
    from tests.fixtures import client_for

    client = client_for(person)
    client.handler.enforce_csrf_checks = True
    answer = client.post("/api/v1/cases/", "{}", "application/json", headers={"Idempotency-Key": "a-fresh-key"})
    is_problem(answer, 403, "not-allowed")


@pytest.mark.parametrize("path", ["/api/v1/", "/api/v1", "/api/v1/nothing/", "/api/v1/records", "/api/v1/held/7/"])
def test_an_unknown_address_is_a_problem_and_no_page(path: str) -> None:
    is_problem(Client().get(path), 404)


@pytest.mark.parametrize("method", ["put", "patch", "options", "trace"])
def test_another_method_is_405_and_names_those_there_are(method: str) -> None:
    caller = system()
    answer = getattr(caller.client, method)("/api/v1/records/", headers=caller.headers)
    is_problem(answer, 405)
    assert answer.headers["Allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"nonsense",
        b'{"programme": NaN}',
        b'{"a": 1, "a": 2}',
        b"[" * 30 + b"]" * 30,
        b"[" * 100_000,
        b'{"programme": "\xff"}',
        b"\xff\xfe{\x00}\x00",
        b"1" * 5000,
    ],
)
def test_what_is_no_json_is_400(body: bytes) -> None:
    caller = system()
    answer = caller.post("/records/", body)
    if body:
        is_problem(answer, 400, "wrong-request")
    else:
        is_problem(answer, 422, "wrong-values")


def test_unreadable_json_says_where_and_repeats_nothing() -> None:
    answer = system().post("/records/", f'{{"subject": "{CANARY}",,}}')
    assert is_problem(answer, 400, "wrong-request")["detail"] == "This is not JSON: look at line 1, character 34."
    assert CANARY not in answer.content.decode()


def test_another_content_type_is_415() -> None:
    caller = system()
    answer = caller.client.post(
        "/api/v1/records/", "<a/>", "text/xml", headers={**caller.headers, "Idempotency-Key": "a-fresh-key"}
    )
    is_problem(answer, 415)


def test_a_body_that_is_too_long_is_413_before_it_is_read() -> None:
    is_problem(system().post("/records/", b" " * (endpoint.LONGEST_BODY + 1)), 413)


def test_an_answer_is_json_whatever_the_client_accepts() -> None:
    answer = system().get("/records/", Accept="text/html")
    is_problem(answer, 400, "wrong-parameter")


def test_too_many_requests_are_429_and_say_how_long_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "OF_A_KEY", Limit("test_key", 1, timedelta(hours=1)))
    caller = system()
    assert caller.get("/records/").status_code == 400
    answer = caller.get("/records/")
    is_problem(answer, 429, "too-many")
    assert 1 <= int(answer.headers["Retry-After"]) <= 3600


def test_guessing_keys_is_slowed_down_and_a_right_key_still_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authentication, "BAD_KEYS", Limit("test_bad_key", 2, timedelta(hours=1)))
    wrong = {"Authorization": "Bearer rd_wrong"}
    statuses = [Client().get("/api/v1/records/", headers=wrong).status_code for _ in range(4)]
    assert statuses == [401, 401, 429, 429]
    assert system().get("/records/").status_code == 400


def test_an_error_that_nobody_foresaw_is_500_without_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr("records.api.requests.lookup_of", fail)
    caller = system()
    caller.client.raise_request_exception = False
    answer = caller.get("/records/")
    is_problem(answer, 500)
    assert CANARY not in answer.content.decode()


def test_a_database_that_goes_away_is_503_and_says_to_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise OperationalError(CANARY)

    monkeypatch.setattr("records.api.requests.lookup_of", fail)
    answer = system().get("/records/")
    is_problem(answer, 503, "try-again")
    assert answer.headers["Retry-After"]
    assert CANARY not in answer.content.decode()


def test_problems_speak_the_language_of_the_request() -> None:
    answer = Client().get("/api/v1/nothing/", headers={"Accept-Language": "zh-hans"})
    assert answer.headers["Content-Language"] == "zh-hans"


@override_settings(ALLOWED_HOSTS=["testserver"])
def test_the_next_page_names_no_host_that_is_not_ours() -> None:
    assert Client().get("/api/v1/held/", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((), "#"),
        (("values", "amount"), "#/values/amount"),
        (("measures", 2, "to"), "#/measures/2/to"),
        (("values", CANARY), "#/values"),
        (("Wang Xiaoyu",), "#"),
        (("values", "?"), "#/values"),
    ],
)
def test_a_pointer_names_fields_and_no_data(path: tuple[object, ...], expected: str) -> None:
    assert pointer(path) == expected


def test_every_error_of_cases_has_its_own_problem() -> None:
    assert {Problem} == {type(problem_of(kind())) for kind in plain_case_errors()}
    known = set(cases.REPAIRS) | set(cases.CONFLICTS) | {errors.NotInYourFile, errors.StillWaiting, errors.WindowOver}
    on_pages = {errors.ReasonMissing, errors.DecisionIncomplete, *OF_STAFF}
    assert set(errors.CaseError.__subclasses__()) - known == on_pages
    found = problem_of(errors.NoSuchField())  # the entry is there
    assert found is not None and found.status == 422


# What only officials meet, on pages: no address of the API leads there.
WITH_A_BOX = {errors.ClockRefused, errors.DayRefused, errors.StillLate}
OF_STAFF = {
    *WITH_A_BOX,
    errors.HindranceNeeded,
    errors.NoAddress,
    errors.NotPostedYet,
    errors.NotPrintedYet,
    errors.NotReceivedYet,
    errors.PostedLater,
    errors.ReceivedBefore,
}


def plain_case_errors() -> list[type[errors.CaseError]]:
    with_arguments = {
        errors.AlreadyDisputed,
        errors.ContactJustChanged,
        errors.DecisionIncomplete,
        errors.DocumentNeeded,
        errors.StillWaiting,
        errors.ValueMoved,
        errors.WindowOver,
    }
    return [kind for kind in errors.CaseError.__subclasses__() if kind not in with_arguments | WITH_A_BOX]


def test_an_error_of_the_framework_keeps_its_status() -> None:
    problem = problem_of(APIException())
    assert problem is not None and problem.status == 500


def test_a_mistake_says_one_place() -> None:
    problem = Problem(422, errors=[Mistake("Add this.", "missing", pointer="#/a")])
    assert problem.document()["errors"] == [{"detail": "Add this.", "code": "missing", "pointer": "#/a"}]


def test_several_mistakes_are_told_at_once(person: Actor) -> None:
    from tests import api_clients

    body = {"procedure": "", "items": [{"record": "x", "words": "\u202e", "more": 1}, "no"], "language": CANARY, "y": 1}
    answer = api_clients.person(person).post("/cases/", body)
    is_problem(answer, 422, "wrong-values")
    assert mistakes(answer) == {
        "#/procedure": "missing",
        "#/language": "not_in_list",
        "#/items/0/record": "wrong_form",
        "#/items/0/seen": "missing",
        "#/items/0/ground": "missing",
        "#/items/0/words": "unreadable_text",
        "#/items/0/more": "unknown_field",
        "#/items/1": "wrong_form",
        "#/y": "unknown_field",
    }
    assert CANARY not in answer.content.decode()


@pytest.mark.parametrize("name", ["13800000000", "a b", "王测试"])
def test_a_parameter_whose_name_may_be_somebodys_data_is_not_repeated(name: str) -> None:
    answer = system().get("/subscriptions/", {name: "1"})
    assert [each["parameter"] for each in is_problem(answer, 400, "wrong-parameter")["errors"]] == ["?"]
    assert name not in answer.content.decode()


def test_an_address_without_parameters_says_so(person: Actor) -> None:
    from tests import api_clients

    answer = api_clients.person(person).get("/mails/", {"limit": "5"})
    assert is_problem(answer, 400, "wrong-parameter")["errors"][0]["detail"] == "Leave this out."
