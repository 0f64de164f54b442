"""Reference numbers can be read over the telephone, and a slip is noticed."""

from hypothesis import given
from hypothesis import strategies as st

from appeals import reference
from appeals.reference import ALPHABET

bodies = st.text(st.sampled_from(ALPHABET), min_size=7, max_size=7)


def whole(body: str) -> str:
    return reference._shown(body + reference._check(body))


@given(bodies)
def test_what_is_made_is_read_back_however_it_is_typed(body: str) -> None:
    made = whole(body)
    for typed in (made, made.lower(), made.replace("-", " "), made[3:], f" {made}\n"):
        assert reference.normalise(typed) == made


@given(bodies, st.integers(0, 7), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(body: str, place: int, other: str) -> None:
    letters = body + reference._check(body)
    if letters[place] != other:
        wrong = letters[:place] + other + letters[place + 1 :]
        assert reference.normalise(wrong) is None


@given(bodies, st.integers(0, 6))
def test_two_swapped_characters_are_noticed(body: str, place: int) -> None:
    letters = body + reference._check(body)
    swapped = letters[:place] + letters[place + 1] + letters[place] + letters[place + 2 :]
    if swapped != letters:
        assert reference.normalise(swapped) is None


def test_references_hold_no_vowel_and_differ() -> None:
    made = {reference.new() for _ in range(200)}
    assert len(made) == 200
    assert not set("AEIOU01") & set("".join(made).replace("RD-", ""))


def test_anything_else_is_no_reference() -> None:
    for typed in ("", "RD", "RD-2222", "RD-2222-22222", "RD-AEIO-2222", "參考"):
        assert reference.normalise(typed) is None
