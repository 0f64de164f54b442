"""What a person writes on the pages of their own file."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records import presentation
from records.operations import statements
from records.own_file import Group
from records.presentation import LONGEST, Listed
from records.values import says_something


class StatementForm(forms.Form):
    """What goes with an entry to everybody who receives it."""

    mark_optional = False

    words = forms.CharField(
        label=gettext_lazy("Your words"),
        max_length=statements.LONGEST,
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off"}),
        error_messages={
            "required": gettext_lazy("Write what you want to say"),
            "max_length": gettext_lazy("Use at most %(limit_value)d characters"),
        },
    )

    def __init__(self, *args: Any, limit: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["words"].help_text = limit

    def clean_words(self) -> str:
        """Marks that cannot be seen say nothing."""
        words: str = self.cleaned_data["words"]
        if not says_something(words):
            raise forms.ValidationError(_("Write what you want to say"))
        return words


class SearchForm(forms.Form):
    """Words to look for, in everything or in one list. `page` is where the answer goes on."""

    words = forms.CharField(
        label=gettext_lazy("Look for"),
        help_text=gettext_lazy(
            "A case number, for example, or an amount, or the name of a court. Every word must be there."
        ),
        max_length=LONGEST,
        error_messages={
            "required": gettext_lazy("Enter what to look for"),
            "max_length": gettext_lazy("Use at most %(limit_value)d characters"),
        },
    )
    within = forms.ChoiceField(label=gettext_lazy("Where"), required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=10_000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, overview: list[Listed], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["words"].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}
        choices = [("", _("Everything")), *((each.programme, each.title) for each in overview)]
        field = self.fields["within"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean_words(self) -> str:
        """What is left of it has to be something to look for."""
        words: str = self.cleaned_data["words"]
        if not presentation.terms(words):
            raise forms.ValidationError(_("Enter what to look for"))
        return words

    @property
    def terms(self) -> list[str]:
        return presentation.terms(self.cleaned_data["words"])

    @property
    def of(self) -> Group | None:
        return Group(self.cleaned_data["within"], "") if self.cleaned_data["within"] else None
