"""The table of steps is complete, and no walk through it goes where the pages cannot lead out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appeals import workflow
from appeals.access import CHECKS
from appeals.models.case import STATUS_CHOICES
from appeals.workflow import FINAL, OPEN, OWNERS, STEPS, Action, IllegalStep, Owner, Status
from audit.events import EVENTS


def test_every_status_has_one_owner_and_a_name() -> None:
    assert set(OWNERS) == set(Status)
    assert {value for value, _name in STATUS_CHOICES} == {str(status) for status in Status}


def test_every_action_is_used_and_checked() -> None:
    assert {action for _status, action in STEPS} == set(Action) == set(CHECKS)


def test_every_step_has_a_declared_event() -> None:
    assert {step.event for step in STEPS.values()} <= set(EVENTS)
    assert all("justification" in EVENTS[step.event].facts for step in STEPS.values() if step.needs_reason)


def test_every_open_status_can_be_left_and_a_final_one_cannot() -> None:
    left = {status for status, _action in STEPS}
    assert left == set(OPEN)
    assert not left & FINAL
    assert {OWNERS[status] for status in FINAL} == {Owner.NOBODY}


def test_every_status_can_be_reached_and_leads_to_an_end() -> None:
    reached, new = set(), {Status.FILED}
    while new:
        reached |= new
        new = {step.to for (status, _), step in STEPS.items() if status in reached} - reached
    assert reached == set(Status)
    for start in Status:
        ends, new = set(), {start}
        while new:
            ends |= new
            new = {step.to for (status, _), step in STEPS.items() if status in ends} - ends
        assert ends & FINAL


@given(st.lists(st.sampled_from(Action), max_size=40))
def test_a_walk_moves_only_by_the_table_and_never_out_of_an_end(actions: list[Action]) -> None:
    status = Status.FILED
    for action in actions:
        if (status, action) in STEPS:
            assert status not in FINAL
            status = workflow.step(status, action).to
        else:
            with pytest.raises(IllegalStep):
                workflow.step(status, action)
    assert status in Status
