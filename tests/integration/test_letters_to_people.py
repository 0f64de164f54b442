"""Who gets what on paper, whatever tells it, and who prints it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from accounts import files, post
from accounts.actors import SERVICE, Actor
from accounts.models import Role, Subject
from accounts.operations import postal
from appeals import operations, queries
from audit.models import Entry
from delivery import letters
from delivery import operations as delivery
from delivery.models import Letter, Message
from records import operations as records
from records.importing import known
from records.models import Record
from tests import factories
from tests.factories import AT, record_for
from tests.feeds import feed, line
from tests.fixtures import ClientOf
from tests.integration.test_changes_of_identity import merge
from tests.integration.test_importing_withdrawals import full, gone

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ADDRESS = "Example Street 5\n100000 Beijing"


@pytest.fixture(autouse=True)
def own_var(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"


@pytest.fixture
def nobody_mails(db: None) -> Subject:
    return factories.subject(name="Zhao Min", email="")


def by_letter(subject_id: Any, by: Actor) -> None:
    """Letters go to this subject, and that long ago that nobody objects any more."""
    postal.note(subject_id, ADDRESS, by=by, at=AT - 30 * DAY)


def letters_about(record: Record) -> list[str]:
    return sorted(Letter.objects.filter(message__record_id=record.pk).values_list("message__kind", flat=True))


def to_post(by: Actor) -> set[str]:
    return set(queries.letters_to_post(by).values_list("message__kind", flat=True))


# --- whoever cannot be told -----------------------------------------------------------------------


def test_those_who_cannot_be_told_do_not_hide_those_who_can(caseworker: Actor) -> None:
    first, second = (factories.subject(email="") for _ in range(2))
    for each in (first, second):
        record_for(each)
    assert letters.untold_subjects(post.subjects_by_letter(), limit=1) == []
    postal.note(second.pk, ADDRESS, by=caseworker, at=AT)
    assert letters.untold_subjects(post.subjects_by_letter(), limit=1) == [second.pk]
    assert operations.make_letters_of_untold(at=AT) == Message.objects.filter(subject_id=second.pk).count()
    assert letters.untold_subjects(post.subjects_by_letter(), limit=1) == []


def test_what_a_joined_file_could_not_be_told_goes_to_the_address_of_the_other(
    nobody_mails: Subject, caseworker: Actor, supervisor: Actor
) -> None:
    joined = factories.subject(email="")
    record = record_for(joined)
    record_for(nobody_mails)
    merge(nobody_mails, joined, caseworker, supervisor)
    root = files.of(joined.pk)[0]
    postal.note(root, ADDRESS, by=caseworker, at=AT)
    operations.make_letters_of_untold(at=AT)
    assert "record_added" in letters_about(record)
    assert post.postal_address_of(joined.pk) == tuple(ADDRESS.split("\n"))


# --- whatever tells it ----------------------------------------------------------------------------


def test_an_import_posts_every_notice_to_whoever_gets_letters(caseworker: Actor) -> None:
    subject = factories.subject()
    by_letter(subject.pk, caseworker)
    record = record_for(subject)
    told = Message.objects.filter(record_id=record.pk)
    assert letters_about(record) == sorted(told.values_list("kind", flat=True))
    assert set(told.values_list("mail_state", "not_possible")) == {("none", "")}
    assert len(letters_about(record)) > 1, "one mail for many is enough, but a letter has no inbox beside it"


def test_an_import_posts_to_a_joined_file(caseworker: Actor, supervisor: Actor) -> None:
    first, second = factories.subject(email=""), factories.subject(email="")
    for each in (first, second):
        record_for(each)
    merge(first, second, caseworker, supervisor)
    root = files.of(second.pk)[0]
    by_letter(root, caseworker)
    (joined,) = {first.pk, second.pk} - {root}
    record = record_for(Subject.objects.get(pk=joined), values={"amount": "55.00"})
    assert "record_added" in letters_about(record)
    message = delivery.tell_subject(joined, "mandate_ended", at=AT, mail=True)
    assert Letter.objects.filter(message=message).exists()


def test_what_a_source_takes_back_and_sends_again_is_posted(tmp_path: Path, caseworker: Actor) -> None:
    feed(tmp_path, full())
    record = Record.objects.get()
    by_letter(record.subject_id, caseworker)
    feed(tmp_path, gone())
    assert letters_about(record) == ["record_withdrawn"]
    mailed = set[Any]()
    records.put_back(record.pk, by=SERVICE, at=AT, mailed=mailed)
    assert letters_about(record) == ["record_returned", "record_withdrawn"]
    assert not mailed, "the next one that comes back is posted, too"
    assert Entry.objects.filter(event_type="record.withdrawn").count() == 1


def test_what_is_taken_back_reaches_a_file_that_was_joined(
    tmp_path: Path, caseworker: Actor, supervisor: Actor
) -> None:
    feed(tmp_path, line("1"))
    record = Record.objects.get()
    other = factories.subject()
    record_for(other)
    merge(record.subject, other, caseworker, supervisor)
    assert known.reached_elsewhere({record.subject_id}) == {record.subject_id}
    feed(tmp_path, gone())
    told = Message.objects.get(kind="record_withdrawn")
    assert (told.mail_state, told.not_possible) == ("waiting", "")


def test_letters_cost_a_batch_no_more_questions_the_longer_it_is(tmp_path: Path, caseworker: Actor) -> None:
    def queries_of(first: int, number: int) -> tuple[int, int]:
        numbers = range(first, first + number)
        feed(tmp_path, *(full(f"{n}", n) for n in numbers))
        for record in Record.objects.filter(source_ref__in=[f"{n}" for n in numbers]):
            by_letter(record.subject_id, caseworker)
        changed = _counted(lambda: feed(tmp_path, *(full(f"{n}", n, amount="7.00") for n in numbers)))
        return changed, _counted(lambda: feed(tmp_path, *(gone(f"{n}") for n in numbers)))

    feed(tmp_path, line("0"))
    queries_of(1, 2)
    assert queries_of(100, 2) == queries_of(200, 12)
    assert Letter.objects.filter(message__kind="record_withdrawn").count() == 16


def _counted(run: Any) -> int:
    counted = 0

    def count(execute: Any, *rest: Any) -> Any:
        nonlocal counted
        counted += 1
        return execute(*rest)

    with connection.execute_wrapper(count):
        run()
    return counted


# --- who prints it --------------------------------------------------------------------------------


def test_an_official_prints_no_letter_about_what_another_holds(
    nobody_mails: Subject, caseworker: Actor, client_of: ClientOf
) -> None:
    elsewhere = factories.staff(Role.CASEWORKER, "us-credit-agency")
    record_for(nobody_mails)
    postal.note(nobody_mails.pk, ADDRESS, by=caseworker, at=AT)
    operations.make_letters_of_untold(at=AT)
    theirs = record_for(nobody_mails, "us-credit-file", "tradeline", ())
    (letter,) = Letter.objects.filter(message__record_id=theirs.pk)
    assert letter in queries.letters_to_post(elsewhere)
    assert set(queries.letters_to_post(elsewhere)) == {letter}
    assert letter not in queries.letters_to_post(caseworker)
    with pytest.raises(Letter.DoesNotExist):
        operations.note_printed(letter.pk, by=caseworker, at=AT)
    assert client_of(caseworker).post(f"/letters/{letter.pk}/print/").status_code == 404


def test_what_is_about_no_entry_is_for_the_office_that_noted_the_address(
    nobody_mails: Subject, caseworker: Actor, other_caseworker: Actor
) -> None:
    elsewhere = factories.staff(Role.CASEWORKER, "us-credit-agency")
    record_for(nobody_mails, "us-credit-file", "tradeline", ())
    postal.note(nobody_mails.pk, ADDRESS, by=caseworker, at=AT)
    delivery.tell_subject(nobody_mails.pk, "mandate_ended", at=AT, mail=True)
    assert "mandate_ended" in to_post(caseworker) & to_post(other_caseworker)
    assert "mandate_ended" not in to_post(elsewhere)


def test_the_office_that_noted_an_earlier_address_does_not_learn_the_one_in_use(
    nobody_mails: Subject, caseworker: Actor, client_of: ClientOf
) -> None:
    elsewhere = factories.staff(Role.CASEWORKER, "us-credit-agency")
    postal.note(nobody_mails.pk, ADDRESS, by=caseworker, at=AT)
    postal.note(nobody_mails.pk, "Hidden Lane 9", by=elsewhere, at=AT + DAY)
    delivery.tell_subject(nobody_mails.pk, "mandate_ended", at=AT, mail=True)
    # The last letter to the address that was left is for whoever knows that one, and for nobody else.
    assert to_post(caseworker) == {"postal_left"}
    assert "mandate_ended" in to_post(elsewhere) and "postal_left" not in to_post(elsewhere)
    letter = Letter.objects.get(message__kind="mandate_ended")
    assert client_of(caseworker).post(f"/letters/{letter.pk}/print/").status_code == 404


def test_an_address_that_counts_again_is_for_the_office_that_noted_it(nobody_mails: Subject, caseworker: Actor) -> None:
    elsewhere = factories.staff(Role.CASEWORKER, "us-credit-agency")
    postal.note(nobody_mails.pk, ADDRESS, by=caseworker, at=AT)
    wrong = postal.note(nobody_mails.pk, "Hidden Lane 9", by=elsewhere, at=AT + DAY)
    postal.put_back(nobody_mails.pk, seen=wrong.pk, by=caseworker, at=AT + 2 * DAY)
    delivery.tell_subject(nobody_mails.pk, "mandate_ended", at=AT, mail=True)
    assert "mandate_ended" in to_post(caseworker) and "mandate_ended" not in to_post(elsewhere)


@pytest.mark.parametrize("joined_has_the_later", [True, False])
def test_in_a_joined_file_each_letter_is_for_the_office_that_knows_its_envelope(
    caseworker: Actor, supervisor: Actor, joined_has_the_later: bool
) -> None:
    elsewhere = factories.staff(Role.CASEWORKER, "us-credit-agency")
    three = [factories.subject(name="Zhao Min", email="") for _number in range(3)]
    for each in three:
        record_for(each)
    postal.note(three[joined_has_the_later].pk, ADDRESS, by=elsewhere, at=AT)
    postal.note(three[not joined_has_the_later].pk, "Hidden Lane 9", by=caseworker, at=AT + DAY)
    merge(three[0], three[1], caseworker, supervisor)
    first, _also = files.of(three[0].pk)
    merge(Subject.objects.get(pk=first), three[2], caseworker, supervisor)
    Letter.objects.all().delete()
    for each in three:
        delivery.tell_subject(each.pk, "mandate_ended", at=AT, mail=True)
    for by in (caseworker, elsewhere):
        theirs = {each.pk for each in queries.letters_to_post(by)}
        known = {
            each.pk
            for each in Letter.objects.all()
            if (used := post.in_use(each.subject_id)) and used.noted_by_id == by.own_user
        }
        assert theirs == known and known
    assert Letter.objects.filter(message__kind="mandate_ended").count() == 3
