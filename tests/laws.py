"""Procedures as an office would write them: a shipped one with some of its rules changed."""

from datetime import date, timedelta
from typing import Any

import pytest

from law import procedures
from law.procedure import Procedure
from records import catalogue


def changed(monkeypatch: pytest.MonkeyPatch, id: str, **rules: Any) -> Procedure:
    """The newest version of a shipped procedure with these parts of its file replaced, as law from now on.

    What is given is checked as it would be in a file.
    """
    old = procedures.procedure(id)
    made = Procedure.model_validate({**old.model_dump(exclude_unset=True), **rules})
    versions = tuple(made if each is old else each for each in procedures._versions())
    monkeypatch.setattr(procedures, "_versions", lambda: versions)
    monkeypatch.setattr(procedures, "procedures", lambda: {each.id: each for each in versions})
    return made


def next_version(monkeypatch: pytest.MonkeyPatch, id: str, valid_from: date, **rules: Any) -> Procedure:
    """The version that replaces the newest one of a shipped procedure from that day on, with these parts changed."""
    old = procedures.procedure(id)
    ended = old.model_copy(update={"valid_to": valid_from - timedelta(days=1)})
    said = {"version": old.version + 1, "valid_from": valid_from, "supersedes": {"id": id, "version": old.version}}
    made = Procedure.model_validate({**old.model_dump(exclude_unset=True), **said, **rules})
    versions = tuple(new for each in procedures._versions() for new in ((ended, made) if each is old else (each,)))
    monkeypatch.setattr(procedures, "_versions", lambda: versions)
    monkeypatch.setattr(procedures, "procedures", lambda: {each.id: each for each in versions})
    return made


READ = {"basis": "law", "evidence": "read", "cite": "Sample Act s 1"}
DEFAULTERS = [{"programme": "cn-court-defaulters", "types": "any", "measures": "any"}]


def with_higher_body(monkeypatch: pytest.MonkeyPatch, id: str) -> catalogue.Programme:
    """A shipped programme whose file names an office above its holder."""
    above = catalogue.Holder(code="sample-higher-body", en="The office above", zh="上级机关")
    made = catalogue.programme(id).model_copy(update={"higher_body": above})
    every = {**catalogue.programmes(), id: made}
    monkeypatch.setattr(catalogue, "programmes", lambda: every)
    return made


def with_waiting(monkeypatch: pytest.MonkeyPatch, id: str = "cn-source-delisting", **clock: Any) -> Procedure:
    """A shipped repair or delisting, open for the list of defaulters, whose waiting time was read unless `clock` says
    otherwise: two years from the listing."""
    clocks = procedures.procedure(id).model_dump(exclude_unset=True)["clocks"]
    rule = {"start": "listed", "length": 2, "unit": "year", **READ, **clock}
    return changed(monkeypatch, id, opens_for=DEFAULTERS, clocks={**clocks, "delist_after": rule})


def with_papers(monkeypatch: pytest.MonkeyPatch, *papers: dict[str, Any], **rules: Any) -> Procedure:
    """The model procedure with required papers that were read."""
    text = {"text": {"en": "A paper", "zh": "材料"}, **READ}
    return changed(monkeypatch, "redress-model", documents=[{**text, **each} for each in papers], **rules)
