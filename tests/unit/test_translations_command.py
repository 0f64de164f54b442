"""The catalogue of texts: what is found, what is complained of, what is written."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.utils import translation

from redress import translations
from redress.translations import ExtractionError, Text

PYTHON = """
from django.utils.translation import gettext as _, gettext_lazy as lazy, ngettext, pgettext
from django.utils import translation
_("plain")
lazy("renamed on import")
ngettext("%(n)d thing", "%(n)d things", n)
pgettext("of a case", "filed")
translation.gettext_lazy("by attribute")
other("not a text")
_("joined "
  "over lines")
"""
TEMPLATE = """
{% load i18n %}{# translate "in a comment" #}
{% translate "tag" %} {% translate 'single' %} {% translate "with as" as x %} {% translate "it's" %}
{% translate "May" context "month" %}
{% blocktranslate trimmed with a=b %}
  Two lines
  of {{ a }} at 100%
{% endblocktranslate %}
{% blocktranslate count n=n %}One{% plural %}{{ n }} of them{% endblocktranslate %}
{% include "x.html" with title=_("argument") %}{{ value|default:_("filter") }}{{ _("variable") }}
{% comment %}{% translate "commented out" %}{% endcomment %}
"""


def texts(found: object) -> set[Text]:
    return {text for text, _ in found}  # type: ignore[attr-defined]  # pairs of text and line


def test_texts_are_found_in_python() -> None:
    assert texts(translations.from_python(PYTHON, "x.py")) == {
        Text(None, "plain"),
        Text(None, "renamed on import"),
        Text(None, "%(n)d thing", "%(n)d things"),
        Text("of a case", "filed"),
        Text(None, "by attribute"),
        Text(None, "joined over lines"),
    }


def test_texts_are_found_in_templates() -> None:
    assert texts(translations.from_template(TEMPLATE, "x.html")) == {
        Text(None, "tag"),
        Text(None, "single"),
        Text(None, "with as"),
        Text(None, "it's"),
        Text("month", "May"),
        Text(None, "Two lines of %(a)s at 100%%"),
        Text(None, "One", "%(n)s of them"),
        Text(None, "argument"),
        Text(None, "filter"),
        Text(None, "variable"),
    }


@pytest.mark.parametrize("source", ["_(f'x {y}')", "_('a' + b)", "_('a %s' % b)", "_()", "ngettext('a', f'{b}', n)"])
def test_a_text_put_together_at_run_time_is_refused(source: str) -> None:
    with pytest.raises(ExtractionError, match=r"x\.py:1"):
        list(translations.from_python(source, "x.py"))


def test_looking_up_a_text_that_is_marked_elsewhere_is_allowed() -> None:
    source = "from django.utils.translation import gettext as said\nsaid(kind.title)\n_(name)\n_(titles[0])"
    assert texts(translations.from_python(source, "x.py")) == set()


def test_source_that_cannot_be_read_is_named() -> None:
    with pytest.raises(ExtractionError, match=r"x\.py:2"):
        list(translations.from_python("a = 1\nb = (", "x.py"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project with one text in Python, one with a place, one in a template, and a catalogue."""
    (tmp_path / "accounts" / "templates").mkdir(parents=True)
    for package in translations.PACKAGES:
        (tmp_path / package).mkdir(exist_ok=True)
    (tmp_path / "accounts" / "views.py").write_text(
        '_("Hello")\n_("By %(day)s")\nngettext("%(n)s day", "%(n)s days", 1)'
    )
    (tmp_path / "accounts" / "templates" / "x.html").write_text('{% load i18n %}{% translate "Back" %}')
    po = catalogue(tmp_path)
    po.parent.mkdir(parents=True)
    po.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgid "Hello"\nmsgstr "您好"\n\n'
        'msgid "By %(day)s"\nmsgstr "在 %(day)s 之前"\n\n'
        'msgid "%(n)s day"\nmsgid_plural "%(n)s days"\nmsgstr[0] "%(n)s 天"\n\n'
        'msgid "Back"\nmsgstr "返回"\n'
    )
    return tmp_path


def catalogue(root: Path) -> Path:
    return root / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def run(root: Path, option: str) -> str:
    out = StringIO()
    with override_settings(BASE_DIR=root, LOCALE_PATHS=[root / "locale"]):
        call_command("translations", option, stdout=out)
    return out.getvalue()


def complaint(root: Path) -> str:
    with pytest.raises(CommandError) as caught:
        run(root, "--check")
    return str(caught.value)


def edit(root: Path, old: str, new: str) -> None:
    po = catalogue(root)
    assert old in po.read_text()
    po.write_text(po.read_text().replace(old, new))


def test_a_complete_catalogue_passes(project: Path) -> None:
    assert run(project, "--check") == "4 texts, all translated\n"


def test_a_new_text_is_named_with_its_place(project: Path) -> None:
    views = project / "accounts" / "views.py"
    views.write_text(views.read_text() + '\n_("New")')
    assert "missing: 'New' (accounts/views.py:4)" in complaint(project)


def test_a_text_that_left_is_named(project: Path) -> None:
    (project / "accounts" / "templates" / "x.html").write_text("")
    assert "no longer used: 'Back'" in complaint(project)


def test_an_empty_translation_is_named(project: Path) -> None:
    edit(project, "您好", "")
    assert "not translated: 'Hello'" in complaint(project)


def test_an_empty_plural_is_named(project: Path) -> None:
    edit(project, "%(n)s 天", "")
    assert "not translated: '%(n)s day'" in complaint(project)


def test_an_uncertain_translation_is_named(project: Path) -> None:
    edit(project, 'msgid "Hello"', '#, fuzzy\nmsgid "Hello"')
    assert "uncertain (fuzzy): 'Hello'" in complaint(project)


@pytest.mark.parametrize("wrong", ["在 %(date)s 之前", "之前", "在 %(day)d 之前", "在 %(day)s %(x)s 之前"])
def test_other_placeholders_are_named(project: Path, wrong: str) -> None:
    edit(project, "在 %(day)s 之前", wrong)
    assert "other placeholders: 'By %(day)s'" in complaint(project)


def test_several_faults_are_said_at_once(project: Path) -> None:
    edit(project, "您好", "")
    edit(project, "返回", "")
    assert complaint(project).endswith("2 faults; see `manage.py translations --update`.")


def test_update_keeps_translations_and_drops_what_left(project: Path) -> None:
    (project / "accounts" / "views.py").write_text('_("Hello")\n_("New")\nngettext("%(n)s day", "%(n)s days", 1)')
    assert run(project, "--update") == "zh_Hans: 4 texts, 1 not translated yet\n"
    written = catalogue(project).read_text()
    assert 'msgstr "您好"' in written and 'msgstr[0] "%(n)s 天"' in written
    assert "By %(day)s" not in written and "#~" not in written
    assert 'msgid "New"\nmsgstr ""' in written


def test_update_twice_writes_the_same(project: Path) -> None:
    run(project, "--update")
    first, stamp = catalogue(project).read_bytes(), catalogue(project).stat().st_mtime_ns
    run(project, "--update")
    assert (catalogue(project).read_bytes(), catalogue(project).stat().st_mtime_ns) == (first, stamp)
    assert b"POT-Creation-Date" not in first


def test_a_broken_source_stops_update_with_its_place(project: Path) -> None:
    (project / "accounts" / "views.py").write_text("_(f'{name}')")
    with pytest.raises(CommandError, match=r"accounts/views\.py:1"):
        run(project, "--update")


def test_compile_writes_what_django_reads_and_then_rests(project: Path) -> None:
    assert run(project, "--compile") == "zh_Hans: compiled\n"
    assert run(project, "--compile") == "zh_Hans: unchanged\n"
    from gettext import GNUTranslations

    with catalogue(project).with_suffix(".mo").open("rb") as file:
        compiled = GNUTranslations(file)
    assert compiled.gettext("Hello") == "您好"
    assert compiled.ngettext("%(n)s day", "%(n)s days", 5) == "%(n)s 天"


def test_compile_leaves_out_uncertain_translations(project: Path) -> None:
    edit(project, 'msgid "Hello"', '#, fuzzy\nmsgid "Hello"')
    run(project, "--compile")
    assert "您好".encode() not in catalogue(project).with_suffix(".mo").read_bytes()


def test_our_own_catalogue_is_read_by_django() -> None:
    with translation.override("zh-hans"):
        assert translation.gettext("Back") == "返回"
