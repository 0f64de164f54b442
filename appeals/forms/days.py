"""What a supervisor fills in to declare a day."""

from django import forms
from django.utils.translation import gettext_lazy

from accounts.formfields import DateField, RadioHints


class DayForm(forms.Form):
    """A day of a calendar, whether it is worked, and where that was announced."""

    mark_optional = False

    calendar = forms.CharField(
        label=gettext_lazy("Calendar"),
        max_length=10,
        help_text=gettext_lazy("The letters of the country, and of the part of it if there is one: CN, DE-BY."),
    )
    on = DateField(label=gettext_lazy("Day"))
    is_worked = forms.ChoiceField(
        label=gettext_lazy("What this day is"),
        choices=(("no", gettext_lazy("A day off")), ("yes", gettext_lazy("A working day"))),
        widget=RadioHints,
        error_messages={"required": gettext_lazy("Choose what this day is.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Why, and where it was announced"),
        required=False,  # the operation says when it is missing
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_calendar(self) -> str:
        code: str = self.cleaned_data["calendar"].strip().upper()
        return code
