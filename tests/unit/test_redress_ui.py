"""Tags and filters: dates, texts and sizes in the reader's language."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from redress.templatetags import redress_ui as ui


@pytest.fixture(params=["en", "zh-hans"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    with translation.override(request.param):
        yield request.param


def test_dates_are_written_out(language: str) -> None:
    written = {"en": "2 November 2026", "zh-hans": "2026年11月2日"}
    assert ui.long_date(date(2026, 11, 2)) == written[language]
    assert ui.long_date(datetime(2026, 11, 2, 23, 59, tzinfo=UTC)) == written[language]
    assert ui.long_date(None) == ""


def test_moments_name_their_zone(language: str) -> None:
    moment = datetime(2026, 11, 2, 9, 5, tzinfo=UTC)
    assert (
        ui.long_datetime(moment) == {"en": "2 November 2026, 09:05 UTC", "zh-hans": "2026年11月2日 09:05 UTC"}[language]
    )
    assert ui.long_datetime(None) == ""


@dataclass
class Bilingual:
    en: str
    zh: str


@pytest.mark.parametrize("text", [{"en": "Listing", "zh": "名单"}, Bilingual("Listing", "名单")])
def test_catalogue_texts_come_in_the_readers_language(text: Any, language: str) -> None:
    assert ui.in_language(text) == {"en": "Listing", "zh-hans": "名单"}[language]


def test_a_text_in_one_language_is_better_than_none() -> None:
    with translation.override("zh-hans"):
        assert ui.in_language({"en": "Listing"}) == "Listing"
    assert ui.in_language({"zh": "名单"}) == "名单"
    assert ui.in_language("as it is") == "as it is"
    assert ui.in_language(None) == ui.in_language({}) == ""


@pytest.mark.parametrize(
    ("size", "written"),
    [(None, "0 B"), (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (2_100_000, "2.1 MB"), (999_960, "1.0 MB"),
     (5_000_000_000_000, "5000.0 GB")],
)  # fmt: skip
def test_sizes_are_rounded_to_what_people_know(size: int | None, written: str) -> None:
    assert ui.file_size(size) == written


def test_languages_are_named_as_html_wants_them(language: str) -> None:
    assert ui.html_language() == {"en": "en", "zh-hans": "zh-Hans"}[language]
    assert ui.language_tag(language) == ui.html_language()


def test_a_page_that_does_not_exist_has_no_address() -> None:
    assert ui.optional_url("no-such-page") == ""
    assert ui.optional_url("about") == "/about/"


def test_the_timeline_marks_times_for_machines() -> None:
    events = [
        {"title": "Sent <b>", "at": datetime(2026, 11, 2, 9, 5, tzinfo=UTC), "by": "You", "text": "a\nb"},
        SimpleNamespace(title="Due", on=date(2026, 12, 1)),
    ]
    html = render_to_string("includes/timeline.html", {"events": events})
    assert '<time datetime="2026-11-02T09:05:00+00:00">2 November 2026, 09:05 UTC</time> · You' in html
    assert '<time datetime="2026-12-01">1 December 2026</time>' in html
    assert "<b>" not in html and "a<br>b" in html


def test_the_summary_list_says_what_each_link_changes() -> None:
    rows = [{"key": "Amount", "value": "12000.00", "actions": [{"href": "/x", "text": "Dispute", "hidden": "amount"}]}]
    html = render_to_string("includes/summary_list.html", {"rows": rows})
    assert '<a class="govuk-link" href="/x">Dispute<span class="govuk-visually-hidden"> amount</span></a>' in html


def test_pages_of_a_list_are_left_out_when_there_is_only_one() -> None:
    assert render_to_string("includes/pagination.html", {}).strip() == ""
    html = render_to_string("includes/pagination.html", {"next_url": "?after=x"})
    assert 'rel="next"' in html and 'rel="prev"' not in html
