"""What an office holds about somebody, printed there for whoever has no page: as the person's own copy shows it."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.actors import Actor
from records import queries
from records.exporting import document, pages
from records.exporting.document import Part
from records.exporting.making import about, wholes

PURPOSE: Final = "print_for_person"
ENTRIES_A_PRINT: Final = 50  # somebody waits at the printer for it


class NothingHeld(LookupError):
    """This office holds nothing about this person, or not so many entries."""


def parts(subject_id: UUID, *, by: Actor) -> int:
    """In how many parts all is printed that the offices of this official hold; at least one."""
    return max(1, -(-queries.count_for_official(by, subject_id) // ENTRIES_A_PRINT))


def printed(subject_id: UUID, *, number: int, language: str, reason: str, by: Actor, at: datetime) -> bytes:
    """Part `number`, from 1, as tagged PDF. Of each entry it is noted before who reads it, and for which `reason`.

    Only what this official's own organisations hold. Raises `NothingHeld`.
    """
    first, total = (number - 1) * ENTRIES_A_PRINT, queries.count_for_official(by, subject_id)
    batch = queries.held_for_official(
        by, subject_id, purpose=PURPOSE, reason=reason, at=at, part=slice(first, first + ENTRIES_A_PRINT)
    )
    if not batch:
        raise NothingHeld
    with override(language):
        made = document.build(
            about(subject_id),
            wholes(queries.on_paper(subject_id), batch),
            Part(number, first + 1, first + len(batch), max(total, first + len(batch))),
            in_full=True,
            language=language,
            base_url=settings.BASE_URL,
            at=at,
        )
        what, why = _("What others hold about you"), _("An office prints what it holds itself. Ask the others, too.")
        made["left_out"].insert(0, {"what": what, "why": why, "entry": None, "field": None})
        return pages.pages(made, at=at)
