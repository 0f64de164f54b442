"""One field of a record type: its words, whom it speaks of, who may see it."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import StringConstraints, model_validator

from records.catalogue.base import Model, Name, Text

Visible = Literal["subject", "role", "withheld"]
OTHERS_WITHHELD = Text(en="This is about somebody else, so we do not show it.", zh="这是关于他人的信息，因此不予显示。")


class FieldInfo(Model):
    """What pages need to know about one field. The form of its value stands in the JSON Schema.

    `meaning`: what the field really is, when its name does not say so. `about`: whom it speaks of.
    Unless the file says otherwise, what is about others is withheld, and of staff only the role is shown.
    """

    title: Text
    meaning: Name | None = None
    about: Literal["subject", "other", "staff"] = "subject"
    visible: Visible = "subject"
    withheld_because: Text | None = None
    role: Text | None = None
    correctable: bool = True
    currency: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")] | None = None
    choices: dict[str, Text] = {}

    @model_validator(mode="before")
    @classmethod
    def _defaults(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        about = data.get("about")
        data = {"visible": {"other": "withheld", "staff": "role"}.get(str(about), "subject"), **data}
        if data["visible"] == "withheld" and about == "other":
            data.setdefault("withheld_because", OTHERS_WITHHELD)
        return {"correctable": data["visible"] == "subject", **data}

    @model_validator(mode="after")
    def _complete(self) -> "FieldInfo":
        if self.visible == "withheld" and self.withheld_because is None:
            raise ValueError("is withheld; expected also `withheld_because: {en, zh}`")
        if self.visible == "role" and self.role is None:
            raise ValueError("shows a role; expected also `role: {en, zh}`")
        if self.correctable and self.visible != "subject":
            raise ValueError("can be corrected; expected only of a field that the subject sees")
        return self


@dataclass(frozen=True, slots=True)
class Shown:
    """One field as the subject may see it. `value` is None unless `visible` is `subject`."""

    name: str
    info: FieldInfo
    value: Any
    label: Text | None
