from typing import NamedTuple
from uuid import UUID


class Hand(NamedTuple):
    """Whose hand a source's act was: the columns that say so."""

    entered_by: UUID | None = None
    entered_with: UUID | None = None
    entered_in: UUID | None = None
