"""The whole law of one remedy, as its file says it. Ask its methods: they respect what was not read."""

from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import Field

from law import grounds, rules
from law.clocks.terms import Span, Term
from law.evidence import Names, Rule
from law.grounds import Ground
from law.rules.course import Explanation
from law.texts import Strict, Text, Words

# Clocks of tiers: what they are called from outside, and in the tier.
_LATE = Text(
    en="It came after the time for it had ended, and the reason for that does not count.",
    zh="提出时已经超过期限，而且迟交的理由不成立。",
)
_OF_TIER = {"review_file_by": "file_by", "review_decide": "decide"}


class Version(Strict):
    """A procedure file that this one replaces."""

    id: Words
    version: Annotated[int, Field(ge=1)]


class Timer(NamedTuple):
    """A clock made ready for counting: the rule, and its term with everything filled in."""

    clock: rules.Clock
    term: Term


class NoSuchClock(LookupError):
    """This procedure has no such clock, or it may not take effect."""


class Procedure(Strict):
    """One version of one procedure."""

    id: Words
    version: Annotated[int, Field(ge=1)]
    title: Text
    summary: Text
    jurisdiction: Words
    sources: Names = ()
    # Where a file keeps what several rules say alike, for YAML's `<<: *name`. Nothing reads it.
    shorthand: dict[str, dict[str, Any]] = {}
    valid_from: date
    valid_to: date | None = None
    supersedes: Version | None = None
    case_version: Literal["filing_date", "decision_date"]
    # Rules that are milder to the person than those of the version before: they govern open cases at once.
    milder: Names = ()
    calendar: Words
    time_zone: Words
    counting: rules.Counting | None = None
    opens_for: tuple[rules.OpensFor, ...] = ()
    requests: Annotated[tuple[rules.Request, ...], Field(min_length=1)]
    who: rules.Who
    standing: tuple[rules.Standing, ...] = ()
    exclusions: tuple[rules.Exclusion, ...] = ()
    addressee: rules.Addressee | None = None
    documents: tuple[rules.Document, ...] = ()
    fee: rules.Fee | None = None
    grounds: Annotated[tuple[rules.GroundRule, ...], Field(min_length=1)]
    interim: rules.Interim
    clocks: dict[rules.ClockName, rules.Clock]
    screening: tuple[rules.Screening, ...] = ()
    approval: rules.Approval
    enquiry: rules.Enquiry
    tiers: Annotated[tuple[rules.Tier, ...], Field(min_length=1)]
    service: rules.Service
    on_unverifiable: rules.Unverifiable
    on_deadline_missed: tuple[rules.DeadlineMissed, ...]
    notices: dict[rules.NoticeName, rules.Notice]
    explanation: Explanation | None = None
    disclosure: tuple[rules.DisclosureLimit, ...] = ()
    statement: rules.Statement
    remedies: tuple[rules.RemedyRule, ...] = ()
    propagation: tuple[rules.Propagation, ...] = ()
    reinsertion: rules.Reinsertion | None = None
    retention: tuple[rules.Retention, ...] = ()
    repair_conditions: tuple[rules.RepairCondition, ...] = ()
    sanctions: tuple[rules.Sanction, ...] = ()
    guarantees: dict[rules.GuaranteeName, rules.Rule]
    safeguards: dict[rules.SafeguardName, rules.Safeguard]

    def local_date(self, moment: datetime) -> date:
        """The day that an aware `moment` falls on where this procedure is law."""
        return moment.astimezone(ZoneInfo(self.time_zone)).date()

    @property
    def posting_counts(self) -> bool:
        """Whether what the person gave to the post in time is in time, whenever it arrives."""
        return self.counting is not None and self.counting.posting_counts and self.counting.acts_for_person()

    def day_given(self, received_on: date, posted_on: date | None) -> date:
        """The day of a paper for a time that binds the person; deadlines of the office count from its receipt."""
        return posted_on if posted_on is not None and self.posting_counts else received_on

    def is_valid_on(self, day: date) -> bool:
        """Whether this version is law on that day; of a moment, on the day that it then is where this is law."""
        if isinstance(day, datetime):
            day = self.local_date(day)
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    # Who, for what and why

    def opens(self, *, programme: str, type: str | None, measure: str | None, subject_kind: str) -> bool:
        """Whether this kind of subject may contest this thing here."""
        # Leaving somebody out acts against them, so an unread `who` keeps nobody out.
        who = subject_kind in self.who.kinds or not self.who.acts_against_person()
        return who and any(
            scope.programme == programme and scope.takes(type=type, measure=measure) for scope in self.opens_for
        )

    def grounds_for(self, thing: rules.Thing = "record", request: str | None = None) -> tuple[Ground, ...]:
        """The grounds offered for a record or for a measure, in the order of the file."""
        catalogue = grounds.grounds()
        return tuple(
            catalogue[rule.id]
            for rule in self.grounds
            if self.remedies_for(rule.id, thing) and (request is None or request in (rule.requests or (request,)))
        )

    def remedies_for(self, ground: str, thing: rules.Thing = "record") -> tuple[rules.Remedy, ...]:
        """What a decision may do when this ground is right; nothing if the ground is not offered."""
        possible = rules.REMEDIES[thing]
        return tuple(
            remedy
            for rule in self.grounds
            if rule.id == ground and rule.acts_for_person()
            for remedy in rule.remedies
            if remedy in possible
        )

    def requests_of(self, ground: str) -> tuple[rules.RequestType, ...]:
        """What may be asked for with this ground: what its rule names, else whatever the procedure hears."""
        named = next((rule.requests for rule in self.grounds if rule.id == ground), ())
        return named or tuple(request.type for request in self.requests)

    @property
    def request_types(self) -> tuple[rules.RequestType, ...]:
        """What may be asked for."""
        return tuple(request.type for request in self.requests if request.acts_for_person())

    def standing_as(self, capacity: str) -> rules.Standing | None:
        """The rule by which somebody may file in that capacity, if there is one in effect."""
        return next((rule for rule in self.standing if rule.capacity == capacity and rule.acts_for_person()), None)

    def exclusions_in_effect(self) -> tuple[rules.Exclusion, ...]:
        """What cannot be contested here, as far as the words were read."""
        return tuple(rule for rule in self.exclusions if rule.acts_against_person())

    def documents_for(self, *classes: str) -> tuple[rules.Document, ...]:
        """The papers that an application of this class or request needs; it may be incomplete without them."""
        return tuple(rule for rule in self.documents_asked(*classes) if rule.acts_against_person())

    def documents_asked(self, *classes: str) -> tuple[rules.Document, ...]:
        """The papers that help; only those of `documents_for` may be insisted on."""
        return tuple(rule for rule in self.documents if not rule.needed_for or set(classes) & set(rule.needed_for))

    def classes_of(self, ground: str, kind: str) -> frozenset[str]:
        """What is sure of one thing: its class, and what is asked for where the ground leaves no choice."""
        asked = self.requests_of(ground)
        return frozenset({kind, *(asked if len(asked) == 1 else ())})

    @property
    def is_free(self) -> bool:
        """Whether filing costs nothing; an unread fee is no fee."""
        return self.fee is None or self.fee.kind == "free" or not self.fee.acts_against_person()

    # On the way

    @property
    def marks_disputed(self) -> bool:
        """Whether filing marks the contested thing as disputed."""
        return self.interim.mark_disputed.in_effect()

    @property
    def suspends_measures(self) -> bool:
        """Whether filing suspends the measures that are contested or rest on what is contested."""
        return self.interim.suspend_measures.in_effect()

    def interim_effect(self, name: Literal["restrict", "block", "mask", "stay_on_request", "tell_recipients"]) -> bool:
        """Whether one of the further interim effects is given."""
        switch = getattr(self.interim, name)
        return switch is not None and switch.applies and switch.acts_for_person()

    @property
    def needs_second_person(self) -> bool:
        """Whether somebody other than the author must approve a decision."""
        return self.approval.in_effect()

    @property
    def asks_source(self) -> bool:
        """Whether the source is asked to show that it is right."""
        return self.enquiry.ask_source and self.enquiry.acts_for_person()

    def screening_for(self, id: str) -> rules.Screening | None:
        """The rule by which an application may be stopped for this reason; only if its words were read."""
        if id == "late":
            return self._late()
        return next((rule for rule in self.screening if rule.id == id and rule.acts_against_person()), None)

    def excuse_for(self, clock: str) -> rules.Excuse | None:
        """What lets somebody act after a window of theirs has ended, if there is such a rule."""
        found = self.clock(clock)
        excuse = found.excuse if found else None
        return excuse if excuse is not None and excuse.acts_for_person() else None

    def _late(self) -> rules.Screening | None:
        """That an application came after its window, as the rule by which people may turn it away; None without one.

        It needs a tier to go to: nobody is turned away without a place to go.
        """
        window = self.clock("file_by")
        if window is None or len(self.tiers) < 2:
            return None
        return rules.Screening(
            id="late",
            text=_LATE,
            contents=("reasons", "next_tier"),
            revived_by=("new_information",),
            next_tier=self.tiers[1].id,
            cite=window.cite,
            basis=window.basis,
            evidence=window.evidence,
        )

    @property
    def disclosure_limits(self) -> tuple[rules.DisclosureLimit, ...]:
        """What the person need not be told, as far as the words were read."""
        return tuple(limit for limit in self.disclosure if limit.acts_against_person())

    @property
    def deemed_service(self) -> rules.Deemed | None:
        """When an unopened decision counts as served, if ever; only at a contact the person confirmed."""
        deemed = self.service.deemed
        return deemed if deemed is not None and deemed.acts_against_person() else None

    # Clocks

    def clock(self, name: str, variant: str | None = None) -> rules.Clock | None:
        """The clock of this name, with those of its rules that may take effect; None if it may not itself.

        `review_file_by` and `review_decide` are those of the next tier that has one, or of `NAME:TIER`.
        """
        try:
            return self.timer(name, variant).clock
        except NoSuchClock:
            return None

    def timer(self, name: str, variant: str | None = None, *, as_written: bool = False) -> Timer:
        """A clock made ready for counting; `as_written`: whatever was read of it. Raises `NoSuchClock`."""
        key = (name, variant, as_written)
        found = self._timers.get(key)
        if found is None:
            found = self._timers[key] = self._timer(name, variant, as_written=as_written)
        return found

    def clock_names(self) -> tuple[str, ...]:
        """The names of all clocks that the file has."""
        above = [(name, tier) for name in _OF_TIER for tier in self.tiers[1:] if getattr(tier, _OF_TIER[name])]
        named = [name for name in _OF_TIER if any(each == name for each, _ in above)]
        several = [f"{name}:{tier.id}" for name, tier in above if sum(each == name for each, _ in above) > 1]
        deemed = ["deemed_service"] if self.service.deemed is not None else []
        return (*self.clocks, *named, *several, *deemed)

    @cached_property
    def _timers(self) -> dict[tuple[str, str | None, bool], Timer]:
        return {}

    def _timer(self, name: str, variant: str | None, *, as_written: bool) -> Timer:
        clock = self._written(name)
        if variant is not None:
            if variant not in clock.variants:
                raise NoSuchClock(f"{self.id}: {name} {variant}")
            clock = clock.varied(variant)
        if not as_written:
            clock = self._in_effect(name, clock)
        elif clock.excuse is not None and clock.excuse.effect == "counts_on":
            clock = clock.model_copy(update={"pauses": (*clock.pauses, clock.excuse.as_pause())})
        return Timer(clock, self._counted(clock, ends_by_itself=name in rules.ENDS_BY_ITSELF))

    def _written(self, name: str) -> rules.Clock:
        if name == "deemed_service" and self.service.deemed is not None:
            fields = self.service.deemed.model_dump(exclude={"only_confirmed_contact"})
            return rules.Clock.model_validate({**fields, "start": "sent"})
        plain, _, tier_id = name.partition(":")
        for known, clock in self.clocks.items():
            if known == name:
                return clock
        for tier in self.tiers[1:]:
            found: rules.Clock | None = getattr(tier, _OF_TIER[plain]) if plain in _OF_TIER else None
            if found is not None and tier_id in ("", tier.id):
                return found
        raise NoSuchClock(f"{self.id}: {name}")

    def _in_effect(self, name: str, clock: rules.Clock) -> rules.Clock:
        """The clock with those of its rules that may take effect. See law/evidence.py, Note [Evidence]."""
        is_the_persons = name.partition(":")[0] in rules.BINDS_PERSON or name == "deemed_service"
        if not (clock.acts_against_person() if is_the_persons else clock.acts_for_person()):
            raise NoSuchClock(f"{self.id}: {name}")
        if is_the_persons:
            extensions = tuple(rule for rule in clock.extensions if rule.acts_for_person())
            pauses = tuple(rule for rule in clock.pauses if rule.acts_for_person())
            if clock.excuse is not None and clock.excuse.effect == "counts_on" and clock.excuse.acts_for_person():
                pauses = (*pauses, clock.excuse.as_pause())
            stop = clock.long_stop if clock.long_stop and clock.long_stop.acts_against_person() else None
        else:
            extensions = tuple(rule for rule in clock.extensions if rule.acts_on_decider())
            pauses = tuple(rule for rule in clock.pauses if rule.acts_against_person())
            stop = clock.long_stop
        return clock.model_copy(update={"extensions": extensions, "pauses": pauses, "long_stop": stop})

    def _counted(self, clock: rules.Clock, *, ends_by_itself: bool) -> Term:
        """The term of a clock, with what it leaves out filled in by `counting`."""
        term = Term(**{field: getattr(clock, field) for field in Term.model_fields})
        if ends_by_itself and term.roll is None:
            term = term.model_copy(update={"roll": "none"})
        return self.counting.applied_to(term) if self.counting is not None else term

    def span(self, span: Span) -> Term:
        """A bare length as a term, counted as this file counts."""
        term = Term(length=span.length, unit=span.unit)
        return self.counting.applied_to(term) if self.counting is not None else term

    # What comes out

    def unverifiable_remedy(self, thing: rules.Thing) -> rules.Remedy | None:
        """What is done when nobody can show that the record or measure is right; None if nothing is set."""
        if not self.on_unverifiable.acts_for_person():
            return None
        said = self.on_unverifiable.record if thing == "record" else self.on_unverifiable.measure
        return next((remedy for remedy in rules.REMEDIES[thing] if remedy == said), None)

    def consequences_of(self, clock: str) -> tuple[rules.DeadlineMissed, ...]:
        """What follows when this clock has run out, as far as it may take effect."""
        return tuple(rule for rule in self.on_deadline_missed if rule.clock == clock and rule.acts_for_person())

    def tier_opened_by(self, missed: rules.DeadlineMissed) -> rules.Tier | None:
        """The tier that lateness opens: the one that the rule names, else the second."""
        named = next((tier for tier in self.tiers if tier.id == missed.opens), None)
        return named or self.next_tier(self.tiers[0].id)

    def next_tier(self, after: str) -> rules.Tier | None:
        """The tier above the one named, or None if that was the last."""
        ids = [tier.id for tier in self.tiers]
        above = ids.index(after) + 1
        return self.tiers[above] if above < len(ids) else None

    def rule_at(self, path: str) -> Rule | None:
        """The rule at a dotted path such as `clocks.decide` or `tiers.second`."""
        found: Any = self
        for part in path.split("."):
            if isinstance(found, dict):
                found = found.get(part)
            elif isinstance(found, tuple):
                found = next((item for item in found if part in _names_of(item)), None)
            else:
                found = getattr(found, part, None)
        return found if isinstance(found, Rule) else None

    def with_rule(self, path: str, rule: Rule) -> "Procedure":
        """This version with another rule at a path that it has: `NAME`, `clocks.NAME` or `tiers.ID.NAME`."""
        whole: Any = rule
        match path.split("."):
            case [part]:
                pass
            case ["clocks" as part, name]:
                whole = {**self.clocks, name: rule}
            case ["tiers" as part, tier_id, name]:
                tiers = (each.model_copy(update={name: rule}) if each.id == tier_id else each for each in self.tiers)
                whole = tuple(tiers)
            case _:
                raise LookupError(path)
        changed = self.model_copy(update={part: whole})
        changed.__dict__.pop("_timers", None)  # made of the rules as they were
        return changed


def _names_of(item: object) -> tuple[object, ...]:
    """By what a rule in a list can be pointed at."""
    return tuple(getattr(item, name, None) for name in ("id", "type", "capacity", "clock", "to"))
