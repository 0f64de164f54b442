"""Whom the lines of a batch are about, settled for all of them together. Plain Python: no query, no row.

# Note [Settled together]
Every line is held against what the database knows; then the lines that bring new numbers are held against each
other, as one set. So their order in the batch does not matter: a line that ties two numbers together counts wherever
it stands, and two lines that contradict each other about a new number both wait, since neither is more likely to be
right. Between batches and imports order does matter, and has to: whoever came first is known, and has been told.

A line waits rather than be taken for somebody on a guess. A line that waits ties nothing together.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Protocol
from uuid import UUID

from accounts.identifiers import SCHEMES
from records.catalogue.matching import STRICT, Fact, Matching, NumberRule
from records.models import DoubtReason

BOTH: Final = frozenset(("name", "birth_date"))


@dataclass(eq=False, slots=True)  # not frozen: that doubled the time of making one for every line
class Claim:
    """What one line says about whom it is about. `numbers`: lookup with its scheme. `name`: in plain form.

    `owner`: the subject of the record that the line names, if there is one. `is_news` is false where nothing would
    come of the line, whoever it is about.
    """

    number: int
    name: str
    birth_date: date | None
    numbers: Mapping[bytes, str]
    matching: Matching
    reference: object
    owner: UUID | None = None
    is_news: bool = True

    @property
    def alike(self) -> tuple[str, date] | None:
        """What makes two people look like one; None where the line does not tell."""
        return (self.name, self.birth_date) if self.name and self.birth_date else None

    def rules(self, lookups: Iterable[bytes]) -> list[NumberRule]:
        """The rules of these numbers; strict ones where there is no number."""
        return [self.matching.rule(self.numbers[each]) for each in lookups] or [STRICT]

    def says(self, fact: Fact) -> object:
        """What the line says; None for nothing."""
        return self.name if fact == "name" else self.birth_date


@dataclass(eq=False, slots=True)
class Newcomer:
    """Somebody whom lines of this batch make known. `person` is set once they are made."""

    person: Any = None


Verdict = UUID | Newcomer | DoubtReason


class World(Protocol):
    """What the database knows."""

    def owner(self, lookup: bytes) -> UUID | None:
        """The subject with this number."""

    def file(self, subject: UUID) -> UUID:
        """Whose file this subject stands in: equal for subjects that were joined."""

    def numbers(self, subject: UUID) -> Mapping[bytes, str]:
        """The numbers of a subject, with their schemes."""

    def agrees(self, subject: UUID, fact: Fact, claim: Claim) -> bool | None:
        """Whether the claim says of the subject what is known; None where one of them says nothing."""

    def alike(self, wanted: Collection[tuple[str, date]]) -> Mapping[tuple[str, date], Collection[UUID]]:
        """The subjects of these names and birth dates."""


_Open = tuple[Claim, UUID | None]


def settle(claims: Sequence[Claim], world: World) -> dict[int, Verdict]:
    """A verdict for each claim, by its number. Note [Settled together]."""
    verdicts: dict[int, Verdict] = {}
    together: list[_Open] = []
    for claim in claims:
        found = _known(claim, world)
        if isinstance(found, DoubtReason):
            verdicts[claim.number] = found
        elif claim.owner and (found is None or world.file(found) != world.file(claim.owner)):
            verdicts[claim.number] = found or Newcomer()  # refused later: its reference is about somebody else
        elif found and all(world.owner(lookup) for lookup in claim.numbers):
            verdicts[claim.number] = found
        else:
            together.append((claim, found))
    return verdicts | _together(together, world)


def _known(claim: Claim, world: World) -> UUID | DoubtReason | None:
    """Whom the database knows by these numbers, or by the reference; None for nobody."""
    matched = [lookup for lookup in claim.numbers if world.owner(lookup)]
    found = {subject for lookup in matched if (subject := world.owner(lookup))}
    if not found and claim.owner and not (claim.numbers and world.numbers(claim.owner)):
        found = {claim.owner}
    if not found:
        return None
    files = {world.file(subject) for subject in found}
    if len(files) > 1:
        return DoubtReason.TWO_SUBJECTS
    subject = claim.owner if claim.owner in found else min(found, key=lambda one: (one not in files, one))
    if claim.owner == subject and not claim.is_news:
        return subject
    return _against(claim, subject, claim.rules(matched), world) or subject


def _against(claim: Claim, subject: UUID, rules: Sequence[NumberRule], world: World) -> DoubtReason | None:
    """What speaks against this claim being about this subject, by the rules of the numbers that say so."""
    if _second_number(claim, world.numbers(subject)):
        return DoubtReason.TWO_SUBJECTS
    said = {fact: world.agrees(subject, fact, claim) for rule in rules for fact in rule.compared}
    if any(said[fact] is False for rule in rules for fact in rule.must_not_differ):
        return DoubtReason.FACTS_DIFFER
    if any(all(said[fact] for fact in rule.agree) for rule in rules):
        return None
    is_known_otherwise = any(said[fact] is False for rule in rules for fact in rule.agree)
    return DoubtReason.FACTS_DIFFER if is_known_otherwise else DoubtReason.SECOND_FACT


def _second_number(claim: Claim, known: Mapping[bytes, str]) -> bool:
    """Nobody has two numbers of some kinds: a second one means that two people were taken for one."""
    if not known:
        return False
    schemes = set(known.values())
    return any(
        SCHEMES[scheme].single and scheme in schemes and lookup not in known for lookup, scheme in claim.numbers.items()
    )


def _together(claims: Sequence[_Open], world: World) -> dict[int, Verdict]:
    verdicts: dict[int, Verdict] = {}
    while True:
        groups = _groups([one for one in claims if one[0].number not in verdicts], world)
        wrong = dict(_two_of_a_kind(groups, world))
        for group in groups:
            if len(group) > 1:
                wrong.update(_wrong_in(group, world))
        if not wrong:
            break
        verdicts.update(wrong)  # what these tied together has to be looked at again
    newcomers = []
    for group in groups:
        known = next((found for _, found in group if found), None)
        if known is None:
            newcomers.append([claim for claim, _ in group])
        else:
            verdicts |= {claim.number: found or known for claim, found in group}
    return verdicts | _newcomers(newcomers, world)


def _groups(claims: Sequence[_Open], world: World) -> list[list[_Open]]:
    """The claims that new numbers tie together."""
    leaders = list(range(len(claims)))

    def leader(place: int) -> int:
        while leaders[place] != place:
            leaders[place] = place = leaders[leaders[place]]
        return place

    first: dict[object, int] = {}
    for place, (claim, _) in enumerate(claims):
        for tie in claim.numbers or (claim.reference,):
            if isinstance(tie, bytes) and world.owner(tie):
                continue
            other = first.setdefault(tie, place)
            if other != place:
                leaders[leader(place)] = leader(other)
    groups: dict[int, list[_Open]] = defaultdict(list)
    for place, one in enumerate(claims):
        groups[leader(place)].append(one)
    return list(groups.values())


def _wrong_in(group: Sequence[_Open], world: World) -> dict[int, DoubtReason]:
    """The claims of a group that cannot be about one person, with the reason."""
    known = {world.file(found): found for _, found in sorted(group, key=lambda one: str(one[1])) if found}
    if len(known) > 1:
        return {claim.number: DoubtReason.TWO_SUBJECTS for claim, _ in group}
    new = [claim for claim, found in group if found is None]
    for subject in known.values():
        reasons = {one.number: _against(one, subject, one.rules(one.numbers), world) for one in new}
        return {number: reason for number, reason in reasons.items() if reason}
    alone = {one.number: DoubtReason.SECOND_FACT for one in new if _lacks_second_fact(one)}
    if alone:
        return alone
    facts = {fact for one in new for rule in one.rules(one.numbers) for fact in rule.compared}
    if any(len({said for one in new if (said := one.says(fact))}) > 1 for fact in facts) or _too_many(new):
        return {one.number: DoubtReason.CONTRADICTED for one in new}
    return {}


def _lacks_second_fact(claim: Claim) -> bool:
    return not any(all(claim.says(fact) for fact in rule.agree) for rule in claim.rules(claim.numbers))


def _too_many(claims: Iterable[Claim]) -> bool:
    """Whether together they give two numbers of a kind that people have once."""
    by_scheme: dict[str, set[bytes]] = defaultdict(set)
    for claim in claims:
        for lookup, scheme in claim.numbers.items():
            by_scheme[scheme].add(lookup)
    return any(SCHEMES[scheme].single and len(found) > 1 for scheme, found in by_scheme.items())


def _two_of_a_kind(groups: Sequence[Sequence[_Open]], world: World) -> Iterator[tuple[int, DoubtReason]]:
    """Claims that would give somebody who is known two new numbers of a kind that people have once."""
    given: dict[tuple[UUID, str], dict[bytes, list[int]]] = defaultdict(lambda: defaultdict(list))
    for group in groups:
        known = next((found for _, found in group if found), None)
        if known is None:
            continue
        for claim, _ in group:
            for lookup, scheme in claim.numbers.items():
                if SCHEMES[scheme].single and not world.owner(lookup):
                    given[world.file(known), scheme][lookup].append(claim.number)
    for numbers in given.values():
        if len(numbers) > 1:
            yield from ((one, DoubtReason.TWO_SUBJECTS) for claims in numbers.values() for one in claims)


def _newcomers(groups: Sequence[Sequence[Claim]], world: World) -> dict[int, Verdict]:
    """One newcomer a group, or a doubt for all of it where it looks like somebody."""
    by_likeness: dict[tuple[str, date], set[int]] = defaultdict(set)
    for place, group in enumerate(groups):
        for claim in group:
            if claim.alike and claim.matching.alike == "wait":
                by_likeness[claim.alike].add(place)
    singles = [_single_schemes(scheme for one in group for scheme in one.numbers.values()) for group in groups]
    doubtful: set[int] = set()
    known = world.alike(by_likeness.keys()) if by_likeness else {}
    for likeness, places in by_likeness.items():
        for place in places:
            others = [_single_schemes(world.numbers(each).values()) for each in known.get(likeness, ())]
            others += [singles[other] for other in places if other != place]
            # Two people may share a name and a birth date; a number that each has once tells them apart.
            if any(not (singles[place] & other) for other in others):
                doubtful.add(place)
    verdicts: dict[int, Verdict] = {}
    for place, group in enumerate(groups):
        verdict: Verdict = DoubtReason.LOOKS_LIKE if place in doubtful else Newcomer()
        verdicts |= {claim.number: verdict for claim in group}
    return verdicts


def _single_schemes(schemes: Iterable[str]) -> set[str]:
    return {scheme for scheme in schemes if SCHEMES[scheme].single}
