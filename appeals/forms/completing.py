"""What a person writes to what they were asked for, and what they have that is new."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.values import says_something


class AnswerForm(forms.Form):
    """The answer in words. A file alone says nothing of why it was handed in."""

    mark_optional = False

    words = forms.CharField(
        label=gettext_lazy("Your answer"),
        required=False,
        max_length=5000,
        help_text=gettext_lazy("Say what you have added, or why you cannot."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def clean_words(self) -> str:
        words: str = self.cleaned_data["words"]
        if not says_something(words):
            raise ValidationError(_("Write an answer. A few words are enough."))
        return words


class NewsForm(forms.Form):
    """What is new in a case that was turned away. Without words only where a file came since: the operation says."""

    mark_optional = False

    words = forms.CharField(
        label=gettext_lazy("What is new"),
        required=False,
        max_length=5000,
        help_text=gettext_lazy("Say what we did not have before, or what was wrong in the earlier answer."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
