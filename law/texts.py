"""Words for people, in the languages of the service."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Strict(BaseModel):
    """What every part of a law file is: frozen, and without keys that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Strict):
    """One text in English and in Simplified Chinese."""

    en: Words
    zh: Words

    def in_language(self, language: str) -> str:
        """The text for a language code such as `en` or `zh-hans`; English for any other language."""
        return self.zh if language.lower().startswith("zh") else self.en
