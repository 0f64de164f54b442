"""Lines of which it is not sure whom they are about: nothing comes of them until somebody has decided."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.actors import Actor
from accounts.models import Identifier, Role, Subject, User
from accounts.queries import particulars_of
from audit import keys
from audit.models import Entry, SubjectKey
from audit.queries import opened
from delivery.models import Message
from records import access, catalogue
from records.importing import NeedsConfirming, Options, Outcome, Tally, import_one
from records.importing.rulings import AlreadyDecided, Choice, decide_doubtful, open_line, waiting
from records.models import DoubtfulLine, DoubtReason, DoubtState, Measure, Record, Version
from tests import factories, feeds
from tests.factories import AT
from tests.feeds import codes, feed, line, passport, with_passports
from tests.integration.test_races import at_once

LATER = AT + timedelta(hours=1)
NO_PLANE = ("no_plane", "2026-10-25")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_var(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"


def differing(ref: str = "2", name: str = "Li Na", **parts: Any) -> feeds.Line:
    """A line with the number of somebody known, and another name."""
    return line(ref, 1, name=name, measures=[NO_PLANE], **parts)


def one_doubt(tmp_path: Path, *more: feeds.Line) -> DoubtfulLine:
    """Somebody known by the first line, and a second one that waits."""
    feed(tmp_path, line("1", 1))
    feed(tmp_path, differing(email="li@mail.example"), *more)
    return DoubtfulLine.objects.get(source_ref="2")


def decide(doubt: DoubtfulLine, by: Actor, choice: Choice, subject: UUID | None = None, **more: Any) -> Any:
    said = {"reason": "The clerk read the register with me.", "at": LATER, **more}
    return decide_doubtful(doubt.pk, choice=choice, subject_id=subject, by=by, **said)


def test_a_doubtful_line_leads_nowhere_and_tells_nobody(tmp_path: Path) -> None:
    feed(tmp_path, line("1", 1))
    before = feeds.rows_by_table()
    tally = feed(tmp_path, differing(email="li@mail.example"))
    assert (tally.doubtful, tally.created, tally.refused, tally.notices, codes(tally)) == (1, 0, 0, 0, [])
    touched = feeds.added(before)
    about_somebody = ("records_record", "records_version", "records_measure", "delivery_")
    assert not [table for table in touched if table.startswith(about_somebody)]
    assert not touched.keys() & {"accounts_subject", "accounts_identifier", "accounts_contact"}
    doubt = DoubtfulLine.objects.get()
    assert (doubt.reason, doubt.state, doubt.holder.code) == (DoubtReason.FACTS_DIFFER, DoubtState.WAITING, "cn-spc")
    entry = Entry.objects.get(event_type="identity.doubtful")
    assert entry.record_id == doubt.pk
    assert opened([entry.pk])[entry.pk]["reason"] == DoubtReason.FACTS_DIFFER


def test_a_doubtful_line_is_sealed_under_a_key_of_its_own(tmp_path: Path) -> None:
    doubt = one_doubt(tmp_path)
    assert doubt.sealed
    assert b"Li Na" not in bytes(doubt.sealed)
    assert b"Li Na" in keys.open_sealed(doubt.pk, bytes(doubt.sealed))
    with pytest.raises(keys.NotAuthentic):
        keys.open_sealed(doubt.holder_id, bytes(doubt.sealed))


def test_the_same_line_waits_once(tmp_path: Path) -> None:
    one_doubt(tmp_path)
    assert feed(tmp_path, differing(email="li@mail.example")).doubtful == 1
    assert DoubtfulLine.objects.count() == 1


def test_a_single_record_of_a_system_waits_too(tmp_path: Path) -> None:
    feed(tmp_path, line("1", 1))
    system = factories.system("sample-court", scopes=["records:write"])
    made = import_one(catalogue.programme("cn-court-defaulters"), differing(), source="sample-court", by=system, at=AT)
    assert made == (None, Outcome.DOUBTFUL)
    assert DoubtfulLine.objects.get().entered_with_id == system.key_id


def test_the_same_person_gets_the_record_the_measure_and_the_notice(tmp_path: Path, caseworker: Actor) -> None:
    doubt = one_doubt(tmp_path)
    known = Subject.objects.get()
    (decided,) = decide(doubt, caseworker, Choice.SAME, known.pk)
    record = Record.objects.get(source_ref="2")
    assert (record.subject_id, decided.subject_id, decided.state) == (known.pk, known.pk, DoubtState.ACCEPTED)
    assert Measure.objects.get(record=record).subject_id == known.pk
    told = Message.objects.filter(record_id=record.pk, subject_id=known.pk)
    assert set(told.values_list("kind", flat=True)) == {"record_added", "measure_imposed"}
    assert particulars_of(known.pk).name == "Wang Xiaoyu"  # a feed never rewrites who somebody is


def test_somebody_else_becomes_a_subject_and_the_number_stays_with_whom_it_was(
    tmp_path: Path, caseworker: Actor
) -> None:
    doubt = one_doubt(tmp_path)
    known = Subject.objects.get()
    decide(doubt, caseworker, Choice.NEW)
    somebody = Record.objects.get(source_ref="2").subject
    assert somebody != known
    assert particulars_of(somebody.pk).name == "Li Na"
    assert Identifier.objects.get().subject == known
    assert not Message.objects.filter(subject_id=known.pk, created_at=LATER).exists()
    assert Message.objects.filter(subject_id=somebody.pk, kind="record_added").count() == 1


def test_a_refused_line_leaves_nothing_and_is_refused_again(tmp_path: Path, caseworker: Actor) -> None:
    doubt = one_doubt(tmp_path)
    decide(doubt, caseworker, Choice.REFUSE)
    assert Record.objects.count() == 1
    tally = feed(tmp_path, differing(email="li@mail.example"))
    assert (tally.doubtful, codes(tally)) == (0, [(1, "subject", "refused_by_somebody")])


@pytest.mark.parametrize("choice", list(Choice))
def test_what_was_sealed_is_destroyed_with_the_decision(tmp_path: Path, caseworker: Actor, choice: Choice) -> None:
    doubt = one_doubt(tmp_path)
    decide(doubt, caseworker, choice, Subject.objects.get().pk)
    doubt.refresh_from_db()
    assert (doubt.sealed, doubt.decided_by_id, doubt.decided_at) == (None, caseworker.user_id, LATER)
    assert SubjectKey.objects.get(pk=doubt.pk).wrapped_key is None
    assert doubt.sealed_reason
    assert keys.open_sealed(doubt.holder_id, bytes(doubt.sealed_reason)).decode().startswith("The clerk")
    entry = Entry.objects.get(event_type="identity.doubt_decided")
    assert opened([entry.pk])[entry.pk]["justification"] == "The clerk read the register with me."


def taken_back(ref: str = "2") -> feeds.Line:
    return {"source": "sample-court", "source_ref": ref, "type": "court_listing", "withdrawn": True}


def test_a_line_that_its_source_takes_back_waits_no_more(tmp_path: Path, caseworker: Actor) -> None:
    doubt = one_doubt(tmp_path)
    assert (feed(tmp_path, taken_back()).withdrawn, Record.objects.count()) == (1, 1)
    doubt.refresh_from_db()
    assert (doubt.state, doubt.sealed, doubt.decided_by) == (DoubtState.TAKEN_BACK, None, None)
    with pytest.raises(keys.Erased):
        keys.open_sealed(doubt.pk, b"x")
    assert Entry.objects.filter(event_type="identity.doubt_taken_back", record_id=doubt.pk).exists()
    with pytest.raises(AlreadyDecided):
        decide(doubt, caseworker, Choice.NEW)
    assert codes(feed(tmp_path, taken_back())) == [(1, "source_ref", "unknown_ref")]


def test_a_line_that_is_sent_again_after_that_waits_again(tmp_path: Path) -> None:
    one_doubt(tmp_path)
    feed(tmp_path, taken_back(), differing(email="li@mail.example"))
    assert sorted(DoubtfulLine.objects.values_list("state", flat=True)) == ["taken_back", "waiting"]


def test_a_record_and_a_newer_line_about_it_that_waits_are_taken_back_together(tmp_path: Path) -> None:
    feed(tmp_path, line("1", 1))
    feed(tmp_path, differing("1"))
    assert DoubtfulLine.objects.get().state == DoubtState.WAITING
    system = factories.system("sample-court", scopes=["records:write"])
    import_one(catalogue.programme("cn-court-defaulters"), taken_back("1"), source="sample-court", by=system, at=AT)
    assert (Record.objects.get().state, DoubtfulLine.objects.get().state) == ("withdrawn", DoubtState.TAKEN_BACK)


def a_snapshot(tmp_path: Path, *lines: feeds.Line, disappearing: int = 0) -> Tally:
    return feed(tmp_path, *lines, options=Options(snapshot=True, confirm=lambda found: found.number == disappearing))


def test_a_line_that_a_snapshot_leaves_out_waits_no_more(tmp_path: Path) -> None:
    doubt = one_doubt(tmp_path, differing("3"))
    with pytest.raises(NeedsConfirming) as asked:
        a_snapshot(tmp_path, line("1", 1), differing("3"))
    assert asked.value.disappearing == (1, ("sample-court 2",))
    tally = a_snapshot(tmp_path, line("1", 1), differing("3"), disappearing=1)
    assert (tally.disappeared, tally.withdrawn, tally.refused) == (1, 1, 0)
    doubt.refresh_from_db()
    assert (doubt.state, doubt.sealed) == (DoubtState.TAKEN_BACK, None)
    assert DoubtfulLine.objects.get(source_ref="3").state == DoubtState.WAITING


def test_a_snapshot_lets_a_record_disappear_once_with_the_line_about_it_that_waits(tmp_path: Path) -> None:
    feed(tmp_path, line("1", 1), line("9", 9))
    feed(tmp_path, differing("1"))
    tally = a_snapshot(tmp_path, line("9", 9), disappearing=1)
    assert (tally.disappeared, tally.withdrawn, tally.unchanged) == (1, 1, 1)
    assert (Record.objects.get(source_ref="1").state, DoubtfulLine.objects.get().state) == ("withdrawn", "taken_back")


def test_a_snapshot_of_another_type_leaves_a_line_waiting(tmp_path: Path) -> None:
    doubt = one_doubt(tmp_path)
    other = {**line("7", 7), "type": "enforcement_case"}
    other["values"] = {name: other["values"][name] for name in ("case_number", "court", "filed_on")}
    assert a_snapshot(tmp_path, other).refused == 0
    doubt.refresh_from_db()
    assert doubt.state == DoubtState.WAITING


@pytest.mark.parametrize("choice", [Choice.SAME, Choice.NEW])
def test_what_was_decided_about_a_claim_holds_for_later_lines(
    tmp_path: Path, caseworker: Actor, choice: Choice
) -> None:
    doubt = one_doubt(tmp_path)
    decide(doubt, caseworker, choice, Subject.objects.get().pk)
    decided_for = Record.objects.get(source_ref="2").subject
    tally = feed(tmp_path, differing("3"), differing("4", source="other-court"))
    assert (tally.created, tally.doubtful) == (1, 1)  # another source's claim is another claim
    assert Record.objects.get(source_ref="3").subject == decided_for


def test_lines_that_say_the_same_of_who_it_is_are_decided_together(tmp_path: Path, caseworker: Actor) -> None:
    doubt = one_doubt(tmp_path, differing("3"), differing("4", name="Zhao Wu"))
    assert DoubtfulLine.objects.count() == 3
    assert len(decide(doubt, caseworker, Choice.NEW)) == 2
    subjects = set(Record.objects.filter(source_ref__in=["2", "3"]).values_list("subject_id", flat=True))
    assert len(subjects) == 1
    assert waiting(caseworker).get().source_ref == "4"


def test_a_line_that_a_newer_one_has_overtaken_can_only_be_refused(tmp_path: Path, caseworker: Actor) -> None:
    doubt = one_doubt(tmp_path)
    by = factories.system("sample-court", scopes=["records:write"])
    put_right = line("2", 1, name="Wang Xiaoyu")
    import_one(catalogue.programme("cn-court-defaulters"), put_right, source="sample-court", by=by, at=LATER)
    with pytest.raises(access.Overtaken):
        decide(doubt, caseworker, Choice.SAME, Subject.objects.get().pk)
    decide(doubt, caseworker, Choice.REFUSE)
    assert Version.objects.filter(record__source_ref="2").count() == 1


def test_lines_that_contradict_each_other_are_decided_one_claim_after_the_other(
    tmp_path: Path, caseworker: Actor
) -> None:
    feed(tmp_path, line("1", 1, name="Wang Xiaoyu"), line("2", 1, name="Li Na"))
    first, second = DoubtfulLine.objects.order_by("source_ref")
    decide(first, caseworker, Choice.NEW)
    known = Subject.objects.get()
    assert known.identifiers.count() == 1
    opened_line, candidates = open_line(caseworker, second.pk, at=LATER)
    assert [(one.identity.subject_id, one.has_number, one.same_name) for one in candidates] == [(known.pk, True, False)]
    assert opened_line.name == "Li Na"


def test_both_sides_are_seen_and_every_look_is_in_the_log(tmp_path: Path, caseworker: Actor) -> None:
    doubt = one_doubt(tmp_path)
    opened_line, (candidate,) = open_line(caseworker, doubt.pk, at=LATER)
    assert (opened_line.name, candidate.identity.name) == ("Li Na", "Wang Xiaoyu")
    assert (candidate.same_name, candidate.same_birth_date, candidate.records) == (False, True, 1)
    number = candidate.identity.numbers[0].shown
    assert "*" in number
    looks = Entry.objects.filter(event_type__in=["identity.doubt_opened", "identity.opened"])
    assert looks.count() == 2


def test_only_somebody_who_may_be_meant_can_be_named(tmp_path: Path, caseworker: Actor) -> None:
    doubt = one_doubt(tmp_path)
    with pytest.raises(access.NotACandidate):
        decide(doubt, caseworker, Choice.SAME, factories.subject().pk)
    doubt.refresh_from_db()
    assert doubt.state == DoubtState.WAITING


@pytest.mark.parametrize("reason", ["", "   ", "\u3164"])
def test_a_decision_says_why(tmp_path: Path, caseworker: Actor, reason: str) -> None:
    doubt = one_doubt(tmp_path)
    with pytest.raises(access.ReasonMissing):
        decide(doubt, caseworker, Choice.NEW, reason=reason)
    assert Record.objects.count() == 1


def test_whoever_imported_a_line_does_not_decide_it(tmp_path: Path, caseworker: Actor) -> None:
    feed(tmp_path, line("1", 1))
    feed(tmp_path, differing(), by=caseworker)
    with pytest.raises(access.EnteredIt):
        decide(DoubtfulLine.objects.get(), caseworker, Choice.NEW)


def test_staff_of_the_source_do_not_decide(tmp_path: Path, holder: Any) -> None:
    doubt = one_doubt(tmp_path)
    both = factories.staff(Role.CASEWORKER, holder)
    seat = factories.seat(User.objects.get(pk=both.own_user), Role.SOURCE_OFFICER, doubt.source)
    worker = Actor(both.kind, user_id=both.user_id, seats=(*both.seats, seat))
    with pytest.raises(access.SourceStaff):
        decide(doubt, worker, Choice.NEW)


def test_nobody_else_knows_of_it(tmp_path: Path, person: Actor, source_officer: Actor, auditor: Actor) -> None:
    doubt = one_doubt(tmp_path)
    others = [person, source_officer, auditor, factories.staff(Role.CASEWORKER, "us-credit-agency")]
    for actor in others:
        assert not waiting(actor).exists()
        with pytest.raises(DoubtfulLine.DoesNotExist):
            decide(doubt, actor, Choice.REFUSE)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_wins(tmp_path: Path, caseworker: Actor, other_caseworker: Actor) -> None:
    doubt = one_doubt(tmp_path, differing("3"))
    other = DoubtfulLine.objects.get(source_ref="3")
    ended = at_once(
        lambda: decide(doubt, caseworker, Choice.SAME, Subject.objects.order_by("pk")[0].pk),
        lambda: decide(other, other_caseworker, Choice.NEW),
    )
    assert sorted(type(one).__name__ for one in ended) == ["AlreadyDecided", "list"]
    assert issubclass(AlreadyDecided, access.IdentityRefused)
    assert DoubtfulLine.objects.values("decided_by").distinct().count() == 1
    assert Record.objects.count() == 3


PEOPLE = st.sampled_from([("Wang Xiaoyu", 1), ("Li Na", 1), ("Wang Xiaoyu", 2), ("Zhao Wu", 3)])
PASSPORTS = st.sampled_from([None, "CHN-E1234567", "CHN-E7654321"])


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(PEOPLE, PASSPORTS), min_size=1, max_size=5).flatmap(
        lambda drawn: st.tuples(st.just(drawn), st.permutations(range(len(drawn))))
    )
)
def test_any_order_gives_the_same_subjects_and_nobody_is_told_of_a_doubtful_line(tmp_path: Path, drawn: Any) -> None:
    people, order = drawn
    lines = [of(place, *each) for place, each in enumerate(people)]
    outcomes = [imported(tmp_path, lines, f"a{len(lines)}"), imported(tmp_path, [lines[each] for each in order], "b")]
    assert outcomes[0] == outcomes[1]


def of(place: int, who: tuple[str, int], number: str | None) -> feeds.Line:
    name, person = who
    made = line(str(place), person, name=name, email=f"{person}@mail.example", measures=[NO_PLANE])
    if number:
        made["subject"]["identifiers"].append(passport(number))
    return made


def imported(tmp_path: Path, lines: list[feeds.Line], run: str) -> set[frozenset[str]]:
    """Which references stand in one file; those that wait are in none."""
    from django.db import transaction

    with transaction.atomic():
        tally = feed(tmp_path, *lines, programme=with_passports())
        files: dict[UUID, set[str]] = {}
        for subject, ref in Record.objects.values_list("subject_id", "source_ref"):
            files.setdefault(subject, set()).add(ref)
        waits = set(DoubtfulLine.objects.values_list("source_ref", flat=True))
        told = set(Message.objects.values_list("record_id", flat=True))
        assert told <= set(Record.objects.values_list("pk", flat=True))
        assert not waits & set().union(*files.values())
        assert len(waits) == tally.doubtful
        assert tally.doubtful + tally.created + tally.refused == len(lines)
        transaction.set_rollback(True)
    return {frozenset(refs) for refs in files.values()}
