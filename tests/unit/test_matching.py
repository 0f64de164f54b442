"""Whom the lines of a batch are about: one person never becomes two for the order of lines, nor two people one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records.catalogue.matching import Matching
from records.importing.matching import Claim, Newcomer, Verdict, settle
from records.models import DoubtReason

BORN, OTHER_DAY = date(1985, 2, 14), date(1990, 1, 1)
RULES = Matching.model_validate(
    {
        "numbers": {
            "cn-resident-id": {},
            "cn-uscc": {"must_not_differ": []},
            "passport": {"must_not_differ": ["name"]},
            "lei": {"identifies": "with", "agree": ["name"]},
        }
    }
)
# The scheme of a number is told by its first letter, so that tests can write b"r1".
SCHEMES = {"r": "cn-resident-id", "c": "cn-uscc", "p": "passport", "l": "lei"}
KNOWN, OTHER = UUID(int=1), UUID(int=2)


@dataclass
class FakeWorld:
    """What a database would know: numbers, names and birth dates of subjects, and whose files were joined."""

    people: dict[UUID, tuple[str, date | None, tuple[bytes, ...]]] = field(default_factory=dict)
    joined: dict[UUID, UUID] = field(default_factory=dict)

    def owner(self, lookup: bytes) -> UUID | None:
        return next((one for one, (_, _, numbers) in self.people.items() if lookup in numbers), None)

    def file(self, subject: UUID) -> UUID:
        return self.joined.get(subject, subject)

    def numbers(self, subject: UUID) -> Mapping[bytes, str]:
        return {each: SCHEMES[chr(each[0])] for each in self.people[subject][2]}

    def agrees(self, subject: UUID, fact: str, claim: Claim) -> bool | None:
        known = self.people[subject][0 if fact == "name" else 1]
        said = claim.says("name" if fact == "name" else "birth_date")
        return None if known is None or not said else known == said

    def alike(self, wanted: Collection[tuple[str, date]]) -> Mapping[tuple[str, date], Collection[UUID]]:
        found = {one: (name, born) for one, (name, born, _) in self.people.items() if born}
        return {each: [one for one, likeness in found.items() if likeness == each] for each in wanted}


def claim(number: int, *numbers: bytes, name: str = "wang", born: date | None = BORN, rules: Matching = RULES) -> Claim:
    return Claim(number, name, born, {each: SCHEMES[chr(each[0])] for each in numbers}, rules, f"ref{number}")


def partition(verdicts: Mapping[int, Verdict]) -> set[tuple[object, frozenset[int]]]:
    """Which lines are about one subject, and which wait: newcomers are told apart by their lines alone."""
    groups: dict[object, set[int]] = {}
    for number, verdict in verdicts.items():
        groups.setdefault(id(verdict) if isinstance(verdict, Newcomer) else verdict, set()).add(number)
    new = {id(verdict) for verdict in verdicts.values() if isinstance(verdict, Newcomer)}
    return {("new" if key in new else key, frozenset(group)) for key, group in groups.items()}


def world(**people: tuple[str, date | None, tuple[bytes, ...]]) -> FakeWorld:
    ids = {"known": KNOWN, "other": OTHER}
    return FakeWorld({ids[name]: one for name, one in people.items()})


ONE = world(known=("wang", BORN, (b"r1",)))
TWO = world(known=("wang", BORN, (b"r1",)), other=("li", OTHER_DAY, (b"p2",)))


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        (claim(1, b"r1"), KNOWN),
        (claim(1, b"r1", b"p9"), KNOWN),
        (claim(1, b"r1", born=None), KNOWN),
        (claim(1, b"r1", name="li"), DoubtReason.FACTS_DIFFER),
        (claim(1, b"r1", born=OTHER_DAY), DoubtReason.FACTS_DIFFER),
        (claim(1, b"p2", name="li", born=BORN), OTHER),  # the rule of passports looks at the name only
        (claim(1, b"r1", b"p2"), DoubtReason.TWO_SUBJECTS),
        (claim(1, b"p2", b"r1", name="li"), DoubtReason.TWO_SUBJECTS),
        (claim(1, b"p9"), DoubtReason.LOOKS_LIKE),
        (claim(1), DoubtReason.LOOKS_LIKE),
    ],
)
def test_a_line_beside_what_is_known(line: Claim, verdict: Verdict) -> None:
    assert settle([line], TWO) == {1: verdict}


@pytest.mark.parametrize(
    "line",
    [
        claim(1, b"r2"),  # of the same name and birth date, but with another number of a kind that people have once
        claim(1, b"p9", name="zhao"),
        claim(1, b"p9", born=None),
        claim(1, b"p9", rules=RULES.model_copy(update={"alike": "new"})),
    ],
)
def test_a_line_about_somebody_new(line: Claim) -> None:
    assert isinstance(settle([line], ONE)[1], Newcomer)


def test_a_second_resident_number_means_that_two_people_were_taken_for_one() -> None:
    known = world(known=("wang", BORN, (b"r1", b"p1")))
    assert settle([claim(1, b"p1", b"r2")], known) == {1: DoubtReason.TWO_SUBJECTS}
    both = settle([claim(1, b"p1", b"c1"), claim(2, b"p1", b"c2")], known)
    assert both == {1: DoubtReason.TWO_SUBJECTS, 2: DoubtReason.TWO_SUBJECTS}


def test_a_number_that_needs_a_second_fact_does_not_count_without_it() -> None:
    known = world(known=("wang", BORN, (b"l1",)))
    assert settle([claim(1, b"l1")], known) == {1: KNOWN}
    assert settle([claim(1, b"l1", name="")], known) == {1: DoubtReason.SECOND_FACT}
    assert settle([claim(1, b"l1", name="li")], known) == {1: DoubtReason.FACTS_DIFFER}


def test_two_files_that_were_joined_are_one_person() -> None:
    joined = world(known=("wang", BORN, (b"r1",)), other=("wang", BORN, (b"p2",)))
    joined.joined[OTHER] = KNOWN
    assert settle([claim(1, b"r1", b"p2")], joined) == {1: KNOWN}


def test_a_line_of_which_nothing_would_come_does_not_wait() -> None:
    line = replace(claim(1, b"r1", name="li"), owner=KNOWN)
    assert settle([line], ONE) == {1: DoubtReason.FACTS_DIFFER}
    assert settle([replace(line, is_news=False)], ONE) == {1: KNOWN}


def test_lines_that_contradict_each_other_about_a_new_number_all_wait() -> None:
    verdicts = settle([claim(1, b"r5"), claim(2, b"r5"), claim(3, b"r5", name="li"), claim(4, b"r6")], FakeWorld())
    assert {number for number, one in verdicts.items() if one is DoubtReason.CONTRADICTED} == {1, 2, 3}


def test_a_line_that_ties_two_numbers_counts_wherever_it_stands() -> None:
    verdicts = settle([claim(1, b"r5"), claim(2, b"p5"), claim(3, b"r5", b"p5")], FakeWorld())
    assert len({id(one) for one in verdicts.values()}) == 1


def test_a_line_that_waits_ties_nothing_together() -> None:
    lines = [claim(1, b"r1", name="li"), claim(2, b"r1", b"p8", name="li"), claim(3, b"p8", name="li", born=None)]
    verdicts = settle(lines, ONE)
    assert verdicts[1] == verdicts[2] == DoubtReason.FACTS_DIFFER
    assert isinstance(verdicts[3], Newcomer)


def two_of_a_kind(lookups: set[bytes]) -> bool:
    return any(sum(each.startswith(kind) for each in lookups) > 1 for kind in (b"r", b"c", b"l"))


NUMBERS = st.sampled_from([b"r1", b"r2", b"r3", b"p1", b"p2", b"p3", b"c1", b"l1"])
CLAIMS = st.tuples(
    st.sets(NUMBERS, max_size=3).filter(lambda numbers: not two_of_a_kind(numbers)),  # refused at the door
    st.sampled_from(["wang", "li", ""]),
    st.sampled_from([BORN, OTHER_DAY, None]),
)
WORLDS = st.sampled_from(
    [FakeWorld(), ONE, TWO, world(known=("wang", BORN, (b"r1", b"p1", b"l1")), other=("wang", BORN, (b"r2",)))]
)


@st.composite
def batches(draw: st.DrawFn) -> tuple[FakeWorld, list[Claim], list[Claim]]:
    """A world, lines, and the same lines in another order."""
    drawn = draw(st.lists(CLAIMS, min_size=1, max_size=8))
    lines = [claim(place, *sorted(numbers), name=name, born=born) for place, (numbers, name, born) in enumerate(drawn)]
    return draw(WORLDS), lines, draw(st.permutations(lines))


@settings(max_examples=200)
@given(batches())
def test_the_order_of_lines_changes_nothing(drawn: tuple[FakeWorld, list[Claim], list[Claim]]) -> None:
    known, lines, permuted = drawn
    assert partition(settle(lines, known)) == partition(settle(permuted, known))


@settings(max_examples=200)
@given(batches())
def test_nobody_is_taken_for_somebody_against_the_rules(drawn: tuple[FakeWorld, list[Claim], list[Claim]]) -> None:
    """Of the lines that are about one subject, each has a number of it or is tied to it, and no fact contradicts."""
    known, lines, _ = drawn
    verdicts = settle(lines, known)
    assert verdicts.keys() == {line.number for line in lines}
    for verdict, numbers in partition(verdicts):
        if isinstance(verdict, DoubtReason):
            continue
        about = [line for line in lines if line.number in numbers]
        lookups = {each for line in about for each in line.numbers}
        owners = {owner for each in lookups if (owner := known.owner(each))}
        assert owners <= ({verdict} if isinstance(verdict, UUID) else set())
        own = set(known.people[verdict][2]) if isinstance(verdict, UUID) else set()
        assert not two_of_a_kind(lookups | own)
        if isinstance(verdict, UUID):
            assert all(line.numbers for line in about)  # nobody by name and birth date alone
            assert_agree(about, known, verdict)


def assert_agree(lines: Sequence[Claim], known: FakeWorld, subject: UUID) -> None:
    for line in lines:
        matched = [each for each in line.numbers if known.owner(each)]
        for rule in line.rules(matched or line.numbers):
            for fact in rule.must_not_differ:
                assert known.agrees(subject, fact, line) is not False
