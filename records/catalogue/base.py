"""What the files of the catalogue have in common: words in two languages, citations, names."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Duration = Annotated[str, StringConstraints(pattern=r"^P(\d+Y)?(\d+M)?(\d+D)?$", min_length=3)]
Evidence = Literal["read", "reported", "unread"]
Kind = Literal["person", "organisation"]


class Model(BaseModel):
    """Unknown keys are mistakes, and what was loaded is not changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Model):
    """The same words in both languages."""

    en: Words
    zh: Words

    def of(self, language: str) -> str:
        """The words for a language code such as `en` or `zh-hans`."""
        return self.zh if language.lower().startswith("zh") else self.en

    def as_dict(self) -> dict[str, str]:
        """Both, by language."""
        return {"en": self.en, "zh": self.zh}


class Basis(Model):
    """A legal basis. `evidence`: we read the words, a good source reports them, or we have not seen them.

    `zh` is the citation as Chinese readers know it, where it differs.
    """

    cite: Words
    zh: Words | None = None
    evidence: Evidence

    @property
    def words(self) -> Text:
        """The citation in both languages."""
        return Text(en=self.cite, zh=self.zh or self.cite)


def listed(names: Iterable[str]) -> str:
    """Names for a message, in order."""
    return ", ".join(sorted(names))
