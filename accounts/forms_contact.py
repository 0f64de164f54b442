"""Shapes of a new address, its code, and wishes about mails."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.formfields import RadioHints
from accounts.forms import CodeField
from accounts.wishes import from_words
from delivery.wishes import Mails, Wishes

# The zones that a page offers; the API takes any of the IANA database.
ZONES = (
    ("Asia/Shanghai", gettext_lazy("China")),
    ("Asia/Hong_Kong", gettext_lazy("Hong Kong")),
    ("Asia/Taipei", gettext_lazy("Taipei")),
    ("Asia/Singapore", gettext_lazy("Singapore")),
    ("Asia/Tokyo", gettext_lazy("Japan")),
    ("Asia/Kolkata", gettext_lazy("India")),
    ("Asia/Dubai", gettext_lazy("Gulf")),
    ("Europe/Moscow", gettext_lazy("Moscow")),
    ("Africa/Nairobi", gettext_lazy("East Africa")),
    ("Europe/Berlin", gettext_lazy("Central Europe")),
    ("Europe/London", gettext_lazy("Britain and Ireland")),
    ("UTC", gettext_lazy("World time (UTC)")),
    ("America/Sao_Paulo", gettext_lazy("Brazil")),
    ("America/New_York", gettext_lazy("New York (Eastern)")),
    ("America/Chicago", gettext_lazy("Chicago (Central)")),
    ("America/Denver", gettext_lazy("Denver (Mountain)")),
    ("America/Phoenix", gettext_lazy("Arizona")),
    ("America/Los_Angeles", gettext_lazy("Los Angeles (Pacific)")),
    ("America/Anchorage", gettext_lazy("Alaska")),
    ("Pacific/Honolulu", gettext_lazy("Hawaii")),
    ("Australia/Sydney", gettext_lazy("Sydney")),
    ("Pacific/Auckland", gettext_lazy("New Zealand")),
)
DAYS = (
    (0, gettext_lazy("Monday")),
    (1, gettext_lazy("Tuesday")),
    (2, gettext_lazy("Wednesday")),
    (3, gettext_lazy("Thursday")),
    (4, gettext_lazy("Friday")),
    (5, gettext_lazy("Saturday")),
    (6, gettext_lazy("Sunday")),
)
_ANY = "any"
_HOURS = [(_ANY, gettext_lazy("Any time")), *((f"{hour:02}:00", f"{hour:02}:00") for hour in range(24))]
SELECT = {"class": "govuk-select"}


class NewAddressForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("New e-mail address"),
        help_text=gettext_lazy("One that only you can open. We send a code there."),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={
            "required": gettext_lazy("Enter the new e-mail address"),
            "invalid": gettext_lazy("Enter an e-mail address in the right form, like name@example.org"),
        },
    )


class AddressCodeForm(forms.Form):
    code = CodeField()


class WishesForm(forms.Form):
    """`wished` is ready once the form is valid."""

    mails = forms.ChoiceField(
        label=gettext_lazy("What may a mail say?"),
        choices=[
            (Mails.USUAL, gettext_lazy("That there is a message, and where to read it")),
            (Mails.BARE, gettext_lazy("Only that there is a message")),
            (Mails.NONE, gettext_lazy("Send me no mails")),
        ],
        widget=RadioHints(
            hints={
                Mails.USUAL: gettext_lazy("With a link to this service. Never what it is about."),
                Mails.BARE: gettext_lazy("No link and no name of this service."),
                Mails.NONE: gettext_lazy(
                    "Everything waits under “Messages”. Look there often: some answers have a last day."
                ),
            }
        ),
        error_messages={"required": gettext_lazy("Choose what a mail may say")},
    )
    days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("On which days may mails come?"),
        choices=DAYS,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Tick at least one day, or choose “Send me no mails”")},
    )
    begins = forms.ChoiceField(label=gettext_lazy("Not before"), choices=_HOURS, widget=forms.Select(SELECT))
    ends = forms.ChoiceField(label=gettext_lazy("Not after"), choices=_HOURS, widget=forms.Select(SELECT))
    zone = forms.ChoiceField(label=gettext_lazy("Your time zone"), choices=ZONES, widget=forms.Select(SELECT))
    wished: Wishes

    def __init__(self, data: Any = None, *, now: Wishes) -> None:
        initial = {
            "mails": now.mails,
            "days": sorted(now.days or {day for day, _name in DAYS}),
            "begins": f"{now.begins:%H:%M}" if now.begins else _ANY,
            "ends": f"{now.ends:%H:%M}" if now.ends else _ANY,
            "zone": now.zone,
        }
        super().__init__(data, initial=initial)
        for name in ("begins", "ends", "zone"):  # set by the API: kept when the page is saved
            field: Any = self.fields[name]
            known = {str(value) for value, _label in field.choices}
            if initial[name] not in known:
                field.choices = [*field.choices, (initial[name], initial[name])]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        begins, ends = (clock if (clock := said.get(name, _ANY)) != _ANY else "" for name in ("begins", "ends"))
        if bool(begins) != bool(ends):
            self.add_error("ends" if begins else "begins", _("Choose both hours, or “Any time” for both"))
        elif begins and begins == ends:
            self.add_error("ends", _("Choose another hour than the one at which mails may begin"))
        if not self.errors:
            self.wished = from_words(said["mails"], said["days"], begins, ends, said["zone"])
        return said
