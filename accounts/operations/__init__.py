"""Writes: people sign in, organisations get staff and keys. Callers write `operations.issue_key(…)`."""

from accounts.operations.api_keys import KeyRefused, UnknownKey, actor_of_key, authenticate_key, issue_key, revoke_key
from accounts.operations.organisations import (
    AddressTaken,
    NotAMember,
    appoint,
    create_staff,
    end_membership,
    register_organisation,
)
from accounts.operations.sign_in import CodeSpent, Fact, NotSignedIn, SeveralMatch, ask_for_code, enter_code

__all__ = [
    "AddressTaken",
    "CodeSpent",
    "Fact",
    "KeyRefused",
    "NotAMember",
    "NotSignedIn",
    "SeveralMatch",
    "UnknownKey",
    "actor_of_key",
    "appoint",
    "ask_for_code",
    "authenticate_key",
    "create_staff",
    "end_membership",
    "enter_code",
    "issue_key",
    "register_organisation",
    "revoke_key",
]
