"""The reference pages under docs/reference/, written from the code that they describe. Needs no database."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import reduce
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.translation import override

from appeals.models.case import STATUS_CHOICES
from appeals.workflow import FINAL, OWNERS, STEPS, Status
from audit.events import EVENTS
from law import procedures, reference
from records import catalogue, exporting

GLOSSARY = Path(__file__).with_name("glossary.yaml")
HEAD = "<!-- Written by `python manage.py references`. Change the code it is made from, then run that. -->\n\n"

# Who may open an address, in words. The codes stand at the views (`open_to`) or follow from their classes.
WHO: Mapping[str, str] = {
    "anybody": "anybody",
    "demo": "anybody at this very machine, in the demonstration only",
    "person": "the person, for their own file and cases",
    "staff": "any member of staff with their second factor",
    "caseworker": "caseworkers of the holder, with their second factor",
    "supervisor": "supervisors of the holder, with their second factor",
    "source_officer": "officers of a source, with their second factor",
    "auditor": "auditors, with their second factor",
    "operator": "operators, with their second factor",
    "setting_up": "staff who have shown their password and set up their second factor",
    "records:read": "systems with a key for `records:read`",
    "records:write": "systems with a key for `records:write`",
}


class NoRule(LookupError):
    """An address says nowhere who may open it."""


class Address(NamedTuple):
    """One address of the service: its pattern, its name, the view, and the codes of who may open it."""

    path: str
    name: str
    view: Callable[..., Any]

    @property
    def open_to(self) -> tuple[str, ...]:
        """Raises `NoRule`."""
        return _open_to(self)


def references() -> dict[str, str]:
    """Every reference file by its name, as it should be."""
    with override("en"):
        return {
            "workflow.md": HEAD + workflow(),
            "access.md": HEAD + access(),
            "events.md": HEAD + events(),
            "glossary.md": HEAD + glossary(),
            "programme.schema.json": _json(catalogue.json_schema()),
            "procedure.schema.json": _json(procedures.json_schema()),
            "export.schema.json": _json(exporting.json_schema()),
            **{f"procedures/{name}.md": HEAD + text for name, text in _procedures()},
        }


def _procedures() -> Iterator[tuple[str, str]]:
    """The law: a list, and a page for each procedure."""
    found = procedures.procedures()
    yield "README", reference.contents(found.values())
    for id, procedure in found.items():
        yield id, reference.page(procedure)


def workflow() -> str:
    """The states of a case: a diagram, the steps, and whose turn it is."""
    words = {Status(code): str(title) for code, title in STATUS_CHOICES}
    arrows = [f"    {status} --> {step.to} : {action}" for (status, action), step in STEPS.items()]
    names = [f'    state "{words[status]}" as {status}' for status in Status]
    ends = [f"    {status} --> [*]" for status in Status if status in FINAL]
    diagram = ["```mermaid", "stateDiagram-v2", *names, "    [*] --> filed : file", *arrows, *ends, "```"]
    steps = [
        (words[status], action, words[step.to], step.by, f"`{step.event}`", "yes" if step.needs_reason else "")
        for (status, action), step in STEPS.items()
    ]
    return "\n".join(
        [
            "# The states of a case",
            "",
            "`appeals/workflow.py` holds this table, and nothing else moves a case. Who exactly may take a step is",
            "said by `appeals/access.py`; each step leaves its event in the log.",
            "",
            *diagram,
            "",
            "## Steps",
            "",
            *_table(("From", "Action", "To", "By", "Event", "Needs a reason"), steps),
            "",
            "## Whose turn it is",
            "",
            *_table(("Status", "Code", "Whose turn"), [(words[each], f"`{each}`", OWNERS[each]) for each in Status]),
            "",
        ]
    )


def access() -> str:
    """Every address and who may open it."""
    rows = []
    for each in addresses():
        open_to = "; ".join(WHO[code] for code in each.open_to)
        rows.append((f"`/{each.path}`", f"`{each.name}`" if each.name else "", open_to))
    return "\n".join(
        [
            "# Who may open which address",
            "",
            "Whoever is not signed in is led to a sign-in page; whoever is somebody else gets 403. What is not in",
            "one's own reach does not exist: 404. `/livez` and `/readyz` are answered to anybody, before routing.",
            "",
            *_table(("Address", "Name", "Open to"), rows),
            "",
        ]
    )


def events() -> str:
    """Every event of the log."""
    rows = [
        (f"`{name}`", ", ".join(sorted(event.facts)) or "none", event.kept.value, event.why)
        for name, event in EVENTS.items()
    ]
    return "\n".join(
        [
            "# Events of the log",
            "",
            "`audit/events.py` declares them; nothing else can be recorded. Besides these facts an entry commits to",
            "the time, the actor, the subject, the case (with its reference) and the record, as far as there are any;",
            "entries of an import, to the actor, the subject and the record. All facts are sealed.",
            "",
            "The entry itself, with its kind, its hour and its digests, stays as long as the log. What it says can be",
            "opened as long as the table says; who acted for an office, always as long as the log. Reasons why files",
            "were joined, or whom a line is about, go with the person, though they stand under an office's key.",
            "",
            *_table(("Event", "Facts", "Can be opened", "Why it is kept"), rows),
            "",
        ]
    )


def glossary() -> str:
    """The words of the project. Raises `LookupError` for a word whose code does not exist."""
    rows = []
    for each in yaml.safe_load(GLOSSARY.read_text()):
        _resolve(each["code"])
        rows.append((each["word"], each["zh"], each["meaning"], f"`{each['code']}`"))
    return "\n".join(
        [
            "# Words",
            "",
            "The same words stand in the code, on the pages and in the API.",
            "",
            *_table(("Word", "中文", "What it means", "In the code"), rows),
            "",
        ]
    )


def addresses() -> list[Address]:
    """Every address of the service, in the order in which they are tried."""
    return list(_walk(get_resolver().url_patterns, "", ""))


def _walk(patterns: Iterable[URLPattern | URLResolver], path: str, namespace: str) -> Iterator[Address]:
    for each in patterns:
        here = path + str(each.pattern)
        if isinstance(each, URLResolver):
            inner = ":".join(part for part in (namespace, each.namespace) if part)
            yield from _walk(each.url_patterns, here, inner)
        else:
            name = each.name or ""
            yield Address(here, f"{namespace}:{name}" if namespace and name else name, each.callback)


def _open_to(address: Address) -> tuple[str, ...]:
    view = address.view
    if declared := getattr(view, "open_to", None):
        return tuple(declared)
    if endpoint := getattr(view, "cls", None):
        return _open_to_of_endpoint(endpoint)
    if getattr(view, "login_required", True) is False:
        return ("anybody",)
    if getattr(view, "for_second_factor", False):
        return ("setting_up",)
    raise NoRule(f"{address.name or address.path} does not say who may open it")


def _open_to_of_endpoint(endpoint: Any) -> tuple[str, ...]:
    """Of the API: systems by the scopes of their methods, people, or anybody."""
    names = [each.__name__ for each in endpoint.permission_classes]
    if names == ["HasScope"]:
        return tuple(dict.fromkeys(map(str, endpoint.scopes.values())))
    return {"IsPerson": ("person",)}[names[0]] if names else ("anybody",)


def _resolve(dotted: str) -> object:
    """What a dotted path names: a module, then attributes."""
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        try:
            module = import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        try:
            return reduce(getattr, parts[end:], module)
        except AttributeError:
            break
    raise LookupError(f"glossary: there is no {dotted}")


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> list[str]:
    titles = list(head)
    lines = [titles, ["---"] * len(titles), *([str(cell).replace("|", "\\|") for cell in row] for row in rows)]
    return [f"| {' | '.join(line)} |" for line in lines]


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
