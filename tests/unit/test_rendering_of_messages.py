"""What messages say on their page."""

from typing import Any
from uuid import UUID

import pytest

from delivery import rendering
from delivery.models import Message
from delivery.rendering import KINDS

SAMPLES: dict[str, Any] = {
    "reference": "RD-TEST-0001",
    "type": {"en": "Court listing", "zh": "失信名单条目"},
    "measure": {"en": "No flights", "zh": "限制乘坐飞机"},
    "on": "2026-11-22",
    "until_at": "2026-11-25T10:00:00+00:00",
    "from_on": "2026-11-22",
    "source": {"en": "Sample District Court", "zh": "样例市样例区人民法院"},
    "basis": "法释〔2017〕7号",
    "source_ref": "20250101",
}


def message(kind: str, **params: Any) -> Message:
    samples = {name: SAMPLES.get(name, SAMPLES["source"]) for name in KINDS[kind].params}
    return Message(kind=kind, subject_id=UUID(int=1), params=params or samples)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_kind_has_a_title_and_a_body_without_gaps(kind: str, language: str) -> None:
    said = rendering.rendered(message(kind), language)
    assert said.title
    assert said.body or kind in rendering.NEVER_IN_INBOX
    for text in said:
        assert "%" not in text
        assert "{" not in text


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_knows_what_its_sentences_need(kind: str) -> None:
    line = KINDS[kind]
    assert line.body % dict.fromkeys(line.params, "x") or kind in rendering.NEVER_IN_INBOX
    for name in line.params:
        assert f"%({name})s" in line.body
        with pytest.raises(rendering.UnknownKind, match=name):
            rendering.check_params(kind, {each: "x" for each in line.params if each != name})


@pytest.mark.parametrize("kind", [kind for kind, line in KINDS.items() if line.on_paper])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_what_letters_say_has_no_gaps_and_leads_to_no_page(kind: str, language: str) -> None:
    said = rendering.rendered(message(kind), language, on_paper=True).body
    assert said != rendering.rendered(message(kind), language).body
    for word in ("%", "{", "Open the", "there", "打开"):
        assert word not in said


def test_titles_and_days_are_in_the_readers_language() -> None:
    resumes = message("measure_resumes")
    assert "“No flights” starts again on 22 November 2026" in rendering.rendered(resumes, "en").body
    chinese = rendering.rendered(resumes, "zh-hans").body
    assert "限制乘坐飞机" in chinese
    assert "2026年11月22日" in chinese


def test_a_title_without_chinese_is_shown_in_english() -> None:
    told = message("measure_imposed", **{**SAMPLES, "measure": {"en": "No flights", "zh": ""}})
    assert "No flights" in rendering.rendered(told, "zh-hans").body


def test_a_reference_that_looks_like_a_day_stays_as_it_is() -> None:
    told = message("source_told_dispute", type=SAMPLES["type"], source_ref="2025-01-01")
    assert "2025-01-01" in rendering.rendered(told, "en").body


def test_waits_grow() -> None:
    for line in KINDS.values():
        assert list(line.waits) == sorted(line.waits)
        assert line.life is None or sum(line.waits, start=line.life - line.life) < line.life
