"""Whether a case may be turned away: the rules that are open, the earlier cases, and what was said when it was."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts import files
from accounts.actors import Actor
from appeals import access
from appeals.access import NotAllowed
from appeals.models import Case, Item, ItemOutcome, Screening
from appeals.queries import uncured
from appeals.queries.cases import procedure_of
from appeals.sealed import unseal
from appeals.workflow import ANSWERED, UNANSWERED
from law.rules import Screening as Rule
from law.rules import Tier
from records import presentation

REPEAT = "repeat"  # the one rule that needs an earlier case
# Clocks that begin with the answer itself set no day before it.
_WITH_THE_ANSWER = frozenset({"decided", "completed", "sent"})


@dataclass(frozen=True)
class EarlierItem:
    """A thing that an earlier case was about too. `number`: that of the item of the later case."""

    number: int
    row: Item
    same_thing: bool
    same_ground: bool
    same_version: bool
    outcome: str


@dataclass(frozen=True)
class EarlierCase:
    """An earlier case of the same person about the same entries, with the facts by which one judges a repeat."""

    case: Case
    items: Sequence[EarlierItem]

    @property
    def is_answered(self) -> bool:
        return self.case.status in ANSWERED


@dataclass(frozen=True)
class OpenRule:
    """A rule by which a case may be turned away, and why not now, if that is so."""

    rule: Rule
    why_not: NotAllowed | None
    last_day: date | None


@dataclass(frozen=True)
class OpenScreening:
    """One time that a case was turned away, or was to be, with the words of all sides."""

    row: Screening
    rule: Rule | None
    reasons: str
    note: str
    news: str


def earlier_cases(case: Case) -> list[EarlierCase]:
    """The cases that the same person filed before about the same entries, newest first."""
    now = {row.record_id: row for row in case.items.order_by("-number")}
    rows = (
        Item.objects.filter(record_id__in=now, subject_id__in=files.members(case.subject_id), case_id__lt=case.pk)
        .select_related("case", "record", "measure", "version")
        .order_by("-case_id", "number")
    )
    return _grouped(rows, list(case.items.order_by("number")))


def earlier_about(actor: Actor, record_ids: Iterable[UUID]) -> list[Case]:
    """The person's cases about any of these entries that nobody works on any more, newest first."""
    ids = Item.objects.filter(record_id__in=list(record_ids), subject_id__in=actor.own_subjects).values("case_id")
    seen = access.visible_to(actor).filter(pk__in=ids).exclude(status__in=UNANSWERED)
    return list(seen.order_by("-pk"))


def open_rules(case: Case, *, at: datetime) -> list[OpenRule]:
    """The rules of the procedure by which this case may be turned away; those that are not open now say why."""
    found = access.screening_rules(case)
    earlier = earlier_cases(case) if any(rule.id == REPEAT for rule in found) else []
    return [_open_rule(case, rule, earlier, at) for rule in found]


def check_rule(case: Case, rule_id: str, *, at: datetime) -> Rule:
    """The rule by which this case may be turned away now. Raises `NotAllowed` with the reason why not."""
    found = next((each for each in open_rules(case, at=at) if each.rule.id == rule_id), None)
    if found is None:
        raise NotAllowed("no_such_rule", _("This procedure has no such rule. Choose one of those that it has."))
    if found.why_not is not None:
        raise found.why_not
    return found.rule


def screening_that_stands(case: Case) -> OpenScreening | None:
    """What turns the case away now, or is proposed to; None if nothing does."""
    row = case.screenings.filter(ended_at__isnull=True).first()
    return _opened(case, row) if row else None


def screenings_over(case: Case) -> list[OpenScreening]:
    """What turned the case away before, or was to, and does not stand any more; oldest first."""
    return [_opened(case, row) for row in case.screenings.filter(ended_at__isnull=False).order_by("proposed_at", "id")]


def was_screened_out(case: Case) -> bool:
    """Whether the case stands turned away: the person has been told, or is about to be."""
    return case.screenings.filter(ended_at__isnull=True, decided_at__isnull=False).exists()


def next_tier_of(case: Case, rule: Rule) -> Tier | None:
    """Where the person goes who does not agree that it is turned away."""
    return next((tier for tier in procedure_of(case).tiers if tier.id == rule.next_tier), None)


def has_news_since(case: Case, screening: Screening) -> bool:
    """Whether the person handed in a file after the case was turned away."""
    return case.evidence.filter(added_at__gte=screening.decided_at or screening.proposed_at).exists()


def rule_of(case: Case, rule_id: str) -> Rule | None:
    """A screening rule of the case's procedure, as it was read."""
    return procedure_of(case).screening_for(rule_id)


def rule_text(rule: Rule) -> str:
    """What the rule says, in the reader's language."""
    return rule.text.in_language(presentation.reader())


def _open_rule(case: Case, rule: Rule, earlier: Collection[EarlierCase], at: datetime) -> OpenRule:
    if rule.id == uncured.RULE:
        return OpenRule(rule, uncured.why_not_uncured(case, rule, at=at), None)
    last = _last_day(case, rule)
    today = procedure_of(case).local_date(at)
    if last is not None and last < today:
        sentence = _("The time in which it could be turned away by this rule ended on %(day)s.")
        return OpenRule(rule, NotAllowed("too_late", sentence % {"day": presentation.day(last)}), last)
    if rule.id == REPEAT and (missing := _not_answered_before(case, earlier)):
        numbers = presentation.listed(str(number) for number in missing)
        sentence = _("It is no repeat: no earlier case gave an answer about item %(number)s.")
        return OpenRule(rule, NotAllowed("no_repeat", sentence % {"number": numbers}), last)
    return OpenRule(rule, None, last)


def _last_day(case: Case, rule: Rule) -> date | None:
    """The last lawful day on which the person may be told by this rule, if one runs before the answer is given."""
    law = procedure_of(case)
    clock = law.clock(rule.told_by) if rule.told_by else None
    if clock is None or set(clock.starts) & _WITH_THE_ANSWER:
        return None
    return case.clocks.filter(name=rule.told_by).values_list("due_latest", flat=True).first()


def _not_answered_before(case: Case, earlier: Collection[EarlierCase]) -> list[int]:
    """The items of the case about which no earlier one gave an answer."""
    answered = {item.number for each in earlier if each.is_answered for item in each.items if item.same_thing}
    numbers = case.items.order_by("number").values_list("number", flat=True)
    return [number for number in numbers if number not in answered]


def _grouped(rows: Iterable[Item], now: Sequence[Item]) -> list[EarlierCase]:
    """The items of earlier cases beside those of this one, case by case."""
    found: dict[UUID, tuple[Case, list[EarlierItem]]] = {}
    all_rows = list(rows)
    outcomes = dict(
        ItemOutcome.objects.filter(item__in=[row.pk for row in all_rows], case__decided_at__isnull=False).values_list(
            "item_id", "outcome"
        )
    )
    for row in all_rows:
        for mine in (each for each in now if each.record_id == row.record_id):
            same = (row.field, row.measure_id) == (mine.field, mine.measure_id)
            found.setdefault(row.case_id, (row.case, []))[1].append(
                EarlierItem(
                    number=mine.number,
                    row=row,
                    same_thing=same,
                    same_ground=row.ground == mine.ground,
                    same_version=row.version_id == mine.version_id,
                    outcome=outcomes.get(row.pk, ""),
                )
            )
    return [EarlierCase(case, items) for case, items in found.values()]


def _opened(case: Case, row: Screening) -> OpenScreening:
    said, note, news = (unseal(row.subject_id, each) for each in (row.sealed, row.sealed_note, row.sealed_news))
    return OpenScreening(
        row, rule_of(case, row.rule), said.get("reasons", ""), note.get("note", ""), news.get("words", "")
    )
