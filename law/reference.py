"""A procedure for a lawyer: every rule with its source, and what the due-process lint says. Written as Markdown."""

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel

from law import lint
from law.clocks.terms import Latest, Span, Term
from law.evidence import Rule
from law.procedure import Procedure
from law.rules.timing import Excuse, Variant
from law.texts import Text

_SOURCE = frozenset(Rule.model_fields)
_TERM = frozenset({*Term.model_fields, "start"})
# Parts of a rule that are rules of their own: they get their own rows.
_PARTS = ("extensions", "pauses", "long_stop", "excuse", "variants", "file_by", "decide", "deemed")
# Where a no says as much as a yes.
_YES_OR_NO = ("applies", "second_person", "ask_source", "allowed", "stays", "binding")
_UNITS = {
    "day": "days",
    "calendar_day": "calendar days",
    "working_day": "working days",
    "business_day": "business days",
    "week": "weeks",
    "month": "months",
    "year": "years",
}
_CHAPTERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Who, for what and why",
        ("requests", "who", "standing", "exclusions", "addressee", "documents", "fee", "grounds"),
    ),
    ("Clocks", ("counting", "clocks")),
    ("On the way", ("interim", "screening", "approval", "enquiry", "explanation", "disclosure", "notices")),
    ("Tiers and service", ("tiers", "service")),
    (
        "What comes out",
        ("on_unverifiable", "on_deadline_missed", "remedies", "statement", "propagation", "reinsertion"),
    ),
    ("How long things are kept", ("retention", "repair_conditions", "sanctions")),
    ("Promises", ("guarantees",)),
)


def page(procedure: Procedure) -> str:
    """The whole procedure as one Markdown page."""
    lines = [f"# {procedure.title.en}", "", f"{procedure.title.zh}", "", procedure.summary.en.strip(), ""]
    lines += [procedure.summary.zh.strip(), "", *table(("", ""), _facts(procedure)), ""]
    lines += [
        "*Evidence*: `read`: somebody read the operative words; `reported`: a regulator, court or firm says so;",
        "`unread`: from memory. What was not read never acts against the person, and acts for the person only once",
        "the holder has adopted it.",
        "",
    ]
    for title, keys in _CHAPTERS:
        rows = [row for key in keys for row in _rows(key, getattr(procedure, key))]
        if rows:
            lines += [f"## {title}", "", *table(("Rule", "What it says", "Source", "Basis", "Evidence"), rows), ""]
    return "\n".join([*lines, *_safeguards(procedure)])


def contents(procedures: Iterable[Procedure]) -> str:
    """The list of all procedures, and which safeguard each one gives."""
    found = list(procedures)
    rows = [
        (f"[`{each.id}`]({each.id}.md)", each.version, each.title.en, each.jurisdiction, _validity(each), _given(each))
        for each in found
    ]
    head = ("Id", "Version", "Title", "Where", "Law", "Safeguards given")
    return "\n".join(["# Procedures", "", *table(head, rows), "", *_matrix(found)])


def term_in_words(term: Term) -> str:
    """A period as a lawyer writes it down."""
    counted = {"inclusive": "first day counts", "exclusive": "first day not counted", None: ""}[term.first_day]
    rolled = {"next_working_day": "a last day off moves on", "none": "", None: ""}[term.roll]
    words = [f"{term.length} {_UNITS[term.unit]}", counted, rolled]
    if term.other_reading is not None:
        words.append(f"also read: {_said(term.other_reading, frozenset())}")
    return "; ".join(word for word in words if word)


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> list[str]:
    """The rows as a Markdown table."""
    titles = list(head)
    lines = [titles, ["---"] * len(titles), *([str(cell).replace("|", "\\|") for cell in row] for row in rows)]
    return [f"| {' | '.join(line)} |" for line in lines]


def _facts(procedure: Procedure) -> list[tuple[str, str]]:
    old = procedure.supersedes
    facts = [
        ("Id", f"`{procedure.id}`, version {procedure.version}"),
        ("Where", f"{procedure.jurisdiction}; calendar {procedure.calendar}; {procedure.time_zone}"),
        ("Law", _validity(procedure)),
        ("Governs open cases by", procedure.case_version.replace("_", " ")),
        ("Milder also for cases that run", ", ".join(f"`{path}`" for path in procedure.milder)),
        ("Replaces", f"`{old.id}` version {old.version}" if old else ""),
        ("Sources", "; ".join(procedure.sources)),
        ("Open for", "; ".join(scope.programme for scope in procedure.opens_for) or "no programme yet"),
    ]
    return [(f"**{name}**", value) for name, value in facts if value]


def _validity(procedure: Procedure) -> str:
    until = f" to {procedure.valid_to}" if procedure.valid_to else ""
    return f"from {procedure.valid_from}{until}"


def _rows(path: str, found: Any) -> Iterator[tuple[str, str, str, str, str]]:
    """One row for each rule at or below a path."""
    if isinstance(found, Rule):
        adopted = f"; adopted {found.adopted_on}" if found.adopted_by else ""
        yield f"`{path}`", _said(found, _SOURCE), found.cite, found.basis, f"{found.evidence}{adopted}"
        for part in _PARTS:
            yield from _rows(f"{path}.{part}", getattr(found, part, None))
    elif isinstance(found, dict):
        for name, each in found.items():
            yield from _rows(f"{path}.{name}", each)
    elif isinstance(found, tuple):
        for each in found:
            yield from _rows(f"{path}.{_name_of(each)}", each)
    elif isinstance(found, BaseModel):
        for name in type(found).model_fields:
            yield from _rows(f"{path}.{name}", getattr(found, name))


def _name_of(rule: Any) -> str:
    for name in ("id", "type", "capacity", "reason", "reasons", "clock", "to", "level", "kind"):
        value = getattr(rule, name, None)
        if value is not None:
            return "+".join(value) if isinstance(value, tuple) else str(value)
    return ""


def _said(rule: BaseModel, without: frozenset[str]) -> str:
    """What a rule says besides its source, as `key: value`."""
    said: list[str] = []
    skipped = {*without, *_PARTS}
    if isinstance(rule, Term) and not isinstance(rule, Variant):
        said.append(term_in_words(rule))
        skipped |= _TERM - {"start"}
    for name in type(rule).model_fields:
        value = getattr(rule, name)
        if name in skipped or value in (None, (), {}) or (value is False and name not in _YES_OR_NO):
            continue
        said.append(value.en.strip() if isinstance(value, Text) else f"{name.replace('_', ' ')}: {_plain(value)}")
    return "; ".join(said)


def _plain(value: Any) -> str:
    if isinstance(value, Text):
        return value.en.strip()
    if isinstance(value, Latest):
        return f"the latest of {', '.join(value.latest_of)}"
    if isinstance(value, Term):
        return term_in_words(value)
    if isinstance(value, Span):
        return f"{value.length} {_UNITS[value.unit]}"
    if isinstance(value, (tuple, list)):
        return ", ".join(_plain(each) for each in value)
    if isinstance(value, (BaseModel, Excuse)):
        return _said(value, frozenset())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("_", " ")


def _safeguards(procedure: Procedure) -> list[str]:
    rows = []
    for name, safeguard in procedure.safeguards.items():
        given = f"`{safeguard.given_by}`" if safeguard.given_by else f"the law is silent: {safeguard.law_silent}"
        tests = "<br>".join(f"`{test.partition('::')[2]}`" for test in lint.tests_of(procedure, name))
        rows.append((lint.benchmarks()[name].asks.en, safeguard.text.en, given, tests))
    problems = [message for _, message in (*lint.lint(procedure), *lint.untested(procedure))]
    result = ["Nothing is unanswered."] if not problems else [f"- {problem}" for problem in problems]
    head = ("Asked", "What the person is told", "Given by", "Tested by")
    return [
        "## Due process",
        "",
        f"{_given(procedure)} of 13 safeguards are given. {result[0]}",
        "",
        *table(head, rows),
        "",
    ]


def _given(procedure: Procedure) -> int:
    return sum(safeguard.given_by is not None for safeguard in procedure.safeguards.values())


def _matrix(found: list[Procedure]) -> list[str]:
    """Which safeguard the law leaves open, by procedure."""
    rows = []
    for name, benchmark in lint.benchmarks().items():
        silent = [f"`{each.id}`" for each in found if each.safeguards[name].given_by is None]
        rows.append((benchmark.asks.en, benchmark.from_, ", ".join(silent) or "none"))
    return ["## Where the law is silent", "", *table(("Asked", "After", "Silent"), rows), ""]
