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

from law.rules import Approval, Clock

if TYPE_CHECKING:
    from law.procedure import Procedure

_WHOLE: Final = frozenset({"approval", "clocks.cure", "clocks.resume_after_service"})


def may_govern(path: str) -> bool:
    """Whether a rule at this path may govern cases that run already. See Note [Milder]."""
    return path in _WHOLE or (path.startswith("tiers.") and path.endswith(".file_by") and path.count(".") == 2)


def applied(filed: "Procedure", later: "Iterable[Procedure]") -> "Procedure":
    """The version of a filing with what these later ones, oldest first, have made milder since."""
    for version in later:
        for path in version.milder:
            rule = version.rule_at(path)
            if rule is not None and filed.rule_at(path) is not None and may_govern(path):
                filed = filed.with_rule(path, rule)
    return filed


def why_not(path: str, before: "Procedure", after: "Procedure") -> Iterator[str]:
    """Why a rule of the version `after` is not milder than that of the one `before`, as far as a machine can tell."""
    old, new = before.rule_at(path), after.rule_at(path)
    if old is None:
        yield f"{before.id} version {before.version} has no {path} that could become milder"
    elif isinstance(old, Clock) and isinstance(new, Clock):
        yield from _shorter(path, old, new)
    elif isinstance(old, Approval) and isinstance(new, Approval) and not new.in_effect():
        yield f"{path} asks for no second person; expected that it does"
    if new is not None and new.evidence != "read":
        yield f"{path} was not read; what governs running cases has to be"


def _shorter(path: str, old: Clock, new: Clock) -> Iterator[str]:
    if old.starts != new.starts:
        yield f"{path} starts otherwise than before; expected {', '.join(old.starts)}"
    if old.unit != new.unit:
        yield f"{path} is counted in another unit, so that nobody can tell whether it is longer; expected {old.unit}"
    elif new.length < old.length:
        yield f"{path} is shorter than before; expected {old.length} or more"
