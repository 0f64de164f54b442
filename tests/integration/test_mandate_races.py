"""Mandates, papers and codes with two people at once: what ends ends at once, what is entered is entered once."""

from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.actors import Actor
from accounts.models import ActivationLetter, Basis, Mandate, Reach
from accounts.operations import mandates
from accounts.operations import paper as people
from accounts.operations.mandates import LastAdministrator, MandateEnded, NoSuchOffer
from accounts.operations.sign_in import CodeSpent, Fact, NotSignedIn
from accounts.queries import particulars_of
from appeals import operations
from appeals.errors import AlreadyDisputed
from appeals.models import AnswerBy, Case, Standing
from delivery.models import Letter
from records.models import Measure, MeasureState
from tests import factories
from tests.factories import AT, item, record_for
from tests.integration.test_mandates import acting_for, administrator_of, company, terms
from tests.integration.test_races import at_once, split

pytestmark = pytest.mark.django_db(transaction=True)


def file(actor: Actor, record: Any) -> Case:
    return operations.file(procedure_id="redress-model", items=[item(record)], language="en", by=actor, at=AT)


def test_a_mandate_is_ended_while_its_holder_files(person: Actor, other_person: Actor) -> None:
    record = record_for(person)
    actor = acting_for(person, other_person)
    assert actor.acts
    mandate_id = actor.acts.mandate_id
    filed, ended = at_once(
        lambda: file(actor, record),
        lambda: mandates.revoke(mandate_id, by=person, at=AT),
    )
    assert ended is None
    assert Mandate.objects.get().revoked_at
    stopped = Measure.objects.filter(subject=person.subject_id, state=MeasureState.SUSPENDED)
    if isinstance(filed, Case):  # it was filed first, with all that belongs to it
        assert stopped.exists()
    else:  # or not at all
        assert isinstance(filed, MandateEnded)
        assert not Case.objects.exists() and not stopped.exists()


def test_whoever_ends_a_mandate_waits_for_what_is_being_written_by_it(person: Actor, other_person: Actor) -> None:
    record = record_for(person)
    actor = acting_for(person, other_person)
    assert actor.acts
    mandate_id = actor.acts.mandate_id

    def end() -> None:
        try:
            mandates.revoke(mandate_id, by=person, at=AT)
        finally:
            connection.close()

    ending = Thread(target=end)
    with transaction.atomic():
        assert file(actor, record)
        ending.start()
        ending.join(timeout=1)
        assert ending.is_alive()
    ending.join(timeout=60)
    assert Mandate.objects.get().revoked_at == AT


def test_two_people_accept_one_code(person: Actor, other_person: Actor) -> None:
    third = factories.person()
    _mandate, code = mandates.give(terms(), by=person, at=AT)
    won, lost = split(at_once(*(lambda by=by: mandates.accept(code, by=by, at=AT) for by in (other_person, third))))
    assert len(won) == 1
    assert [type(error) for error in lost] == [NoSuchOffer]
    assert Mandate.objects.get().holder_id == won[0].holder_id


def test_two_administrators_end_each_other_and_one_stays(person: Actor, other_person: Actor) -> None:
    first = administrator_of(company(), person)
    second = acting_for(first, other_person, basis=Basis.COMPANY_ADMINISTRATOR, reach=Reach.ALL)
    assert first.acts and second.acts
    ids = first.acts.mandate_id, second.acts.mandate_id
    _won, lost = split(
        at_once(
            lambda: mandates.revoke(ids[1], by=first, at=AT),
            lambda: mandates.revoke(ids[0], by=second, at=AT),
        )
    )
    assert len(lost) == 1
    assert isinstance(lost[0], LastAdministrator | MandateEnded)
    assert Mandate.objects.in_force(AT).count() == 1


def test_two_officials_enter_the_same_paper(caseworker: Actor, other_caseworker: Actor) -> None:
    subject = factories.subject(email="")
    record = record_for(subject)

    def enter(by: Actor) -> Case:
        return operations.enter_dispute(
            subject.pk,
            procedure_id="redress-model",
            items=[item(record)],
            received_on=AT.date(),
            standing=Standing.SELF,
            answer_by=AnswerBy.LETTER,
            address="Example Street 5",
            language="en",
            by=by,
            at=AT,
        )

    won, lost = split(at_once(*(lambda by=by: enter(by) for by in (caseworker, other_caseworker))))
    assert len(won) == 1
    assert [type(error) for error in lost] == [AlreadyDisputed]
    assert Case.objects.count() == 1
    assert Letter.objects.filter(message__kind="case_filed").count() == 1


def test_a_letter_lets_in_once_whoever_is_quicker(caseworker: Actor) -> None:
    subject = factories.subject(email="")
    _row, code = people.make_activation_letter(subject.pk, by=caseworker, at=AT)
    fact = Fact(birth_date=particulars_of(subject.pk).birth_date)

    def enter() -> Any:
        return people.activate_by_letter(code, fact=fact, network="here", at=AT)

    won, lost = split(at_once(enter, enter))
    assert len(won) == 1
    assert isinstance(lost[0], CodeSpent | NotSignedIn)
    assert ActivationLetter.objects.get().used_at == AT
