"""Errors of records as problems."""

from django.utils.translation import gettext as _

from accounts.access import ContactNotSettled
from accounts.api.problems import Mistake, Problem, pointer, problem_of, wrong_values
from records import presentation
from records.catalogue import Refusal, Refused
from records.models import ImportJob, Record, Subscription
from records.operations.statements import NoWords, OnlySees, TooManyWords
from records.presentation import words
from records.queries import MayNotOpen
from records.values import filled


@problem_of.register
def _refused(error: Refused) -> Problem:
    return wrong_values([_mistake(refusal) for refusal in error.refusals])


@problem_of.register(Record.DoesNotExist)
@problem_of.register(MayNotOpen)
def _no_such_record(error: Exception) -> Problem:
    return Problem(404, detail=_("There is no such entry, or it is not for you."))


@problem_of.register
def _only_sees(error: OnlySees) -> Problem:
    return Problem(403, detail=_("You may look at this, but not act: your mandate is for seeing only."))


@problem_of.register
def _too_soon(error: ContactNotSettled) -> Problem:
    sentence = _("Your address was changed a short time ago. You can do this after %(when)s.")
    return Problem(409, detail=sentence % {"when": presentation.moment(error.settles_at)})


@problem_of.register
def _no_words(error: NoWords) -> Problem:
    return wrong_values([Mistake(_("Write what you want to say"), "missing", pointer=pointer(["words"]))])


@problem_of.register
def _too_many_words(error: TooManyWords) -> Problem:
    return wrong_values([Mistake(presentation.too_long(error), "too_many_words", pointer=pointer(["words"]))])


@problem_of.register(ImportJob.DoesNotExist)
def _no_such_import(error: Exception) -> Problem:
    return Problem(404, detail=_("There is no such import, or it is not yours."))


@problem_of.register(Subscription.DoesNotExist)
def _no_such_subscription(error: Exception) -> Problem:
    return Problem(404, detail=_("There is no such subscription, or it is not yours."))


def _mistake(refusal: Refusal) -> Mistake:
    path = () if refusal.field == "line" else refusal.field.split(".")
    detail = filled(_(refusal.sentence), refusal.params, words.reader())
    return Mistake(detail, refusal.code, pointer=pointer(path))
