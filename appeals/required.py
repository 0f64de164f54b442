"""Words for the papers that a procedure asks for: what each is, when it is needed, and how far it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override, pgettext_lazy

from appeals.models import Case
from appeals.queries import Presence, Required, required_of
from law.rules import Document
from records import presentation as entries

Words = str | Promise

# What `needed_for` may name: how grave a thing is, or what is asked for.
CLASSES: Mapping[str, Words] = {
    "minor": gettext_lazy("minor breaches"),
    "general": gettext_lazy("breaches that are neither minor nor serious"),
    "serious": gettext_lazy("serious breaches"),
    "correct": gettext_lazy("a correction"),
    "complete": gettext_lazy("a completion"),
    "delete": gettext_lazy("a deletion"),
    "annotate": gettext_lazy("a note on the entry"),
    "restrict": gettext_lazy("keeping the entry unused"),
    "block": gettext_lazy("a block"),
    "object": gettext_lazy("an objection"),
    "access": gettext_lazy("a copy of what is held"),
    "explain": gettext_lazy("an explanation"),
    "human_review": gettext_lazy("a look by a person"),
    "complain": gettext_lazy("a complaint"),
    "repair": gettext_lazy("a repair of credit"),
    "delist": gettext_lazy("leaving a list"),
    "reconsider": gettext_lazy("a reconsideration"),
}
STATES: Mapping[Presence, tuple[Words, str]] = {
    Presence.GIVEN: (gettext_lazy("In the answers"), "good"),
    Presence.ATTACHED: (gettext_lazy("Handed in"), "good"),
    Presence.EXPLAINED: (gettext_lazy("Cannot be handed in"), "disputed"),
    Presence.MISSING: (pgettext_lazy("a paper", "Missing"), "waiting"),
}
_WISHED: tuple[Words, str] = (gettext_lazy("Would help"), "neutral")


@dataclass(frozen=True, slots=True)
class Shown:
    """One required paper as a page shows it. `lang` and `rule` as for any text of a law."""

    id: str
    title: str
    when: str
    state: str
    tone: str
    rule: str
    required: Required

    @property
    def can_be_handed_in(self) -> bool:
        """Whether it is a file: some are given by what one says anyway."""
        return self.required.rule.given_by == "file"


def shown(found: Iterable[Required]) -> list[Shown]:
    """The papers in the order of the procedure's file."""
    return [one(each) for each in found]


def one(found: Required) -> Shown:
    """One paper."""
    is_wish = found.presence is Presence.MISSING and not found.binds
    state, tone = _WISHED if is_wish else STATES[found.presence]
    return Shown(
        id=found.rule.id,
        title=title(found.rule),
        when=when(found),
        state=str(state),
        tone=tone,
        rule=found.rule.cite,
        required=found,
    )


def title(rule: Document) -> str:
    """What the paper is."""
    return rule.text.in_language(entries.reader())


def when(found: Required) -> str:
    """When the paper is needed, and whether it may be insisted on."""
    rule = found.rule
    named = entries.listed(str(CLASSES.get(each, each)) for each in rule.needed_for)
    if not found.binds:
        said = _("It helps for: %(classes)s.") % {"classes": named} if named else _("It helps.")
        heard = _("We have heard that it is asked for, but nobody here has read the words of that rule.")
        return _("%(said)s %(more)s") % {"said": said, "more": heard}
    said = _("Needed for: %(classes)s.") % {"classes": named} if named else _("Always needed.")
    if rule.if_missing == "not_accepted":
        more = _("You can send nothing before you hand it in or say why you cannot.")
        return _("%(said)s %(more)s") % {"said": said, "more": more}
    return said


def to_ask_for(case: Case) -> str:
    """What an official would ask the person for, in the person's language: every paper that is missing, in words.

    Empty where nothing that may be insisted on is missing.
    """
    missing = [each for each in required_of(case) if each.is_incomplete]
    if not missing:
        return ""
    with override(case.language):
        first = _("Please hand in these papers. If you cannot, say why:")
        return "\n".join([first, *(f"– {title(each.rule)}" for each in missing)])
