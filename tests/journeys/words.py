"""The words of the pages in one language, found by the English that stands in the code."""

from django.utils import translation


class Words:
    """`say("Continue")` is what the button reads in this language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, english: str, **values: object) -> str:
        """Raises AssertionError where the catalogue has no translation."""
        with translation.override(self.language):
            said = translation.gettext(english)
        assert self.language == "en" or said != english, f"not translated: {english}"
        return said % values if values else said

    def pick(self, **texts: str) -> str:
        """What a file of the catalogue says: `say.pick(en="Fine", zh="罚款")`."""
        return texts[self.language.split("-")[0]]
