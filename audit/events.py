"""Every event that the log knows: its name, the facts it commits to, and why it is kept.

A name that is not here cannot be recorded; a fact that is not declared cannot either.
"""

from enum import StrEnum
from typing import NamedTuple

OF_CASES = frozenset({"reference"})  # what every event of a case may say: by this a receipt names its case


class Kept(StrEnum):
    """How long the facts of an entry can be opened; the entry itself, its kind and hour stay as long as the log."""

    PERSON = "until the person is erased"
    OFFICE = "as long as the log"  # under the key of an office, a system's office, or the log's own


class Event(NamedTuple):
    """`facts`: names of the disclosures besides actor, subject, case and record; `why`: the reason to log it.

    `kept`: for how long they can be opened. Who acted for an office can be opened as long as the log, whatever it is.
    """

    facts: frozenset[str]
    why: str
    kept: Kept


def _event(why: str, *facts: str, kept: Kept = Kept.PERSON) -> Event:
    return Event(frozenset(facts), why, kept)


def _of_office(why: str, *facts: str) -> Event:
    return _event(why, *facts, kept=Kept.OFFICE)


EVENTS: dict[str, Event] = {
    # data comes in
    "import.received": _of_office("which file a system uploaded", "programme", "document_sha256"),
    "import.started": _of_office("which file came from whom", "programme", "document_sha256"),
    "import.finished": _of_office("what an import left behind", "programme", "accepted", "refused"),
    "record.imported": _event("a new record entered the file of a person", "state_after", "notice"),
    "record.version_added": _event("the source changed a value", "state_after", "notice"),
    "measure.imposed": _event("an effect was placed on a person", "measure", "notice"),
    "measure.shortened": _event("the source gave an effect an earlier end", "measure", "ends_on", "notice"),
    "record.withdrawn": _event("the source took a record back", "state_before", "state_after", "notice"),
    "record.returned": _event("a withdrawn record is in the file again", "state_before", "state_after", "notice"),
    "record.answered": _event("what the source sent about a disputed record, which waits", "answer", "notice"),
    "record.answer_settled": _event("what became of what the source sent during a dispute", "answer", "outcome"),
    "import.resumed": _of_office(
        "an import went on after the last line that was stored", "programme", "document_sha256"
    ),
    "contact.added": _event("where a person can be reached", "origin"),
    # who is who
    "identity.doubtful": _event("a line waits: it is not sure whom it is about", "reason"),
    "identity.doubt_opened": _of_office("staff looked at a doubtful line and at whom it may be about", "purpose"),
    "identity.opened": _event("staff looked at name, birth date and numbers to tell people apart", "purpose"),
    "identity.doubt_taken_back": _of_office("the source took back a line that waited"),
    "identity.doubt_decided": _of_office("whom a doubtful line is about, and why", "outcome", "justification"),
    "identity.proposed": _of_office("somebody says that two files are one, or one is two", "kind", "justification"),
    "identity.approved": _of_office("a second person agreed", "kind", "justification"),
    "identity.refused": _of_office("a second person did not agree", "kind", "justification"),
    "identity.undone": _of_office("a change of identity was taken back", "kind", "justification"),
    "identity.joined": _event("this file was joined with another of the same person", "change"),
    "identity.separated": _event("this file is no longer joined with another", "change"),
    "identity.split": _event("entries left this file, or began one", "change", "records"),
    "record.moved": _event("the record is about another subject than it was said to be", "change"),
    # people come in
    "person.activated": _event("who was first let in to this file", "factor"),
    "person.signed_in": _event("who opened this file", "factor"),
    # somebody acts for another
    "mandate.given": _event(
        "who may act for this person, how far and how long",
        "mandate",
        "basis",
        "reach",
        "programmes",
        "from_on",
        "to_on",
    ),
    "mandate.entered": _event(
        "an official entered a mandate that came on paper; another one has to confirm it",
        "mandate",
        "basis",
        "reach",
        "programmes",
        "from_on",
        "to_on",
    ),
    "mandate.confirmed": _event("a second official confirmed a mandate that came on paper", "mandate"),
    "mandate.accepted": _event("who acts for this person from now on", "mandate"),
    "mandate.used": _event("somebody began to act for this person", "mandate"),
    "mandate.revoked": _event("who acts for this person no longer, and who ended it", "mandate", "how"),
    # people without mail or phone
    "person.looked_up": _event("an official looked for this file by a number", "scheme", "purpose"),
    "address.noted": _event("where letters go, and how long whoever was reached before may object", "until"),
    "address.ended": _event("the person wanted no letters to their postal address any more"),
    "address.put_back": _event("the person told an office that a change of where letters go was not theirs"),
    "activation_letter.made": _event("an official printed a way into this file", "letter"),
    "letter.printed": _event("an official printed a letter to this person", "letter"),
    "letter.posted": _event("a letter to this person was posted", "letter", "on"),
    "letter.delivered": _event("there is proof that a letter reached this person", "letter", "on"),
    "person.proved": _event("from when on this file is open in full to whom it is about", "factor"),
    # where people are reached
    "contact.change_asked": _event("somebody in this session wanted another address"),
    "contact.changed": _event("from when on messages go elsewhere, and how long the old address may object", "until"),
    "contact.change_stopped": _event("the old address objected and is in use again"),
    "contact.disputed": _event("a source gave another address, which was not taken over", "source"),
    "contact.wishes_set": _event("when mails may come and what they may say"),
    # somebody looks
    "record.opened": _event("staff or a system looked at values", "purpose", "reason", "what"),
    "record.disclosed": _event("a recipient received values", "purpose", "version", "marks"),
    "case.opened": _event("staff looked at the person's words or evidence", "purpose", "what"),
    # a person takes a copy of everything
    "export.asked": _event("who wanted a copy of everything that is held about them", "export"),
    "export.made": _event("which files were made of it, for whom alone", "export", "schema", "entries", "files"),
    "export.taken": _event("who downloaded a file of it", "export", "kind", "document_sha256"),
    "export.destroyed": _event("why its files are no longer there", "export", "why"),
    # a dispute
    "case.filed": _event(
        "when the clock started, and why one may file",
        "procedure",
        "items",
        "state_after",
        "standing",
        "received_on",
        "posted_on",
        "papers_missing",
    ),
    "case.filed_late": _event("that a dispute came after its last day, and what excuses it", "on", "reason"),
    "case.excuse_accepted": _event("an official found that what came late is heard all the same", "on"),
    "case.evidence_added": _event("what was handed in", "document_sha256", "kind", "document"),
    "case.document_explained": _event("the person said why a required paper cannot be handed in", "document"),
    "case.taken": _event("who decides"),
    "case.given_back": _event("why somebody no longer decides", "justification"),
    "calendar.day_declared": _of_office("a day counts otherwise than the calendar says", "calendar", "on", "is_worked"),
    "calendar.day_taken_back": _of_office("a day counts as the calendar says again", "calendar", "on"),
    "calendar.counted_anew": _of_office("open deadlines go by the changed files of a calendar", "calendar", "digest"),
    "case.clock_started": _event("from when on a deadline runs, and until when", "clock", "due", "why"),
    "case.clock_paused": _event("a deadline stands still, and why", "clock", "due", "reason", "justification"),
    "case.clock_resumed": _event("a deadline goes on", "clock", "due", "reason"),
    "case.clock_extended": _event("a deadline was made longer, and why", "clock", "due", "reason", "justification"),
    "case.clock_recounted": _event("a deadline moved because the calendar or the law changed", "clock", "due"),
    "case.law_compared": _event("a later version of the law makes nothing milder for the case", "procedure"),
    "case.made_milder": _event("a later version of the law, which is milder, governs the case", "procedure"),
    "case.clock_done": _event("what a deadline waits for has happened", "clock", "in_time"),
    "case.deadline_near": _event("those who work under a deadline were reminded of it", "clock", "due"),
    "case.deadline_missed": _event("a deadline was missed, and what followed", "clock", "due", "effects"),
    "case.asked_to_complete": _event("why the case could not be worked on", "state_after", "justification"),
    "case.completed": _event("the person handed in what was missing", "state_after", "received_on", "posted_on"),
    "case.taken_up_again": _event("the case went on without an answer", "state_after", "justification"),
    "case.draft_saved": _event("who drafted the decision", "state_after"),
    "case.submitted": _event("who drafted the decision that waits for approval", "state_after"),
    "case.sent_back": _event("why a draft was not approved", "justification"),
    "case.screening_proposed": _event("by which rule a case might be turned away, and why", "rule", "justification"),
    "case.screened_out": _event("by which rule one person turned a case away, and why", "rule", "justification"),
    "case.screening_approved": _event("a second person agreed that a case is turned away", "rule"),
    "case.screening_refused": _event("why a second person did not agree to turn a case away", "justification"),
    "case.screening_served": _event("when the person counts as told that their case was turned away", "how"),
    "case.revived": _event(
        "the person had something new, so a case turned away began anew", "rule", "received_on", "posted_on"
    ),
    "case.decided": _event("what was decided, and by whom", "state_after", "approved_by"),
    "case.served": _event("when the decision counts as having reached the person", "how"),
    "case.withdrawal_asked": _event("the person withdrew; what resumes when", "effective_on"),
    "case.withdrawal_undone": _event("the person took the withdrawal back"),
    "case.withdrawn": _event("the withdrawal took effect"),
    "case.closed": _event("nothing more is open"),
    "case.remedy_done": _event("the correction was carried out", "remedy", "state_after"),
    "case.remedy_undone": _event("a correction was taken back", "remedy", "state_after", "justification"),
    # what happens to the data
    "record.statement_attached": _event("the person's own words go with the record", "statement", "document_sha256"),
    "record.statement_ended": _event("the person's words go with the record no longer", "statement"),
    "record.marked": _event("the record is shown as disputed", "mark"),
    "record.unmarked": _event("a mark ended", "mark"),
    "record.corrected": _event("a value was put right", "field", "state_before", "state_after"),
    "record.sealed": _event("the record was taken out of the file", "state_before", "state_after"),
    "record.detached": _event("the record is about somebody else", "state_before", "state_after"),
    "record.restored": _event("a remedy was undone", "state_before", "state_after"),
    "measure.suspended": _event("an effect stopped while the case is open", "measure"),
    "measure.resumption_set": _event("an effect will start again", "measure", "effective_on"),
    "measure.resumed": _event("an effect started again", "measure"),
    "measure.lifted": _event("an effect ended", "measure"),
    "measure.restored": _event("the lifting of an effect was undone", "measure"),
    # recipients
    "subscription.made": _of_office("a recipient is told of changes", "programme", "purpose", "subscription"),
    "subscription.ended": _of_office("a recipient is told no more", "programme", "purpose", "subscription"),
    "recipient.acknowledged": _event("a recipient has dealt with a change", "what", "delivery"),
    # keeping times
    "record.expired": _event("its keeping time is over", "rule", "until", "then", "state_before", "state_after"),
    "record.unpublished": _event("the time of its publication is over", "rule", "until"),
    "record.purged": _event("what it said was destroyed; versions and digests stay", "versions", "because"),
    "retention.run": _of_office("somebody had keeping times run by hand", "programme", "gone", "waiting"),
    # what leaves for other systems
    "records.exported": _of_office("a file of published records was made", "programme", "form", "records", "reason"),
    # keys of systems
    "key.issued": _of_office("a system may read or write", "key", "scopes"),
    "key.revoked": _of_office("a system may no longer read or write", "key"),
    # staff
    "role.given": _of_office("who may decide, approve or supply", "role", "member"),
    "role.ended": _of_office("who may do so no longer", "role", "member"),
    "second_factor.reset": _of_office("from when on a password alone opened an account", "member"),
    # what failed, logged after the rollback
    "access.denied": _of_office("somebody wanted to see or do what they may not", "route", "method", "status"),
    "act.refused": _of_office("somebody wanted to do what the rules do not allow then", "route", "method", "status"),
    "failures.counted": _of_office("how often visitors failed at something in a minute", "kind", "minute", "count"),
    # somebody is erased; these are sealed under the keys of the offices, or the log's own: they outlive the person
    "erasure.proposed": _of_office(
        "who asked that somebody be erased, and by which law", "erasure", "basis", "because"
    ),
    "erasure.refused": _of_office("why somebody is not erased", "erasure", "justification"),
    "erasure.approved": _of_office("who agreed, as the second person", "erasure", "basis"),
    "erasure.performed": _of_office(
        "that somebody was erased, and what that took", "erasure", "basis", "openings", "files"
    ),
    "case.erased": _of_office("what was said in the case was destroyed; what was decided stays", "erasure"),
    "record.erased": _of_office("what the record said was destroyed", "erasure"),
    "month_key.destroyed": _of_office("from when on erasures of that month are final, also in copies", "month"),
    # the log itself
    "log.refused": _of_office("since when the signer did not vouch for the log, and why", "reason"),
    "log.key_rotated": _of_office("which keys sign the log from now on", "keys"),
}
