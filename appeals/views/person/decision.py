"""The decision: as a page, whose opening serves it, and as a letter.

# Note [Opening serves]
A decision reaches the person when they open it; from that moment their time to go further runs, and
what was stopped gets the day on which it may start again. So opening is what the page must record,
and asking for one more click would only let a person read without it. A GET may do this because it
does nothing else: it happens once, under the case's lock, however often the page is opened; it
changes nothing that the person could lose by it, since without it the procedure's own rule of
service would come instead; and only the person can cause it, by going to the page themselves: the
session's cookie does not travel with pictures and frames of other sites, and a browser that only
fetches ahead is turned away.
"""

from contextlib import suppress
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from accounts.access import SignedIn, person_required
from appeals import letters, operations, queries, windows
from appeals.letter_of import letter_of, signers
from appeals.models import Case, Outcome
from appeals.views.download import download
from appeals.views.person.cases import own_case
from appeals.views.problems import told_plainly
from appeals.workflow import IllegalStep, Status

_TONES = {
    Outcome.UPHELD: "good",
    Outcome.PARTLY_UPHELD: "good",
    Outcome.UNVERIFIABLE: "good",
    Outcome.REJECTED: "neutral",
}


@person_required
@told_plainly
@require_GET
def decision(request: SignedIn, reference: str) -> HttpResponse:
    """What was decided on each point and why. Opening it serves it (Note [Opening serves])."""
    at = timezone.now()
    case = _served(request, reference, at)
    letter = letter_of(case, by=request.actor, at=at, language=get_language() or case.language)
    tones = {str(outcome.label): tone for outcome, tone in _TONES.items()}
    title, _blank, how = letter.next_tier.text.partition("\n\n") if letter.next_tier else ("", "", "")
    tier = queries.tier_after(case)
    context = {
        "case": case,
        "letter": letter,
        "answers": [(answer, tones[answer.outcome], answer.reasons.split("\n\n")) for answer in letter.answers],
        "signers": signers(case),
        "tier_title": title,
        "tier_how": how,
        "window": windows.for_tier(case, tier, at) if tier else None,
    }
    return render(request, "appeals/person/decision.html", context)


@person_required
@told_plainly
@require_GET
def letter_pdf(request: SignedIn, reference: str) -> HttpResponse:
    """The same as a letter, in the language of the case. Whoever saves the letter has it: that serves it too."""
    at = timezone.now()
    case = _served(request, reference, at)
    letter = letter_of(case, by=request.actor, at=at)
    return download(f"{case.reference}.pdf", "pdf", letters.render(letter))


def _served(request: SignedIn, reference: str, at: datetime) -> Case:
    """The decided case, served if it was not. 404 while there is no decision to open."""
    case = own_case(request.actor, reference)
    if case.decided_at is None or fetches_ahead(request):
        raise Http404
    if case.status != Status.DECIDED:
        return case
    with suppress(IllegalStep):  # opened in another window at the same moment: it is served, which is what was wanted
        operations.serve(case.pk, how="opened", by=request.actor, at=at)
    return own_case(request.actor, reference)


def fetches_ahead(request: HttpRequest) -> bool:
    """Whether a browser only fetches the page in case somebody wants it."""
    return "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
