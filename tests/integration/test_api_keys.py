"""Keys of systems: shown once, checked against a hash, ended at once."""

import hmac
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest

from accounts import operations
from accounts.actors import SERVICE, ActorKind
from accounts.models import ApiKey, Organisation, Role, Scope, User
from audit import queries as log
from audit.models import Entry
from tests import factories

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 4, 10, 0, tzinfo=UTC)
LATER = AT + timedelta(days=30)


@pytest.fixture
def bank() -> Organisation:
    return factories.organisation("sample-bank")


def issue(bank: Organisation, **changes: Any) -> tuple[ApiKey, str]:
    wanted: dict[str, Any] = {
        "organisation": bank,
        "scopes": [Scope.RECORDS_READ],
        "programmes": ["us-credit-file"],
        "issued_by": None,
        "expires_at": LATER,
        "by": SERVICE,
        "at": AT,
    }
    return operations.issue_key(**(wanted | changes))


def test_a_key_lets_its_system_in(bank: Organisation) -> None:
    officer = User.objects.get(pk=str(factories.staff(Role.SOURCE_OFFICER, bank).user_id))
    key, text = issue(bank, issued_by=officer, scopes=[Scope.RECORDS_WRITE, Scope.RECORDS_READ])
    actor = operations.authenticate_key(text, AT)
    assert actor
    assert (actor.kind, actor.key_id, actor.organisation_id) == (ActorKind.SYSTEM, key.pk, bank.pk)
    assert actor.user_id == officer.pk, "who answers for what comes in by this key"
    assert actor.scopes == {"records:read", "records:write"}
    assert actor.programmes == {"us-credit-file"}


def test_the_text_has_its_form_and_is_stored_nowhere(bank: Organisation) -> None:
    key, text = issue(bank)
    _rd, prefix, secret = text.split("_", 2)
    assert (_rd, prefix, len(secret)) == ("rd", key.prefix, 43)
    row = ApiKey.objects.values().get()
    assert secret not in str(row)
    assert len(bytes(row["secret_hash"])) == 32


def test_every_other_text_is_refused(bank: Organisation) -> None:
    key, text = issue(bank)
    other = issue(bank)[1]
    wrong = [
        "",
        "rd_",
        text[:-1],
        text + "A",
        text.swapcase(),
        f" {text}",
        f"rd_{key.prefix}_{other.split('_', 2)[2]}",
        f"rd_nosuchkey0_{text.split('_', 2)[2]}",
        text.replace("rd_", "sk_"),
        "rd_ключключкл_" + "а" * 43,
        text + "\n",
        "x" * 100_000,
    ]
    assert [operations.authenticate_key(each, AT) for each in wrong] == [None] * len(wrong)


def test_a_key_ends_with_its_time(bank: Organisation) -> None:
    _, text = issue(bank)
    assert operations.authenticate_key(text, LATER - timedelta(seconds=1))
    assert operations.authenticate_key(text, LATER) is None


def test_a_revoked_key_ends_at_once_and_stays_so(bank: Organisation) -> None:
    key, text = issue(bank)
    operations.revoke_key(prefix=key.prefix, by=SERVICE, at=AT)
    assert operations.authenticate_key(text, AT) is None
    again = operations.revoke_key(prefix=key.prefix, by=SERVICE, at=LATER)
    assert again.revoked_at == AT
    with pytest.raises(operations.UnknownKey):
        operations.revoke_key(prefix="nosuchkey0", by=SERVICE, at=AT)


def test_an_unknown_prefix_is_compared_too(bank: Organisation) -> None:
    """So that the time tells nobody which prefixes exist."""
    with mock.patch("accounts.operations.api_keys.hmac.compare_digest", wraps=hmac.compare_digest) as compared:
        operations.authenticate_key("rd_nosuchkey0_" + "A" * 43, AT)
    assert compared.call_count == 1


@pytest.mark.parametrize(
    "changes", [{"scopes": []}, {"programmes": []}, {"expires_at": AT}, {"scopes": ["everything"]}]
)
def test_a_key_without_bounds_is_not_issued(bank: Organisation, changes: dict[str, Any]) -> None:
    with pytest.raises(operations.KeyRefused):
        issue(bank, **changes)
    assert not ApiKey.objects.exists()


def test_issuing_and_revoking_are_in_the_log(bank: Organisation) -> None:
    key, _ = issue(bank)
    operations.revoke_key(prefix=key.prefix, by=SERVICE, at=AT)
    entries = list(Entry.objects.order_by("pk"))
    assert [entry.event_type for entry in entries] == ["key.issued", "key.revoked"]
    issued, revoked = (log.opened([entry.entry_id])[entry.entry_id] for entry in entries)
    assert (issued["key"], issued["scopes"]) == (str(key.pk), "records:read for us-credit-file")
    assert revoked["key"] == str(key.pk)
