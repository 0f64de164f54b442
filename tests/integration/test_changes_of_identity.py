"""Two files of one person are joined, entries of somebody else taken out; both reviewed, both undone."""

import json
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import models, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import files
from accounts.actors import SERVICE, Actor
from accounts.models import Contact, Identifier, Role, Subject, SubjectKind, User
from accounts.operations import Fact, NotSignedIn, ask_for_code, enter_code
from accounts.queries import actor_of, address_of, particulars_of
from appeals import operations as appeals
from appeals.workflow import Status
from audit import keys
from audit.models import Entry
from delivery.models import Message
from records import access, catalogue, integrity, own_file, queries
from records.access import EnteredIt, ReasonMissing
from records.importing import batch, import_one, known
from records.models import ChangeState, IdentityChange, IdentityMove, Measure, Record, Statement, Version
from records.operations import identity, moving, statements
from tests import factories, samples
from tests.factories import AT, case_at, record_for
from tests.integration.test_races import at_once

LATER = AT + timedelta(hours=1)
WHY = "Both came from one register, under an old and a new number."
pytestmark = pytest.mark.django_db


def record(of: Subject | Actor, **values: Any) -> Record:
    return record_for(of, values=values)


def merge(first: Subject, second: Subject, caseworker: Actor, supervisor: Actor) -> IdentityChange:
    proposed = identity.propose_merge(first.pk, second.pk, reason=WHY, by=caseworker, at=LATER)
    return identity.approve(proposed.pk, reason="I saw both cards.", by=supervisor, at=LATER)


def propose_split(of: Subject, *records: Record, by: Actor, numbers: tuple[int, ...] = (), **more: Any) -> Any:
    said = {"name": "Li Na", "birth_date": date(1990, 1, 1), "reason": WHY, **more}
    return identity.propose_split(
        of.pk, record_ids=[one.pk for one in records], identifier_ids=numbers, by=by, at=LATER, **said
    )


def split(of: Subject, *records: Record, by: Actor, approved_by: Actor, **more: Any) -> IdentityChange:
    proposed = propose_split(of, *records, by=by, **more)
    return identity.approve(proposed.pk, reason="The card shows another face.", by=approved_by, at=LATER)


@pytest.fixture
def two(db: None) -> tuple[Subject, Subject]:
    """One person, known as two."""
    pair = factories.subject(name="Wang Xiaoyu"), factories.subject(name="Wang Xiao Yu")
    for each in pair:
        record(each)
    return pair


@pytest.fixture
def other_supervisor(holder: Any) -> Actor:
    return factories.staff(Role.SUPERVISOR, holder)


def snapshot() -> dict[str, Any]:
    """Everything that stands, values opened, but the log, the notices and the changes themselves."""
    left_out = ("audit_", "delivery_", "records_identity", "accounts_user", "django_")
    said = {}
    for model in apps.get_models():
        table = model._meta.db_table
        if table.startswith(left_out):
            continue
        for row in model._default_manager.all():
            said[f"{table} {row.pk}"] = {field.attname: _plain(row, field) for field in model._meta.concrete_fields}
    return said


def _plain(row: models.Model, field: Any) -> Any:
    value = getattr(row, field.attname)
    owner = getattr(row, "subject_id", None)
    if isinstance(field, models.BinaryField) and field.attname == "sealed" and value is not None and owner:
        return keys.open_sealed(owner, bytes(value))
    return bytes(value) if isinstance(value, memoryview) else value


def no_problem() -> bool:
    return not [name for name, check in integrity.CHECKS.items() if list(check(LATER))]


def test_joined_files_are_seen_as_one_from_either_side(
    two: tuple[Subject, Subject], caseworker: Actor, supervisor: Actor
) -> None:
    first, second = two
    actors = [factories.person(each) for each in two]
    merge(first, second, caseworker, supervisor)
    for actor in actors:
        now = actor_of(User.objects.get(pk=actor.own_user))
        assert now.own_subject == first.pk
        assert now.own_subjects == {first.pk, second.pk}
        held = queries.held(now)
        assert {one.record.subject_id for one in held} == {first.pk, second.pk}
        assert all(one.said.values["court"] == "Sample District Court" for one in held)
    assert no_problem()


def test_a_merge_moves_nothing_but_says_whose_file_it_is(
    two: tuple[Subject, Subject], caseworker: Actor, supervisor: Actor
) -> None:
    before = snapshot()
    change = merge(*two, caseworker, supervisor)
    after = snapshot()
    changed = [key for key in after if after[key] != before.get(key)]
    assert changed == [f"accounts_subject {two[1].pk}"]
    assert change.moves.get().row == str(two[1].pk)


def test_both_are_told_and_neither_learns_of_the_other(
    two: tuple[Subject, Subject], caseworker: Actor, supervisor: Actor
) -> None:
    merge(*two, caseworker, supervisor)
    told = Message.objects.filter(kind="files_joined")
    assert {each.subject_id for each in told} == {each.pk for each in two}
    for each in told:
        assert set(each.params) == {"holder"}
        assert each.mail_state == "waiting"
    assert {e.event_type for e in Entry.objects.filter(record_id=IdentityChange.objects.get().pk)} == {
        "identity.proposed",
        "identity.approved",
        "identity.joined",
    }


def test_merges_that_follow_each_other_stay_flat_and_are_undone_in_turn(
    two: tuple[Subject, Subject], caseworker: Actor, supervisor: Actor, other_supervisor: Actor
) -> None:
    first, second = two
    third = factories.subject()
    record(third)
    before = snapshot()
    one = merge(second, first, caseworker, supervisor)
    between = snapshot()
    two_ = merge(third, second, caseworker, supervisor)
    assert files.members(first.pk) == {first.pk, second.pk, third.pk}
    assert set(Subject.objects.exclude(merged_into=None).values_list("merged_into", flat=True)) == {third.pk}
    with pytest.raises(identity.NotAsItWas):
        identity.undo(one.pk, reason=WHY, by=other_supervisor, at=LATER)
    identity.undo(two_.pk, reason=WHY, by=other_supervisor, at=LATER)
    assert snapshot() == between
    identity.undo(one.pk, reason=WHY, by=other_supervisor, at=LATER)
    assert snapshot() == before


def test_a_dispute_of_joined_files_goes_on_and_a_crossing_one_holds_the_undoing(
    two: tuple[Subject, Subject], caseworker: Actor, supervisor: Actor, other_supervisor: Actor
) -> None:
    first, second = two
    actor = factories.person(first)
    case = case_at(Status.FILED, person=factories.person(second))
    change = merge(first, second, caseworker, supervisor)
    now = actor_of(User.objects.get(pk=actor.own_user))
    theirs = second.records.latest("created_at")
    assert case.pk in set(appeals_visible(now))
    crossing = case_at(Status.FILED, person=now, items=[factories.item(theirs, field="court", ground="inaccurate")])
    with pytest.raises(identity.Crossing):
        identity.undo(change.pk, reason=WHY, by=other_supervisor, at=LATER)
    appeals.withdraw(crossing.pk, by=now, at=LATER)
    appeals.conclude_withdrawal(crossing.pk, at=AT + timedelta(days=40))
    identity.undo(change.pk, reason=WHY, by=other_supervisor, at=LATER)


def appeals_visible(actor: Actor) -> list[UUID]:
    from appeals import access as cases

    return list(cases.visible_to(actor).values_list("pk", flat=True))


def sign_in(email: str, born: date) -> User:
    code = ask_for_code(email=email, network="127.0.0.1", at=LATER)
    message = Message.objects.filter(kind="sign_in_code").latest("created_at", "pk")
    assert message.sealed_params
    assert message.subject_id
    digits = json.loads(keys.open_sealed(message.subject_id, bytes(message.sealed_params)))[0]
    return enter_code(code_id=code, digits=digits, fact=Fact(birth_date=born), at=LATER)


BORN = date(1985, 2, 14)


def tuple_of(one: str, other: str) -> tuple[Subject, Subject]:
    """Two of one birth date, at these addresses."""
    return factories.subject(birth_date=BORN, email=one), factories.subject(birth_date=BORN, email=other)


def test_either_confirmed_contact_lets_in_to_the_one_file(caseworker: Actor, supervisor: Actor) -> None:
    pair = tuple_of("one@mail.example", "two@mail.example")
    for each in pair:
        record(each)
    merge(*pair, caseworker, supervisor)
    for email in ("one@mail.example", "two@mail.example"):
        assert actor_of(sign_in(email, BORN)).own_subjects == {each.pk for each in pair}


def test_one_address_of_both_lets_in_once_they_are_one(caseworker: Actor, supervisor: Actor) -> None:
    pair = tuple_of("both@mail.example", "both@mail.example")
    for each in pair:
        record(each)
    with pytest.raises(NotSignedIn):
        sign_in("both@mail.example", BORN)
    merge(*pair, caseworker, supervisor)
    assert sign_in("both@mail.example", BORN).subject == pair[0]


def test_an_address_that_nobody_confirmed_does_not_open_the_joined_file(caseworker: Actor, supervisor: Actor) -> None:
    born = date(1985, 2, 14)
    first = factories.subject(birth_date=born, email="")
    second = factories.subject(birth_date=born, email="feed@mail.example", confirmed=False)
    for each in (first, second):
        record(each)
    merge(first, second, caseworker, supervisor)
    assert address_of(first.pk) is None
    with pytest.raises(NotSignedIn):
        sign_in("feed@mail.example", born)
    Contact.objects.update(confirmed_at=AT)
    assert address_of(first.pk)


def test_a_feed_tells_a_joined_file_at_its_other_address(caseworker: Actor, supervisor: Actor) -> None:
    first, second = factories.subject(email=""), factories.subject(email="second@mail.example")
    for each in (first, second):
        record(each)
    assert set(Message.objects.filter(subject_id=first.pk).values_list("mail_state", flat=True)) == {"none"}
    merge(first, second, caseworker, supervisor)
    later = record_for(first, at=LATER)
    told = Message.objects.filter(record_id=later.pk)
    assert not told.exclude(not_possible="").exists()
    assert told.filter(mail_state="waiting").count() == 1


def test_what_moves_in_a_split_opens_under_the_key_of_whom_it_goes_to(caseworker: Actor, supervisor: Actor) -> None:
    mixed = factories.subject()
    stays, goes = record(mixed), record(mixed, court="Other Court")
    number = mixed.identifiers.get()
    change = split(mixed, goes, by=caseworker, approved_by=supervisor, numbers=(number.pk,))
    other = change.other
    assert other
    goes.refresh_from_db()
    assert (goes.subject, stays.subject) == (other, mixed)
    assert particulars_of(other.pk).name == "Li Na"
    version = queries.latest_version(goes)
    assert (version.subject_id, version.about) == (mixed.pk, other.pk)
    assert queries.latest_content(goes).values["court"] == "Other Court"
    with pytest.raises(keys.NotAuthentic):
        keys.open_sealed(mixed.pk, bytes(version.content.sealed or b""))
    assert Measure.objects.get(record=goes).subject == other
    number.refresh_from_db()
    assert number.subject == other
    assert keys.open_sealed(other.pk, bytes(number.sealed))
    assert no_problem()


def test_after_a_split_each_sees_their_own(caseworker: Actor, supervisor: Actor) -> None:
    mixed = factories.subject()
    stays, goes = record(mixed), record(mixed)
    actor = factories.person(mixed)
    change = split(mixed, goes, by=caseworker, approved_by=supervisor)
    assert change.other
    assert [one.record for one in queries.held(actor)] == [stays]
    somebody = factories.person(change.other)
    assert [one.record for one in queries.held(somebody)] == [goes]
    assert [each.version.subject_id for each in queries.open_histories(caseworker, "t", [goes.pk], at=LATER)[goes.pk]]
    told = Message.objects.filter(kind__in=["entries_left", "entries_came"]).values_list("subject_id", "kind")
    assert dict(told) == {mixed.pk: "entries_left", change.other.pk: "entries_came"}


def test_a_statement_stays_with_whom_it_is_by(caseworker: Actor, supervisor: Actor, other_supervisor: Actor) -> None:
    mixed = factories.subject()
    record(mixed)
    goes, actor = record(mixed), factories.person(mixed)
    statements.attach(goes.pk, words="These are my words", language="en", by=actor, at=AT)
    change = split(mixed, goes, by=caseworker, approved_by=supervisor)
    assert change.other
    somebody = factories.person(change.other)
    (held,) = queries.held(somebody)
    assert held.statement is None
    assert "record.statement_attached" not in {each.event for each in own_file.story(somebody, goes.pk).happenings}
    statements.attach(goes.pk, words="Mine", language="en", by=somebody, at=AT)
    assert statements.take_back(goes.pk, by=somebody, at=AT)
    identity.undo(change.pk, reason=WHY, by=other_supervisor, at=LATER)
    said = queries.held_record(actor, goes.pk).statement
    assert said
    assert said.words == "These are my words"


def test_the_next_line_about_a_moved_record_goes_to_whom_it_is_about(caseworker: Actor, supervisor: Actor) -> None:
    mixed = factories.subject()
    goes, number = record(mixed), mixed.identifiers.get()
    record(mixed)
    born = particulars_of(mixed.pk).birth_date  # as the number says
    change = split(mixed, goes, by=caseworker, approved_by=supervisor, numbers=(number.pk,), birth_date=born)
    number.refresh_from_db()
    value = keys.open_sealed(number.subject_id, bytes(number.sealed)).decode()
    about = {"kind": "person", "name": "Li Na", "identifiers": [{"scheme": number.scheme, "value": value}]}
    source = {"source": "sample-court", "ref": goes.source_ref}
    line = samples.line(goes.programme, goes.type, (), {"amount": "7.00"}, about=about, **source)
    programme = catalogue.programme(goes.programme)
    import_one(programme, line, source="sample-court", by=SERVICE, at=LATER)
    newest = Version.objects.get(record=goes, number=2)
    assert newest.subject_id == change.other_id == newest.about
    assert no_problem()


@pytest.mark.django_db(transaction=True)
def test_an_import_that_meets_a_split_decides_again(
    caseworker: Actor, supervisor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixed = factories.subject(name="Wang Xiaoyu")
    goes, number = record(mixed), mixed.identifiers.get()
    record(mixed)
    value = keys.open_sealed(mixed.pk, bytes(number.sealed)).decode()
    namesake = {"name": "Wang Xiaoyu", "birth_date": particulars_of(mixed.pk).birth_date}
    proposed = propose_split(mixed, goes, by=caseworker, numbers=(number.pk,), **namesake)
    look_up = known.look_up

    def and_then_it_is_split(*args: Any, **options: Any) -> Any:
        found = look_up(*args, **options)
        monkeypatch.setattr(batch, "look_up", look_up)
        (done,) = at_once(lambda: identity.approve(proposed.pk, reason=WHY, by=supervisor, at=LATER))
        assert isinstance(done, IdentityChange), done
        return found

    monkeypatch.setattr(batch, "look_up", and_then_it_is_split)
    about = {"kind": "person", "name": "Wang Xiaoyu", "identifiers": [{"scheme": number.scheme, "value": value}]}
    source = {"source": "sample-court", "ref": goes.source_ref}
    line = samples.line(goes.programme, goes.type, (), {"amount": "7.00"}, about=about, **source)
    import_one(catalogue.programme(goes.programme), line, source="sample-court", by=SERVICE, at=LATER)
    newest = Version.objects.select_related("content").get(record=goes, number=2)
    goes.refresh_from_db()
    assert goes.subject_id != mixed.pk
    assert newest.subject_id == newest.about == goes.subject_id
    assert no_problem()


def test_a_disputed_entry_stays(caseworker: Actor, supervisor: Actor) -> None:
    mixed = factories.subject()
    disputed, free = record(mixed), record(mixed)
    case_at(Status.FILED, person=factories.person(mixed), items=[factories.item(disputed)])
    with pytest.raises(identity.Disputed):
        propose_split(mixed, disputed, by=caseworker)
    assert [one.pk for one in identity.movable(caseworker, mixed.pk)] == [free.pk]


def test_an_entry_that_was_disputed_after_the_proposal_stays(caseworker: Actor, supervisor: Actor) -> None:
    mixed = factories.subject()
    goes = record(mixed)
    record(mixed)
    proposed = propose_split(mixed, goes, by=caseworker)
    case_at(Status.FILED, person=factories.person(mixed), items=[factories.item(goes)])
    with pytest.raises(identity.Disputed):
        identity.approve(proposed.pk, reason=WHY, by=supervisor, at=LATER)
    goes.refresh_from_db()
    assert goes.subject == mixed


DOING = st.lists(st.sampled_from(["merge", "split one", "split two", "undo"]), min_size=1, max_size=6)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DOING)
def test_whatever_is_done_undoing_it_in_turn_gives_the_same_state(
    caseworker: Actor, supervisor: Actor, other_supervisor: Actor, doing: list[str]
) -> None:
    walk(doing, caseworker, supervisor, other_supervisor)


@pytest.mark.soak
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DOING)
def test_long_walks_of_doing_and_undoing_give_the_same_state(
    caseworker: Actor, supervisor: Actor, other_supervisor: Actor, doing: list[str]
) -> None:
    walk(doing, caseworker, supervisor, other_supervisor)


def walk(doing: list[str], caseworker: Actor, supervisor: Actor, other_supervisor: Actor) -> None:
    with transaction.atomic():
        first, second = factories.subject(), factories.subject()
        mine = [record(first, amount=f"{n}.00") for n in range(3)]
        record(second)
        number = first.identifiers.get().pk
        stack: list[tuple[IdentityChange, dict[str, Any]]] = []
        for what in doing:
            before = snapshot()
            if what == "undo":
                if stack:
                    undo_last(stack, other_supervisor)
            elif what == "merge":
                if len(files.members(first.pk)) == 1:
                    stack.append((merge(first, second, caseworker, supervisor), before))
            else:
                left = [one for one in mine if Record.objects.get(pk=one.pk).subject_id == first.pk]
                chosen = left[: 1 if what == "split one" else 2]
                own = Identifier.objects.filter(pk=number, subject=first).exists() and what == "split two"
                if len(left) > len(chosen) > 0:
                    numbers = (number,) if own else ()
                    change = split(first, *chosen, by=caseworker, approved_by=supervisor, numbers=numbers)
                    stack.append((change, before))
        while stack:
            undo_last(stack, other_supervisor)
        assert no_problem()
        transaction.set_rollback(True)


def undo_last(stack: list[tuple[IdentityChange, dict[str, Any]]], by: Actor) -> None:
    change, before = stack.pop()
    identity.undo(change.pk, reason=WHY, by=by, at=LATER)
    after = snapshot()
    if change.kind == "split":  # the new subject stays, empty, and so does its key
        made = f"accounts_subject {change.other_id}"
        assert not Record.objects.filter(subject=change.other_id).exists()
        assert not Identifier.objects.filter(subject=change.other_id).exists()
        after.pop(made)
        before.pop(made, None)
    assert without_new_subjects(after) == without_new_subjects(before)


def without_new_subjects(said: dict[str, Any]) -> dict[str, Any]:
    return {key: row for key, row in said.items() if not key.startswith("accounts_subject ") or row["merged_into_id"]}


def test_one_proposes_and_another_approves(
    two: tuple[Subject, Subject], supervisor: Actor, caseworker: Actor, other_caseworker: Actor
) -> None:
    first, second = (each.pk for each in two)
    proposed = identity.propose_merge(first, second, reason=WHY, by=supervisor, at=LATER)
    with pytest.raises(identity.NotYourChange):
        identity.approve(proposed.pk, reason=WHY, by=supervisor, at=LATER)
    for by in (caseworker, other_caseworker):
        with pytest.raises(identity.NoSupervisor):
            identity.approve(proposed.pk, reason=WHY, by=by, at=LATER)
    assert Subject.objects.filter(merged_into=None).count() == 2


def test_who_entered_the_data_or_works_for_its_source_does_not_approve(
    holder: Any, caseworker: Actor, supervisor: Actor
) -> None:
    pair = factories.subject(), factories.subject()
    record_for(pair[0], entered_by=supervisor.user_id)
    record_for(pair[1])
    proposed = identity.propose_merge(pair[0].pk, pair[1].pk, reason=WHY, by=caseworker, at=LATER)
    with pytest.raises(EnteredIt):
        identity.approve(proposed.pk, reason=WHY, by=supervisor, at=LATER)
    of_source = factories.staff(Role.SUPERVISOR, holder)
    seat = factories.seat(User.objects.get(pk=of_source.own_user), Role.CASEWORKER, factories.organisation())
    both = Actor(of_source.kind, user_id=of_source.user_id, seats=(*of_source.seats, seat))
    with pytest.raises(access.SourceStaff):
        identity.approve(proposed.pk, reason=WHY, by=both, at=LATER)


def test_who_approved_does_not_undo(two: tuple[Subject, Subject], caseworker: Actor, supervisor: Actor) -> None:
    change = merge(*two, caseworker, supervisor)
    with pytest.raises(identity.NotYourChange):
        identity.undo(change.pk, reason=WHY, by=supervisor, at=LATER)


@pytest.mark.parametrize("reason", ["", " \u3164 "])
def test_everything_says_why(two: tuple[Subject, Subject], caseworker: Actor, supervisor: Actor, reason: str) -> None:
    first, second = (each.pk for each in two)
    with pytest.raises(ReasonMissing):
        identity.propose_merge(first, second, reason=reason, by=caseworker, at=LATER)
    proposed = identity.propose_merge(first, second, reason=WHY, by=caseworker, at=LATER)
    for act in (identity.approve, identity.refuse):
        with pytest.raises(ReasonMissing):
            act(proposed.pk, reason=reason, by=supervisor, at=LATER)


def test_a_refusal_leaves_everything_as_it_is(
    two: tuple[Subject, Subject], caseworker: Actor, supervisor: Actor
) -> None:
    before = snapshot()
    proposed = identity.propose_merge(two[0].pk, two[1].pk, reason=WHY, by=caseworker, at=LATER)
    with pytest.raises(identity.AlreadyProposed):
        identity.propose_merge(two[1].pk, two[0].pk, reason=WHY, by=caseworker, at=LATER)
    refused = identity.refuse(proposed.pk, reason="They are brothers.", by=supervisor, at=LATER)
    assert (refused.state, snapshot()) == (ChangeState.REFUSED, before)
    assert identity.said(refused) == {"reason": WHY, "refusal": "They are brothers."}
    assert not Message.objects.filter(kind="files_joined").exists()
    with pytest.raises(identity.WrongState):
        identity.approve(proposed.pk, reason=WHY, by=supervisor, at=LATER)


def test_nobody_joins_a_person_with_a_company_or_somebody_with_themselves(
    two: tuple[Subject, Subject], caseworker: Actor
) -> None:
    company = factories.subject(kind=SubjectKind.ORGANISATION)
    record(company)
    with pytest.raises(identity.OtherKind):
        identity.propose_merge(two[0].pk, company.pk, reason=WHY, by=caseworker, at=LATER)
    with pytest.raises(identity.OneFile):
        identity.propose_merge(two[0].pk, two[0].pk, reason=WHY, by=caseworker, at=LATER)


def test_nobody_of_another_holder_knows_of_it(
    two: tuple[Subject, Subject], caseworker: Actor, person: Actor, source_officer: Actor, auditor: Actor
) -> None:
    proposed = identity.propose_merge(two[0].pk, two[1].pk, reason=WHY, by=caseworker, at=LATER)
    strangers = [person, source_officer, auditor, factories.staff(Role.SUPERVISOR, "us-credit-agency")]
    for actor in strangers:
        with pytest.raises(IdentityChange.DoesNotExist):
            identity.approve(proposed.pk, reason=WHY, by=actor, at=LATER)
        with pytest.raises(Record.DoesNotExist):
            identity.propose_merge(two[0].pk, two[1].pk, reason=WHY, by=actor, at=LATER)


def test_every_table_of_records_follows_or_says_why_not() -> None:
    """A table that names a record and its subject and does not follow would leave a stranger's row in a file."""
    both = {
        model
        for model in apps.get_app_config("records").get_models()
        if {"record", "subject"} <= {field.name for field in model._meta.concrete_fields}
    }
    # A version never changes, and a statement is the words of whom it is by.
    assert both == {*moving.FOLLOW, Version, Statement}
    sealed = {
        (model, field.name)
        for model in moving.FOLLOW
        for field in model._meta.concrete_fields
        if isinstance(field, models.BinaryField) and field.name.startswith("sealed")
    }
    assert sealed == set(moving.SEALED.items())


@pytest.mark.django_db(transaction=True)
def test_of_two_who_propose_the_same_at_once_one_is_told(two: tuple[Subject, Subject], caseworker: Actor) -> None:
    first, second = two[0].pk, two[1].pk
    ended = at_once(
        *(
            lambda pair=pair: identity.propose_merge(*pair, reason=WHY, by=caseworker, at=LATER)
            for pair in ((first, second), (second, first), (first, second))
        )
    )
    assert sorted(type(each).__name__ for each in ended) == ["AlreadyProposed", "AlreadyProposed", "IdentityChange"]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_approve_at_once_one_wins(
    two: tuple[Subject, Subject], caseworker: Actor, supervisor: Actor, other_supervisor: Actor
) -> None:
    proposed = identity.propose_merge(two[0].pk, two[1].pk, reason=WHY, by=caseworker, at=LATER)
    ended = at_once(
        *(
            lambda by=by, act=act: act(proposed.pk, reason=WHY, by=by, at=LATER)
            for by, act in ((supervisor, identity.approve), (other_supervisor, identity.refuse))
        )
    )
    assert sorted(type(each).__name__ for each in ended) == ["IdentityChange", "WrongState"]
    assert IdentityMove.objects.count() in (0, 1)


@pytest.mark.django_db(transaction=True)
def test_a_dispute_and_a_split_of_one_entry_at_once_do_not_both_happen(caseworker: Actor, supervisor: Actor) -> None:
    mixed = factories.subject()
    goes = record(mixed)
    record(mixed)
    actor = factories.person(mixed)
    item = factories.item(goes)
    proposed = propose_split(mixed, goes, by=caseworker)
    ended = at_once(
        lambda: identity.approve(proposed.pk, reason=WHY, by=supervisor, at=LATER),
        lambda: appeals.file(procedure_id="redress-model", items=[item], language="en", by=actor, at=LATER),
    )
    assert sum(isinstance(each, Exception) for each in ended) == 1, ended
    assert no_problem()
