"""How a programme tells who somebody is: which numbers identify, and what makes a line wait for a person.

Name and birth date alone identify nobody, whatever a file says: there is no way to write that here.
"""

from collections.abc import Iterator
from typing import Literal

from accounts.identifiers import SCHEMES
from law.files import Key
from records.catalogue.base import Model, listed

Fact = Literal["name", "birth_date"]


class NumberRule(Model):
    """How far one kind of number tells who somebody is.

    `agree`: with `identifies: with`, the facts that a line has to give and that have to agree. `must_not_differ`:
    a line that says something else of these than what is known waits for a person.
    """

    identifies: Literal["alone", "with"] = "alone"
    agree: list[Fact] = []
    must_not_differ: list[Fact] = ["name", "birth_date"]

    @property
    def compared(self) -> frozenset[Fact]:
        """Every fact that this rule looks at."""
        return frozenset((*self.agree, *self.must_not_differ))


STRICT = NumberRule()  # for numbers of which a programme says nothing, and lines without any


class Matching(Model):
    """The rules of a programme. `alike`: what becomes of a line about somebody new who has the name and the birth date
    of somebody known by another kind of number. `without_number`: whether a line may come without any number."""

    numbers: dict[str, NumberRule]
    alike: Literal["wait", "new"] = "wait"
    without_number: Literal["refuse", "wait"] = "refuse"

    def rule(self, scheme: str) -> NumberRule:
        """The rule of one kind of number."""
        return self.numbers.get(scheme, STRICT)


def matching_problems(matching: Matching, schemes: list[str]) -> Iterator[tuple[Key, str]]:
    """What does not fit together, without the beginning of the key. `schemes`: the identifiers of the programme."""
    if missing := [scheme for scheme in schemes if scheme in SCHEMES and scheme not in matching.numbers]:
        yield ("numbers",), f"says nothing of {listed(missing)}; expected a rule for each of `identifiers`"
    for scheme, rule in matching.numbers.items():
        here = ("numbers", scheme)
        if scheme not in schemes:
            yield here, f"is none of this programme; expected one of `identifiers`: {listed(schemes)}"
            continue
        if (rule.identifies == "with") != bool(rule.agree):
            yield (*here, "agree"), "expected facts exactly where it says `identifies: with`"
        if SCHEMES[scheme].kind == "organisation" and "birth_date" in rule.agree:
            yield (*here, "agree"), "asks an organisation for its birth date; expected `name` only"
        if not SCHEMES[scheme].tells_apart and set(rule.agree) != {"name", "birth_date"}:
            yield (*here, "agree"), "belongs to several people at once; expected `[name, birth_date]`"
