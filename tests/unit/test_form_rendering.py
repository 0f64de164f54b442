"""Forms as pages show them: each input tied to its label, hint and error, and to the summary."""

import re
from datetime import date
from typing import Any

import pytest
from django import forms
from django.template import Context, Template
from django.utils import translation

from accounts.formfields import CheckboxHints, DateBoxes, DateField, RadioHints
from redress.templatetags import redress_ui


class Dispute(forms.Form):
    name = forms.CharField(label="Full name", help_text="As on your card", error_messages={"required": "Enter it"})
    ground = forms.ChoiceField(
        label="What is wrong?",
        choices=[("inaccurate", "It is not correct"), ("not_me", "It is not about me")],
        widget=RadioHints(hints={"not_me": "Somebody with the same name"}),
        error_messages={"required": "Choose one"},
    )
    parts = forms.MultipleChoiceField(
        label="Which parts?", required=False, choices=[("a", "Flights")], widget=CheckboxHints
    )
    born = DateField(label="Date of birth", widget=DateBoxes(birth_date=True))
    words = forms.CharField(label="Your words", widget=forms.Textarea, required=False)
    programme = forms.ChoiceField(label="Programme", choices=[("x", "Court list")])
    paper = forms.FileField(label="A paper", required=False)
    sure = forms.BooleanField(label="It is true", error_messages={"required": "Tick the box"})
    hidden = forms.CharField(widget=forms.HiddenInput, initial="h")

    def clean(self) -> None:
        if self.cleaned_data.get("name") == "changed":
            raise forms.ValidationError("The record has changed")


class Filter(forms.Form):
    mark_optional = False
    due = forms.CharField(label="Due", required=False)


def empty() -> Dispute:
    return Dispute({})


def field_of(form: forms.Form, name: str) -> str:
    return str(form[name].as_field_group())


def ids(html: str) -> list[str]:
    return re.findall(r' id="([^"]+)"', html)


def test_every_field_is_shown_once_with_its_label() -> None:
    html = str(Dispute())
    assert html.count("govuk-form-group") == 8 + 3  # the date's boxes are groups too
    for label, for_id in re.findall(r'<label [^>]*for="([^"]*)"[^>]*>([^<]*)', html):
        assert label in ids(html), for_id
    assert len(ids(html)) == len(set(ids(html)))
    assert '<input type="hidden" name="hidden" value="h"' in html


def test_hint_and_error_are_read_out_with_the_input() -> None:
    html = field_of(empty(), "name")
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'class="govuk-hint" id="id_name_helptext">As on your card' in html
    assert re.search(r'id="id_name_error"><p class="govuk-error-message">.*Error:</span> Enter it', html)
    assert 'class="govuk-input govuk-input--error"' in html and 'aria-invalid="true"' in html


def test_without_an_error_nothing_speaks_of_one() -> None:
    html = str(Dispute())
    assert "error" not in html and "aria-invalid" not in html


def test_the_browser_is_not_left_to_complain() -> None:
    assert " required" not in str(Dispute())


def test_radios_stand_in_a_group_with_a_legend_and_hints() -> None:
    html = field_of(empty(), "ground")
    assert '<fieldset class="govuk-fieldset" aria-describedby="id_ground_error">' in html
    assert "<legend" in html and "What is wrong?" in html
    assert 'aria-describedby="id_ground_1_hint"' in html
    assert 'id="id_ground_1_hint">Somebody with the same name' in html
    assert 'id="id_ground_0_hint"' not in html
    assert "aria-invalid" not in html  # a radio button may not carry it


def test_a_chosen_option_stays_chosen() -> None:
    assert re.search(r'value="not_me"[^>]* checked', field_of(Dispute({"ground": "not_me"}), "ground"))


def test_a_single_tick_box_has_its_label_beside_it() -> None:
    html = field_of(empty(), "sure")
    assert html.index("<input") < html.index("<label") and "govuk-checkboxes__input" in html
    assert "(optional)" not in html


def test_optional_fields_say_so_but_not_in_a_filter() -> None:
    assert "Your words (optional)" in field_of(Dispute(), "words")
    assert "(optional)" not in field_of(Dispute(), "name")
    assert "(optional)" not in str(Filter())


def test_own_classes_are_kept() -> None:
    class Code(forms.Form):
        code = forms.CharField(widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}))

    assert 'class="govuk-input govuk-input--width-10"' in str(Code())


@pytest.mark.parametrize("kind", [forms.CharField, forms.EmailField, forms.IntegerField, forms.DecimalField])
def test_every_kind_of_input_has_its_class(kind: type[forms.Field]) -> None:
    form = type("One", (forms.Form,), {"one": kind()})()
    assert 'class="govuk-input"' in str(form)


def test_a_password_has_its_class_and_is_never_sent_back() -> None:
    class Secret(forms.Form):
        word = forms.CharField(widget=forms.PasswordInput)

    assert 'class="govuk-input"' in str(Secret({"word": "swordfish"}))
    assert "swordfish" not in str(Secret({"word": "swordfish"}))


def test_a_heading_makes_the_label_the_title_of_the_page() -> None:
    template = Template("{% load redress_ui %}{% field form.name heading='l' %}{% field form.ground heading='l' %}")
    html = template.render(Context({"form": Dispute()}))
    assert html.count("<h1") == 2  # on a page only one of them
    assert 'govuk-label--l" for="id_name"' in html and "govuk-fieldset__legend--l" in html


def test_texts_cannot_break_out_of_the_markup() -> None:
    form = Dispute({"name": '"><script>'})
    form.fields["name"].label = "<b>"
    form.fields["name"].help_text = "<i>"
    html = field_of(form, "name")
    assert "<script>" not in html and "<b>" not in html and "<i>" not in html


# --- dates --------------------------------------------------------------------------------------


def boxes(day: str, month: str, year: str) -> dict[str, str]:
    return {"born_day": day, "born_month": month, "born_year": year}


@pytest.mark.parametrize(
    ("day", "month", "year", "expected"),
    [
        ("27", "3", "1985", date(1985, 3, 27)),
        (" 07 ", "03", "1985", date(1985, 3, 7)),
        ("２７", "３", "１９８５", date(1985, 3, 27)),  # wide figures, as a Chinese keyboard writes them
        ("29", "2", "2024", date(2024, 2, 29)),
    ],
)
def test_three_boxes_make_a_date(day: str, month: str, year: str, expected: date) -> None:
    form = Dispute(boxes(day, month, year))
    form.is_valid()
    assert form.cleaned_data["born"] == expected


@pytest.mark.parametrize(
    ("day", "month", "year", "code", "wrong"),
    [
        ("", "", "", "required", ("day", "month", "year")),
        ("", "3", "1985", "missing_day", ("day",)),
        ("27", "", "1985", "missing_month", ("month",)),
        ("27", "3", "", "missing_year", ("year",)),
        ("29", "2", "2023", "invalid", ("day", "month", "year")),
        ("27", "3", "85", "invalid", ("day", "month", "year")),
        ("x", "3", "1985", "invalid", ("day", "month", "year")),
        ("27", "March", "1985", "invalid", ("day", "month", "year")),
        ("-1", "3", "1985", "invalid", ("day", "month", "year")),
        ("1", "1", "0000", "invalid", ("day", "month", "year")),
        ("9" * 5000, "1", "1985", "invalid", ("day", "month", "year")),
    ],
)
def test_a_wrong_date_names_the_wrong_box(day: str, month: str, year: str, code: str, wrong: tuple[str, ...]) -> None:
    form = Dispute(boxes(day, month, year))
    assert [error.code for error in form.errors["born"].as_data()] == [code]
    html = field_of(form, "born")
    marked = tuple(re.findall(r'name="born_(\w+)"[^>]*aria-invalid="true"', html))
    assert marked == wrong
    assert form["born"].first_input_id == f"id_born_{wrong[0]}"  # type: ignore[attr-defined]  # ours


def test_a_date_keeps_what_was_typed_and_shows_what_was_stored() -> None:
    assert 'value="March"' in field_of(Dispute(boxes("1", "March", "1985")), "born")
    html = field_of(Dispute(initial={"born": date(1985, 3, 27)}), "born")
    assert re.findall(r'name="born_(\w+)" value="(\d+)"', html) == [("day", "27"), ("month", "3"), ("year", "1985")]


def test_a_date_is_a_group_with_its_own_labels_and_browser_help() -> None:
    html = field_of(Dispute(), "born")
    assert '<fieldset class="govuk-fieldset" role="group"' in html
    assert 'autocomplete="bday-day"' in html and 'inputmode="numeric"' in html


def test_in_chinese_the_year_comes_first() -> None:
    with translation.override("zh-hans"):
        assert re.findall(r'name="born_(\w+)"', field_of(Dispute(), "born")) == ["year", "month", "day"]
        assert empty()["born"].first_input_id == "id_born_year"  # type: ignore[attr-defined]  # ours


# --- the summary --------------------------------------------------------------------------------


def summary(*given: Any) -> str:
    context = {f"form{place}": form for place, form in enumerate(given)}
    names = " ".join(context)
    return Template(f"{{% load redress_ui %}}{{% error_summary {names} %}}").render(Context(context))


def test_the_summary_leads_to_the_first_input_of_each_field() -> None:
    form = empty()
    links = dict(re.findall(r'<a href="#([^"]+)">([^<]+)', summary(form)))
    assert links["id_ground_0"] == "Choose one"
    assert links["id_sure"] == "Tick the box"
    assert set(links) == {"id_name", "id_ground_0", "id_born_day", "id_programme", "id_sure"}
    assert set(links) <= set(ids(str(form)))


def test_errors_of_no_field_and_of_hidden_fields_are_said_without_a_link() -> None:
    html = summary(Dispute({"name": "changed"}))
    assert "<li>The record has changed</li>" in html
    assert "#id_hidden" not in html


def test_the_summary_gathers_formsets_and_ignores_what_is_not_a_form() -> None:
    formset = forms.formset_factory(Filter, min_num=2, validate_min=True)(
        {"form-TOTAL_FORMS": "0", "form-INITIAL_FORMS": "0"}
    )
    assert "<li>" in summary(formset)
    assert summary("", None, Dispute()).strip() == ""


def test_the_title_of_a_page_with_errors_says_so() -> None:
    template = Template('{% extends "base.html" %}{% block title %}Dispute{% endblock %}')
    assert "<title>Error: Dispute – Redress</title>" in template.render(Context({"form": empty()}))
    assert "<title>Dispute – Redress</title>" in template.render(Context({"form": Dispute()}))


def test_errors_are_listed_in_the_order_of_the_fields() -> None:
    listed = redress_ui.error_summary(empty())["listed_errors"]
    assert [error.target for error in listed][:2] == ["id_name", "id_ground_0"]
