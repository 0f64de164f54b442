"""Every kind of message that the code tells has a sentence, the params it needs, and a decision about mail."""

import ast
from collections.abc import Iterator
from pathlib import Path

from delivery.rendering import KINDS

ROOT = Path(__file__).resolve().parents[2]
TELLING = {"tell_subject", "tell_organisation", "prepare"}
PACKAGES = ("appeals", "records", "accounts", "redress")


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call of a function that tells something, and where it stands."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in TELLING:
                    owner = node.func.value
                    if isinstance(owner, ast.Name) and owner.id in ("delivery", "messages"):
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_there_is_something_to_count() -> None:
    assert len(list(calls())) >= 5


def test_every_kind_that_is_told_has_a_sentence() -> None:
    unknown = {
        f"{place} {kind.value!s}"
        for place, call in calls()
        if len(call.args) > 1 and isinstance(kind := call.args[1], ast.Constant) and kind.value not in KINDS
    }
    assert not unknown


def test_only_kinds_that_may_be_mailed_are_mailed() -> None:
    for place, call in calls():
        kind = call.args[1] if len(call.args) > 1 else None
        mailed = next((each.value for each in call.keywords if each.arg == "mail"), None)
        if isinstance(kind, ast.Constant) and isinstance(mailed, ast.Constant) and mailed.value is True:
            assert KINDS[str(kind.value)].is_mailed, place
