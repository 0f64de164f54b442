"""What officials fill in. Forms look at shape alone: what a decision must hold, `operations.draft` says."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.forms.formsets import INITIAL_FORM_COUNT, TOTAL_FORM_COUNT, ManagementForm
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.formfields import DateField, RadioHints
from appeals.forms import wanted
from appeals.models import Outcome, RemedyKind
from appeals.operations import Answer
from appeals.presentation import SCREENING_RULES
from appeals.queries import OpenAnswer, OpenItem, OpenRule, remedies_open, rule_text
from appeals.workflow import Owner
from law.procedures import Procedure, procedures
from records import catalogue, presentation
from records.catalogue import RecordType
from records.values import FORMATS

Label = str | Promise
LONGEST_REASONS = 10_000
NOTHING = "nothing"  # a radio button cannot be taken back, so doing nothing must be one of them

OUTCOMES: Mapping[str, Label] = {
    Outcome.UPHELD: gettext_lazy("The person is right"),
    Outcome.PARTLY_UPHELD: gettext_lazy("The person is partly right"),
    Outcome.UNVERIFIABLE: gettext_lazy("It cannot be verified"),
    Outcome.REJECTED: gettext_lazy("Rejected: it stays as it is"),
}
OUTCOME_HINTS: Mapping[str, Label] = {
    Outcome.UNVERIFIABLE: gettext_lazy("The source has not shown that it is true."),
}
LANGUAGES = (("en", "English"), ("zh-hans", "简体中文"))
DUE = (
    ("", pgettext_lazy("due", "Any time")),
    ("late", gettext_lazy("Late")),
    ("week", gettext_lazy("Within 7 days, or late")),
)
DAYS_OF_DUE: Mapping[str, int | None] = {"": None, "late": -1, "week": 7}
TURNS: Mapping[Owner, Label] = {
    Owner.HOLDER: gettext_lazy("Somebody to take it"),
    Owner.CASEWORKER: gettext_lazy("Its caseworker"),
    Owner.APPROVER: gettext_lazy("A second person"),
    Owner.PERSON: gettext_lazy("The person"),
    Owner.NOBODY: gettext_lazy("Nobody"),
}
WAITING_FOR = (
    ("", gettext_lazy("Anybody in the office")),
    *((owner, words) for owner, words in TURNS.items() if owner is not Owner.NOBODY),
)


class FilterForm(forms.Form):
    """Which cases of the queue are wanted. Sent by GET, so that a filter can be kept as a link."""

    mark_optional = False

    programme = forms.ChoiceField(label=gettext_lazy("Programme"), required=False)
    procedure = forms.ChoiceField(label=gettext_lazy("Procedure"), required=False)
    due = forms.ChoiceField(label=gettext_lazy("Due"), choices=DUE, required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    waiting_for = forms.ChoiceField(label=gettext_lazy("Waiting for"), choices=WAITING_FOR, required=False)
    mine = forms.BooleanField(label=gettext_lazy("Only my cases"), required=False)
    lacks_papers = forms.BooleanField(label=gettext_lazy("Only those that lack papers"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reader = presentation.reader()
        anything = ("", _("All"))
        self._offer("programme", [anything, *((p.id, p.title.of(reader)) for p in catalogue.programmes().values())])
        self._offer("procedure", [anything, *((p.id, p.title.in_language(reader)) for p in procedures().values())])
        self._offer("language", [anything, *LANGUAGES])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


class ReasonForm(forms.Form):
    """Why something is done. Kept in the log."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,  # the operation says when it is missing
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    mark_optional = False


class HindranceForm(forms.Form):
    """From when to when something kept the person from filing; the rule says what follows."""

    mark_optional = False

    since = DateField(
        label=gettext_lazy("The first day on which they could not send it"),
        error_messages={"required": gettext_lazy("Enter the first day")},
    )
    until = DateField(
        label=gettext_lazy("The first day on which they could again"),
        error_messages={"required": gettext_lazy("Enter the day on which they could again")},
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        since, until = said.get("since"), said.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day must not be before the first one."))
        return said


class ApprovalForm(ReasonForm):
    """The draft that was read, and why it goes back if it does. `seen`: when that draft was handed over."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = _("Why it goes back to its caseworker")

    def clean_seen(self) -> datetime | None:
        try:
            return datetime.fromisoformat(self.cleaned_data["seen"])
        except ValueError:
            return None  # equal to no draft


class TurnAwayForm(ReasonForm):
    """By which rule of the procedure a case is turned away, and why."""

    rule = forms.ChoiceField(
        label=gettext_lazy("Why it is not looked into"),
        error_messages={"required": gettext_lazy("Choose the rule")},
    )
    field_order = ("rule", "reason")

    def __init__(self, rules: Sequence[OpenRule], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason = self.fields["reason"]
        reason.label = _("Your reasons")
        reason.help_text = _("The person reads these words as you write them. Say what would be new.")
        cast(forms.CharField, reason).max_length = LONGEST_REASONS
        open_ones = [each.rule for each in rules if each.why_not is None]
        field = self.fields["rule"]
        assert isinstance(field, forms.ChoiceField)
        field.widget = RadioHints(hints={rule.id: rule_text(rule) for rule in open_ones})
        field.choices = [(rule.id, SCREENING_RULES[rule.id]) for rule in open_ones]


class TurnAwayApprovalForm(ApprovalForm):
    """What was read of a proposal to turn a case away, and why it is not agreed to if it is not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = _("Why it has to be looked into")


class AnswerForm(forms.Form):
    """The answer to one item, with the remedies that its ground and this procedure leave open."""

    mark_optional = False

    outcome = forms.ChoiceField(
        label=gettext_lazy("Outcome"),
        choices=list(OUTCOMES.items()),
        required=False,
        widget=RadioHints(hints=OUTCOME_HINTS),
    )
    remedy = forms.ChoiceField(label=gettext_lazy("What will be done"), required=False, widget=RadioHints)
    field = forms.ChoiceField(label=gettext_lazy("Which field is corrected"), required=False)
    value = forms.CharField(label=gettext_lazy("The right value"), required=False, max_length=2000)
    reasons = forms.CharField(
        label=gettext_lazy("Reasons"),
        required=False,
        max_length=LONGEST_REASONS,
        widget=forms.Textarea(attrs={"rows": 8}),
    )

    def __init__(
        self,
        *args: Any,
        item: OpenItem,
        procedure: Procedure,
        language: str,
        unfinished: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("initial", unfinished or _written(item))
        super().__init__(*args, **kwargs)
        self.item = item
        record = item.row.record
        self.kind: RecordType = catalogue.programme(record.programme).types[record.type]
        self._offer_remedies(procedure)
        self._offer_values()
        spoken = dict(LANGUAGES).get(language, language)
        self.fields["reasons"].help_text = _(
            "The person reads these words as you write them. Write in: %(language)s."
        ) % {"language": spoken}

    def answer(self) -> Answer:
        """What was filled in, for `operations.draft`."""
        said = self.cleaned_data
        field = self.item.row.field or said.get("field", "")
        return Answer(
            item_id=self.item.row.pk,
            outcome=said.get("outcome", ""),
            reasons=said.get("reasons", ""),
            remedy="" if said.get("remedy") == NOTHING else said.get("remedy", ""),
            field=field,
            value=_typed(self.kind, field, wanted.text_of(said.get("value"))) if field else None,
        )

    def filled_in(self) -> dict[str, Any]:
        """What stands in each box, complete or not."""
        return {name: self[name].value() for name in self.fields}

    def _offer_remedies(self, procedure: Procedure) -> None:
        row = self.item.row
        by_ground = remedies_open(procedure, row, Outcome.UPHELD)
        unverified = remedies_open(procedure, row, Outcome.UNVERIFIABLE)
        hints = {remedy: _("Only for what cannot be verified.") for remedy in unverified if remedy not in by_ground}
        if unverified:
            hints |= {remedy: _("Not for what cannot be verified.") for remedy in by_ground if remedy not in unverified}
        hints[NOTHING] = _("Only for what is rejected.")
        offered = [(each, RemedyKind(each).label) for each in dict.fromkeys((*by_ground, *unverified))]
        field = self.fields["remedy"]
        assert isinstance(field, forms.ChoiceField) and isinstance(field.widget, RadioHints)
        field.choices = [*offered, (NOTHING, _("Nothing"))]
        field.widget.hints = hints
        self.can_correct = RemedyKind.CORRECT in by_ground

    def _offer_values(self) -> None:
        """The boxes for a correction: none where nothing can be corrected, no choice of field where it is known."""
        name = self.item.row.field
        if not self.can_correct:
            del self.fields["field"], self.fields["value"]
            return
        self.fields["value"].help_text = _("Only if you correct the value.")
        if name:
            del self.fields["field"]
            self._shape_value(name)
            return
        field = self.fields["field"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Choose a field")), *((each, self._now(each)) for each in self.kind.correctable)]

    def _shape_value(self, name: str) -> None:
        """The box that fits a field which is known: a choice, a day, or text with an example."""
        old, made = self.fields["value"], cast(forms.Field | None, None)
        body = self.kind.values["properties"][name]
        choices = self.kind.fields[name].choices
        if choices and body.get("type") != "array":
            reader = presentation.reader()
            offered = [("", _("Choose a value")), *((code, text.of(reader)) for code, text in choices.items())]
            made = forms.ChoiceField(choices=offered, required=False)
        elif body.get("format") == "date":
            made = DateField(required=False)
        if made:
            made.label, made.help_text = old.label, old.help_text
            self.fields["value"] = made
        elif example := example_of(self.kind, name):
            old.help_text = _("Only if you correct the value. Write it like this: %(example)s") % {"example": example}

    def _now(self, name: str) -> str:
        """A field with what it says now, as one would type it."""
        latest = self.item.history[0].said if self.item.history else None
        now = _as_typed(self.kind, name, latest.values.get(name) if latest else None)
        title = presentation.title(self.kind, name)
        return _("%(field)s (now: %(value)s)") % {"field": title, "value": now} if now else title


if TYPE_CHECKING:  # Django's own class cannot be subscripted when the program runs
    _FormSet = forms.BaseFormSet[AnswerForm]
else:
    _FormSet = forms.BaseFormSet


class BaseAnswers(_FormSet):
    """One answer an item, in the order of the items."""

    def __init__(
        self,
        *args: Any,
        items: list[OpenItem],
        procedure: Procedure,
        language: str,
        unfinished: Mapping[str, Mapping[str, Any]],
        **kwargs: Any,
    ) -> None:
        self.items, self.procedure, self.language, self.unfinished = items, procedure, language, unfinished
        super().__init__(*args, **kwargs)

    @cached_property
    def management_form(self) -> ManagementForm:
        """How many forms there are follows from the items, whatever a browser sends."""
        counts = {name: len(self.items) for name in (TOTAL_FORM_COUNT, INITIAL_FORM_COUNT)}
        return ManagementForm({f"{self.prefix}-{name}": count for name, count in counts.items()}, prefix=self.prefix)

    def initial_form_count(self) -> int:
        return len(self.items)

    def total_form_count(self) -> int:
        return len(self.items)

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        item = self.items[index or 0]
        unfinished = self.unfinished.get(str(item.row.pk))
        return {"item": item, "procedure": self.procedure, "language": self.language, "unfinished": unfinished}

    def filled_in(self) -> dict[str, dict[str, Any]]:
        """What stands in the boxes of each item, for `operations.keep_unfinished`."""
        return {str(form.item.row.pk): form.filled_in() for form in self.forms}

    def answers(self) -> list[Answer]:
        return [form.answer() for form in self.forms]

    def tell(self, problems: Mapping[tuple[int, str], str]) -> None:
        """Put what `DecisionIncomplete` says at the fields that it is about."""
        for form in self.forms:
            for (number, name), sentence in problems.items():
                if number == form.item.row.number:
                    form.add_error(name if name in form.fields else None, sentence)


Answers = cast(type[BaseAnswers], forms.formset_factory(AnswerForm, formset=BaseAnswers, extra=0))


def example_of(kind: RecordType, name: str) -> str:
    """How a value of this field is written, where its form is not plain text."""
    body = kind.values["properties"][name]
    form = str(body.get("format", ""))
    if form in FORMATS:
        return FORMATS[form].example
    return {"date": "2026-11-22", "date-time": "2026-11-22T14:05:00+08:00"}.get(form, "")


def _typed(kind: RecordType, name: str, text: str) -> Any:
    """What was typed, in the catalogue's type; for a choice, its code or its words in either language."""
    if name not in kind.fields:
        return text
    words = text.casefold()
    for code, title in kind.fields[name].choices.items():
        if words in (title.en.casefold(), title.zh.casefold()):
            return code
    return kind.from_text(name, wanted.normal(kind, name, text))


def _as_typed(kind: RecordType, name: str, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return str(value).lower()
    choice = kind.fields[name].choices.get(value) if isinstance(value, str) else None
    return choice.of(presentation.reader()) if choice else "" if value is None else str(value)


def _written(item: OpenItem) -> dict[str, Any]:
    """The draft so far, as it was filled in."""
    answer = item.answer
    if answer is None:
        return {}
    return {
        "outcome": answer.outcome,
        "remedy": answer.remedy or NOTHING,
        "field": answer.field,
        "value": _written_value(item, answer) if answer.field else "",
        "reasons": answer.reasons,
    }


def _written_value(item: OpenItem, answer: OpenAnswer) -> Any:
    record = item.row.record
    kind = catalogue.programme(record.programme).types[record.type]
    info, body = kind.fields[answer.field], kind.values["properties"][answer.field]
    if item.row.field and info.choices and not isinstance(answer.value, list):
        return answer.value  # a code, which is picked from a list
    if item.row.field and body.get("format") == "date":
        return date.fromisoformat(answer.value)
    return _as_typed(kind, answer.field, answer.value)
