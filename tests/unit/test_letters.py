"""Decision letters: accessible PDF in both languages, whatever people write into them."""

import re
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from appeals import letters
from appeals.letters import Answer, FontMissing, Letter, NextTier, Signature
from delivery.paper import Printer

UPHELD = Answer(
    title="Listing 2025-000123: amount owed",
    ground="Already put right",
    outcome="The record is wrong",
    reasons="The court's receipt shows that you paid in full.\n\nThe listing rests on nothing else.",
    changes="The listing is deleted.",
)
REJECTED = Answer(
    title="Travel limit: no plane tickets",
    ground="Disproportionate",
    outcome="The measure stays",
    reasons="The limit follows from the order.",
    changes="Nothing changes.",
)
ENGLISH = Letter(
    language="en",
    reference="RD-7K2M-9QXV",
    programme="Court register of defaulters",
    holder="Sample District Court",
    addressee="Li Xiaoming",
    procedure="Redress model procedure",
    filed_on=date(2026, 10, 3),
    decided_on=date(2026, 11, 22),
    answers=(UPHELD, REJECTED),
    next_steps=("We tell everyone who received the record.", "You will see each confirmation."),
    signature=Signature(role="Reviewing officer", number="4471", organisation="Sample District Court"),
    next_tier=NextTier(
        "You can ask the higher court to look again.",
        ("Your last day for this is 22 December 2026.",),
        ("After that: the supreme court.",),
    ),
    looked_at=("2 files that were handed in.",),
    checkpoint="redress.example/log 20413",
)
CHINESE = replace(
    ENGLISH,
    language="zh-hans",
    programme="失信被执行人名单",
    holder="样本区人民法院",
    addressee="李晓明",
    answers=(
        Answer(
            title="名单信息：未履行金额",
            ground="我已经履行完毕",
            outcome="支持：该信息有误",
            reasons="法院的收据证明您已全部付清。",
            changes="删除该名单信息。",
        ),
    ),
    next_tier=NextTier("您可以请上级法院再看一次。", ("您的最后一天是2026年12月22日。",)),
)


def read(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf))


def catalogue(pdf: bytes) -> Any:
    return read(pdf).trailer["/Root"]


def text_of(pdf: bytes) -> str:
    """The letter's text, with line ends of the setting joined."""
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in read(pdf).pages)).replace("\u200b", "")


def tags_of(pdf: bytes) -> list[str]:
    """Kinds of the structure elements, in reading order."""
    found: list[str] = []

    def walk(node: Any) -> None:
        node = node.get_object()
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, dict):
            if "/S" in node:
                found.append(node["/S"])
            if "/K" in node:
                walk(node["/K"])

    walk(catalogue(pdf)["/StructTreeRoot"])
    return found


@pytest.mark.parametrize(("letter", "language"), [(ENGLISH, "en"), (CHINESE, "zh-CN")])
def test_a_letter_is_tagged_and_says_its_language_and_title(letter: Letter, language: str) -> None:
    root = catalogue(letters.render(letter))

    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/Lang"] == language
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    metadata = root["/Metadata"].get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert "RD-7K2M-9QXV" in metadata


def test_headings_lists_and_the_overview_table_are_tagged_in_reading_order() -> None:
    tags = [tag for tag in tags_of(letters.render(ENGLISH)) if tag in {"/H1", "/H2", "/H3", "/L", "/Table"}]

    answer = ["/H2", "/H3", "/H3", "/H3", "/H3"]
    assert tags == ["/H1", "/L", "/Table", *answer, *answer, "/H2", "/L", "/H2", "/L", "/H2", "/H2"]
    assert tags_of(letters.render(ENGLISH)).count("/TH") == 2


def test_everything_said_stands_in_the_letter_in_order() -> None:
    text = text_of(letters.render(ENGLISH))

    said = [
        "Decision on your case RD-7K2M-9QXV",
        "Li Xiaoming",
        "Court register of defaulters",
        "Redress model procedure",
        "3 October 2026",
        "22 November 2026",
        "1. Listing 2025-000123: amount owed",
        "Already put right",
        "The record is wrong",
        "you paid in full.",
        "The listing rests on nothing else.",
        "The listing is deleted.",
        "2. Travel limit: no plane tickets",
        "What was before us",
        "2 files that were handed in.",
        "We tell everyone who received the record.",
        "You can ask the higher court to look again.",
        "22 December 2026",
        "After that: the supreme court.",
        "Reviewing officer",
        "4471",
        "redress.example/log 20413",
    ]
    for part in said:
        _before, found, text = text.partition(part)
        assert found, f"{part!r} is missing or too early"


def test_a_chinese_letter_can_be_read_back_with_its_dates() -> None:
    text = text_of(letters.render(CHINESE)).replace(" ", "")

    for part in ("失信被执行人名单", "李晓明", "支持：该信息有误", "2026年11月22日", "2026年12月22日"):
        assert part in text


def test_one_thing_needs_no_overview_table() -> None:
    assert "/Table" not in tags_of(letters.render(replace(ENGLISH, answers=(UPHELD,))))


def test_nothing_that_people_write_is_typst_source() -> None:
    hostile = (
        '#import "decision.typ": * #{panic("run")} #eval("1+1") #read("decision.typ") \\ \\u{41} $x^2$ '
        "*bold* _it_ = head `raw` @label <label> // comment /* */ \"quoted\" 'single' ] } ) --- ~ {{x}} %s"
    )
    text = text_of(letters.render(replace(ENGLISH, answers=(replace(UPHELD, reasons=hostile, title=hostile),))))

    assert text.count(hostile) == 2
    assert "#let letter" not in text


def test_long_reasons_run_over_pages_and_none_is_lost() -> None:
    paragraphs = [f"Paragraph {number} says why. " + "It goes on for a while. " * 30 for number in range(40)]
    pdf = letters.render(replace(ENGLISH, answers=(replace(UPHELD, reasons="\n\n".join(paragraphs)), REJECTED)))

    assert len(read(pdf).pages) > 5
    text = text_of(pdf)
    assert all(f"Paragraph {number} says why." in text for number in range(40))
    assert "The measure stays" in text


def test_a_character_that_the_face_lacks_is_marked_and_named() -> None:
    pdf = letters.render(replace(ENGLISH, addressee="𠮷 Hana", answers=(replace(UPHELD, reasons="Paid 😀."),)))
    text = text_of(pdf)

    assert "〓 Hana" in text
    assert "Paid 〓." in text
    assert "U+20BB7, U+1F600" in text


def test_accents_and_rare_chinese_characters_are_printed() -> None:
    text = text_of(letters.render(replace(ENGLISH, addressee="Nguye\u0302\u0303n Müller 䶮 镕")))

    assert "Nguyễn Müller 䶮 镕" in text
    assert "〓" not in text


def test_characters_that_turn_text_around_are_dropped() -> None:
    assert Printer({ord(char) for char in "abc"}).line("a\u202eb\u2066c\x00\ufe0f") == "abc"


def test_a_word_without_a_break_stays_on_the_page() -> None:
    pdf = letters.render(replace(ENGLISH, answers=(replace(UPHELD, reasons="x" * 1000),)))

    assert text_of(pdf).replace(" ", "").count("x" * 1000) == 1
    lines = [line for page in read(pdf).pages for line in page.extract_text().splitlines()]
    assert max(len(line) for line in lines) < 120


def test_empty_texts_make_a_letter_too() -> None:
    bare = Answer(title="", ground="", outcome="", reasons="", changes="")
    letter = replace(ENGLISH, answers=(bare,), next_steps=(), next_tier=None, checkpoint="")

    assert len(read(letters.render(letter)).pages) == 1


def test_the_same_letter_gives_the_same_bytes() -> None:
    assert letters.render(ENGLISH) == letters.render(ENGLISH)


def test_without_the_typeface_the_operator_is_told(settings: Any, tmp_path: Path) -> None:
    settings.LETTER_FONT_DIR = tmp_path

    with pytest.raises(FontMissing, match="Build the assets"):
        letters.render(ENGLISH)
