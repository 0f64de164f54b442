"""Where an entry comes from and why it may be held, in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records import catalogue
from records.catalogue import Basis, RecordType
from records.presentation import words
from records.presentation.fields import Line

_EVIDENCE: Mapping[str, str | Promise] = {
    "read": gettext_lazy("We have read the words of this rule."),
    "reported": gettext_lazy("A source that we trust reports this rule. We have not read its words ourselves."),
    "unread": gettext_lazy("We have not seen the words of this rule. You can say that there is no such rule."),
}


@dataclass(frozen=True, slots=True)
class Ground:
    """A rule and how well it is confirmed. `cite` is empty where no law was found."""

    cite: str
    evidence: str

    @property
    def lang(self) -> str:
        return words.lang_of(self.cite)


def ground(basis: Basis | str) -> Ground:
    """The legal basis of an entry or a measure; `none` in a programme file says that no law was found."""
    if isinstance(basis, str):
        return Ground("", _("We found no law that allows this. That is a reason to dispute it."))
    return Ground(basis.words.of(words.reader()), str(_EVIDENCE[basis.evidence]))


def origin(kind: RecordType, provenance: Mapping[str, Any]) -> list[Line]:
    """How the entry came about: the method, then each fact. Whoever collected or informed appears by role only."""
    known = catalogue.vocabulary()
    method = known.methods.get(str(provenance.get("method")))
    found = []
    if method:
        found.append(Line(_("How it came about"), method.title.of(words.reader()), name="method"))
    if collected := provenance.get("collected_at"):
        found.append(Line(_("When it was collected"), _moment(str(collected), kind.time_zone), name="collected_at"))
    found += [_fact(kind, name, str(provenance[name])) for name in known.keys if provenance.get(name)]
    return found


def _fact(kind: RecordType, name: str, raw: str) -> Line:
    key = catalogue.vocabulary().keys[name]
    label = key.title.of(words.reader())
    # The same fact may stand among the values, under a rule of this programme: the stricter one holds.
    rule = kind.fields.get(name)
    if key.visible == "withheld" or (rule and rule.visible == "withheld"):
        because = key.withheld_because or (rule and rule.withheld_because)
        why = because.of(words.reader()) if because else ""
        return Line(label, _("Not shown. %(why)s") % {"why": why}, "withheld", name)
    role = key.role or (rule.role if rule and rule.visible == "role" else None)
    if role:
        shown = _("%(role)s (we do not show the name)") % {"role": role.of(words.reader())}
        return Line(label, shown, "role", name)
    if name == "confidence":
        return Line(_("How sure the computer was"), words.percent(raw), name=name)
    return Line(label, _value(key.kind, raw, key.choices, kind.time_zone), name=name)


def _value(kind: str, raw: str, choices: Mapping[str, catalogue.Text], time_zone: str) -> str:
    if raw in choices:
        return choices[raw].of(words.reader())
    if kind == "share":
        return words.percent(raw)
    if kind == "day":
        return _day(raw)
    return _moment(raw, time_zone) if kind == "moment" else raw


def _day(raw: str) -> str:
    try:
        return words.day(date.fromisoformat(raw))
    except ValueError:
        return raw


def _moment(raw: str, time_zone: str) -> str:
    try:
        return words.moment(datetime.fromisoformat(raw), time_zone)
    except ValueError:
        return raw
