"""What follows when a deadline was missed: one handler for each word of law/consequences.yaml.

None of them is adverse to the person. What is a right or a sanction that others hold is told, and shown on
the case page; there is nothing to carry out.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from accounts.actors import SERVICE
from appeals import queries
from appeals.models import Case, Clock
from delivery import operations as delivery
from records import operations as records

Handler = Callable[[Case, Clock, datetime], None]


def carry_out(effect: str, case: Case, clock: Clock, *, at: datetime) -> None:
    """Do what follows, in the transaction that stores that the deadline was missed."""
    HANDLERS[effect](case, clock, at)


def _tell_person(case: Case, clock: Clock, at: datetime) -> None:
    delivery.tell_subject(
        case.subject_id,
        "accept_missed" if clock.name == "accept" else "deadline_missed",
        at=at,
        mail=True,
        case_id=case.pk,
        params={"reference": case.reference, "on": clock.due_latest.isoformat()},
    )


def _tell_supervisor(case: Case, clock: Clock, at: datetime) -> None:
    params = {"reference": case.reference, "clock": clock.name, "on": clock.due_latest.isoformat()}
    delivery.tell_organisation(case.holder_id, "holder_told_missed", at=at, case_id=case.pk, params=params)


def _stop_meanwhile(case: Case, _clock: Clock, at: datetime) -> None:
    """The law takes it out for lateness. A human still has to say so for each item; until then nothing rests on it."""
    records.suspend(queries.disputed_measures(case), case_id=case.pk, by=SERVICE, at=at)


def _shown(_case: Case, _clock: Clock, _at: datetime) -> None:
    """A right that the person has now, or a matter for others: the case page and the message say it."""


HANDLERS: Mapping[str, Handler] = {
    "tell_person": _tell_person,
    "tell_supervisor": _tell_supervisor,
    "next_tier_opens": _shown,
    "deemed_admitted": _shown,  # `clocks` writes into the ledgers that it counts as accepted
    "pay_per_day": _tell_supervisor,
    "compensation": _shown,
    "delete": _stop_meanwhile,
    "lift": _stop_meanwhile,
    "report": _tell_supervisor,
    "fine": _shown,
}
