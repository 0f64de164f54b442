"""What a caseworker fills in to change a deadline. What the procedure allows, `operations.clocks` checks."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import Actor
from accounts.formfields import DateField, RadioHints
from appeals import access, deadlines, operations
from appeals.models import Case, ClockState
from appeals.queries import Deadline
from law.clocks import Extension


class DeadlineForm(forms.Form):
    """One choice of what the rules of this deadline leave open, the words for the person, a day where one is free."""

    mark_optional = False

    change = forms.ChoiceField(
        label=gettext_lazy("What happens to it"),
        widget=RadioHints,
        error_messages={"required": gettext_lazy("Choose what happens to the deadline.")},
    )
    until = DateField(
        label=gettext_lazy("Until when"),
        required=False,
        help_text=gettext_lazy("Only where the procedure sets no length of its own."),
    )
    words = forms.CharField(
        label=gettext_lazy("Why"),
        required=False,  # the operation says when they are missing
        max_length=2000,
        help_text=gettext_lazy("The person reads these words. Say what is missing or what takes so long."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, deadline: Deadline, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.deadline = deadline
        offered = [*self._extensions(), *self._pauses()]
        field = self.fields["change"]
        assert isinstance(field, forms.ChoiceField) and isinstance(field.widget, RadioHints)
        field.choices = [(code, words) for code, words, _hint in offered]
        field.widget.hints = {code: hint for code, _words, hint in offered}
        self.has_choices = bool(offered)
        if not any(each.length is None for each in deadline.extensions):
            del self.fields["until"]

    def carry_out(self, case: Case, *, by: Actor, at: datetime) -> None:
        """Do what was chosen. Raises `ClockRefused`."""
        kind, _, reason = self.cleaned_data["change"].partition(":")
        words, name = self.cleaned_data["words"], self.deadline.row.name
        if kind == "pause":
            operations.pause(case.pk, name, reason=reason, words=words, by=by, at=at)
            return
        until = self.cleaned_data.get("until")
        operations.extend(case.pk, name, reason=reason, words=words, until=until, by=by, at=at)

    def box_of(self, code: str) -> str | None:
        """The box at which a refusal stands, if it is about one."""
        box = {"reason": "change", "words": "words", "until": "until"}.get(code)
        return box if box in self.fields else None

    def _extensions(self) -> list[tuple[str, str, str]]:
        if self.deadline.row.state == ClockState.PAUSED:
            return []
        return [
            (
                f"extend:{rule.reason}",
                _("Make it longer: %(reason)s") % {"reason": deadlines.reason(rule.reason)},
                _hint(rule),
            )
            for rule in self.deadline.extensions
        ]

    def _pauses(self) -> list[tuple[str, str, str]]:
        if self.deadline.row.state == ClockState.PAUSED:
            return []
        return [
            (
                f"pause:{reason}",
                _("Let it stand still: %(reason)s") % {"reason": deadlines.reason(reason)},
                _("Rule: %(cite)s") % {"cite": rule.cite},
            )
            for rule in self.deadline.pauses
            for reason in rule.reasons
        ]


def _hint(rule: Extension) -> str:
    who = _("A supervisor has to grant it.") + " " if access.needs_grant(rule) else ""
    return who + _("Rule: %(cite)s") % {"cite": rule.cite}
