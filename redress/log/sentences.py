"""What each event of the log says in words: to the person it is about, and to auditors. Looks nothing up.

Those of cases and measures stand with the case's own history (`appeals.presentation`); here are all others.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Role
from appeals import presentation as cases

Words = str | Promise

OTHERS: dict[str, Words] = {
    # data comes in
    "import.received": gettext_lazy("A system uploaded a file of data"),
    "import.started": gettext_lazy("A file of data began to be taken in"),
    "import.resumed": gettext_lazy("The taking in of a file of data went on"),
    "import.finished": gettext_lazy("A file of data was taken in"),
    "record.imported": gettext_lazy("A new entry came into your file"),
    "record.version_added": gettext_lazy("The source changed an entry"),
    "measure.imposed": gettext_lazy("A measure was placed on you"),
    "measure.shortened": gettext_lazy("A measure got an earlier last day"),
    "contact.added": gettext_lazy("An address at which you can be reached was noted"),
    # who is who
    "identity.doubtful": gettext_lazy("A line of a source waits, because it is not sure whom it is about"),
    "identity.doubt_opened": gettext_lazy("An official looked at a line of which it is not sure whom it is about"),
    "identity.doubt_taken_back": gettext_lazy("A source took back a line of which it was not sure whom it is about"),
    "identity.doubt_decided": gettext_lazy("An official decided whom a line of a source is about"),
    "identity.opened": gettext_lazy("An official looked at your name, birth date and numbers, to tell people apart"),
    "identity.proposed": gettext_lazy("An official proposed to join two files, or to take entries out of one"),
    "identity.approved": gettext_lazy("A second official agreed to join files, or to take entries out of one"),
    "identity.refused": gettext_lazy("A second official did not agree to join files, or to take entries out of one"),
    "identity.undone": gettext_lazy("The joining or splitting of files was taken back"),
    "identity.joined": gettext_lazy("Another file was found to be yours, too, and was joined with this one"),
    "identity.separated": gettext_lazy("This file is no longer joined with another one"),
    "identity.split": gettext_lazy("Entries about somebody else were taken out of this file"),
    # what people say themselves
    "record.statement_attached": gettext_lazy("You attached words of your own to an entry"),
    "record.statement_ended": gettext_lazy("Your own words on an entry ended"),
    # people come in, and act for each other
    "person.activated": gettext_lazy("Your file was opened to you for the first time"),
    "person.signed_in": gettext_lazy("You signed in"),
    "person.proved": gettext_lazy("You showed who you are, and your whole file was opened to you"),
    "person.looked_up": gettext_lazy("An official looked for your file by a number"),
    "mandate.given": gettext_lazy("You gave somebody authority to act for you"),
    "mandate.entered": gettext_lazy("An official entered an authority to act for you that came on paper"),
    "mandate.confirmed": gettext_lazy("A second official confirmed an authority to act for you that came on paper"),
    "mandate.accepted": gettext_lazy("Somebody accepted your authority to act for you"),
    "mandate.used": gettext_lazy("Somebody began to act for you"),
    "mandate.revoked": gettext_lazy("An authority to act for you ended"),
    # how people are reached
    "address.noted": gettext_lazy("The address to which letters to you go was noted"),
    "address.ended": gettext_lazy("You ended the letters to your postal address"),
    "address.put_back": gettext_lazy("An official took back a change of where letters go: it was not yours"),
    "activation_letter.made": gettext_lazy("A letter with a code that opens your file was made"),
    "contact.change_asked": gettext_lazy("Another address for messages to you was asked for"),
    "contact.changed": gettext_lazy("Messages to you go to another address"),
    "contact.change_stopped": gettext_lazy("The change of your address was stopped"),
    "contact.disputed": gettext_lazy("A source gave another address for you, which was not taken over"),
    "contact.wishes_set": gettext_lazy("It was noted when mails to you may come and what they may say"),
    # somebody looks, or receives
    "record.opened": gettext_lazy("Somebody looked at what is held about you"),
    "record.disclosed": gettext_lazy("A recipient was given what is held about you"),
    "case.opened": gettext_lazy("An official looked at what you wrote or handed in"),
    "export.asked": gettext_lazy("You asked for a copy of your file"),
    "export.made": gettext_lazy("A copy of your file was made, for you alone"),
    "export.taken": gettext_lazy("You took a file of your copy"),
    "export.destroyed": gettext_lazy("The copy of your file was deleted"),
    "subscription.made": gettext_lazy("A recipient asked to be told of changes"),
    "subscription.ended": gettext_lazy("A recipient is told of changes no more"),
    "recipient.acknowledged": gettext_lazy("A recipient confirmed that it dealt with a change"),
    "records.exported": gettext_lazy("A file of published entries was made for other systems"),
    # deadlines
    "calendar.day_declared": gettext_lazy("An office declared a day to be worked, or to be off"),
    "calendar.counted_anew": gettext_lazy("The calendar of a place was changed, and open deadlines were counted anew"),
    "calendar.day_taken_back": gettext_lazy("An office took back what it had declared about a day"),
    "case.clock_started": gettext_lazy("A deadline began"),
    "case.law_compared": gettext_lazy("A later version of the law makes nothing better in this case"),
    "case.clock_done": gettext_lazy("What a deadline waits for has happened"),
    "case.deadline_near": gettext_lazy("Those who work under a deadline were reminded of it"),
    "case.draft_saved": gettext_lazy("An official worked on the answer to your dispute"),
    "retention.run": gettext_lazy("Keeping times were run by hand"),
    # keys and roles
    "key.issued": gettext_lazy("A system was given a key"),
    "key.revoked": gettext_lazy("The key of a system was taken away"),
    "role.given": gettext_lazy("An official was given a role"),
    "role.ended": gettext_lazy("The role of an official ended"),
    "second_factor.reset": gettext_lazy("The second factor of an official was taken away"),
    # what failed
    "access.denied": gettext_lazy("Somebody wanted to see or do what they may not"),
    "act.refused": gettext_lazy("Somebody wanted to do what the rules did not allow then"),
    "failures.counted": gettext_lazy("It was counted how often visitors failed at something in a minute"),
    # erasing
    "erasure.proposed": gettext_lazy("It was proposed to erase somebody"),
    "erasure.refused": gettext_lazy("It was refused to erase somebody"),
    "erasure.approved": gettext_lazy("A second official agreed to erase somebody"),
    "erasure.performed": gettext_lazy("Somebody was erased"),
    "record.erased": gettext_lazy("What an entry said was destroyed, because its person was erased"),
    "month_key.destroyed": gettext_lazy("The key of a month was destroyed: its erasures are final in copies, too"),
    # the log itself
    "log.refused": gettext_lazy("The signer refused to sign the log"),
    "log.key_rotated": gettext_lazy("The keys that sign the log were changed"),
}
SENTENCES: Mapping[str, Words] = OTHERS | {event: words for event, (words, _by) in cases.EVENTS.items()}


def sentence(event: str) -> str:
    """What happened, in the reader's language."""
    return str(SENTENCES[event])


def actor(signature: object) -> str:
    """Who acted, from the log's signature: staff by role and number, never by name; empty where it is not known."""
    role, number, *_rest = f"{signature or ''}::".split(":")
    if role in Role.values and number.isdigit():
        return _("%(role)s no. %(number)s") % {"role": Role(role).label, "number": number}
    return str(_ACTORS.get(role, ""))


_ACTORS: dict[str, Words] = {
    "person": gettext_lazy("the person"),
    "representative": gettext_lazy("somebody who acts for the person"),
    "system": gettext_lazy("a system, by its key"),
    "service": cases.SERVICE,
    "log": cases.SERVICE,
}
