"""Shapes of what is typed in to act for another, to let another act, and to come in by a letter."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import one_time_codes, programmes
from accounts.formfields import DateBoxes, DateField, RadioHints
from accounts.models import Basis, Reach, SubjectKind
from accounts.operations.mandates import Terms, bases_of
from accounts.operations.sign_in import LAST_CHARACTERS, Fact

_WRONG_CODE = gettext_lazy("A code has twelve letters and digits in three groups. Compare it with what you were given.")
_EXAMPLE = gettext_lazy("For example 27 3 2027.")


class CodeField(forms.CharField):
    """A code that was handed over: spaces, hyphens and small letters do not matter."""

    def __init__(self, **more: Any) -> None:
        more.setdefault(
            "widget",
            forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "govuk-input--width-20"}),
        )
        super().__init__(max_length=40, **more)

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        code = one_time_codes.normal(typed)
        if code is None:
            raise ValidationError(str(_WRONG_CODE), code="wrong_form")
        return code


class TermsForm(forms.Form):
    """What a mandate says; which bases there are follows from whom it is for."""

    called = forms.CharField(
        label=gettext_lazy("Whom do you ask?"),
        help_text=gettext_lazy("A name by which you will know them in your list. Nobody else sees it."),
        max_length=120,
        error_messages={"required": gettext_lazy("Write a name by which you will know them")},
    )
    basis = forms.ChoiceField(
        label=gettext_lazy("On what does it rest?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose on what it rests")},
    )
    reach = forms.ChoiceField(
        label=gettext_lazy("What may they do?"),
        choices=Reach.choices,
        widget=RadioHints(
            hints={
                Reach.SEE: gettext_lazy("Nothing that they do changes anything."),
                Reach.DISPUTE: gettext_lazy(
                    "Also hand in evidence, withdraw, and open decisions, which delivers them."
                ),
            }
        ),
        error_messages={"required": gettext_lazy("Choose what they may do")},
    )
    programmes = forms.MultipleChoiceField(
        label=gettext_lazy("In which programmes?"),
        help_text=gettext_lazy("Tick none if it is for all of them, also for those that come later."),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    from_on = DateField(
        label=gettext_lazy("From which day?"),
        help_text=gettext_lazy("Leave it empty for today."),
        required=False,
    )
    to_on = DateField(
        label=gettext_lazy("Until which day?"),
        help_text=gettext_lazy("The last day. Leave it empty if it has no end. You can always end it yourself."),
        required=False,
    )

    def __init__(self, data: Any = None, *, bases: Any, today: date) -> None:
        super().__init__(data)
        self.today = today
        self.offered = [(each.value, each.label) for each in bases]
        basis, covered = self.fields["basis"], self.fields["programmes"]
        assert isinstance(basis, forms.ChoiceField) and isinstance(covered, forms.MultipleChoiceField)
        basis.choices = self.offered
        covered.choices = list(programmes.titles().items())
        if len(self.offered) == 1:
            del self.fields["basis"]
        if Basis.COMPANY_ADMINISTRATOR in bases:
            basis.help_text = _("An administrator may do everything, in every programme, and names others.")

    @classmethod
    def of_kind(cls, kind: str, data: Any, today: date) -> "TermsForm":
        """For what is given on the pages."""
        form = cls(data, bases=bases_of(kind), today=today)
        if kind == SubjectKind.ORGANISATION:
            form.fields["reach"].choices = [  # type: ignore[attr-defined]  # a choice field
                *Reach.choices[:2],
                (Reach.ALL, _("Everything that the company could do, but name others")),
            ]
        return form

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        begins, ends = said.get("from_on") or self.today, said.get("to_on")
        if ends and (ends < begins or ends < self.today):
            self.add_error("to_on", _("The last day must not lie before the first day, nor in the past."))
        return said

    def terms(self, *, paper: str = "") -> Terms:
        said = self.cleaned_data
        return Terms(
            basis=said.get("basis") or self.offered[0][0],
            reach=said["reach"],
            from_on=said["from_on"] or self.today,
            to_on=said["to_on"],
            called=said["called"],
            programmes=said["programmes"],
            paper=paper,
        )


class AcceptForm(forms.Form):
    """The code that somebody handed over."""

    code = CodeField(
        label=gettext_lazy("Code"),
        help_text=gettext_lazy("Twelve letters and digits, for example 2C4D-6F8G-HJKM."),
        error_messages={"required": gettext_lazy("Enter the code that you were given")},
    )


class AccountForm(AcceptForm):
    """Who somebody is that has no file here, so that they can sign in as all others do."""

    name = forms.CharField(
        label=gettext_lazy("Your full name"),
        help_text=gettext_lazy("The one for whom you act sees it."),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": gettext_lazy("Enter your full name")},
    )
    birth_date = DateField(
        label=gettext_lazy("Your date of birth"),
        help_text=gettext_lazy("For example 27 3 1985. You are asked for it whenever you sign in."),
        widget=DateBoxes(birth_date=True),
        error_messages={"required": gettext_lazy("Enter your date of birth")},
    )
    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        help_text=gettext_lazy("Your own, not one that others read too. We send a code there each time you sign in."),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={
            "required": gettext_lazy("Enter your e-mail address"),
            "invalid": gettext_lazy("Enter an e-mail address in the right form, like name@example.org"),
        },
    )

    def __init__(self, data: Any = None, *, today: date) -> None:
        super().__init__(data)
        self.today = today

    def clean_birth_date(self) -> date:
        born: date = self.cleaned_data["birth_date"]
        if not date(1900, 1, 1) <= born < self.today:
            raise ValidationError(_("Enter your real date of birth"))
        return born


class LetterForm(forms.Form):
    """The code of a letter, and what the letter does not say. `fact` is ready once the form is valid."""

    code = CodeField(
        label=gettext_lazy("Code from the letter"),
        help_text=gettext_lazy("Twelve letters and digits in three groups."),
        error_messages={"required": gettext_lazy("Enter the code from the letter")},
    )
    birth_date = DateField(
        label=gettext_lazy("Your date of birth"),
        help_text=gettext_lazy("For example 27 3 1985. We ask because the letter does not say it."),
        widget=DateBoxes(birth_date=True),
        required=False,
    )
    last_characters = forms.CharField(
        label=gettext_lazy("For a company: last four characters of the registered number"),
        help_text=gettext_lazy("Of the unified social credit code or the legal entity identifier."),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "govuk-input--width-5"}),
    )
    fact: Fact

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        born, last = said.get("birth_date"), "".join((said.get("last_characters") or "").split())
        if born:
            self.fact = Fact(birth_date=born)
        elif len(last) == LAST_CHARACTERS:
            self.fact = Fact(last_characters=last)
        elif last:
            self.add_error("last_characters", _("Enter four characters, the last ones of the number"))
        elif "birth_date" not in self.errors:
            self.add_error("birth_date", _("Enter your date of birth"))
        return said
