"""Writes to cases: one function per verb, each one transaction: lock, check, step, record, tell."""

from appeals.operations.calendar import (
    begin_recount,
    declare_day,
    end_declared_day,
    note_recounted,
    recount_calendar,
    recount_case,
    remember_calendars,
)
from appeals.operations.casework import (
    Answer,
    approve,
    decide,
    draft,
    give_back,
    keep_unfinished,
    send_back,
    submit,
    take,
)
from appeals.operations.clocks import extend, go_on, look_at, pause, put_off, recount
from appeals.operations.documents import Papers
from appeals.operations.drafts import (
    Target,
    add_evidence_to_draft,
    begin_draft,
    choose_procedure,
    describe,
    discard_draft,
    excuse_lateness,
    explain_missing_in_draft,
    remove_evidence_from_draft,
    select,
)
from appeals.operations.evidence import MOST_FILES, NewEvidence, add_evidence, explain_missing
from appeals.operations.filing import FILINGS, NewItem, file, file_draft
from appeals.operations.lateness import Late, accept_excuse
from appeals.operations.milder import ease
from appeals.operations.paper import enter_dispute
from appeals.operations.post import make_letters_of_untold, note_delivered, note_posted, note_printed
from appeals.operations.remedies import carry_out, put_off_remedy, undo_remedy
from appeals.operations.resumption import resume
from appeals.operations.screening import AnswerOnPaper, ask_to_complete, complete, go_on_without
from appeals.operations.service import close, serve
from appeals.operations.turning_away import (
    approve_screening,
    propose_screening,
    refuse_screening,
    revive,
    screen_out,
)
from appeals.operations.withdrawal import conclude_withdrawal, undo_withdrawal, withdraw

__all__ = [
    "FILINGS",
    "MOST_FILES",
    "Answer",
    "AnswerOnPaper",
    "Late",
    "NewEvidence",
    "NewItem",
    "Papers",
    "Target",
    "accept_excuse",
    "add_evidence",
    "add_evidence_to_draft",
    "approve",
    "approve_screening",
    "ask_to_complete",
    "begin_draft",
    "begin_recount",
    "carry_out",
    "choose_procedure",
    "close",
    "complete",
    "conclude_withdrawal",
    "decide",
    "declare_day",
    "describe",
    "discard_draft",
    "draft",
    "ease",
    "end_declared_day",
    "enter_dispute",
    "excuse_lateness",
    "explain_missing",
    "explain_missing_in_draft",
    "extend",
    "file",
    "file_draft",
    "give_back",
    "go_on",
    "go_on_without",
    "keep_unfinished",
    "look_at",
    "make_letters_of_untold",
    "note_delivered",
    "note_posted",
    "note_printed",
    "note_recounted",
    "pause",
    "propose_screening",
    "put_off",
    "put_off_remedy",
    "recount",
    "recount_calendar",
    "recount_case",
    "refuse_screening",
    "remember_calendars",
    "remove_evidence_from_draft",
    "resume",
    "revive",
    "screen_out",
    "select",
    "send_back",
    "serve",
    "submit",
    "take",
    "undo_remedy",
    "undo_withdrawal",
    "withdraw",
]
