"""What each kind of message says, and whether it may be mailed.

The page says what happened, in the reader's language, from codes, days and catalogue titles.
A mail says only that there is something to read: whoever sees it over a shoulder, or on a shared
address, learns neither what is held nor that there is a dispute.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from django.utils import dateformat
from django.utils.translation import get_language, override
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_noop as _

from delivery.models import Message

_PATIENT = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 4 * 60, 12 * 60, 24 * 60))
_HASTY = tuple(timedelta(seconds=s) for s in (10, 30, 120, 300))  # a code is dead after fifteen minutes


class Heeds(StrEnum):
    """Which wishes about mails a kind follows (delivery.wishes)."""

    WISHES = "wishes"
    SETTLED = "settled"  # at any hour, and only wishes that an intruder cannot have set just before
    NOTHING = "nothing"  # the person asked for it this very minute


class UnknownKind(ValueError):
    """A kind of message that the table does not have, or a parameter that its sentence needs."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`params`: what the sentences need. `is_mailed`: whether a mail may point to it.

    `waits`: how long to wait after each failed try. `life`: after that it is not worth sending. `heeds`: which
    wishes about mails it follows. `is_kept`: whether its row stays once it is sent. `on_paper`: what a letter says
    instead of `body`, where that leads to a page: whoever gets letters may have none.
    """

    title: str
    body: str
    params: frozenset[str]
    is_mailed: bool
    waits: tuple[timedelta, ...] = _PATIENT
    life: timedelta | None = None
    heeds: Heeds = Heeds.WISHES
    is_kept: bool = True
    on_paper: str = ""


def _kind(title: str, body: str, *params: str, is_mailed: bool, on_paper: str = "") -> Kind:
    return Kind(title, body, frozenset(params), is_mailed, on_paper=on_paper)


def _code(title: str) -> Kind:
    return Kind(title, "", frozenset(), True, _HASTY, CODE_LIFE, Heeds.NOTHING, is_kept=False)


SIGN_IN_CODE = "sign_in_code"
CONTACT_CODE = "contact_code"  # to a new address, to see that it can be read
CONTACT_CHANGED = "contact_changed_mail"  # to the old one, with the way to stop it
CODE_LIFE = timedelta(minutes=15)
OBJECTION = timedelta(hours=72)  # how long the old address can stop a change, and the new one waits
POSTAL_NOTED = "postal_noted_mail"  # to the mailbox, when a paper asks for letters
POSTAL_LEFT = "postal_left"  # a letter to the address that letters leave
# Mails only, whose words stand in delivery.mails, and a letter to somewhere else.
NEVER_IN_INBOX = (SIGN_IN_CODE, CONTACT_CODE, CONTACT_CHANGED, POSTAL_NOTED, POSTAL_LEFT)

KINDS: dict[str, Kind] = {
    # a person's own record
    "record_added": _kind(
        _("Something new is held about you"),
        _(
            "“%(type)s” was added. It was sent by: %(source)s. Legal basis: %(basis)s. Open the entry to see what it"
            " says. If it is wrong, you can dispute it there. That costs nothing."
        ),
        "type",
        "source",
        "basis",
        is_mailed=True,
        on_paper=_(
            "“%(type)s” was added to what is held about you. It was sent by: %(source)s. Legal basis: %(basis)s."
        ),
    ),
    "record_changed": _kind(
        _("Something held about you has changed"),
        _(
            "“%(type)s” was changed. The change was sent by: %(source)s. Legal basis: %(basis)s. Open the entry to"
            " compare what it says now with what it said before. If it is wrong, you can dispute it there."
        ),
        "type",
        "source",
        "basis",
        is_mailed=True,
        on_paper=_("“%(type)s” was changed. The change was sent by: %(source)s. Legal basis: %(basis)s."),
    ),
    "record_withdrawn": _kind(
        _("Something held about you was taken back"),
        _(
            "“%(type)s” is not in your file any more, and no measure rests on it: it was taken back by %(source)s,"
            " who had sent it."
        ),
        "type",
        "source",
        is_mailed=True,
    ),
    "record_returned": _kind(
        _("Something that was taken back is held about you again"),
        _(
            "“%(type)s” is in your file again. It was sent by: %(source)s. Legal basis: %(basis)s. Open the entry to"
            " see what it says. If it is wrong, you can dispute it there."
        ),
        "type",
        "source",
        "basis",
        is_mailed=True,
        on_paper=_("“%(type)s” is in your file again. It was sent by: %(source)s. Legal basis: %(basis)s."),
    ),
    "source_answered": _kind(
        _("The source has answered your dispute"),
        _(
            "%(source)s has sent something new about “%(type)s”, which you dispute. It changes nothing yet: whoever"
            " decides your case will look at it."
        ),
        "type",
        "source",
        is_mailed=True,
    ),
    "measure_imposed": _kind(
        _("A measure was placed on you"),
        _(
            "“%(measure)s” applies to you from %(from_on)s. It rests on “%(type)s”, which was sent by: %(source)s."
            " Legal basis: %(basis)s. Open the entry to see why. If it is wrong, you can dispute it there."
        ),
        "measure",
        "from_on",
        "type",
        "source",
        "basis",
        is_mailed=True,
        on_paper=_(
            "“%(measure)s” applies to you from %(from_on)s. It rests on “%(type)s”, which was sent by: %(source)s."
            " Legal basis: %(basis)s."
        ),
    ),
    "measure_shortened": _kind(
        _("A measure ends earlier"),
        _(
            "The last day of “%(measure)s” is %(until_on)s. After that day it does not apply to you. This was sent by"
            " %(source)s, for “%(type)s”. You need not do anything."
        ),
        "measure",
        "until_on",
        "source",
        "type",
        is_mailed=True,
    ),
    "measure_resumes": _kind(
        _("A measure will start again"),
        _("“%(measure)s” starts again on %(on)s. Until then it does not apply to you."),
        "measure",
        "on",
        is_mailed=True,
    ),
    "measure_resumes_later": _kind(
        _("A measure stays stopped for longer"),
        _(
            "The calendar or the law was changed. “%(measure)s” starts again on %(new)s, and not on %(old)s. Until then"
            " it does not apply to you."
        ),
        "measure",
        "old",
        "new",
        is_mailed=True,
    ),
    "measure_resumed": _kind(
        _("A measure has started again"),
        _("“%(measure)s” applies to you again."),
        "measure",
        is_mailed=True,
    ),
    # a person's own record: its keeping time is over; nothing is to be done, so nothing is mailed
    "record_expired": _kind(
        _("An entry about you is no longer kept"),
        _("“%(type)s” has reached the end of its keeping time. What it said was destroyed. You need not do anything."),
        "type",
        is_mailed=False,
    ),
    "record_locked_away": _kind(
        _("An entry about you is no longer used"),
        _(
            "“%(type)s” has reached the end of its keeping time. It was locked away: it is shown to nobody and has no"
            " effect any more. You need not do anything."
        ),
        "type",
        is_mailed=False,
    ),
    "publication_ended": _kind(
        _("An entry about you is no longer published"),
        _("The time for which “%(type)s” may be published is over. You need not do anything."),
        "type",
        is_mailed=False,
    ),
    # a person's own file: it was joined with another of theirs, or held what is somebody else's
    "files_joined": _kind(
        _("What is held about you now stands in one place"),
        _(
            "We held entries about you in two places. They now stand together under “What is held about me”. If an"
            " entry there is not about you, dispute it, or tell: %(holder)s."
        ),
        "holder",
        is_mailed=True,
        on_paper=_(
            "We held entries about you in two places. They now stand together. If an entry is not about you, dispute"
            " it, or tell: %(holder)s."
        ),
    ),
    "files_separated": _kind(
        _("Some entries no longer stand in your file"),
        _(
            "Entries that had been joined to your file were taken out again, since it is not sure that they are about"
            " you. Your other entries stay. If something is missing, tell: %(holder)s."
        ),
        "holder",
        is_mailed=True,
    ),
    "entries_left": _kind(
        _("Entries were taken out of your file"),
        _(
            "%(number)s of the entries in your file turned out to be about somebody else. They have no effect on you"
            " any more. If that is wrong, tell: %(holder)s."
        ),
        "holder",
        "number",
        is_mailed=True,
    ),
    "entries_came": _kind(
        _("Entries were added to your file"),
        _(
            "%(number)s entries that were held elsewhere are about you. They now stand under “What is held about me”."
            " If one is wrong, you can dispute it there. That costs nothing."
        ),
        "number",
        is_mailed=True,
        on_paper=_(
            "%(number)s entries that were held elsewhere are about you, and stand in your file now. If one is wrong,"
            " you can dispute it. That costs nothing."
        ),
    ),
    # acting for another
    "mandate_began": _kind(
        _("Somebody may now act for you"),
        _(
            "Somebody accepted to act for you, or was entered as acting for you. See who may act for you, how far and"
            " until when. You can end it there at any time."
        ),
        is_mailed=True,
        on_paper=_(
            "Somebody accepted to act for you, or was entered as acting for you. If you did not want that, write to us"
            " or come to our office: we give you a way in, by which you see who it is and end it."
        ),
    ),
    "mandate_held": _kind(
        _("You may now act for somebody else"),
        _("Go to “Acting for others” to see for whom, what you may do and until when."),
        is_mailed=True,
    ),
    "mandate_ended": _kind(
        _("Somebody no longer acts for you"),
        _("A mandate has ended. See who may still act for you."),
        is_mailed=True,
        on_paper=_("A mandate has ended: somebody who could act for you no longer can."),
    ),
    "mandate_lost": _kind(
        _("You no longer act for somebody else"),
        _("A mandate has ended. Go to “Acting for others” to see which are still in force."),
        is_mailed=True,
    ),
    # a copy of everything
    "export_ready": _kind(
        _("Your copy is ready"),
        _(
            "The copy of everything that is held about you can be downloaded until %(until_on)s. It is for you alone:"
            " nobody may demand that you show it. After that day it is deleted."
        ),
        "until_on",
        is_mailed=True,
    ),
    "export_failed": _kind(
        _("Your copy could not be made"),
        _("We tried several times to make the copy of what is held about you, and could not. You can ask again."),
        is_mailed=True,
    ),
    # a person's case
    "case_filed": _kind(
        _("We have your dispute"),
        _("Your reference is %(reference)s. The case page says what happens next, and by when."),
        "reference",
        is_mailed=True,
    ),
    "case_taken": _kind(
        _("Somebody is working on your case"),
        _("A caseworker who had no part in the record has taken case %(reference)s."),
        "reference",
        is_mailed=False,  # nothing to do for the person; the case page shows it
    ),
    "decision_ready": _kind(
        _("Your case is decided"),
        _("The decision in case %(reference)s is ready, with the reasons for every point."),
        "reference",
        is_mailed=True,
    ),
    "excuse_accepted": _kind(
        _("Your excuse counts"),
        _("Case %(reference)s came after its last day. It is looked into all the same."),
        "reference",
        is_mailed=True,
    ),
    "screening_ready": _kind(
        _("Your case was turned away"),
        _(
            "Case %(reference)s is not looked into. Open it to read why, where you can go, and how it is taken up again"
            " if you have something new."
        ),
        "reference",
        is_mailed=True,
    ),
    "case_revived": _kind(
        _("Your case is looked into again"),
        _("You added something new to case %(reference)s. The case page says what happens next, and by when."),
        "reference",
        is_mailed=True,
    ),
    "case_incomplete": _kind(
        _("Something is missing in your case"),
        _("Case %(reference)s cannot go on without something from you. The case page says what it is, and by when."),
        "reference",
        is_mailed=True,
    ),
    "deadline_paused": _kind(
        _("A deadline in your case stands still"),
        _("In case %(reference)s a deadline stands still for a while. The case page says why, and what is needed."),
        "reference",
        is_mailed=True,
    ),
    "deadline_resumed": _kind(
        _("A deadline in your case runs again"),
        _("In case %(reference)s a deadline that stood still runs again. Its last day is now %(new)s."),
        "reference",
        "new",
        is_mailed=True,
    ),
    "deadline_extended": _kind(
        _("A deadline in your case was made longer"),
        _(
            "In case %(reference)s the last day was %(old)s. It is now %(new)s. The case page says why, and which rule"
            " allows it."
        ),
        "reference",
        "old",
        "new",
        is_mailed=True,
    ),
    "deadline_longer": _kind(
        _("There is more time for a step in your case"),
        _(
            "Something new came in, and the procedure then gives more time by itself. In case %(reference)s the last"
            " day was %(old)s. It is now %(new)s. The case page says which rule that is."
        ),
        "reference",
        "old",
        "new",
        is_mailed=True,
    ),
    "deadline_moved": _kind(
        _("A day in your case has changed"),
        _(
            "The calendar or the law was changed. In case %(reference)s the last day was %(old)s. It is now %(new)s."
            " The case page shows how it was counted."
        ),
        "reference",
        "old",
        "new",
        is_mailed=True,
    ),
    "rules_milder": _kind(
        _("A new rule is better for you"),
        _(
            "The law of your procedure was changed. Where the new rules are better for you, they now count for case"
            " %(reference)s, too. You have to do nothing. If a day moves, you get a message of its own."
        ),
        "reference",
        is_mailed=True,
    ),
    "deadline_missed": _kind(
        _("The answer to your case is late"),
        _("Case %(reference)s should have been answered by %(on)s. The case page says what you may do now."),
        "reference",
        "on",
        is_mailed=True,
    ),
    "accept_missed": _kind(
        _("Nobody has said yet whether your case is taken on"),
        _("For case %(reference)s that had to be said by %(on)s. The case page says what follows from it."),
        "reference",
        "on",
        is_mailed=True,
    ),
    "cure_ends": _kind(
        _("You can still hand in what is missing"),
        _(
            "In case %(reference)s you were asked for something. Please answer by %(on)s."
            " The case page says what it is."
        ),
        "reference",
        "on",
        is_mailed=True,
    ),
    "window_ends": _kind(
        _("You can still ask others to look at your case"),
        _("If you do not agree with the decision in case %(reference)s, go to the next office by %(on)s."),
        "reference",
        "on",
        is_mailed=True,
    ),
    "withdrawal_asked": _kind(
        _("You asked to withdraw your case"),
        _("Case %(reference)s ends on %(on)s. Until then you can take the withdrawal back."),
        "reference",
        "on",
        is_mailed=True,
    ),
    "withdrawal_later": _kind(
        _("You have longer to take your withdrawal back"),
        _(
            "The calendar or the law was changed. Case %(reference)s ends on %(new)s, and not on %(old)s. Until then"
            " you can take the withdrawal back."
        ),
        "reference",
        "old",
        "new",
        is_mailed=True,
    ),
    "withdrawal_undone": _kind(
        _("Your case goes on"),
        _("The withdrawal of case %(reference)s was taken back. The case goes on as before."),
        "reference",
        is_mailed=True,
    ),
    "withdrawn": _kind(
        _("Your case is withdrawn"),
        _("Case %(reference)s has ended because it was withdrawn. You can file a new one at any time."),
        "reference",
        is_mailed=True,
    ),
    "remedy_done": _kind(
        _("It was put right"),
        _("What case %(reference)s decided for “%(type)s” has been carried out."),
        "reference",
        "type",
        is_mailed=False,  # comes with the decision, which is mailed
    ),
    "remedy_undone": _kind(
        _("A correction was taken back"),
        _("What case %(reference)s had changed in “%(type)s” was taken back. The case page says why."),
        "reference",
        "type",
        is_mailed=True,
    ),
    # those who answer for a case
    "holder_told_completed": _kind(
        _("What was missing has come"),
        _("In case %(reference)s the person has answered what was asked."),
        "reference",
        is_mailed=False,
    ),
    "holder_told_revived": _kind(
        _("A case that was turned away is back"),
        _("In case %(reference)s the person has added something new. It waits for somebody to take it."),
        "reference",
        is_mailed=False,
    ),
    "holder_told_deadline": _kind(
        _("A deadline is near"),
        _("Case %(reference)s: work to %(on)s. The case page says how this day was counted."),
        "reference",
        "on",
        is_mailed=False,
    ),
    "holder_told_moved": _kind(
        _("A day has moved, because the calendar or the law was changed"),
        _("Case %(reference)s: work to %(on)s now. The case page says how this day was counted."),
        "reference",
        "on",
        is_mailed=False,
    ),
    "holder_told_missed": _kind(
        _("A deadline was missed"),
        _("Case %(reference)s was to be dealt with by %(on)s. The case page says what follows from it."),
        "reference",
        "on",
        is_mailed=False,
    ),
    # the source's officers: on their page only, their systems learn it by the API
    "source_told_dispute": _kind(
        _("A record that you supplied is disputed"),
        _("“%(type)s” (your reference %(source_ref)s) is disputed, and is marked so wherever it is shown."),
        "type",
        "source_ref",
        is_mailed=False,
    ),
    "source_told_remedy": _kind(
        _("A decision changed a record that you supplied"),
        _("What is held under “%(type)s” (your reference %(source_ref)s) has changed. Bring your own data into line."),
        "type",
        "source_ref",
        is_mailed=False,
    ),
    "source_told_set_aside": _kind(
        _("What you sent during a dispute was not made"),
        _("What you sent about “%(type)s” (your reference %(source_ref)s) was set aside: the decision governs."),
        "type",
        "source_ref",
        is_mailed=False,
    ),
    # signing in
    SIGN_IN_CODE: _code(_("Your sign-in code")),
    # the person's address
    CONTACT_CODE: _code(_("Your code")),
    CONTACT_CHANGED: Kind(
        _("The address for messages to you was changed"),
        "",
        frozenset(),
        True,
        life=OBJECTION,
        heeds=Heeds.SETTLED,
    ),
    "contact_changed": _kind(
        _("The address for messages to you was changed"),
        _(
            "Messages go to the new address now. The old one was told and can stop the change until %(until_at)s. Until"
            " then nothing can be exported and no case withdrawn."
        ),
        "until_at",
        is_mailed=False,  # the old address gets a mail of its own; whoever changed it has just seen it
    ),
    POSTAL_NOTED: Kind(_("Messages to you go by letter"), "", frozenset(), True, heeds=Heeds.SETTLED),
    "postal_noted": _kind(
        _("Messages to you go by letter"),
        _(
            "A paper in your name asks for letters, and says where to. If it was not from you, end the letters under"
            " “Your address and mails”. Until %(until_at)s nothing can be exported and no case withdrawn."
        ),
        "until_at",
        is_mailed=False,  # the mailbox gets a mail of its own
    ),
    POSTAL_LEFT: _kind(
        _("Letters to you no longer come to this address"),
        _(
            "Somebody wrote to us in your name, signed in as you, or came to our office, and wants messages to go"
            " elsewhere. This is the last letter to this address. Was it you? Then you need not do anything. Was it"
            " not you? Write to us, or come to our office, as soon as you can: we put it right."
        ),
        is_mailed=False,  # it is the address that is told, not whoever reads the mailbox
    ),
    "contact_restored": _kind(
        _("The change of your address was stopped"),
        _(
            "Your old address is in use again, and everybody was signed out. If somebody else had changed it, look"
            " through “My cases” for anything that you did not do."
        ),
        is_mailed=True,
    ),
    # the person is erased
    "erasure_asked": _kind(
        _("Everything about you is to be erased, as you asked"),
        _(
            "After %(until_on)s everything that was said about you here is destroyed, and nobody can bring it back."
            " Until then you can take a copy of your file. If you do not want this any more, or never asked for it,"
            " write to the office."
        ),
        "until_on",
        is_mailed=True,
    ),
    "erasure_offered": _kind(
        _("The time for keeping your file is over, and it is to be erased"),
        _(
            "After %(until_on)s everything that was said about you here is destroyed, and nobody can bring it back."
            " Until then you can take a copy of your file. If you still need it here, for a court case for example,"
            " write to the office."
        ),
        "until_on",
        is_mailed=True,
    ),
    "erasure_refused": _kind(
        _("Your file is not erased"),
        _("It was proposed to erase everything about you. This was refused, and everything is as it was."),
        is_mailed=True,
    ),
    "file_opened": _kind(
        _("Your file was opened to you in full"),
        _("You showed that you are you. You now see what every source said about you."),
        is_mailed=False,
    ),
}


class Rendered(NamedTuple):
    title: str
    body: str


def kind(name: str) -> Kind:
    """The table's line for this kind. Raises `UnknownKind`."""
    try:
        return KINDS[name]
    except KeyError:
        raise UnknownKind(name) from None


def check_params(name: str, params: Mapping[str, Any]) -> None:
    """Raise `UnknownKind` unless `params` has all that the sentences of this kind need."""
    if missing := kind(name).params - set(params):
        raise UnknownKind(f"{name} needs {', '.join(sorted(missing))}")


def rendered(message: Message, language: str, *, on_paper: bool = False) -> Rendered:
    """Title and body of a message as its page shows them, or its letter says them, in `language`."""
    with override(language):
        line = kind(message.kind)
        words = {name: _word(name, value) for name, value in message.params.items()}
        body = (line.on_paper if on_paper else "") or line.body
        return Rendered(translated(line.title), translated(body) % words if body else "")


def _word(name: str, value: Any) -> str:
    """A parameter in the active language: a catalogue title {en, zh}, a day (`…on`, `old`, `new`), a moment (`…at`)."""
    language = (get_language() or "en")[:2]
    if isinstance(value, Mapping):
        return str(value.get(language) or value.get("en") or "")
    if name.split("_")[-1] in ("on", "old", "new"):
        return dateformat.format(date.fromisoformat(value), "Y年n月j日" if language == "zh" else "j F Y")
    if name.split("_")[-1] == "at":
        return dateformat.format(
            datetime.fromisoformat(value), "Y年n月j日 H:i T" if language == "zh" else "j F Y, H:i T"
        )
    return str(value)
