"""Reading YAML files so that every mistake is named by file, line, key and what is expected there."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Key = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)
Check = Callable[[Model], Iterable[tuple[Key, str]]]


@dataclass(frozen=True)
class Problem:
    """One mistake in one file."""

    path: Path
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        where = f"{self.path.name}:{self.line}"
        return f"{where}: {self.key}: {self.message}" if self.key else f"{where}: {self.message}"


class FileProblems(ValueError):
    """The file cannot be used; `problems` says why, line by line."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class _Loader(yaml.CSafeLoader):
    """The safe loader, but a key that stands twice is an error: the second would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key is not plain text; expected a word", key.start_mark
                )
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} stands twice; expected once", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_day(self, node: yaml.ScalarNode) -> object:
        """A date. One that does not exist (2026-02-30) is named with its line, unlike in bare PyYAML."""
        try:
            return self.construct_yaml_timestamp(node)
        except ValueError as error:
            raise yaml.constructor.ConstructorError(
                None, None, f"{node.value!r} is no date ({error}); expected YYYY-MM-DD", node.start_mark
            ) from error


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_day)


def read(path: Path, model: type[Model], check: Check[Model] | None = None) -> Model:
    """The file as a checked model. Raises `FileProblems` with every mistake found, never only the first.

    `check` looks at what only the whole file can show, and yields (key, message) for each mistake.
    """
    content, lines = load(path)
    try:
        checked = model.model_validate(content)
    except ValidationError as error:
        problems = [_problem(path, lines, detail) for detail in error.errors(include_url=False)]
        raise FileProblems(problems) from error
    problems = [
        Problem(path, line_of(lines, key), _dotted(key), message) for key, message in (check(checked) if check else ())
    ]
    if problems:
        raise FileProblems(problems)
    return checked


def load(path: Path) -> tuple[Any, dict[Key, int]]:
    """The plain content of a file, and the line of every key in it."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise FileProblems([Problem(path, line, "", "the file is not UTF-8; expected UTF-8 text")]) from error
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise FileProblems([Problem(path, 1, "", "the file is empty; expected keys and values")])
        return loader.construct_document(node), _lines(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = Problem(path, mark.line + 1 if mark else 1, "", f"not readable as YAML: {error.problem}")
        raise FileProblems([problem]) from error
    except yaml.YAMLError as error:
        raise FileProblems([Problem(path, 1, "", f"not readable as YAML: {error}")]) from error
    finally:
        loader.dispose()


def problem_at(path: Path, key: Key, message: str) -> Problem:
    """A problem at one key of a readable file, for what shows only when files are compared."""
    return Problem(path, line_of(load(path)[1], key), _dotted(key), message)


def line_of(lines: dict[Key, int], key: Key) -> int:
    """The line of a key, or of the nearest thing around it that the file does hold."""
    found: Key = ()
    for part in key:
        # Pydantic adds parts that the file does not have (the branch of a choice): step over them.
        if (*found, part) in lines:
            found = (*found, part)
    return lines.get(found, 1)


def _lines(root: yaml.Node) -> dict[Key, int]:
    lines: dict[Key, int] = {}
    waiting: list[tuple[Key, yaml.Node, int]] = [((), root, root.start_mark.line + 1)]
    while waiting:
        key, node, line = waiting.pop()
        lines[key] = line
        if isinstance(node, yaml.MappingNode):
            waiting += [((*key, k.value), value, k.start_mark.line + 1) for k, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += [((*key, i), value, value.start_mark.line + 1) for i, value in enumerate(node.value)]
    return lines


_MESSAGES = {
    "missing": "is missing; expected here",
    "extra_forbidden": "is not a key that is known here; check its spelling",
}


def _problem(path: Path, lines: dict[Key, int], detail: ErrorDetails) -> Problem:
    message = _MESSAGES.get(detail["type"]) or detail["msg"].removeprefix("Value error, ")
    return Problem(path, line_of(lines, detail["loc"]), _dotted(detail["loc"]), message)


def _dotted(key: Key) -> str:
    return ".".join(str(part) for part in key)
