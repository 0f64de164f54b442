"""Shapes of what is typed in to sign in; whether it is right is the business of `operations.sign_in` and allauth."""

import datetime
import re
from typing import Any

from allauth.account.forms import LoginForm
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.formfields import DateBoxes, DateField
from accounts.models import SubjectKind
from accounts.operations.sign_in import DIGITS, LAST_CHARACTERS, Fact

_NOT_A_DIGIT = re.compile(r"[\s-]+")
_ONE_TIME = {"autocomplete": "one-time-code", "inputmode": "numeric", "class": "redress-code"}


class AskForm(forms.Form):
    """Step one: where to send a code."""

    kind = forms.ChoiceField(
        label=_("Whom do you sign in for?"),
        choices=[(SubjectKind.PERSON, _("For myself")), (SubjectKind.ORGANISATION, _("For a company or organisation"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Select whom you sign in for")},
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("The one that your notice came to. We send a code there."),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={
            "required": _("Enter your e-mail address"),
            "invalid": _("Enter an e-mail address in the right form, like name@example.org"),
        },
    )


class CodeField(forms.CharField):
    """A code from a mail: spaces and hyphens do not matter."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Code from the mail"),
            help_text=_("Eight digits. Spaces do not matter."),
            max_length=40,
            widget=forms.TextInput(attrs=_ONE_TIME),
            error_messages={"required": _("Enter the code from the mail")},
        )

    def clean(self, value: Any) -> str:
        digits = _NOT_A_DIGIT.sub("", super().clean(value))
        if not re.fullmatch(rf"[0-9]{{{DIGITS}}}", digits):
            raise ValidationError(_("The code has eight digits. Compare it with the mail."))
        return digits


class EnterForm(forms.Form):
    """Step two: the code, and what the mail does not hold. `fact` is ready once the form is valid."""

    code = CodeField()
    more_time = forms.BooleanField(
        label=_("Give me more time"),
        help_text=_(
            "You are signed out after five hours of doing nothing, not after thirty minutes. Not on a shared device."
        ),
        required=False,
    )
    fact: Fact


class PersonEnterForm(EnterForm):
    birth_date = DateField(
        label=_("Your date of birth"),
        help_text=_("For example 27 3 1985. We ask because the mail does not say it."),
        widget=DateBoxes(birth_date=True),
        error_messages={"required": _("Enter your date of birth")},
    )
    field_order = ("code", "birth_date", "more_time")

    def clean_birth_date(self) -> datetime.date:
        birth_date: datetime.date = self.cleaned_data["birth_date"]
        self.fact = Fact(birth_date=birth_date)
        return birth_date


class OrganisationEnterForm(EnterForm):
    last_characters = forms.CharField(
        label=_("Last four characters of the registered number"),
        help_text=_("Of the unified social credit code or the legal entity identifier."),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "govuk-input--width-5"}),
        error_messages={"required": _("Enter the last four characters of the registered number")},
    )
    field_order = ("code", "last_characters", "more_time")

    def clean_last_characters(self) -> str:
        typed = _NOT_A_DIGIT.sub("", self.cleaned_data["last_characters"])
        if len(typed) != LAST_CHARACTERS:
            raise ValidationError(_("Enter four characters, the last ones of the number"))
        self.fact = Fact(last_characters=typed)
        return typed


def enter_form_of(kind: str) -> type[EnterForm]:
    """The form of step two for a kind of subject."""
    return OrganisationEnterForm if kind == SubjectKind.ORGANISATION else PersonEnterForm


class StaffSignInForm(LoginForm):  # type: ignore[misc]  # allauth is not typed
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login, password = self.fields["login"], self.fields["password"]
        login.label, password.label = _("E-mail address"), _("Password")
        login.widget = forms.EmailInput(attrs={"autocomplete": "username", "spellcheck": "false"})
        password.widget = forms.PasswordInput(attrs={"autocomplete": "current-password", "class": "govuk-input"})
        login.error_messages["required"] = _("Enter your e-mail address")
        login.error_messages["invalid"] = _("Enter an e-mail address in the right form, like name@example.org")
        password.error_messages["required"] = _("Enter your password")


class SecondFactorForm(AuthenticateForm):  # type: ignore[misc]  # allauth is not typed
    code = forms.CharField(
        label=_("Code from your authenticator app"),
        help_text=_("Six digits. If you do not have your device, type one of your recovery codes."),
        widget=forms.TextInput(attrs=_ONE_TIME),
        error_messages={"required": _("Enter the code from your app")},
    )


class SetUpForm(ActivateTOTPForm):  # type: ignore[misc]  # allauth is not typed
    code = forms.CharField(
        label=_("Code that the app shows now"),
        help_text=_("Six digits."),
        widget=forms.TextInput(attrs=_ONE_TIME),
        error_messages={"required": _("Enter the code from your app")},
    )
