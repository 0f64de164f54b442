"""The legal states of a case and the steps between them: one table, no Django, no sentences."""

from enum import StrEnum
from typing import NamedTuple


class Status(StrEnum):
    FILED = "filed"
    IN_REVIEW = "in_review"
    INCOMPLETE = "incomplete"
    AWAITING_APPROVAL = "awaiting_approval"
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
    (Status.INCOMPLETE, Action.WITHDRAW): Step(Status.WITHDRAWING, By.PERSON, "case.withdrawal_asked"),
    (Status.IN_REVIEW, Action.SUBMIT): Step(Status.AWAITING_APPROVAL, By.CASEWORKER, "case.submitted"),
    (Status.IN_REVIEW, Action.DECIDE): Step(Status.DECIDED, By.CASEWORKER, "case.decided"),
    (Status.AWAITING_APPROVAL, Action.APPROVE): Step(Status.DECIDED, By.APPROVER, "case.decided"),
    (Status.AWAITING_APPROVAL, Action.SEND_BACK): Step(
        Status.IN_REVIEW, By.APPROVER, "case.sent_back", needs_reason=True
    ),
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


def step(status: Status, action: Action) -> Step:
    """The step that `action` takes from `status`. Raises `IllegalStep`."""
    try:
        return STEPS[status, action]
    except KeyError:
        raise IllegalStep(status, action) from None


def actions(status: Status) -> list[Action]:
    """What can be done from `status`, in the order of the enum."""
    return [action for action in Action if (status, action) in STEPS]
