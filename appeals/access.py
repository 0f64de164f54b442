"""Who may do what in a case. One check guards the operation, shows the button and gives the sentence beside it."""

from collections.abc import Callable, Sequence
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, ActorKind, Seat
from accounts.models import Basis, Organisation, Role, SubjectKind
from accounts.post import gets_letters
from appeals.errors import NoStanding
from appeals.models import Case, Item, LateFiling, Remedy, RemedyKind, RemedyState, Screening, Standing
from appeals.workflow import Action, IllegalStep, Status, step
from audit import queries as log
from law.clocks import Extension
from law.procedures import Procedure, procedure
from law.rules import Screening as ScreeningRule
from records import catalogue
from records.access import hands_on

Check = Callable[[Actor, Case], None]


class NotAllowed(Exception):
    """You may not do this."""

    def __init__(self, code: str, sentence: object) -> None:
        super().__init__(str(sentence))
        self.code, self.sentence = code, sentence


def visible_to(actor: Actor) -> QuerySet[Case]:
    """The cases that `actor` may know of: a person's own, or what somebody's mandate covers of them.

    For staff, those of the holders they decide for.
    """
    match actor.kind:
        case ActorKind.PERSON:
            own = Case.objects.filter(subject_id__in=actor.own_subjects)
            if actor.sources is not None:  # the address was not proved (ADR 0008)
                beyond = Item.objects.exclude(record__source_id__in=actor.sources).values("case_id")
                own = own.filter(entered_by=None).exclude(pk__in=beyond)
            covered = actor.acts.programmes if actor.acts else ()
            return own.filter(programme__in=covered) if covered else own
        case ActorKind.STAFF:
            return Case.objects.filter(holder_id__in=actor.organisations(Role.CASEWORKER, Role.SUPERVISOR))
        case ActorKind.SERVICE:
            return Case.objects.all()
    return Case.objects.none()


def check_independent(actor: Actor, case: Case) -> None:
    """Nobody decides about data in which they had a part; where a higher body decides, nobody of the holder at all."""
    if case.entered_by_id is not None and case.entered_by_id == actor.user_id:
        raise NotAllowed("entered_case", _("You entered this dispute from paper, so somebody else must decide."))
    record_ids = list(case.items.values_list("record_id", flat=True))
    hands = hands_on(record_ids)
    if actor.user_id in hands.users:
        raise NotAllowed("entered_it", _("You entered or imported this data, so somebody else must decide."))
    is_of_holder = procedure(case.procedure, case.procedure_version).tiers[0].reviewer == "holder"
    below = set() if is_of_holder else _holders_of(case)
    is_of_holder = is_of_holder or case.holder_id in below  # filed before programmes named a higher body
    if not is_of_holder and actor.organisations() & below:
        raise NotAllowed(
            "office_below",
            _("You work for the office whose entry this is. Under this procedure the office above it decides."),
        )
    if actor.organisations() & (hands.sources - ({case.holder_id} if is_of_holder else set())):
        raise NotAllowed(
            "source_staff",
            _("You work for the organisation that supplied this data, so somebody else must decide."),
        )
    if actor.organisations(Role.SOURCE_OFFICER) & hands.sources:
        raise NotAllowed("source_officer", _("You supply data like this, so somebody else must decide."))
    if actor.user_id in _corrected_by(record_ids, case):
        raise NotAllowed(
            "corrected_it",
            _("You decided what this data says now in an earlier case, so somebody else must decide."),
        )


def _holders_of(case: Case) -> set[UUID]:
    """The organisation that holds the disputed data, if it is registered."""
    code = catalogue.programme(case.programme).holder.code
    return set(Organisation.objects.filter(code=code).values_list("pk", flat=True))


def _corrected_by(record_ids: Sequence[UUID], case: Case) -> set[UUID]:
    """Who drafted or approved a correction of these records in another case: the datum is theirs."""
    corrections = Remedy.objects.filter(
        item__record_id__in=record_ids, kind=RemedyKind.CORRECT, state=RemedyState.DONE
    ).exclude(case_id=case.pk)
    rows = corrections.values_list("case__decision__drafted_by", "case__decision__approved_by")
    return {user for row in rows for user in row if user}


def check_can_take(actor: Actor, case: Case) -> None:
    """A caseworker of the office that decides who had no part in the data."""
    if actor.seat(Role.CASEWORKER, organisation_id=case.holder_id) is None:
        raise NotAllowed("no_caseworker", _("Only caseworkers of the office that decides this case take it."))
    check_independent(actor, case)


def check_can_decide(actor: Actor, case: Case) -> None:
    """The caseworker who has the case, still independent."""
    if case.caseworker_id != actor.user_id:
        raise NotAllowed("not_yours", _("Somebody else has this case."))
    check_can_take(actor, case)


def check_can_give_back(actor: Actor, case: Case) -> None:
    """The caseworker who has it, or a supervisor when that person cannot."""
    if case.caseworker_id == actor.user_id or actor.seat(Role.SUPERVISOR, organisation_id=case.holder_id):
        return
    raise NotAllowed("not_yours", _("Somebody else has this case."))


def check_can_approve(actor: Actor, case: Case) -> None:
    """A supervisor of the holder who had no part in the data nor in any draft of the decision."""
    if actor.seat(Role.SUPERVISOR, organisation_id=case.holder_id) is None:
        raise NotAllowed("no_supervisor", _("Only supervisors approve decisions."))
    if actor.user_id in (case.caseworker_id, case.decision.drafted_by_id) or _has_drafted(actor, case):
        raise NotAllowed("own_draft", _("You drafted this decision, so a second person must approve it."))
    check_independent(actor, case)


def check_may_change_time(actor: Actor, case: Case) -> None:
    """The caseworker who has the case, or an independent supervisor of the holder."""
    if case.caseworker_id != actor.user_id and actor.seat(Role.SUPERVISOR, organisation_id=case.holder_id) is None:
        raise NotAllowed(
            "not_yours", _("Only the caseworker who has this case, or a supervisor, changes its deadlines.")
        )
    check_independent(actor, case)


def needs_grant(rule: Extension) -> bool:
    """Whether somebody in charge has to grant more time under this rule."""
    return rule.by in ("approval", "head_of_agency")


def check_may_approve_time(actor: Actor, case: Case) -> None:
    """More time that somebody in charge has to grant: a supervisor who does not have the case."""
    if actor.seat(Role.SUPERVISOR, organisation_id=case.holder_id) is None or case.caseworker_id == actor.user_id:
        raise NotAllowed("needs_approval", _("Under this procedure a supervisor must grant the longer time."))


def check_may_screen(actor: Actor, case: Case) -> None:
    """The procedure must have a rule, whose words were read, by which a dispute may be sent back as incomplete."""
    if procedure(case.procedure, case.procedure_version, case.milder_version).screening_for("incomplete") is None:
        raise NotAllowed(
            "no_rule", _("Under this procedure nobody may send a dispute back because something is missing.")
        )


def screening_rules(case: Case) -> list[ScreeningRule]:
    """The rules of its procedure, whose words were read, by which a case may not be looked into at all.

    While the person is asked for what is missing, only the one about that counts.
    """
    law = procedure(case.procedure, case.procedure_version, case.milder_version)
    unanswered = _if_not_cured(law)
    if case.status == Status.INCOMPLETE:
        return unanswered
    found = [rule for rule in law.screening if rule.id != "incomplete" and law.screening_for(rule.id)]
    late = law.screening_for("late") if excuse_is_open(case) else None
    proposed = unanswered if case.status == Status.SCREENING else []
    return [*found, *([late] if late else []), *proposed]


def _if_not_cured(law: Procedure) -> list[ScreeningRule]:
    """The rule by which a case may be turned away because what was asked for did not come, if there is one."""
    rule = law.screening_for("incomplete")
    return [rule] if rule and rule.if_not_cured and rule.cured_by else []


def excuse_is_open(case: Case) -> bool:
    """Whether the case was filed after its window, and nobody has said yet that the excuse counts.

    What turns out to have been posted in time is in time, where the procedure says so: then nothing is judged.
    """
    late = LateFiling.objects.filter(case=case, accepted_at=None).first()
    if late is None or case.received_on is None:
        return late is not None
    law = procedure(case.procedure, case.procedure_version)
    return late.last_day < law.day_given(case.received_on, case.posted_on)


def check_excuse_decided(actor: Actor, case: Case) -> None:
    """Of a case that came late, the excuse is judged before anything else: it counts, or the case is turned away."""
    if excuse_is_open(case):
        raise NotAllowed("excuse_open", _("This case was filed late. Decide first whether the excuse counts."))


def check_excuse_open(actor: Actor, case: Case) -> None:
    """There must be an excuse that nobody has judged yet."""
    if not excuse_is_open(case):
        raise NotAllowed("no_excuse_open", _("This case was not filed late, or its excuse counts already."))


def check_may_screen_out(actor: Actor, case: Case) -> None:
    """There must be such a rule; and whoever turned this case away before does not do it again."""
    if not screening_rules(case):
        raise NotAllowed("no_screening_rule", _("Under this procedure nobody may turn a dispute away."))
    before = Screening.objects.filter(case=case, decided_at__isnull=False)
    if before.filter(proposed_by_id=actor.user_id).exists() or before.filter(approved_by_id=actor.user_id).exists():
        raise NotAllowed(
            "turned_it_away",
            _("You turned this case away before. The person had something new, so somebody else must judge that."),
        )


def check_can_approve_screening(actor: Actor, case: Case) -> None:
    """A supervisor of the holder who had no part in the data, and who did not propose to turn the case away."""
    if actor.seat(Role.SUPERVISOR, organisation_id=case.holder_id) is None:
        raise NotAllowed("no_supervisor", _("Only supervisors approve decisions."))
    proposed = Screening.objects.filter(case=case, ended_at__isnull=True, proposed_by_id=actor.user_id)
    if actor.user_id == case.caseworker_id or proposed.exists():
        raise NotAllowed("own_draft", _("You proposed this, so a second person must approve it."))
    check_independent(actor, case)


def check_may_declare_days(actor: Actor) -> Seat:
    """A supervisor, for the cases of their organisation."""
    seat = actor.seat(Role.SUPERVISOR)
    if seat is None:
        raise NotAllowed("no_supervisor_of_days", _("Only supervisors declare days to be worked or off."))
    return seat


def check_can_undo(actor: Actor, case: Case) -> None:
    """A supervisor who had no part in the decision: taking a remedy back is never one person's change of mind."""
    check_can_approve(actor, case)
    if actor.user_id == case.decision.approved_by_id:
        raise NotAllowed(
            "approved_it",
            _("You approved this decision, so another supervisor must take back what followed from it."),
        )


def _has_drafted(actor: Actor, case: Case) -> bool:
    """Whether they ever wrote a draft here: a case given back keeps it, and the next one may save it as it stands."""
    drafts = [each.entry_id for each in log.entries_of_case(case.pk) if each.event_type == "case.draft_saved"]
    return any(str(said.get("actor", "")).endswith(f":{actor.user_id}") for said in log.opened(drafts).values())


def check_is_the_person(actor: Actor, case: Case) -> None:
    """The person whose case it is, or whoever acts for them in its programme."""
    is_theirs = actor.kind is ActorKind.PERSON and case.subject_id in actor.own_subjects
    if not is_theirs or not actor.covers(case.programme):
        raise NotAllowed("not_the_person", _("Only the person who filed it can do this."))


def check_may_dispute(actor: Actor) -> None:
    """Whoever acts for another does more than look only by a mandate that reaches so far."""
    if not actor.may_dispute:
        raise NotAllowed("only_see", _("You may look at this, but not act: your mandate is for seeing only."))


def check_withdraws(actor: Actor, case: Case) -> None:
    """As `check_acts_in`; but no official gets rid of their own case by entering that it was withdrawn."""
    check_acts_in(actor, case)
    if actor.kind is ActorKind.STAFF and actor.user_id == case.caseworker_id:
        raise NotAllowed("own_case", _("You decide this case, so somebody else must enter that it was withdrawn."))


def check_answers(actor: Actor, case: Case) -> None:
    """As `check_acts_in`; but no official decides by an answer that they typed in themselves."""
    check_acts_in(actor, case)
    if actor.kind is ActorKind.STAFF and actor.user_id == case.caseworker_id:
        raise NotAllowed("own_case", _("You decide this case, so somebody else must enter what the person answered."))


def takes_paper(case: Case) -> bool:
    """Whether officials enter what the person of this case writes: it came on paper, or letters go to them by now.

    Every letter about a case says that it can be answered by letter.
    """
    return case.received_on is not None or gets_letters(case.subject_id)


def check_acts_in(actor: Actor, case: Case) -> None:
    """The person whose case it is, or whoever may act in it for them; on paper, officials enter what they wrote."""
    if actor.kind is ActorKind.STAFF and takes_paper(case):
        check_enters_for(actor, case)
        return
    check_is_the_person(actor, case)
    check_may_dispute(actor)


# Why whoever acts by a mandate may file at all.
STANDINGS: dict[str, Standing] = {
    Basis.POWER_OF_ATTORNEY: Standing.REPRESENTATIVE,
    Basis.GUARDIAN: Standing.GUARDIAN,
    Basis.HEIR: Standing.HEIR,
    Basis.COMPANY_ADMINISTRATOR: Standing.COMPANY,
    Basis.COMPANY_MEMBER: Standing.COMPANY,
}


def standing_of(actor: Actor, kind: str) -> Standing:
    """Why this person may file about a subject of this kind: it is theirs, or what their mandate rests on."""
    if actor.acts:
        return STANDINGS[actor.acts.basis]
    return Standing.COMPANY if kind == SubjectKind.ORGANISATION else Standing.SELF


def check_standing(law: Procedure, standing: Standing) -> None:
    """Raise `NoStanding` where the procedure names who may file, and this is none of them.

    Leaving somebody out acts against them, so a list of which not every rule was read keeps nobody out.
    """
    was_read = bool(law.standing) and all(rule.acts_against_person() for rule in law.standing)
    if was_read and standing not in {rule.capacity for rule in law.standing}:
        raise NoStanding


def check_enters_for(actor: Actor, case: Case) -> None:
    """An official of the holder, who types in what the person of a dispute on paper wrote."""
    if actor.seat(Role.CASEWORKER, Role.SUPERVISOR, organisation_id=case.holder_id) is None:
        raise NotAllowed("no_seat", _("Only officials of the organisation that holds the data enter what is on paper."))


def check_is_service(actor: Actor, case: Case) -> None:
    """The service itself, or the person whose opening of the decision serves it."""
    if actor.kind is not ActorKind.SERVICE:
        check_is_the_person(actor, case)
        check_may_dispute(actor)


def check_second_person(actor: Actor, case: Case) -> None:
    """The procedure's rule: a draft either waits for a second person, or is decided by the first."""
    if procedure(case.procedure, case.procedure_version, case.milder_version).needs_second_person:
        raise NotAllowed("second_person", _("Under this procedure a second person must approve the decision."))


CHECKS: dict[Action, tuple[Check, ...]] = {
    Action.TAKE: (check_can_take,),
    Action.GIVE_BACK: (check_can_give_back,),
    Action.ASK_TO_COMPLETE: (check_can_decide, check_may_screen),
    Action.COMPLETE: (check_answers,),
    Action.GO_ON_WITHOUT: (check_can_give_back,),
    Action.SUBMIT: (check_can_decide, check_excuse_decided),
    Action.DECIDE: (check_can_decide, check_second_person, check_excuse_decided),
    Action.APPROVE: (check_can_approve,),
    Action.SEND_BACK: (check_can_approve,),
    Action.ACCEPT_EXCUSE: (check_can_decide, check_excuse_open),
    Action.PROPOSE_SCREENING: (check_can_decide, check_may_screen_out),
    Action.SCREEN_OUT: (check_can_decide, check_may_screen_out, check_second_person),
    Action.APPROVE_SCREENING: (check_can_approve_screening, check_may_screen_out),
    Action.REFUSE_SCREENING: (check_can_approve_screening,),
    Action.REVIVE: (check_acts_in,),
    Action.SERVE: (check_is_service,),
    Action.WITHDRAW: (check_withdraws,),
    Action.UNDO_WITHDRAWAL: (check_acts_in,),
    Action.CONCLUDE_WITHDRAWAL: (check_is_service,),
    Action.CLOSE: (check_is_service,),
}


def allows(check: Check, actor: Actor, case: Case) -> bool:
    """Whether one of the checks here has nothing against it."""
    try:
        check(actor, case)
    except NotAllowed:
        return False
    return True


def check(actor: Actor, action: Action, case: Case) -> None:
    """Raise `IllegalStep` or `NotAllowed` unless this actor may take this action now."""
    step(Status(case.status), action)
    for each in CHECKS[action]:
        each(actor, case)


def can(actor: Actor, action: Action, case: Case) -> bool:
    """Whether this actor may take this action now: `check` without the reason."""
    try:
        check(actor, action, case)
    except (IllegalStep, NotAllowed):
        return False
    return True


def why_not(actor: Actor, action: Action, case: Case) -> str | None:
    """The sentence that says why not, or None if the action is open to this actor."""
    try:
        for each in CHECKS[action]:
            each(actor, case)
    except NotAllowed as error:
        return str(error.sentence)
    return None
