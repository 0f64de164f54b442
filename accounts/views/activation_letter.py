"""Coming in by a letter: a code that was printed, and a fact that the letter does not hold."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import operations, sessions, throttle
from accounts.forms_acting import LetterForm
from accounts.models import User
from accounts.operations import paper
from accounts.throttle import TooMany
from accounts.views import person
from audit import failures


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def letter(request: HttpRequest) -> HttpResponse:
    """One sentence for whatever was wrong, also for a code that does not exist."""
    if isinstance(request.user, User):
        return redirect(sessions.home_of(request.user))
    at = timezone.now()
    form = LetterForm(request.POST if request.method == "POST" else None)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            network = throttle.client(request)
            user = paper.activate_by_letter(form.cleaned_data["code"], fact=form.fact, network=network, at=at)
        except TooMany as error:
            form.add_error(None, person.wait(error, at))
            status = 429
        except operations.NotSignedIn:
            failures.count(failures.Kind.LETTER_CODE, at=at)
            sentence = _(
                "This does not fit together, or the code can no longer be used: each works once, for thirty days and"
                " five tries. Check both answers, or ask the office for a new letter."
            )
            form.add_error(None, sentence)
        else:
            sessions.sign_in_person(request, user, at=at, more_time=False)
            sessions.note_proof(request)  # an official made sure who got the letter: everything is open
            response = redirect(sessions.home_of(user))
            sessions.speak(request, response, user.language)
            return response
    return render(request, "accounts/acting/letter.html", {"form": form}, status=status)
