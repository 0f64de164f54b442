"""Synthetic files: the same for the same seed, accepted by the importer, about nobody who exists."""

import json
import tracemalloc
from collections import Counter
from datetime import UTC, date, datetime
from io import StringIO
from itertools import islice
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts import identifiers
from records import sampling
from records.catalogue import check_line, programme
from records.sampling import people
from records.sampling.people import Chance

AT = datetime(2026, 11, 22, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_committed_examples_are_what_the_command_makes(tmp_path: Path) -> None:
    call_command("make_examples", tmp_path, stdout=StringIO())
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in EXAMPLES.glob("*.jsonl")}
    assert all(20 <= text.count(b"\n") <= 40 for text in made.values())


def test_the_people_of_the_stories_stand_first() -> None:
    first = {}
    for name in sampling.PROGRAMMES:
        with (EXAMPLES / f"{name}.jsonl").open(encoding="utf-8") as lines:
            first[name] = [json.loads(line) for line in islice(lines, 3)]
    wrong, debtor, company = first["cn-court-defaulters"]
    assert wrong["subject"]["identifiers"][0]["value"] == "999901198502140011"
    assert (wrong["source"], wrong["source_ref"]) == ("sample-court", "2025-000123")
    assert {"no_plane", "no_star_hotel"} <= {measure["type"] for measure in wrong["measures"]}
    assert debtor["subject"]["name"] == wrong["subject"]["name"]
    assert debtor["values"]["case_number"] == wrong["values"]["case_number"]
    assert company["subject"]["identifiers"][0]["value"] == "91999900MA9T00018T"
    event, violation, _ = first["cn-jaywalking"]
    assert (event["provenance"]["confidence"], violation["values"]["amount"]) == (0.83, "20.00")
    listed, penalty, promise = first["cn-corporate-classes"]
    assert listed["subject"]["identifiers"][0]["value"] == "91999900MA9T00034G"
    assert listed["subject"]["contact"]["email"] == "trading@example.org"
    assert (penalty["values"]["performed"], promise["values"]["kind"]) == (True, "repair")
    collection = first["us-credit-file"][0]
    assert (collection["subject"]["name"], collection["values"]["amount"]) == ("Test Consumer A", "480.00")


@pytest.mark.parametrize("seed", [0, 1, 2026])
def test_every_line_is_accepted_and_named_once(seed: int) -> None:
    refs = set()
    for name, line in sampling.lines(400, seed):
        assert check_line(programme(name), line, at=AT) == [], line
        refs.add((line["source"], line["source_ref"]))
    assert len(refs) == sum(1 for _ in sampling.lines(400, seed))


def test_the_files_are_as_mixed_as_life() -> None:
    lines = [line for _, line in sampling.lines(1500, 7)]
    types = Counter(line["type"] for line in lines)
    assert {"court_listing", "enforcement_case", "delisting", "linked_subject", "face_event", "violation"} <= set(types)
    assert {"screen_display", "tradeline", "collection", "public_record", "inquiry", "enforcement_ended"} <= set(types)
    listings = [line for line in lines if line["type"] == "court_listing"]
    paid = [line for line in listings if line["values"]["performance"] == "all" and line["valid_to"] is None]
    expired = [line for line in listings if line["values"].get("term_until", "9") < "2025"]
    poor = [line for line in lines if line["type"] == "face_event" and line["provenance"]["confidence"] < 0.87]
    wrong = [line for line in listings if line["provenance"]["identified_by"] == "name_only"]
    assert min(len(paid), len(expired), len(poor), len(wrong)) > 10
    contacts = [line["subject"]["contact"] for line in lines]
    assert 0.05 < contacts.count(None) / len(contacts) < 0.35
    assert {contact["language"] for contact in contacts if contact} == {"en", "zh-hans"}


def test_companies_are_classed_listed_lowered_and_repaired_and_ask_with_their_own_promise() -> None:
    made = [(name, line) for name, line in sampling.lines(1500, 7) if name == "cn-corporate-classes"]
    lines = {line["source_ref"]: line for _, line in made}
    assert {line["type"] for line in lines.values()} == set(programme("cn-corporate-classes").types)
    for line in lines.values():
        if line["type"] == "repair_file":
            promise = lines[line["values"]["promise"]]
            assert (promise["type"], promise["subject"]) == ("commitment", line["subject"])
    both = {line["subject"]["name"] for line in lines.values()}
    assert len(both & {line["subject"]["name"] for name, line in sampling.lines(1500, 7) if "court" in name}) > 50


def test_a_wrong_person_has_a_namesake_whose_case_it_is() -> None:
    lines = [line for name, line in sampling.lines(600, 5) if name == "cn-court-defaulters"]
    for line in lines:
        if line["provenance"].get("identified_by") != "name_only" or line["source_ref"] == "2025-000123":
            continue
        other = next(o for o in lines if o["source_ref"] == line["source_ref"][:-1] + "2")
        assert other["subject"]["name"] == line["subject"]["name"]
        assert other["subject"]["identifiers"] != line["subject"]["identifiers"]
        assert other["values"]["case_number"] == line["values"]["case_number"]


def test_nobody_in_the_files_exists() -> None:
    for _, line in sampling.lines(600, 3):
        number = line["subject"]["identifiers"][0]
        assert number["value"].startswith(
            {"cn-resident-id": "999901", "cn-uscc": "91999900", "us-ssn": "000"}[number["scheme"]]
        )
        email = (line["subject"]["contact"] or {}).get("email")
        assert email is None or email.endswith(("@example.org", "@sample-software.example.org"))


def test_no_two_made_up_people_share_an_identifier() -> None:
    made = [make(Chance(1, n), n) for n in range(30_000) for make in (people.chinese_person, people.company)]
    made += [people.namesake_of(Chance(1, one.number), one) for one in made if one.born]
    assert len({one.identifier for one in made}) == len(made)
    last = people.chinese_person(Chance(1, 0), people.MOST_PEOPLE - 1)
    other = people.namesake_of(Chance(1, 0), last)
    for one in (last, other, people.company(Chance(1, 0), people.MOST_PEOPLE - 1)):
        identifiers.check(one.scheme, one.identifier, today=AT.date())
    assert max(one.born for one in (*made, last, other) if one.born) <= date(2000, 12, 31)


def test_another_seed_makes_other_people() -> None:
    one, other = ([line for _, line in islice(sampling.lines(50, seed), 10, None)] for seed in (1, 2))
    assert one != other


def test_memory_does_not_grow_with_the_number_of_people() -> None:
    tracemalloc.start()
    try:
        for _ in sampling.lines(3000, 1):
            pass
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("wrong", [["--people", "-1"], ["--people", "99999999"], ["--seed", "-1"]])
def test_impossible_numbers_are_told(tmp_path: Path, wrong: list[str]) -> None:
    with pytest.raises(CommandError, match=wrong[0]):
        call_command("make_examples", *wrong, str(tmp_path))


def test_a_folder_that_cannot_be_made_is_told_and_nothing_is_left_half(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="Cannot write"):
        call_command("make_examples", str(tmp_path / "file" / "inside"))

    def stop(count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sampling.write(tmp_path / "out", 10, 1, stop)
    assert list((tmp_path / "out").iterdir()) == []
