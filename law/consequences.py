"""What follows from lateness: the words for the person. `appeals.operations.consequences` carries it out."""

from functools import cache
from pathlib import Path

from pydantic import RootModel

from law import files
from law.texts import Strict, Text

FILE = Path(__file__).with_name("consequences.yaml")


class Handling(Strict):
    """What is said of one consequence."""

    told: Text


class Table(RootModel[dict[str, Handling]]):
    """The file: each consequence by its word."""


@cache
def handlers() -> dict[str, Handling]:
    """The table of consequences, read once."""
    return files.read(FILE, Table).root
