"""Leaving quickly, and how to use this service where somebody may look over one's shoulder or into one's device.

# Note [Leave quickly]
A plain link, so that it works without scripts and by keyboard. It signs out by GET: a stranger who tricked somebody
into opening it could do no more than sign them out, and one press must be enough. It does not hide that this service
was used: the browser's history, the network and mails stay; the page about safety says so.
"""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def leave(request: HttpRequest) -> HttpResponse:
    """Sign out, forget what the browser keeps of us, and be somewhere else."""
    request.session.flush()
    answer = (
        HttpResponseRedirect(settings.LEAVE_URL)
        if settings.LEAVE_URL
        else render(request, "accounts/contact/left.html")
    )
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


leave.for_second_factor = True  # type: ignore[attr-defined]  # whoever it is may leave


@login_not_required
@require_safe
def safety(request: HttpRequest) -> HttpResponse:
    context = {  # here, since words of another language are marked for screen readers
        "keys": _(
            "At the top of every page there is the link “Leave quickly”. It signs you out and shows another "
            "page at once. With a keyboard: press Escape three times, or the Tab key until the link is "
            "marked, then Enter."
        ),
        "windows": _(
            "Open this service in a private window (also called incognito or InPrivate), and close it "
            "afterwards. Then this device keeps no history and no files."
        ),
    }
    return render(request, "accounts/contact/safety.html", context)
