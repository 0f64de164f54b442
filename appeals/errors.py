"""What can go wrong in a case, in words for whoever asked. Mapped once to a page and once to a problem."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from records.presentation import day


class CaseError(Exception):
    """This could not be done."""

    sentence: object = _("This could not be done.")

    def __init__(self, sentence: object = "") -> None:
        self.sentence = sentence or self.sentence
        super().__init__(str(self.sentence))


class NothingToDispute(CaseError):
    """A dispute needs at least one thing."""

    sentence = _("Choose at least one entry or measure that you want to dispute.")


class TooManyThings(CaseError):
    """More things in one case than one page can answer: a case must never come to where no page leads on."""

    most: Final = 50

    def __init__(self) -> None:
        super().__init__(
            _("Choose at most %(number)d things for one case. For the others you can begin another one.")
            % {"number": self.most}
        )


class NotOpenHere(CaseError):
    """The procedure does not open for this thing or this person."""

    sentence = _("This procedure is not open for what you chose. Choose another procedure.")


class NotReceivedYet(CaseError):
    """Nothing can be received on a day that has not come."""

    sentence = _("The day on which it was received must not lie in the future.")


class ReceivedBefore(CaseError):
    """Something new cannot have been received before the dispute itself."""

    sentence = _("This was received before the dispute itself. Compare the day with the stamp.")


class PostedLater(CaseError):
    """A paper is posted before it arrives."""

    sentence = _("It cannot have been posted after the day on which it was received. Compare it with the postmark.")


class NoAddress(CaseError):
    """Whoever wants to be answered by letter has to say where it goes."""

    sentence = _("Enter the address to which letters go, as it stands on the paper.")


class NotPrintedYet(CaseError):
    """Only what was printed can have been posted."""

    sentence = _("Print this letter first.")


class NotPostedYet(CaseError):
    """A letter arrives after it was posted."""

    sentence = _("A letter can only arrive after the day on which it was posted.")


class NoStanding(CaseError):
    """The procedure does not let somebody file in this position."""

    sentence = _("Under this procedure nobody may file in this position. Choose another procedure, or ask the office.")


class StillWaiting(CaseError):
    """The law lets this be asked for only later. `place`: which thing has a ground that waits; None if all do."""

    def __init__(self, title: str, opens_on: date, place: int | None = None) -> None:
        names = {"title": title, "day": day(opens_on)}
        if place is None:
            sentence = _("You can ask for this from %(day)s on: “%(title)s”. Until then, choose another procedure.")
        else:
            sentence = _("Under “%(title)s” you can give this reason from %(day)s on. Until then, choose another one.")
        super().__init__(sentence % names)
        self.opens_on, self.place = opens_on, place


class DocumentNeeded(CaseError):
    """Nothing is filed without this paper, or without a word why it cannot be handed in."""

    def __init__(self, document: str, title: str) -> None:
        super().__init__(_("Hand this in, or say why you cannot: %(title)s") % {"title": title})
        self.document = document


class DocumentNotAsked(CaseError):
    """The procedure asks for no such paper here."""

    sentence = _("The procedure asks for no such paper here.")

    def __init__(self, document: str = "") -> None:
        super().__init__()
        self.document = document


class GroundNotOffered(CaseError):
    """The ground is not one of this procedure's."""

    sentence = _("Choose one of the reasons that this procedure offers.")


class ValueMoved(CaseError):
    """What you dispute has changed since you looked at it. Read the new value and say again what is wrong."""

    sentence = _("This entry has changed since you looked at it. Read what it says now and tell us again.")

    def __init__(self, record_ids: "list[object]") -> None:
        super().__init__()
        self.record_ids = record_ids


class AlreadyDisputed(CaseError):
    """The same thing is already part of an open case."""

    def __init__(self, reference: str) -> None:
        super().__init__(
            _("You already dispute this in case %(reference)s. You can add evidence there.") % {"reference": reference}
        )
        self.reference = reference


class NotInYourFile(CaseError):
    """There is no such entry in this person's file."""

    sentence = _("There is no such entry in your file.")


class NoSuchField(NotInYourFile):
    """The entry is there, but has no fact of that name."""

    sentence = _("This entry has no such field. Name one of those that it shows.")


class ReasonMissing(CaseError):
    """A step that needs a reason was asked for without one."""

    sentence = _("Write a reason.")


class DraftMoved(CaseError):
    """The draft has changed since it was read."""

    sentence = _("This draft has changed since you opened it. Read it again before you decide.")


class TooLate(CaseError):
    """The time in which this could be done has ended."""

    sentence = _("The time in which this could be undone has ended.")


class TooManyFiles(CaseError):
    """A case holds as many files as it may."""

    sentence = _(
        "You have handed in as many files as one case can hold. Remove one, or put several papers into one PDF."
    )


class WindowOver(CaseError):
    """It is too late for this procedure. `reasons`: codes of what excuses that; none, if nothing does."""

    def __init__(self, sentence: object, *, last_day: date, reasons: "Sequence[str]" = ()) -> None:
        super().__init__(sentence)
        self.last_day, self.reasons = last_day, tuple(reasons)


class HindranceNeeded(CaseError):
    """Where a window counts on by the time of a hindrance, that time has to be said."""

    sentence = _("Enter from which day to which day the person was kept from sending it.")


class StillLate(CaseError):
    """Also with the time of the hindrance the dispute came after the last day."""

    def __init__(self, last_day: date) -> None:
        super().__init__(
            _("Counted on by this time, the last day was %(day)s. It came later.") % {"day": day(last_day)}
        )
        self.last_day = last_day


class NothingNew(CaseError):
    """A case that was turned away is revived only by something new."""

    sentence = _("Say what is new, or add a file first. A few words are enough.")


class NothingLeft(CaseError):
    """Everything that the case was about has left the person's file."""

    sentence = _("Nothing that this case is about is in your file any more, so there is nothing to look into.")


class ClockRefused(CaseError):
    """The procedure does not let this deadline be changed like this. `code` names the box that is wrong, if one is."""

    def __init__(self, code: str, sentence: object) -> None:
        super().__init__(sentence)
        self.code = code


class DayRefused(CaseError):
    """This day cannot be declared. `code` names the box that is wrong."""

    def __init__(self, code: str, sentence: object) -> None:
        super().__init__(sentence)
        self.code = code


class TooEarly(CaseError):
    """The day on which this may happen has not come."""

    sentence = _("The day on which this may happen has not come yet.")


class ContactJustChanged(CaseError):
    """The address was changed so recently that its old one could still object: whoever acts may not be the person."""

    def __init__(self, settles_at: datetime) -> None:
        moment = f"{localtime(settles_at):%Y-%m-%d %H:%M} {localtime(settles_at):%Z}"
        super().__init__(
            _("Your address was changed a short while ago. Until %(when)s no case can be withdrawn, for your safety.")
            % {"when": moment}
        )
        self.settles_at = settles_at


class LaterRemedyStands(CaseError):
    """A remedy cannot be undone while a later one on the same record stands."""

    sentence = _("Something else was done to this entry later. Undo that first.")


class DecisionIncomplete(CaseError):
    """Every item needs an outcome and reasons. `problems` maps (item number, field) to a sentence."""

    sentence = _("Answer every item with an outcome and reasons.")

    def __init__(self, problems: dict[tuple[int, str], str]) -> None:
        super().__init__()
        self.problems = problems
