"""Bodies: JSON and files, read only as far as an address allows, and refused without repeating what they say."""

import json
from collections.abc import Mapping
from typing import IO, Any, Final, NoReturn

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

_DEEPEST: Final = 20  # groups within groups: no body of ours needs more, and recursion has an end


class JSONParser(BaseParser):
    """JSON in UTF-8: no NaN, no depth without end, no name twice in one group."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """What the body says. Raises ParseError with the place of the mistake."""
        try:
            document = json.loads(stream.read().decode(), parse_constant=_no_number, object_pairs_hook=_no_name_twice)
        except json.JSONDecodeError as error:
            place = {"line": error.lineno, "column": error.colno}
            raise ParseError(_("This is not JSON: look at line %(line)d, character %(column)d.") % place) from None
        except UnicodeDecodeError:
            raise ParseError(_("Write the body in UTF-8.")) from None
        except (ValueError, RecursionError):
            raise ParseError(_("This JSON holds a number, a name twice or a nesting that cannot be read.")) from None
        if not _is_shallow(document, _DEEPEST):
            raise ParseError(_("This JSON holds a number, a name twice or a nesting that cannot be read."))
        return document


def _is_shallow(document: object, left: int) -> bool:
    if isinstance(document, dict):
        return left > 0 and all(_is_shallow(each, left - 1) for each in document.values())
    if isinstance(document, list):
        return left > 0 and all(_is_shallow(each, left - 1) for each in document)
    return True


def _no_number(constant: str) -> NoReturn:
    raise ValueError  # NaN and Infinity are no JSON


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise ValueError  # two readers may take different ones
    return document
