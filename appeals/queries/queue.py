"""The queue of an office: which cases wait, and what about them can be asked for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.actors import Actor
from appeals import access
from appeals.models import Case, Clock, Evidence, Item
from appeals.queries.cases import cautious_today
from appeals.workflow import OPEN, OWNERS, UNANSWERED, Owner, Status
from law import procedures
from law.procedures import Procedure
from law.rules import Document
from records import catalogue

OFFICE = (Owner.HOLDER, Owner.CASEWORKER, Owner.APPROVER)  # whose turn it is, seen from the holder's side


@dataclass(frozen=True)
class QueueFilter:
    """What of the queue is wanted; empty values mean all, and `waiting_for` then means anybody in the office.

    `due_within`: in so many days, by the calendar day of each procedure's place; -1 for what is late.
    """

    programme: str = ""
    procedure: str = ""
    language: str = ""
    due_within: int | None = None
    mine: bool = False
    waiting_for: str = ""
    lacks_papers: bool = False


def queue(actor: Actor, wanted: QueueFilter, *, at: datetime) -> QuerySet[Case]:
    """The open cases of this member of staff's holders, the earliest due first.

    What is decided waits for the person and has no due date any more: it is listed only when asked for. What they were
    to complete is back on the office's desk once the time for that is over: people say what follows.
    """
    owners = [wanted.waiting_for] if wanted.waiting_for else OFFICE
    statuses = {status for status in OPEN if OWNERS[status] in owners}
    cases = access.visible_to(actor).select_related("holder")
    if not wanted.waiting_for:
        statuses.add(Status.INCOMPLETE)
        cases = cases.filter(~Q(status=Status.INCOMPLETE) | Q(Exists(_time_to_answer_over(at))))
    cases = cases.filter(status__in=statuses)
    for name in ("programme", "procedure", "language"):
        if value := getattr(wanted, name):
            cases = cases.filter(**{name: value})
    if wanted.due_within is not None:
        cases = cases.filter(_due_within(wanted.due_within, at), status__in=UNANSWERED)
    if wanted.mine:
        cases = cases.filter(caseworker_id=actor.user_id)
    if wanted.lacks_papers:
        cases = cases.filter(_lacks_papers(), status__in=UNANSWERED)
    return cases.order_by("decide_by", "pk")


def lacking_papers(cases: Iterable[Case]) -> frozenset[UUID]:
    """Those of these cases, of which none is answered, that lack a paper which may be insisted on. One query."""
    ids = [case.pk for case in cases if case.status in UNANSWERED]
    return frozenset(Case.objects.filter(_lacks_papers(), pk__in=ids).values_list("pk", flat=True))


def _time_to_answer_over(at: datetime) -> QuerySet[Clock]:
    return Clock.objects.filter(case=OuterRef("pk"), name="cure", due_latest__lt=cautious_today(at))


def _due_within(days: int, at: datetime) -> Q:
    """Due by so many days from today; each procedure has its own today."""
    by_place = [
        Q(procedure=each.id, decide_by__lte=each.local_date(at) + timedelta(days=days))
        for each in procedures.procedures().values()
    ]
    return reduce(or_, by_place)


def _lacks_papers() -> Q:
    """What `documents.required_of` says of one case, for many in one query: that a paper is not there on which its
    procedure may insist, with words in its place or without."""
    laws = [law for id in procedures.procedures() for law in procedures.versions(id)]
    lacking = [each for law in laws for rule in law.documents for each in _lacks(law, rule)]
    return reduce(or_, lacking, Q(pk__in=[]))


def _lacks(law: Procedure, rule: Document) -> Iterator[Q]:
    """That one paper is not there, for the cases under this version that need it."""
    if rule.given_by != "file" or not rule.acts_against_person():
        return
    there = Evidence.objects.filter(case=OuterRef("pk"), document=rule.id)
    of_law = Q(~Exists(there), procedure=law.id, procedure_version=law.version)
    if not rule.needed_for:
        yield of_law
        return
    # `Procedure.classes_of`: its class, and what is asked for where the ground leaves no choice.
    wanted = set(rule.needed_for)
    asking = [each.id for each in law.grounds if len(r := law.requests_of(each.id)) == 1 and wanted.issuperset(r)]
    items = Item.objects.filter(case=OuterRef("pk"))
    yield of_law & Q(Exists(items.filter(ground__in=asking)))
    for programme in catalogue.programmes().values():
        kinds = [name for name, kind in programme.types.items() if kind.severity in wanted]
        if kinds:
            yield of_law & Q(Exists(items.filter(record__type__in=kinds)), programme=programme.id)
