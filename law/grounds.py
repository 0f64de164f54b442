"""The catalogue of grounds: why something may be wrong, in words that a child can read."""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import RootModel

from law import files
from law.texts import Strict, Text

FILE = Path(__file__).with_name("grounds.yaml")

Need = Literal["value", "words", "document"]
Outcome = Literal["correct", "delete", "detach", "lift", "add", "unpublish", "tell_again", "decide_by_human"]


class GroundText(Strict):
    """One ground as it stands in the catalogue."""

    title: Text
    hint: Text
    needs: tuple[Need, ...]
    typical: tuple[Outcome, ...]


class Ground(GroundText):
    """One ground, with its id."""

    id: str


class Catalogue(RootModel[dict[str, GroundText]]):
    """The file: each ground by its id."""


@cache
def grounds() -> dict[str, Ground]:
    """Every ground by its id, in the order of the catalogue."""
    catalogue = files.read(FILE, Catalogue).root
    return {id_: Ground(id=id_, **text.model_dump()) for id_, text in catalogue.items()}
