"""Whom the lines of a feed are about, and how they are reached."""

from pathlib import Path
from typing import Any

import pytest

from accounts import addresses
from accounts.models import Contact, Identifier, Organisation, Subject
from accounts.queries import address_of, particulars_of
from audit.models import Entry, SubjectKey
from delivery import rendering
from delivery.models import Message
from records.models import Record
from tests import feeds
from tests.factories import AT
from tests.feeds import codes, feed, identifier, line, passport, with_passports

NO_PLANE = ("no_plane", "2026-10-25")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_var(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"


def test_one_identifier_and_name_is_one_subject(tmp_path: Path) -> None:
    feed(tmp_path, line("1", 7, name="Wang Xiaoyu"), line("2", 7, name="WANG Xiao-Yu"))
    feed(tmp_path, line("3", 7, name="Ｗａｎｇ Xiaoyu"))
    subject = Subject.objects.get()
    assert Record.objects.filter(subject=subject).count() == 3
    assert particulars_of(subject.pk).name == "Wang Xiaoyu"


def test_namesakes_born_on_one_day_stay_two_subjects(tmp_path: Path) -> None:
    feed(tmp_path, line("1", 1), line("2", 2))
    assert Subject.objects.count() == 2
    assert SubjectKey.objects.filter(pk__in=Subject.objects.values("pk")).count() == 2


def test_new_identifiers_are_added_to_the_subject(tmp_path: Path) -> None:
    known = line("1", 1)
    both = line("2", 1)
    both["subject"]["identifiers"].append(passport("CHN-E1234567"))
    by_passport = line("3", 1)
    by_passport["subject"]["identifiers"] = [passport("CHN-E1234567")]
    feed(tmp_path, known, both, programme=with_passports())
    feed(tmp_path, by_passport, programme=with_passports())
    assert Subject.objects.count() == 1
    assert set(Identifier.objects.values_list("scheme", flat=True)) == {"cn-resident-id", "passport"}


def test_a_line_with_identifiers_of_two_subjects_waits(tmp_path: Path) -> None:
    other = line("2", 2)
    other["subject"]["identifiers"] = [passport("CHN-E1234567")]
    feed(tmp_path, line("1", 1), other, programme=with_passports())
    before = feeds.rows_by_table()
    mixed = line("3", 1, email="somebody@mail.example")
    mixed["subject"]["identifiers"] = [identifier(1), passport("CHN-E1234567")]
    tally = feed(tmp_path, mixed, programme=with_passports())
    assert (tally.doubtful, tally.created, codes(tally)) == (1, 0, [])
    left = feeds.added(before).keys()
    assert "records_doubtfulline" in left
    about_somebody = ("accounts_subject", "accounts_identifier", "accounts_contact", "delivery_", "records_record")
    assert not [table for table in left if table.startswith(about_somebody)]


def test_lines_that_give_one_person_two_numbers_of_a_kind_wait(tmp_path: Path) -> None:
    first = line("1", 1)
    first["subject"]["identifiers"].append(passport("CHN-E1234567"))
    second = line("2", 2)
    second["subject"]["identifiers"].append(passport("CHN-E1234567"))
    tally = feed(tmp_path, first, second, programme=with_passports())
    assert (tally.doubtful, tally.created, codes(tally)) == (2, 0, [])


def test_one_reference_with_two_subjects_is_refused(tmp_path: Path) -> None:
    refused = "source_ref", "duplicate_ref_other_subject"
    assert codes(feed(tmp_path, line("1", 1), line("1", 2))) == [(2, *refused)]
    assert codes(feed(tmp_path, line("1", 2))) == [(1, *refused)]
    assert Subject.objects.count() == 1


def test_one_reference_with_two_types_is_refused(tmp_path: Path) -> None:
    feed(tmp_path, line("1"))
    other = line("1")
    other["type"] = "enforcement_case"
    other["values"] = {name: other["values"][name] for name in ("case_number", "court", "filed_on")}
    assert codes(feed(tmp_path, other)) == [(1, "source_ref", "duplicate_ref_other_type")]


def test_two_sources_may_use_one_reference(tmp_path: Path) -> None:
    tally = feed(tmp_path, line("1", source="sample-court"), line("1", source="other-court"))
    assert (tally.created, tally.refused) == (2, 0)
    assert Organisation.objects.filter(code__in=tally.new_sources).count() == 2


def test_nobody_is_held_again_who_was_erased(tmp_path: Path) -> None:
    feed(tmp_path, line("1"))
    SubjectKey.objects.filter(pk=Subject.objects.get().pk).update(wrapped_key=None, destroyed_at=AT)
    assert codes(feed(tmp_path, line("2"))) == [(1, "subject", "subject_erased")]


def in_use() -> str:
    contact = Contact.objects.get(ended_at=None)
    reached = address_of(contact.subject_id)
    return reached.email if reached else ""


def test_an_address_is_added_where_there_is_none_and_replaces_one_that_nobody_confirmed(tmp_path: Path) -> None:
    feed(tmp_path, line("1"))
    feed(tmp_path, line("1", email="Old@mail.example"))
    assert in_use() == "old@mail.example"
    feed(tmp_path, line("1", email="new@mail.example"))
    assert in_use() == "new@mail.example"
    assert Contact.objects.filter(ended_at=AT).count() == 1
    assert Entry.objects.filter(event_type="contact.added").count() == 2


@pytest.mark.parametrize("change", [{"confirmed_at": AT}, {"origin": Contact.Origin.PERSON}])
def test_an_address_of_the_persons_own_is_never_replaced(tmp_path: Path, change: dict[str, Any]) -> None:
    feed(tmp_path, line("1", email="mine@mail.example"))
    Contact.objects.update(**change)
    feed(tmp_path, line("2", email="theirs@mail.example"))
    assert in_use() == "mine@mail.example"
    assert Contact.objects.count() == 1


def test_two_lines_that_disagree_about_an_address_do_not_take_turns(tmp_path: Path) -> None:
    lines = [line("1", email="one@mail.example"), line("2", email="two@mail.example")]
    feed(tmp_path, *lines)
    before = feeds.rows_by_table()
    feed(tmp_path, *lines)
    assert in_use() == "two@mail.example"
    assert "accounts_contact" not in feeds.added(before)


def test_two_people_may_share_an_address(tmp_path: Path) -> None:
    feed(tmp_path, line("1", 1, email="both@mail.example"), line("2", 2, email="both@mail.example"))
    assert Contact.objects.filter(lookup=addresses.lookup("both@mail.example"), ended_at=None).count() == 2


def test_one_file_mails_a_person_once(tmp_path: Path) -> None:
    feed(tmp_path, *(line(str(n), email="w@mail.example", measures=[NO_PLANE]) for n in (1, 2)), line("3", 3))
    assert sorted(each.not_possible or each.mail_state for each in Message.objects.all()) == [
        "no_contact",
        "none",
        "none",
        "none",
        "waiting",
    ]


def test_what_nobody_could_be_told_is_counted(tmp_path: Path) -> None:
    tally = feed(tmp_path, line("1", 1, measures=[NO_PLANE]), line("2", 2, email="w@mail.example"))
    assert (tally.notices, tally.untold) == (3, 2)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_notices_can_be_read_in_both_languages(tmp_path: Path, language: str) -> None:
    feed(tmp_path, line(amount="1.00"))
    feed(tmp_path, line(amount="2.00", measures=[NO_PLANE]))
    titles = [rendering.rendered(message, language).body for message in Message.objects.order_by("pk")]
    assert len(titles) == 3
    assert all(("失信" in title or "乘坐" in title or "飞机" in title) == (language == "zh-hans") for title in titles)
