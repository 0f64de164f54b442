"""Forms of the person's pages. They check shape; what is lawful is decided by the operations."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.formfields import CheckboxHints, RadioHints
from appeals.errors import NothingToDispute
from appeals.evidence_files import Limits
from appeals.forms import wanted
from appeals.operations import Target
from appeals.queries import Thing
from law.grounds import Ground
from law.procedures import Procedure
from records import presentation
from records.catalogue import RecordType
from records.queries import Held
from records.values import readable, says_something

LONGEST_WORDS = 5000
MEGABYTES = Limits().max_bytes // 1024 // 1024


class WhatForm(forms.Form):
    """What to dispute: for each entry its whole, its single facts, and what rests on it."""

    mark_optional = False

    def __init__(
        self,
        entries: Sequence[Held],
        taken: Mapping[Thing, str],
        *,
        chosen: Iterable[Target] = (),
        today: date,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data)
        self.entries = entries
        ticked: dict[UUID, list[str]] = {}
        for target in chosen:
            ticked.setdefault(target.record_id, []).append(_code(target.field, target.measure_id))
        for entry in entries:
            self.fields[_name(entry)] = _choices_of(entry, taken, ticked.get(entry.record.pk, []), today)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not any(cleaned.values()):
            self.add_error(self.first, ValidationError(str(NothingToDispute.sentence)))
        return cleaned

    @property
    def first(self) -> str | None:
        """Where an error about the whole choice stands: the first entry of which anything is left to choose."""
        return next((name for name, field in self.fields.items() if getattr(field, "choices", ())), None)

    def targets(self) -> list[Target]:
        """What was ticked."""
        return [_target(entry.record.pk, code) for entry in self.entries for code in self.cleaned_data[_name(entry)]]


class ProcedureForm(forms.Form):
    """Under which procedure, where several are open."""

    procedure = forms.ChoiceField(
        label=gettext_lazy("Which procedure do you want to use?"),
        error_messages={"required": gettext_lazy("Choose a procedure")},
    )

    def __init__(
        self, procedures: Iterable[tuple[Procedure, Sequence[str]]], data: Any = None, initial: str = ""
    ) -> None:
        super().__init__(data, initial={"procedure": initial})
        offered = list(procedures)
        field = self.fields["procedure"]
        assert isinstance(field, forms.ChoiceField)
        field.widget = RadioHints(hints={each.id: _lines(lines) for each, lines in offered})
        field.choices = [(each.id, each.title.in_language(presentation.reader())) for each, _lines_of in offered]


class GroundForm(forms.Form):
    """Why it is wrong. `seen` is the version that the page showed."""

    ground = forms.ChoiceField(error_messages={"required": gettext_lazy("Choose the reason that fits best")})
    seen = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, grounds: Iterable[Ground], *, label: str, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        offered = list(grounds)
        language = presentation.reader()
        field = self.fields["ground"]
        assert isinstance(field, forms.ChoiceField)
        field.label = label
        field.widget = RadioHints(hints={each.id: each.hint.in_language(language) for each in offered})
        field.choices = [(each.id, each.title.in_language(language)) for each in offered]


class WordsForm(forms.Form):
    """The person's own words and, where the ground asks for it, what the field should say."""

    words = forms.CharField(
        label=gettext_lazy("Tell us in your own words"),
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": gettext_lazy("Tell us in your own words what is wrong")},
    )

    def __init__(self, ask_for: tuple[RecordType, str] | None = None, *, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.ask_for = ask_for
        self.fields["words"].help_text = _("You can write up to %(number)s characters.") % {"number": LONGEST_WORDS}
        if ask_for and (value_field := wanted.field(*ask_for)):
            self.fields = {"wanted": value_field, **self.fields}

    def clean_words(self) -> str:
        words = str(self.cleaned_data["words"]).replace("\r\n", "\n").strip()
        if (over := len(words) - LONGEST_WORDS) > 0:
            text = ngettext(
                "This is %(number)d character too long. Shorten it, or hand in the rest as a file.",
                "This is %(number)d characters too long. Shorten it, or hand in the rest as a file.",
                over,
            )
            raise ValidationError(text % {"number": over})
        if not says_something(words):
            raise ValidationError(self.fields["words"].error_messages["required"], "required")
        if not readable(words):
            raise ValidationError(_("Some characters cannot be read. Type them again without copying."))
        return words

    def clean_wanted(self) -> str:
        assert self.ask_for
        text = wanted.normal(*self.ask_for, wanted.text_of(self.cleaned_data["wanted"]))
        if problem := wanted.problem(*self.ask_for, text):
            raise ValidationError(problem)
        return text


class EvidenceForm(forms.Form):
    """One file. What it is and whether it is safe is decided by `appeals.evidence_files`."""

    file = forms.FileField(
        label=gettext_lazy("Choose a file"),
        error_messages={
            "required": gettext_lazy("Choose a file first"),
            "empty": gettext_lazy("This file is empty. Choose another file."),
            "max_length": gettext_lazy("The name of this file is too long. Give it a shorter one."),
        },
        max_length=200,
    )
    status: int | None = None  # of the answer, where the file was refused after its form fitted

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = _("A picture (JPEG or PNG), a PDF or plain text, up to %(megabytes)d MB. One file at a time.")
        self.fields["file"].help_text = kinds % {"megabytes": MEGABYTES}


class LateForm(forms.Form):
    """Why a dispute comes after its last day: one of the reasons that the procedure takes, and the person's words."""

    mark_optional = False

    reason = forms.ChoiceField(
        label=gettext_lazy("What kept you from sending it in time?"),
        error_messages={"required": gettext_lazy("Choose what kept you")},
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=gettext_lazy("What happened"),
        required=False,
        max_length=LONGEST_WORDS,
        help_text=gettext_lazy("Say from when to when. If a paper shows it, you can add it with the evidence."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, reasons: Iterable[tuple[str, str]], *, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        field = self.fields["reason"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(reasons)

    def clean_words(self) -> str:
        words: str = self.cleaned_data["words"]
        if not says_something(words):
            raise ValidationError(_("Say what happened. A few words are enough."))
        return words


class DocumentForm(EvidenceForm):
    """A paper that the procedure asks for: a file, or words why there is none."""

    mark_optional = False

    words = forms.CharField(
        label=gettext_lazy("If you cannot hand it in, say why"),
        help_text=gettext_lazy("A person reads this and decides what follows. Nobody is turned away by a machine."),
        required=False,
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].required = False

    def clean_words(self) -> str:
        words = str(self.cleaned_data["words"]).replace("\r\n", "\n").strip()
        if not readable(words):
            raise ValidationError(_("Some characters cannot be read. Type them again without copying."))
        return words if says_something(words) else ""

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors and not said.get("file") and not said.get("words"):
            self.add_error("file", _("Choose a file, or say below why you cannot hand it in."))
        return said


class SendForm(forms.Form):
    """The last button: nothing to fill in, a place for what went wrong."""


class WithdrawForm(forms.Form):
    """The second of two questions before a case is withdrawn."""

    sure = forms.BooleanField(
        label=gettext_lazy("Yes, I withdraw this case. I have read what starts again, and when."),
        error_messages={"required": gettext_lazy("Tick the box if you want to withdraw the case")},
    )


def _choices_of(
    entry: Held, taken: Mapping[Thing, str], ticked: Sequence[str], today: date
) -> forms.MultipleChoiceField:
    kind, record_id = entry.type, entry.record.pk
    whole = ("whole", _("The whole entry"), _("It should not be here at all, or nearly everything in it is wrong."))
    facts = [
        (_code(line.name, None), line.key, presentation.spoken(_("It says: %(value)s") % {"value": line.value}))
        for line in presentation.lines(kind, entry.said.values)
        if line.name in kind.correctable
    ]
    effects = [
        (_code("", effect.id), effect.title, effect.meaning)
        for effect in presentation.effects(entry, today)
        if not effect.is_over
    ]
    groups: dict[str, Sequence[tuple[str, str, str]]] = {
        "": [whole],
        _("Single facts in it"): facts,
        _("What it does to you"): effects,
    }
    free = {
        title: [option for option in options if _thing(record_id, option[0]) not in taken]
        for title, options in groups.items()
    }
    return forms.MultipleChoiceField(
        label=kind.title.of(presentation.reader()),
        help_text=presentation.spoken(presentation.listed(line.value for line in presentation.principal(entry))),
        choices=_grouped(free),
        widget=CheckboxHints(hints={code: hint for options in free.values() for code, _label, hint in options}),
        initial=list(ticked),
        required=False,
    )


def _grouped(options: Mapping[str, Sequence[tuple[str, str, str]]]) -> list[Any]:
    """Choices as a form field takes them: those without a group's title stand by themselves."""
    choices: list[Any] = [(code, label) for code, label, _hint in options[""]]
    for title, of_group in options.items():
        if title and of_group:
            choices.append((title, [(code, label) for code, label, _hint in of_group]))
    return choices


def _name(entry: Held) -> str:
    return f"entry-{entry.record.pk}"


def _code(field: str, measure_id: UUID | None) -> str:
    if measure_id:
        return f"measure:{measure_id}"
    return f"field:{field}" if field else "whole"


def _target(record_id: UUID, code: str) -> Target:
    kind, _colon, what = code.partition(":")
    if kind == "measure":
        return Target(record_id, measure_id=UUID(what))
    return Target(record_id, field=what if kind == "field" else "")


def _thing(record_id: UUID, code: str) -> Thing:
    target = _target(record_id, code)
    return Thing(record_id, target.field, target.measure_id)


def _lines(lines: Sequence[str]) -> SafeString:
    return format_html_join(SafeString("<br>"), "{}", ((line,) for line in lines))
