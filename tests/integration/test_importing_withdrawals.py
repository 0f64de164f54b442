"""A source takes records back: they leave the file, their measures end, the person is told, and it can be undone."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.actors import SERVICE, Actor
from accounts.models import Contact
from accounts.queries import address_of
from appeals import integrity
from audit.models import Entry
from delivery.models import Message
from records import operations, queries
from records.access import visible_to
from records.catalogue import Refused, programme
from records.importing import Options, Outcome, Stopped, TooManyWithdrawals, import_file, import_one, limits, run
from records.models import ImportRun, Measure, Record, RecordState, SourceWithdrawal
from tests import factories, feeds
from tests.factories import AT, system
from tests.feeds import COURT, Line, codes, feed, line
from tests.unit.test_csv_rows import as_csv

MEASURES = [("no_plane", "2026-10-25"), ("no_star_hotel", "2026-10-25")]
DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_var(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"


def gone(ref: str = "1", **parts: Any) -> Line:
    return {"source": "sample-court", "source_ref": ref, "type": "court_listing", "withdrawn": True, **parts}


def full(ref: str = "1", person: int = 1, **values: Any) -> Line:
    return line(ref, person, measures=MEASURES, email=f"p{person}@mail.example", **values)


@pytest.fixture
def record(tmp_path: Path) -> Record:
    feed(tmp_path, full())
    return Record.objects.get()


def measures() -> set[tuple[str, str]]:
    return set(Measure.objects.values_list("type", "state"))


@pytest.mark.django_db(transaction=True)
def test_a_record_that_is_taken_back_leaves_the_file_and_its_measures_end(tmp_path: Path) -> None:
    feed(tmp_path, full())
    record = Record.objects.get()
    person = factories.person(record.subject)
    tally = feed(tmp_path, gone())
    assert (tally.withdrawn, tally.notices, tally.untold) == (1, 1, 0)
    record.refresh_from_db()
    assert record.state == RecordState.WITHDRAWN
    assert not visible_to(person).exists()
    assert not visible_to(system("sample-bank")).exists()
    assert measures() == {("no_plane", "lifted"), ("no_star_hotel", "lifted")}
    told = Message.objects.get(kind="record_withdrawn")
    assert (told.subject_id, told.record_id, told.mail_state) == (record.subject_id, record.pk, "waiting")
    events = list(Entry.objects.filter(record_id=record.pk).order_by("pk").values_list("event_type", flat=True))
    assert sorted(events[-3:]) == ["measure.lifted", "measure.lifted", "record.withdrawn"]
    assert SourceWithdrawal.objects.get().entered_in_id == tally.run_id
    assert ImportRun.objects.get(pk=tally.run_id).withdrawn == 1
    assert [found.code for found in integrity.findings(AT) if not found.code.startswith("message")] == []


def test_taking_back_again_changes_nothing(tmp_path: Path, record: Record) -> None:
    feed(tmp_path, gone())
    before = feeds.rows_by_table()
    tally = feed(tmp_path, gone(), gone())
    assert (tally.withdrawn, tally.unchanged, tally.notices) == (0, 2, 0)
    assert not {"records_sourcewithdrawal", "delivery_message", "records_measure"} & feeds.added(before).keys()


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"source_ref": "2"}, ("source_ref", "unknown_ref")),
        ({"source": "other-court"}, ("source_ref", "unknown_ref")),
        ({"type": "consumption_restriction"}, ("source_ref", "duplicate_ref_other_type")),
    ],
)
def test_a_line_that_names_no_such_record_is_refused(
    tmp_path: Path, record: Record, wrong: Line, refusal: tuple[str, str]
) -> None:
    types = programme(COURT).types
    wrong = {**wrong, **({"type": next(name for name in types if name != record.type)} if "type" in wrong else {})}
    assert codes(feed(tmp_path, gone(**wrong))) == [(1, *refusal)]
    record.refresh_from_db()
    assert record.state == RecordState.CURRENT


def test_a_withdrawal_can_be_undone_and_everything_stands_as_it_did(tmp_path: Path) -> None:
    feed(tmp_path, full())
    record = Record.objects.get()
    before = operations.current_state(record.pk)
    feed(tmp_path, gone())
    assert operations.put_back(record.pk, by=SERVICE, at=AT + DAY)
    assert operations.current_state(record.pk) == before
    assert SourceWithdrawal.objects.get().returned_at == AT + DAY
    assert Message.objects.filter(kind="record_returned", subject_id=record.subject_id).count() == 1
    assert not operations.put_back(record.pk, by=SERVICE, at=AT + DAY)
    assert feed(tmp_path, full("2", 2), gone()).withdrawn == 1, "and it can be taken back again"


def test_a_source_that_sends_it_again_puts_it_back_with_the_measures_of_that_line(
    tmp_path: Path, record: Record
) -> None:
    feed(tmp_path, gone())
    again = {**full(amount="77.00"), "measures": full()["measures"][:1]}
    tally = feed(tmp_path, again)
    assert tally.changed == 1
    record.refresh_from_db()
    assert (record.state, record.latest_number) == (RecordState.CURRENT, 2)
    assert queries.latest_content(record).values["amount"] == "77.00"
    assert measures() == {("no_plane", "in_force"), ("no_star_hotel", "lifted")}
    assert feed(tmp_path, again).unchanged == 1


def test_what_comes_back_costs_the_same_queries_however_many(tmp_path: Path) -> None:
    counts = []
    for number in (2, 9):
        lines = [full(f"{number}-{n}", 10 * number + n) for n in range(number)]
        feed(tmp_path, *lines)
        feed(tmp_path, *(gone(each["source_ref"]) for each in lines))
        counts.append(feeds.queries_of(partial(feed, tmp_path, *lines, options=Options(again=True))))
    assert counts[0] == counts[1]
    assert Measure.objects.exclude(state="in_force").count() == 0


def test_the_same_file_again_does_not_undo_what_the_source_did_since(tmp_path: Path) -> None:
    first, second = [full(), full("2", 2)], [gone()]
    feed(tmp_path, *first)
    feed(tmp_path, *second)
    assert feed(tmp_path, *first).unchanged == 2
    assert Record.objects.get(source_ref="1").state == RecordState.WITHDRAWN
    feed(tmp_path, full(), full("3", 3))
    assert Record.objects.get(source_ref="1").state == RecordState.CURRENT
    assert feed(tmp_path, *second).unchanged == 1
    assert Record.objects.get(source_ref="1").state == RecordState.CURRENT


@pytest.mark.parametrize(
    "options",
    [Options(again=True), Options(snapshot=True, confirm=lambda disappearing: True)],
    ids=["again", "snapshot"],
)
def test_a_source_may_say_again_what_it_said_before_byte_for_byte(tmp_path: Path, options: Options) -> None:
    first, second = [full(), full("2", 2)], [full("2", 2, amount="77.00")]
    feed(tmp_path, *first, options=options)
    feed(tmp_path, *second, gone(), options=options)
    assert Record.objects.get(source_ref="1").state == RecordState.WITHDRAWN
    assert feed(tmp_path, *first, options=options).changed == 2
    assert set(Record.objects.values_list("state", flat=True)) == {RecordState.CURRENT}
    record = Record.objects.get(source_ref="2")
    assert queries.latest_content(record).values["amount"] != "77.00"
    assert feed(tmp_path, *first, options=options).unchanged == 2


@pytest.mark.parametrize("how", ["the source", "the operator"])
def test_of_many_that_come_back_at_once_a_person_gets_one_mail(tmp_path: Path, how: str) -> None:
    feed(tmp_path, *(full(str(n)) for n in range(3)))
    withdrawn_by = feed(tmp_path, *(gone(str(n)) for n in range(3)))
    if how == "the source":
        assert feed(tmp_path, *(full(str(n)) for n in range(3)), options=Options(again=True)).notices == 3
    else:
        call_command("undo_withdrawals", str(withdrawn_by.run_id), stdout=StringIO())
    told = Message.objects.filter(kind="record_returned")
    assert sorted(told.values_list("mail_state", flat=True)) == ["none", "none", "waiting"]


def test_the_operator_is_told_that_the_same_file_again_is_no_news(tmp_path: Path) -> None:
    told: list[str] = []
    for again in (False, False, True):
        feed(tmp_path, full(), options=Options(told=told.append, again=again))
    assert len(told) == 1
    assert "--again takes what the file says as news" in told[0]


def test_the_lines_of_one_file_hold_in_their_order(tmp_path: Path) -> None:
    tally = feed(tmp_path, full(), gone(), full(amount="2.00"), gone(), full(amount="3.00"), full("2", 2), gone("2"))
    assert (tally.created, tally.withdrawn, tally.changed) == (2, 3, 2)
    states = dict(Record.objects.values_list("source_ref", "state"))
    assert states == {"1": RecordState.CURRENT, "2": RecordState.WITHDRAWN}
    assert measures() == {(name, state) for name, _ in MEASURES for state in ("in_force", "lifted")}


def test_a_measure_that_a_decision_ended_does_not_come_back_with_its_record(
    tmp_path: Path, record: Record, holder: object
) -> None:
    lifted = record.measures.get(type="no_plane")
    operations.lift(lifted.pk, case_id=factories.missing_id(), by=SERVICE, at=AT)
    feed(tmp_path, gone())
    assert feed(tmp_path, full(amount="2.00")).changed == 1
    assert measures() == {("no_plane", "lifted"), ("no_star_hotel", "in_force")}


def test_undoing_a_remedy_of_a_withdrawn_record_waits_until_it_is_back(tmp_path: Path, record: Record) -> None:
    case_id, plane = factories.missing_id(), record.measures.get(type="no_plane")
    before = operations.lift(plane.pk, case_id=case_id, by=SERVICE, at=AT)
    feed(tmp_path, gone())
    operations.undo(before, case_id=case_id, by=SERVICE, at=AT)
    assert measures() == {("no_plane", "lifted"), ("no_star_hotel", "lifted")}
    operations.put_back(record.pk, by=SERVICE, at=AT)
    assert measures() == {("no_plane", "in_force"), ("no_star_hotel", "in_force")}


def test_a_system_takes_back_its_own_record_only(tmp_path: Path, record: Record) -> None:
    courts, by = programme(COURT), system("sample-court")
    said = {"source_ref": "1", "type": "court_listing", "withdrawn": True}
    with pytest.raises(Refused):
        import_one(courts, said, source="sample-bank", by=system("sample-bank"), at=AT)
    done = import_one(courts, said, source="sample-court", by=by, at=AT)
    again = import_one(courts, said, source="sample-court", by=by, at=AT)
    assert (done.outcome, again.outcome) == (Outcome.WITHDRAWN, Outcome.UNCHANGED)
    assert done.record_id == again.record_id == record.pk
    assert SourceWithdrawal.objects.get().entered_with_id == by.key_id


def test_who_had_a_hand_in_a_withdrawal_is_known(tmp_path: Path, record: Record, source_officer: Actor) -> None:
    feed(tmp_path, gone(), by=source_officer)
    assert SourceWithdrawal.objects.get().entered_by_id == source_officer.user_id


def test_withdrawals_take_the_same_number_of_questions_however_many(tmp_path: Path) -> None:
    feed(tmp_path, *(full(str(n), n) for n in range(60)))
    allowed = Options(allow_withdrawals=100)
    few = feeds.queries_of(lambda: feed(tmp_path, *(gone(str(n)) for n in range(3)), options=allowed))
    many = feeds.queries_of(lambda: feed(tmp_path, *(gone(str(n)) for n in range(3, 60)), options=allowed))
    assert few == many


def test_everything_that_one_import_took_back_is_put_back_by_one_command(tmp_path: Path) -> None:
    feed(tmp_path, *(full(str(n), n) for n in range(5)))
    feed(tmp_path, gone("4"))
    before = {pk: operations.current_state(pk) for pk in Record.objects.values_list("pk", flat=True)}
    tally = feed(tmp_path, *(gone(str(n)) for n in range(4)))
    said = StringIO()
    call_command("undo_withdrawals", str(tally.run_id), stdout=said)
    assert "4  records put back" in said.getvalue()
    assert {pk: operations.current_state(pk) for pk in before} == before
    call_command("undo_withdrawals", str(tally.run_id), stdout=said)
    assert "0  records put back" in said.getvalue()
    with pytest.raises(CommandError, match="no such import"):
        call_command("undo_withdrawals", str(factories.missing_id()))


# --- a hostile feed


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Some records of one source, of which it may take back three a day."""
    monkeypatch.setattr(limits, "ALWAYS", 3)
    monkeypatch.setattr(run, "LINES_IN_A_BATCH", 2)
    feed(tmp_path, *(full(str(n), n) for n in range(10)))
    yield 10


def withdrawn() -> int:
    return Record.objects.filter(state=RecordState.WITHDRAWN).count()


def test_a_feed_that_takes_too_much_back_is_stopped_before_anything_is_written(tmp_path: Path, held: int) -> None:
    before = feeds.rows_by_table()
    with pytest.raises(TooManyWithdrawals, match=r"4 records of sample-court .* 3 more may be today"):
        feed(tmp_path, full("20", 20), *(gone(str(n)) for n in range(4)))
    assert feeds.added(before) == {}


def test_a_feed_cut_into_files_gets_no_further_on_one_day(tmp_path: Path, held: int) -> None:
    assert feed(tmp_path, gone("0"), gone("1")).withdrawn == 2
    assert feed(tmp_path, gone("2")).withdrawn == 1
    with pytest.raises(TooManyWithdrawals, match="0 more may be today"):
        feed(tmp_path, gone("3"))
    with pytest.raises(Refused, match="the operator has to agree"):
        import_one(programme(COURT), gone("3"), source="sample-court", by=system("sample-court"), at=AT)
    import_one(programme(COURT), gone("3"), source="sample-court", by=system("sample-court"), at=AT + DAY)
    assert withdrawn() == 4


def test_a_feed_that_hides_the_word_is_stopped_at_the_batch(tmp_path: Path, held: int) -> None:
    path = feeds.write(tmp_path, [gone(str(n)) for n in range(10)])
    path.write_text(path.read_text().replace('"withdrawn"', r'"withdr\u0061wn"'))
    with pytest.raises(Stopped, match="more may be today"):
        import_file(programme(COURT), path, by=SERVICE, clock=lambda: AT)
    assert withdrawn() == 2, "the batch that went beyond the limit is not kept"
    assert ImportRun.objects.latest("started_at", "pk").finished_at is None


def test_the_operator_lets_a_number_go(tmp_path: Path, held: int) -> None:
    with pytest.raises(TooManyWithdrawals, match="6 records are taken back, and 5 were allowed"):
        feed(tmp_path, *(gone(str(n)) for n in range(6)), options=Options(allow_withdrawals=5))
    assert feed(tmp_path, *(gone(str(n)) for n in range(6)), options=Options(allow_withdrawals=6)).withdrawn == 6


def test_the_share_grows_with_what_a_source_holds(tmp_path: Path, held: int, settings: Any) -> None:
    settings.WITHDRAWALS_A_DAY = 0.5
    with pytest.raises(TooManyWithdrawals, match="5 more may be today"):
        feed(tmp_path, *(gone(str(n)) for n in range(6)))
    assert feed(tmp_path, *(gone(str(n)) for n in range(5))).withdrawn == 5
    with pytest.raises(TooManyWithdrawals, match="0 more may be today"):
        feed(tmp_path, gone("7"))


def test_nobody_can_withdraw_what_another_source_supplied(tmp_path: Path, held: int) -> None:
    assert codes(feed(tmp_path, gone("1", source="other-court"))) == [(1, "source_ref", "unknown_ref")]
    assert withdrawn() == 0


def test_a_key_that_may_speak_for_one_source_takes_in_no_other(tmp_path: Path, held: int) -> None:
    lines = [gone("1"), {name: part for name, part in gone("2").items() if name != "source"}, full("30", 30)]
    tally = feed(tmp_path, *lines, options=Options(only_source="other-court"))
    assert codes(tally) == [
        (1, "source", "not_your_source"),
        (2, "source_ref", "unknown_ref"),
        (3, "source", "not_your_source"),
    ]
    assert withdrawn() == 0


def test_a_contact_that_was_confirmed_is_not_swapped_and_a_reference_does_not_change_hands(tmp_path: Path) -> None:
    feed(tmp_path, full("1", 1))
    record = Record.objects.get()
    Contact.objects.update(confirmed_at=AT)
    swap = line("1", 1, email="thief@mail.example")
    feed(tmp_path, swap)
    assert address_of(record.subject_id).email == "p1@mail.example"  # type: ignore[union-attr]  # there is one
    feed(tmp_path, {**swap, "source_ref": "2", "source": "other-court"})
    assert address_of(record.subject_id).email == "p1@mail.example"  # type: ignore[union-attr]
    tally = feed(tmp_path, full("1", 2))
    assert (tally.created, tally.changed, Record.objects.get(source_ref="1", source__code="sample-court")) == (
        0,
        0,
        record,
    )


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_value_of_ten_megabytes_is_refused_and_the_next_line_is_read(tmp_path: Path, form: str) -> None:
    huge, small = full("1", 1, duty="x" * 10_000_000), full("2", 2)
    path = tmp_path / f"feed.{form}"
    path.write_bytes(as_csv(huge, small) if form == "csv" else feeds.write(tmp_path, [huge, small]).read_bytes())
    tally = import_file(programme(COURT), path, by=SERVICE, clock=lambda: AT)
    assert (codes(tally), tally.created) == ([(1 + (form == "csv"), "line", "line_too_long")], 1)


def test_references_that_look_alike_name_two_records_and_one_written_in_two_ways_names_one(tmp_path: Path) -> None:
    latin, cyrillic = "A-1", "\u0410-1"
    composed, apart = "R\u00e9-1", "Re\u0301-1"
    tally = feed(tmp_path, *(full(ref, 1) for ref in (latin, cyrillic, composed, apart)))
    assert (tally.created, tally.unchanged) == (3, 1)
    assert codes(feed(tmp_path, full("A\u200b-1", 1), gone("A\u202e-1"))) == [
        (1, "source_ref", "unreadable_text"),
        (2, "source_ref", "unreadable_text"),
    ]
    assert withdrawn() == 0
    assert feed(tmp_path, gone(apart)).withdrawn == 1
