"""What officials type in from a dispute on paper: whom it is from, when it came, what it says, how it is answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import identifiers
from accounts.formfields import DateBoxes, DateField
from accounts.identifiers import SCHEMES
from appeals.errors import PostedLater
from appeals.forms import wanted
from appeals.forms.caseworker import LANGUAGES
from appeals.forms.completing import AnswerForm, NewsForm
from appeals.forms.person import LONGEST_WORDS, MEGABYTES, EvidenceForm
from appeals.models import AnswerBy, Standing
from appeals.operations import MOST_FILES, Late, NewItem, Target
from appeals.queries import OpenExcuse
from law.grounds import Ground
from law.procedure import Procedure
from records import presentation
from records.queries import Held
from records.values import readable, says_something

NAMED_TOO = "us-ssn"  # four digits alone do not tell people apart
_LONGEST_ON_ITS_WAY = timedelta(days=366)
_MISSING = gettext_lazy("Enter the name and the date of birth: four digits alone do not tell people apart")


class FindForm(forms.Form):
    """Whose paper it is: exactly one number, never a search by name; when it was received, and posted."""

    scheme = forms.ChoiceField(label=gettext_lazy("Kind of number"))
    number = forms.CharField(
        label=gettext_lazy("Number"),
        help_text=gettext_lazy("As it stands on the paper. There is no search by name."),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Enter the number")},
    )
    name = forms.CharField(
        label=gettext_lazy("Full name"),
        help_text=gettext_lazy("Only for a social security number."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    birth_date = DateField(
        label=gettext_lazy("Date of birth"),
        help_text=gettext_lazy("Only for a social security number."),
        required=False,
        widget=DateBoxes(),
    )
    received_on = DateField(
        label=gettext_lazy("On which day was it received?"),
        help_text=gettext_lazy("The day of the stamp. Every deadline of the office counts from it, holidays included."),
        error_messages={"required": gettext_lazy("Enter the day on which it was received")},
    )

    posted_on = DateField(
        label=gettext_lazy("On which day was it posted?"),
        help_text=gettext_lazy(
            "The day of the postmark, if it can be read. Under some procedures it decides whether the person kept"
            " their own time; the others count the day on which it was received. The last page says which do what."
        ),
        required=False,
        widget=DateBoxes(),
    )

    def __init__(self, data: Any = None, *, today: date) -> None:
        super().__init__(data, initial={"received_on": today})
        self.today = today
        scheme = self.fields["scheme"]
        assert isinstance(scheme, forms.ChoiceField)
        scheme.choices = [(each.id, _(each.title)) for each in SCHEMES.values()]

    def clean_received_on(self) -> date:
        received: date = self.cleaned_data["received_on"]
        if received > self.today:
            raise ValidationError(_("The day on which it was received must not lie in the future."))
        if received.year < self.today.year - 5:
            raise ValidationError(_("This is more than five years ago. Compare the year with the stamp."))
        return received

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        self._clean_posted(said.get("posted_on"), said.get("received_on"))
        scheme, number = said.get("scheme"), said.get("number")
        if scheme == NAMED_TOO and not (said.get("name") and said.get("birth_date")):
            self.add_error("name", str(_MISSING))
        elif scheme and number:
            try:
                identifiers.check(
                    scheme, number, today=self.today, name=said.get("name", ""), birth_date=said.get("birth_date")
                )
            except identifiers.IdentifierRefused as error:
                self.add_error("number", _(error.sentence))
        return said

    def _clean_posted(self, posted_on: date | None, received_on: date | None) -> None:
        if posted_on is None:
            return
        if posted_on > (received_on or self.today):
            self.add_error("posted_on", str(PostedLater.sentence))
        elif received_on and posted_on < received_on - _LONGEST_ON_ITS_WAY:
            self.add_error("posted_on", _("This is more than a year before it was received. Compare the year."))


class ManyFiles(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several scans at once; cleans to a list."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> Any:
        given: list[UploadedFile[bytes]] = [each for each in (data or []) if each]
        if len(given) > MOST_FILES:
            raise ValidationError(_("Hand in at most %(number)d files.") % {"number": MOST_FILES})
        return [super(FilesField, self).clean(each, initial) for each in given]


def _files_help() -> str:
    said = _("Pictures (JPEG or PNG), PDF or plain text, up to %(megabytes)d MB each. You can choose several.")
    return said % {"megabytes": MEGABYTES}


def _of_the_postmark(last_day: date) -> str:
    said = _("The day of the postmark, if it can be read. What was posted by %(day)s is in time.")
    return said % {"day": presentation.day(last_day)}


def _by_receipt() -> str:
    return _("This procedure counts the day on which it was received.")


class PaperForm(forms.Form):
    """How the dispute is to be handled and answered."""

    procedure = forms.ChoiceField(
        label=gettext_lazy("Procedure"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a procedure")},
    )
    standing = forms.ChoiceField(
        label=gettext_lazy("Why may they file?"),
        help_text=gettext_lazy("What the paper shows: who signed it, and in which position."),
        choices=Standing.choices,
        widget=forms.RadioSelect,
        initial=Standing.SELF,
        error_messages={"required": gettext_lazy("Choose why they may file")},
    )
    language = forms.ChoiceField(
        label=gettext_lazy("In which language do they want the answer?"), choices=LANGUAGES, widget=forms.RadioSelect
    )
    answer_by = forms.ChoiceField(
        label=gettext_lazy("How do they want the answer?"),
        choices=AnswerBy.choices,
        widget=forms.RadioSelect,
        initial=AnswerBy.LETTER,
    )
    address = forms.CharField(
        label=gettext_lazy("Address to which letters go"),
        help_text=gettext_lazy(
            "As it stands on the paper, line by line, without the name. Only for an answer by letter."
        ),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
    )
    late_reason = forms.ChoiceField(
        label=gettext_lazy("What kept them from sending it in time, as they say it?"), required=False
    )
    late_words = forms.CharField(
        label=gettext_lazy("In their own words, why it comes late"),
        help_text=gettext_lazy("Copy what they wrote, without changing it. Leave it empty if the paper says nothing."),
        max_length=LONGEST_WORDS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    scans = FilesField(label=gettext_lazy("Scans of the paper and of what was enclosed"), required=False)

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        procedures: Sequence[Procedure],
        language: str,
        has_address: bool,
        excuses: Sequence[tuple[str, str]] | None = None,
    ) -> None:
        """`excuses`: for a paper that came after a window, the reasons that its procedures take; it is judged later."""
        reader = presentation.reader()
        only = procedures[0].id if len(procedures) == 1 else ""
        super().__init__(data, files, initial={"procedure": only, "language": language})
        self.has_address = has_address
        choice = self.fields["procedure"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(each.id, each.title.in_language(reader)) for each in procedures]
        self.fields["scans"].help_text = _files_help()
        if excuses is None:
            del self.fields["late_reason"], self.fields["late_words"]
        else:
            reason = self.fields["late_reason"]
            assert isinstance(reason, forms.ChoiceField)
            reason.choices = [("", _("Nothing of these, or the paper does not say")), *excuses]
            reason.widget = forms.RadioSelect(choices=reason.choices)
        if has_address:
            self.fields["address"].help_text = _("Leave it empty if the address that is noted already is still right.")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if (
            said.get("answer_by") == AnswerBy.LETTER
            and not says_something(said.get("address", ""))
            and not self.has_address
        ):
            self.add_error("address", _("Enter the address to which letters go, as it stands on the paper."))
        return said

    def late(self) -> Late | None:
        """Why it comes late, as far as the paper says so."""
        reason, words = self.cleaned_data.get("late_reason", ""), self.cleaned_data.get("late_words", "")
        return Late(reason, words) if reason or says_something(words) else None


class ItemForm(forms.Form):
    """What the paper says about one thing."""

    ground = forms.ChoiceField(
        label=gettext_lazy("What is wrong with it, as they say it?"),
        error_messages={"required": gettext_lazy("Choose the reason that fits best")},
    )
    words = forms.CharField(
        label=gettext_lazy("In their own words"),
        help_text=gettext_lazy("Copy what they wrote, without changing it."),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=LONGEST_WORDS,
        error_messages={"required": gettext_lazy("Copy what they wrote")},
    )

    def __init__(self, thing: "ThingOnPaper", grounds: Mapping[str, Ground], data: Any = None) -> None:
        super().__init__(data, prefix=thing.prefix)
        self.thing = thing
        ground = self.fields["ground"]
        assert isinstance(ground, forms.ChoiceField)
        ground.choices = [
            ("", ""),
            *((each.id, each.title.in_language(presentation.reader())) for each in grounds.values()),
        ]
        if thing.target.field and (value := wanted.field(thing.entry.type, thing.target.field)):
            value.label = _("What should it say, as they say it?")
            self.fields = {"ground": ground, "wanted": value, "words": self.fields["words"]}

    def clean_words(self) -> str:
        words = str(self.cleaned_data["words"]).replace("\r\n", "\n").strip()
        if not says_something(words):
            raise ValidationError(self.fields["words"].error_messages["required"], "required")
        if not readable(words):
            raise ValidationError(_("Some characters cannot be read. Type them again without copying."))
        return words

    def clean_wanted(self) -> str:
        kind, name = self.thing.entry.type, self.thing.target.field
        text = wanted.normal(kind, name, wanted.text_of(self.cleaned_data["wanted"]))
        if problem := wanted.problem(kind, name, text):
            raise ValidationError(problem)
        return text

    def item(self) -> NewItem:
        """What is filed, about the version that the official saw."""
        target, said = self.thing.target, self.cleaned_data
        return NewItem(
            record_id=target.record_id,
            seen=self.thing.entry.version.pk,
            ground=said["ground"],
            words=said["words"],
            wanted=said.get("wanted", ""),
            field=target.field,
            measure_id=target.measure_id,
        )


@dataclass(frozen=True)
class ThingOnPaper:
    """One thing that the paper disputes, with the entry as it stands."""

    number: int
    target: Target
    entry: Held
    title: str

    @property
    def prefix(self) -> str:
        return f"thing-{self.number}"

    @property
    def kind(self) -> Any:
        return "measure" if self.target.measure_id else "record"


class PaperNewsForm(NewsForm):
    """What is new in a case that was turned away, and the day from which its deadlines then count.

    Of one that came late, also whether it shows that the dispute was posted in time.
    """

    received_on = DateField(
        label=gettext_lazy("On which day was it received?"),
        help_text=gettext_lazy("The day of the stamp. Every deadline of the office counts from it, holidays included."),
        error_messages={"required": gettext_lazy("Enter the day on which it was received")},
    )
    posted_on = DateField(
        label=gettext_lazy("On which day was the dispute itself posted?"), required=False, widget=DateBoxes()
    )
    field_order = ("received_on", "posted_on", "words")

    def __init__(self, data: Any = None, *, today: date, late: OpenExcuse | None, posting_counts: bool) -> None:
        """`late`: why the case came after its last day, while nobody has said that this counts."""
        super().__init__(data, initial={"received_on": today})
        self.fields["words"].help_text = _("Copy what they wrote, without changing it.")
        if late is None:
            del self.fields["posted_on"]
        elif posting_counts:
            said = _("Only if what is new shows it, such as a receipt. What was posted by %(day)s is in time.")
            self.fields["posted_on"].help_text = said % {"day": presentation.day(late.row.last_day)}
        else:
            self.fields["posted_on"].help_text = _by_receipt()


class PaperAnswerForm(AnswerForm):
    """What the person answered on paper to what they were asked, when it came, and what was enclosed."""

    mark_optional = True

    received_on = DateField(
        label=gettext_lazy("On which day was it received?"),
        help_text=gettext_lazy("The day of the stamp. The deadlines that stood still go on from it."),
        error_messages={"required": gettext_lazy("Enter the day on which it was received")},
    )
    posted_on = DateField(label=gettext_lazy("On which day was it posted?"), required=False, widget=DateBoxes())
    scans = FilesField(label=gettext_lazy("Scans of the paper and of what was enclosed"), required=False)
    field_order = ("received_on", "posted_on", "words")

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        today: date,
        last_day: date | None,
        posting_counts: bool,
        papers: Sequence[tuple[str, str]],
    ) -> None:
        """`last_day`: of the time for the answer, if one runs; `papers`: those that the procedure asks for."""
        super().__init__(data, files, initial={"received_on": today})
        words = self.fields["words"]
        words.label = _("In their own words")
        words.required, words.error_messages["required"] = True, _("Copy what they wrote")
        words.help_text = _("Copy what they wrote, without changing it. If only papers came, say which.")
        if last_day is None:
            del self.fields["posted_on"]
        else:
            self.fields["posted_on"].help_text = _of_the_postmark(last_day) if posting_counts else _by_receipt()
        self.fields["scans"].help_text = _files_help()
        self.papers = papers
        scans = self.fields.pop("scans")
        for id, title in papers:
            label = _("Scan of a paper that the procedure asks for: %(title)s") % {"title": title}
            self.fields[f"paper-{id}"] = forms.FileField(label=label, required=False)
        self.fields["scans"] = scans

    def enclosed(self) -> "list[tuple[UploadedFile[bytes], str]]":
        """The files, each with the required paper that it is, if it is one."""
        named = [(self.cleaned_data.get(f"paper-{id}"), id) for id, _title in self.papers]
        return [(file, id) for file, id in named if file] + [(file, "") for file in self.cleaned_data["scans"]]


class LaterEvidenceForm(EvidenceForm):
    """A scan of what came later, and which of the papers that the procedure asks for it is."""

    mark_optional = False

    def __init__(self, *args: Any, papers: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if papers:
            self.fields["document"] = forms.ChoiceField(
                label=_("Which of the papers is it that the procedure asks for?"),
                choices=[("", _("None of them")), *papers],
                required=False,
                widget=forms.RadioSelect,
            )


class PrintForm(forms.Form):
    """Printing what is held for whoever asked on paper. `part`: which part of a long file."""

    reason = forms.CharField(
        label=gettext_lazy("Why you print it"),
        help_text=gettext_lazy("The person reads this beside each entry. For example: asked for by letter."),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Say why you print it")},
    )
    part = forms.IntegerField(min_value=1, max_value=10_000, widget=forms.HiddenInput)


class DayForm(forms.Form):
    """On which day a letter was posted, or arrived."""

    mark_optional = False
    on = DateField(error_messages={"required": gettext_lazy("Enter a day")})

    def __init__(self, data: Any = None, *, label: str, today: date, prefix: str = "") -> None:
        super().__init__(data, initial={"on": today}, prefix=prefix or None)
        self.fields["on"].label = label
        self.today = today

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on > self.today:
            raise ValidationError(_("This day has not come yet"))
        return on


class MandatePaperForm(forms.Form):
    """Which paper a mandate rests on, beside its terms."""

    paper = forms.CharField(
        label=gettext_lazy("Which paper is it, and where is it kept?"),
        help_text=gettext_lazy("For example: court order of 3 March 2026, file 4711, archive of the office."),
        max_length=400,
        error_messages={"required": gettext_lazy("Say which paper it is and where it is kept")},
    )
