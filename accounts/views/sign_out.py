"""Signing out, for people and staff alike."""

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST


@login_not_required  # whoever is signed out already gets what they want
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("home")


sign_out.for_second_factor = True  # type: ignore[attr-defined]  # staff may leave before they set it up
