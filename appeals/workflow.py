"""The legal states of a case and the steps between them: one table, no Django, no sentences."""

from enum import StrEnum
from typing import NamedTuple


class Status(StrEnum):
    FILED = "filed"
    IN_REVIEW = "in_review"
    INCOMPLETE = "incomplete"
    AWAITING_APPROVAL = "awaiting_approval"
    SCREENING = "screening"
    SCREENED_OUT = "screened_out"
    SCREENING_SERVED = "screening_served"
    DECIDED = "decided"
    SERVED = "served"
    WITHDRAWING = "withdrawing"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class Owner(StrEnum):
    """Whose turn it is. Every status has exactly one."""

    PERSON = "person"
    HOLDER = "holder"
    CASEWORKER = "caseworker"
    APPROVER = "approver"
    NOBODY = "nobody"


class Action(StrEnum):
    TAKE = "take"
    GIVE_BACK = "give_back"
    ASK_TO_COMPLETE = "ask_to_complete"
    COMPLETE = "complete"
    GO_ON_WITHOUT = "go_on_without"
    SUBMIT = "submit"
    DECIDE = "decide"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    ACCEPT_EXCUSE = "accept_excuse"
    PROPOSE_SCREENING = "propose_screening"
    SCREEN_OUT = "screen_out"
    APPROVE_SCREENING = "approve_screening"
    REFUSE_SCREENING = "refuse_screening"
    REVIVE = "revive"
    SERVE = "serve"
    WITHDRAW = "withdraw"
    UNDO_WITHDRAWAL = "undo_withdrawal"
    CONCLUDE_WITHDRAWAL = "conclude_withdrawal"
    CLOSE = "close"


class By(StrEnum):
    """Who may ask for an action; `appeals.access` says whether this very person may."""

    PERSON = "person"
    CASEWORKER = "caseworker"
    APPROVER = "approver"
    SYSTEM = "system"


class Step(NamedTuple):
    to: Status
    by: By
    event: str
    needs_reason: bool = False


class IllegalStep(Exception):
    """The case is not in a state in which this can be done. Somebody may have acted in the meantime."""

    def __init__(self, status: Status, action: Action) -> None:
        super().__init__(f"{action} is not possible while the case is {status}")
        self.status, self.action = status, action


OWNERS: dict[Status, Owner] = {
    Status.FILED: Owner.HOLDER,
    Status.IN_REVIEW: Owner.CASEWORKER,
    Status.INCOMPLETE: Owner.PERSON,
    Status.AWAITING_APPROVAL: Owner.APPROVER,
    Status.SCREENING: Owner.APPROVER,
    Status.SCREENED_OUT: Owner.PERSON,
    Status.SCREENING_SERVED: Owner.PERSON,
    Status.DECIDED: Owner.PERSON,
    Status.SERVED: Owner.PERSON,
    Status.WITHDRAWING: Owner.PERSON,
    Status.WITHDRAWN: Owner.NOBODY,
    Status.CLOSED: Owner.NOBODY,
}

STEPS: dict[tuple[Status, Action], Step] = {
    (Status.FILED, Action.TAKE): Step(Status.IN_REVIEW, By.CASEWORKER, "case.taken"),
    (Status.IN_REVIEW, Action.GIVE_BACK): Step(Status.FILED, By.CASEWORKER, "case.given_back", needs_reason=True),
    (Status.IN_REVIEW, Action.ASK_TO_COMPLETE): Step(
        Status.INCOMPLETE, By.CASEWORKER, "case.asked_to_complete", needs_reason=True
    ),
    (Status.INCOMPLETE, Action.COMPLETE): Step(Status.IN_REVIEW, By.PERSON, "case.completed"),
    (Status.INCOMPLETE, Action.GO_ON_WITHOUT): Step(
        Status.IN_REVIEW, By.CASEWORKER, "case.taken_up_again", needs_reason=True
    ),
    (Status.INCOMPLETE, Action.PROPOSE_SCREENING): Step(
        Status.SCREENING, By.CASEWORKER, "case.screening_proposed", needs_reason=True
    ),
    (Status.INCOMPLETE, Action.SCREEN_OUT): Step(
        Status.SCREENED_OUT, By.CASEWORKER, "case.screened_out", needs_reason=True
    ),
    (Status.INCOMPLETE, Action.WITHDRAW): Step(Status.WITHDRAWING, By.PERSON, "case.withdrawal_asked"),
    (Status.IN_REVIEW, Action.SUBMIT): Step(Status.AWAITING_APPROVAL, By.CASEWORKER, "case.submitted"),
    (Status.IN_REVIEW, Action.DECIDE): Step(Status.DECIDED, By.CASEWORKER, "case.decided"),
    (Status.AWAITING_APPROVAL, Action.APPROVE): Step(Status.DECIDED, By.APPROVER, "case.decided"),
    (Status.AWAITING_APPROVAL, Action.SEND_BACK): Step(
        Status.IN_REVIEW, By.APPROVER, "case.sent_back", needs_reason=True
    ),
    (Status.IN_REVIEW, Action.ACCEPT_EXCUSE): Step(Status.IN_REVIEW, By.CASEWORKER, "case.excuse_accepted"),
    (Status.IN_REVIEW, Action.PROPOSE_SCREENING): Step(
        Status.SCREENING, By.CASEWORKER, "case.screening_proposed", needs_reason=True
    ),
    (Status.IN_REVIEW, Action.SCREEN_OUT): Step(
        Status.SCREENED_OUT, By.CASEWORKER, "case.screened_out", needs_reason=True
    ),
    (Status.SCREENING, Action.APPROVE_SCREENING): Step(Status.SCREENED_OUT, By.APPROVER, "case.screening_approved"),
    (Status.SCREENING, Action.REFUSE_SCREENING): Step(
        Status.IN_REVIEW, By.APPROVER, "case.screening_refused", needs_reason=True
    ),
    (Status.SCREENING, Action.WITHDRAW): Step(Status.WITHDRAWING, By.PERSON, "case.withdrawal_asked"),
    (Status.SCREENED_OUT, Action.SERVE): Step(Status.SCREENING_SERVED, By.SYSTEM, "case.screening_served"),
    (Status.SCREENED_OUT, Action.REVIVE): Step(Status.FILED, By.PERSON, "case.revived"),
    (Status.SCREENING_SERVED, Action.REVIVE): Step(Status.FILED, By.PERSON, "case.revived"),
    (Status.SCREENING_SERVED, Action.CLOSE): Step(Status.CLOSED, By.SYSTEM, "case.closed"),
    (Status.DECIDED, Action.SERVE): Step(Status.SERVED, By.SYSTEM, "case.served"),
    (Status.SERVED, Action.CLOSE): Step(Status.CLOSED, By.SYSTEM, "case.closed"),
    (Status.FILED, Action.WITHDRAW): Step(Status.WITHDRAWING, By.PERSON, "case.withdrawal_asked"),
    (Status.IN_REVIEW, Action.WITHDRAW): Step(Status.WITHDRAWING, By.PERSON, "case.withdrawal_asked"),
    (Status.AWAITING_APPROVAL, Action.WITHDRAW): Step(Status.WITHDRAWING, By.PERSON, "case.withdrawal_asked"),
    (Status.WITHDRAWING, Action.UNDO_WITHDRAWAL): Step(Status.FILED, By.PERSON, "case.withdrawal_undone"),
    (Status.WITHDRAWING, Action.CONCLUDE_WITHDRAWAL): Step(Status.WITHDRAWN, By.SYSTEM, "case.withdrawn"),
}

FINAL: frozenset[Status] = frozenset(s for s in Status if OWNERS[s] is Owner.NOBODY)
OPEN: frozenset[Status] = frozenset(Status) - FINAL
# An answer has been given, on every point or that nobody looks into it; and the person has it.
ANSWERED: frozenset[Status] = frozenset(
    {Status.DECIDED, Status.SERVED, Status.SCREENED_OUT, Status.SCREENING_SERVED, Status.CLOSED}
)
DELIVERED: frozenset[Status] = frozenset({Status.SERVED, Status.SCREENING_SERVED})
# Whoever decides has still to answer, or the person may still go on with it.
UNANSWERED: frozenset[Status] = OPEN - ANSWERED


def step(status: Status, action: Action) -> Step:
    """The step that `action` takes from `status`. Raises `IllegalStep`."""
    try:
        return STEPS[status, action]
    except KeyError:
        raise IllegalStep(status, action) from None


def actions(status: Status) -> list[Action]:
    """What can be done from `status`, in the order of the enum."""
    return [action for action in Action if (status, action) in STEPS]
