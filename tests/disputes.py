"""Disputes as people write them: drafts in every state, and what their pages show."""

import re
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actors import SERVICE, Actor
from appeals import operations, queries
from appeals.models import DisputeDraft
from appeals.operations import Target
from appeals.workflow import Status
from records import operations as records
from records.models import Record
from tests.factories import case_at


def page(response: Any) -> str:
    """The words of an answer, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def step(name: str, draft: DisputeDraft | UUID, *more: object) -> str:
    draft_id = draft.pk if isinstance(draft, DisputeDraft) else draft
    return reverse(f"appeals:dispute-{name}" if name else "appeals:draft", args=[draft_id, *more])


def begin(client: Client, record: Record, *codes: str) -> Any:
    return client.post(f"{reverse('appeals:dispute')}?record={record.pk}", {f"entry-{record.pk}": codes})


def draft_of(person: Actor) -> DisputeDraft:
    return queries.drafts_of(person).get()


def begun(person: Actor, *targets: Target, procedure: str = "redress-model") -> DisputeDraft:
    at = timezone.now()
    draft = operations.begin_draft(targets, by=person, at=at)
    return operations.choose_procedure(draft.pk, procedure, by=person, at=at)


def complete(person: Actor, *targets: Target, ground: str = "inaccurate") -> DisputeDraft:
    """A draft in which everything is said."""
    draft = begun(person, *targets)
    for each in draft.items.all():
        operations.describe(
            draft.pk,
            each.pk,
            ground=ground,
            words="I paid.",
            wanted="1.00" if each.field == "amount" else "",
            seen=each.version_id,
            by=person,
            at=timezone.now(),
        )
    return draft


def correct_meanwhile(record: Record, field: str, value: str) -> None:
    """Somebody else's decision puts a value right while the draft is being written."""
    other = case_at(Status.IN_REVIEW)
    records.correct(record.pk, field, value, case_id=other.pk, by=SERVICE, at=timezone.now())


def upload(name: str = "receipt.txt", data: bytes = b"Paid 10,800 yuan.") -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, data, "text/plain")}
