"""From what is held to the shapes of the API. Nothing is looked up or opened here."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Organisation
from delivery.models import Delivery
from records import presentation
from records.api.disclosing import Disclosed
from records.catalogue import Basis, Programme, RecordType
from records.models import Access, Disclosure, ImportJob, Mark, Measure, RefusedLine, Subscription, Version
from records.openings import Opening
from records.presentation import words
from records.queries import Held, Trace
from records.recipients import TO_BE_FORGOTTEN
from records.statements import Stated
from records.values import filled


def disclosed(one: Disclosed, today: date) -> dict[str, Any]:
    """A record as a system receives it."""
    record, version = one.record, one.version
    return {
        "id": record.pk,
        "programme": record.programme,
        "type": record.type,
        "source": record.source.code,
        **_version(version),
        "version": version.pk,
        "method": version.method,
        "values": one.values,
        "withheld": one.withheld,
        "marks": [_mark(mark) for mark in one.marks],
        "statement": statement(one.statement),
        "measures": [_measure(measure, today) for measure in one.measures],
    }


def statement(one: Stated | None) -> dict[str, Any] | None:
    """The person's own words on a record; None without any."""
    if one is None:
        return None
    return {"words": one.words, "language": one.language, "about": one.number, "written_at": one.written_at}


def subscription(one: Subscription) -> dict[str, Any]:
    """What a recipient wants to be told of."""
    return {
        "id": one.pk,
        "programme": one.programme,
        "purpose": one.purpose or None,
        "record": one.record_id,
        "made_at": one.made_at,
    }


def change(one: Delivery, type_id: str) -> dict[str, Any]:
    """Something that a recipient is told: never a value, nor the case behind it."""
    return {
        "number": one.number,
        "what": one.what,
        "record": one.record_id,
        "programme": one.programme,
        "type": type_id,
        "received": one.received_version_id,
        "at": one.caused_at,
        "forget": one.what in TO_BE_FORGOTTEN,
        "acknowledged": one.acknowledged_at is not None,
    }


def job(one: ImportJob, counts: dict[str, int]) -> dict[str, Any]:
    """A file that a source uploaded."""
    return {
        "id": one.pk,
        "programme": one.programme,
        "state": one.state,
        "error": one.error or None,
        "received_at": one.received_at,
        "finished_at": one.finished_at,
        "size": one.size,
        "sha256": bytes(one.file_sha256).hex(),
        **counts,
    }


def refused(line: RefusedLine) -> dict[str, Any]:
    """Why one field of one line was not taken in."""
    detail = filled(_(line.sentence), line.params, words.reader())
    return {"line": line.line, "field": line.field, "code": line.code, "detail": detail}


def held(one: Held, today: date) -> dict[str, Any]:
    """An entry as its subject may see it."""
    record, version, programme = one.record, one.version, one.programme
    language = presentation.reader()
    return {
        "id": record.pk,
        "programme": {"id": programme.id, "title": programme.title.of(language)},
        "holder": {"id": programme.holder.code, "title": programme.holder.of(language)},
        "source": _organisation(record.source),
        "type": {"id": one.type.id, "title": one.type.title.of(language)},
        "adverse": record.adverse,
        **_version(version),
        "version": version.pk,
        "basis": _basis(one.type.basis),
        "fields": _fields(one.type, one.said.values),
        "origin": [_line(line) for line in presentation.origin(one.type, one.said.provenance)],
        "marks": [_mark(mark) for mark in one.marks],
        "statement": statement(one.statement),
        "measures": [_held_measure(measure, programme, today) for measure in one.measures],
    }


def opening(one: Opening) -> dict[str, Any]:
    """Something that can be asked for, now or from a day on."""
    return {
        "procedure": one.procedure,
        "title": one.title,
        "opens_on": one.opens_on,
        "says": one.says,
        "because": one.steps,
        "rule": one.rule,
    }


def held_in_full(one: Held, trace: Trace, open_to: Iterable[Opening], today: date) -> dict[str, Any]:
    """An entry with everything that its subject may know of what happened with it, and what can be asked for."""
    return {
        **held(one, today),
        "openings": [opening(each) for each in open_to],
        "versions": [{"cause": each.cause, **_version(each)} for each in trace.versions],
        "received": [_received(each) for each in trace.disclosures],
        "looked": [_looked(each) for each in trace.accesses],
    }


def received_of(disclosure: Disclosure) -> dict[str, Any]:
    """That somebody was given an entry, with which it was."""
    return {"record": disclosure.record_id, **_received(disclosure)}


def looked_of(access: Access) -> dict[str, Any]:
    """That somebody on the staff opened an entry, with which it was and the reason that they gave."""
    return {"record": access.record_id, "reason": access.reason, **_looked(access)}


def _received(disclosure: Disclosure) -> dict[str, Any]:
    return {
        "organisation": _organisation(disclosure.recipient),
        "at": disclosure.disclosed_at,
        "purpose": disclosure.purpose,
        "version": disclosure.version.number,
        "marks": disclosure.marks,
    }


def _looked(access: Access) -> dict[str, Any]:
    return {
        "organisation": _organisation(access.organisation),
        "role": access.role,
        "number": access.number,
        "at": access.looked_at,
        "purpose": access.purpose,
    }


def _version(version: Version) -> dict[str, Any]:
    return {
        "number": version.number,
        "recorded_at": version.recorded_at,
        "valid_from": version.valid_from,
        "valid_to": version.valid_to,
    }


def _fields(kind: RecordType, values: dict[str, Any]) -> list[dict[str, Any]]:
    shown = kind.for_subject(values)
    lines = presentation.lines(kind, values)
    return [
        {**_line(line), "value": each.value, "correctable": each.info.correctable}
        for each, line in zip(shown, lines, strict=True)
    ]


def _line(line: presentation.Line) -> dict[str, Any]:
    return {"name": line.name, "title": line.key, "hidden": line.hidden, "text": line.value}


def _mark(mark: Mark) -> dict[str, Any]:
    return {"kind": mark.kind, "field": mark.field or None, "since": mark.placed_at}


def _measure(measure: Measure, today: date) -> dict[str, Any]:
    return {
        "type": measure.type,
        "from": measure.from_on,
        "to": measure.to_on,
        "state": "over" if measure.has_run_out(today) else measure.state,
        "resumes_on": measure.resumes_on,
    }


def _held_measure(measure: Measure, programme: Programme, today: date) -> dict[str, Any]:
    kind = programme.measures[measure.type]
    title = kind.title.of(presentation.reader())
    return {"id": measure.pk, "title": title, "basis": _basis(kind.basis), **_measure(measure, today)}


def _basis(basis: Basis | str) -> dict[str, str]:
    evidence = "none" if isinstance(basis, str) else basis.evidence
    ground = presentation.ground(basis)
    return {"cite": ground.cite, "evidence": evidence, "text": ground.evidence}


def _organisation(organisation: Organisation) -> dict[str, Any]:

    return {"id": organisation.code, "title": presentation.organisation(organisation.name)}
