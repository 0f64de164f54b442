"""The words for how data came about: methods and the facts that a record may carry about its origin."""

from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import model_validator

from law import files
from records.catalogue.base import Model, Name, Text
from records.catalogue.fields import OTHERS_WITHHELD

PATH: Final = Path(__file__).resolve().parent.parent / "provenance.yaml"


class Method(Model):
    """A way in which data comes about. What a `machine` found needs a human's review before it may count."""

    title: Text
    machine: bool = False


class Key(Model):
    """One fact about the origin.

    `visible: role`: the subject sees in which role somebody did it, not who. `about: other` is somebody
    else, such as an informant: withheld, with the reason.
    """

    title: Text
    kind: Literal["text", "day", "moment", "share", "choice"] = "text"
    about: Literal["subject", "other"] = "subject"
    visible: Literal["subject", "role", "withheld"] = "subject"
    role: Text | None = None
    withheld_because: Text | None = None
    choices: dict[Name, Text] = {}

    @model_validator(mode="before")
    @classmethod
    def _defaults(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("about") == "other":
            return {"visible": "withheld", "withheld_because": OTHERS_WITHHELD.as_dict(), **data}
        return data

    @model_validator(mode="after")
    def _complete(self) -> "Key":
        if (self.visible == "role") != (self.role is not None):
            raise ValueError("expected `role: {en, zh}` exactly when `visible` is `role`")
        if (self.visible == "withheld") != (self.withheld_because is not None):
            raise ValueError("expected `withheld_because: {en, zh}` exactly when `visible` is `withheld`")
        if self.about == "other" and self.visible == "subject":
            raise ValueError("is about somebody else; expected `withheld` or `role`")
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError("expected `choices` exactly when `kind` is `choice`")
        return self


class Vocabulary(Model):
    """`records/provenance.yaml`."""

    methods: dict[Name, Method]
    keys: dict[Name, Key]


@cache
def vocabulary() -> Vocabulary:
    """The methods and keys that programme files and lines may use. Raises law.files.FileProblems."""
    return files.read(PATH, Vocabulary)
