"""Which rules of a later version may govern cases that run already, and what a case then goes by.

# Note [Milder]
A case goes by the version under which it was filed. A later version names under `milder` what is better for the person
than before, and that governs running cases from its first day. Only what can only become better does so here: times
that bind the person, the days before a stopped measure starts again, and the second person. Each only moves to the
good of the person: what was told holds (law/clocks/told.py). Duties of somebody else's keep the days by which they
began, because no file says what becomes of a day that would then be over.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from law.evidence import Rule
from law.rules import Approval, Clock

if TYPE_CHECKING:
    from law.procedure import Procedure

# Where a clock may differ from the one before, and can still be compared with it.
_FREE: Final = frozenset({"length", "actor", *Rule.model_fields})
_WHOLE: Final = frozenset({"approval", "clocks.cure", "clocks.resume_after_service"})


def may_govern(path: str) -> bool:
    """Whether a rule at this path may govern cases that run already. See Note [Milder]."""
    return path in _WHOLE or (path.startswith("tiers.") and path.endswith(".file_by") and path.count(".") == 2)


def applied(filed: "Procedure", later: "Iterable[Procedure]") -> "Procedure":
    """The version of a filing with what these later ones, oldest first, have made milder than it was for the case.

    Milder than the version before may still be harsher than that of the filing: then nothing changes.
    """
    for version in later:
        for path in version.milder:
            rule = version.rule_at(path)
            if rule is not None and may_govern(path) and not any(why_not(path, filed, version)):
                filed = filed.with_rule(path, rule)
    return filed


def why_not(path: str, before: "Procedure", after: "Procedure") -> Iterator[str]:
    """Why a rule of the version `after` is not milder than that of the one `before`, as far as a machine can tell."""
    old, new = before.rule_at(path), after.rule_at(path)
    if old is None or new is None:
        yield f"{before.id} version {before.version} has no {path} that could become milder"
        return
    if new.evidence != "read":
        yield f"{path} was not read; what governs running cases has to be"
    if isinstance(old, Clock) and isinstance(new, Clock):
        yield from _harsher(path, old, new)
    elif isinstance(new, Approval) and not new.in_effect():
        yield f"{path} asks for no second person; expected that it does"


def _harsher(path: str, old: Clock, new: Clock) -> Iterator[str]:
    if old.evidence != "read":  # it ended nothing, and would now
        yield f"{path} was not read before, so that nothing is milder than it"
    differs = [name for name in Clock.model_fields if name not in _FREE and getattr(old, name) != getattr(new, name)]
    if differs:
        yield f"{path} has another {', '.join(differs)}, so that nobody can tell; expected only another length"
    elif new.length < old.length:
        yield f"{path} is shorter than before; expected {old.length} or more"
