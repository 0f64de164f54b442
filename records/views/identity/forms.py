"""What officials write when they tell people apart. Forms look at shape alone: the operations say what is missing."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.formfields import DateField
from accounts.identity import Identity
from records.importing.rulings import Choice, OpenCandidate
from records.models import Record
from records.presentation import reader, spoken
from records.queries import record_title

LONGEST_REASON = 2000


class ReasonForm(forms.Form):
    """Why something is done. Kept in the log."""

    mark_optional = False

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("What did you compare, and with what? Somebody else must be able to follow it."),
        max_length=LONGEST_REASON,
        required=False,  # the operation says when it is missing
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class DecisionForm(ReasonForm):
    """Whom a doubtful line is about."""

    choice = forms.ChoiceField(
        label=gettext_lazy("Whom is the line about?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose whom the line is about, or refuse it")},
    )
    field_order = ("choice", "reason")

    def __init__(self, *args: Any, candidates: Sequence[OpenCandidate], may_take_in: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        same = [
            (f"{Choice.SAME}:{one.identity.subject_id}", _("File %(number)s") % {"number": n})
            for n, one in enumerate(candidates, 1)
        ]
        taking_in = [*same, (str(Choice.NEW), _("Somebody else: begin a new file"))]
        refusing = [(str(Choice.REFUSE), _("Nobody can say: refuse the line"))]
        choices = [*(taking_in if may_take_in else []), *refusing]
        field = self.fields["choice"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @property
    def decided(self) -> tuple[Choice, UUID | None]:
        """What was chosen, and who, if it is somebody who is known."""
        choice, _colon, subject = self.cleaned_data["choice"].partition(":")
        return Choice(choice), UUID(subject) if subject else None


class ReferenceForm(forms.Form):
    """One entry, by what its source calls it."""

    mark_optional = False
    required = gettext_lazy("Enter the source and the reference of the entry")

    source = forms.CharField(
        label=gettext_lazy("Source of the entry"),
        help_text=gettext_lazy("Its code, as it stands in the feed."),
        max_length=80,
        error_messages={"required": gettext_lazy("Enter the code of the source")},
    )
    source_ref = forms.CharField(
        label=gettext_lazy("Reference of the entry"),
        max_length=200,
        error_messages={"required": gettext_lazy("Enter the reference of the entry")},
    )


class TwoReferencesForm(ReferenceForm):
    """One entry of each of two files."""

    other_source = forms.CharField(
        label=gettext_lazy("Source of the entry in the other file"),
        max_length=80,
        error_messages={"required": gettext_lazy("Enter the code of the source of the other entry")},
    )
    other_ref = forms.CharField(
        label=gettext_lazy("Reference of the entry in the other file"),
        max_length=200,
        error_messages={"required": gettext_lazy("Enter the reference of the other entry")},
    )


class SplitForm(ReasonForm):
    """Which entries and numbers are somebody else's, and who that is."""

    records = forms.MultipleChoiceField(
        label=gettext_lazy("Which entries are about somebody else?"),
        help_text=gettext_lazy("Entries that are or were disputed are not shown: they stay where they are."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    identifiers = forms.MultipleChoiceField(
        label=gettext_lazy("Which numbers are that person's?"), required=False, widget=forms.CheckboxSelectMultiple
    )
    name = forms.CharField(
        label=gettext_lazy("Name of whom they are about"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    birth_date = DateField(label=gettext_lazy("Their birth date, if you know it"), required=False)
    field_order = ("records", "identifiers", "name", "birth_date", "reason")

    def __init__(self, *args: Any, movable: Sequence[Record], identity: Identity, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("records", [(str(one.pk), record_label(one)) for one in movable])
        self._offer("identifiers", [(str(one.id), f"{_(one.title)}: {one.shown}") for one in identity.numbers])
        if not identity.numbers:
            del self.fields["identifiers"]
        if identity.kind == "organisation":
            del self.fields["birth_date"]

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = choices


def record_label(record: Record) -> str:
    """An entry by type, source and reference: nothing of what it says."""
    title = record_title(record)["zh" if reader().startswith("zh") else "en"]
    named = {"type": title, "source": record.source.code, "ref": record.source_ref}
    return spoken(_("%(type)s, %(source)s, reference %(ref)s") % named)
