"""Identifiers: normal form, check characters, impossible dates, masks. The table is that of `programme-facts`."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import identifiers
from accounts.identifiers import Checked, IdentifierRefused

TODAY = date(2026, 11, 22)


def check(scheme: str, value: str) -> Checked:
    return identifiers.check(scheme, value, today=TODAY)


@pytest.mark.parametrize(
    ("given", "value", "sex", "born"),
    [
        ("999901198502140011", "999901198502140011", "m", date(1985, 2, 14)),
        ("99990119850214002X", "99990119850214002X", "f", date(1985, 2, 14)),
        ("99990119850214002x", "99990119850214002X", "f", date(1985, 2, 14)),
        ("999901200002290080", "999901200002290080", "f", date(2000, 2, 29)),
        ("999901850214001", "999901198502140011", "m", date(1985, 2, 14)),
        ("11010519491231002X", "11010519491231002X", "f", date(1949, 12, 31)),
        ("９９９９０１１９８５０２１４００２ｘ", "99990119850214002X", "f", date(1985, 2, 14)),
        (" 999901 19850214 0011 ", "999901198502140011", "m", date(1985, 2, 14)),
    ],
)
def test_a_resident_number_has_one_form(given: str, value: str, sex: str, born: date) -> None:
    checked = check("cn-resident-id", given)
    assert (checked.value, checked.sex, checked.birth_date) == (value, sex, born)


@pytest.mark.parametrize(
    ("given", "code", "word"),
    [
        ("999901199902290072", "impossible_date", "impossible date"),  # its check character is right
        ("999901198502140012", "bad_identifier", "check character"),
        ("99990119850214001", "bad_identifier", "18 characters"),
        ("9999011985021400111", "bad_identifier", "18 characters"),
        ("99990119850214001A", "bad_identifier", "17 digits"),
        ("999901１98502１400I1", "bad_identifier", "17 digits"),
        ("", "bad_identifier", "18 characters"),
        ("99990129850214001X", "impossible_date", "impossible date"),  # in the year 2985
        ("999901179912310010", "impossible_date", "impossible date"),  # before 1800
        ("²99901198502140011", "bad_identifier", "check character"),  # a raised digit is a digit to Unicode
        ("٩٩٩٩٠١١٩٨٥٠٢١٤٠٠١١", "bad_identifier", "17 digits"),  # so are these
    ],
)
def test_a_wrong_resident_number_is_refused(given: str, code: str, word: str) -> None:
    with pytest.raises(IdentifierRefused) as refused:
        check("cn-resident-id", given)
    assert (refused.value.code, word in refused.value.sentence) == (code, True)


def test_an_unknown_region_is_a_warning_and_no_refusal() -> None:
    assert check("cn-resident-id", "999901198502140011").warnings == ("unknown_region",)
    assert check("cn-resident-id", "11010519491231002X").warnings == ()


@pytest.mark.parametrize(
    "value",
    [
        "91999900MA9T00018T",
        "91999900MA9T00026M",
        "91999900MA9T00034G",
        "91999900MA90003100",  # the remainder is 0, and so is the check character
        "91999900MA9000265Y",
        "11999900MB9T00011F",
        "51999900MJ9T00010N",
        "91350100M000100Y43",
        "91999900ma9t00018t",
    ],
)
def test_a_good_credit_code_is_taken(value: str) -> None:
    checked = check("cn-uscc", value)
    assert (checked.value, checked.warnings) == (value.upper(), ())


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("91999900MA9T00026N", "check character"),
        ("91999900MA9T0002IM", "never I"),
        ("91999900MA9T00026", "18 characters"),
    ],
)
def test_a_wrong_credit_code_is_refused(value: str, word: str) -> None:
    with pytest.raises(IdentifierRefused, match=word):
        check("cn-uscc", value)


def test_a_failing_inner_organisation_code_is_a_warning() -> None:
    first = "91999900MA9T00019"  # the inner check character would be 8
    value = first + identifiers.uscc_check_character(first)
    assert check("cn-uscc", value).warnings == ("inner_check",)


def test_the_sample_of_the_organisation_code_standard_passes() -> None:
    assert identifiers.organisation_check_character("D2143569") == "X"


@pytest.mark.parametrize(("value", "good"), [("0000000SAMPLEAIR0124", True), ("5299000000EXAMPLE00", False)])
def test_a_legal_entity_identifier_is_checked(value: str, good: bool) -> None:
    if good:
        assert check("lei", value).value == value
    else:
        with pytest.raises(IdentifierRefused):
            check("lei", value)
    with pytest.raises(IdentifierRefused, match="check digits"):
        check("lei", "0000000SAMPLEAIR0125")
    with pytest.raises(IdentifierRefused, match="18 letters"):
        check("lei", "0000000SAMPLE-IR0124")


@pytest.mark.parametrize("value", ["000-00-0000", "000000000", "0000", "***-**-0000", "XXX-XX-0000"])
def test_a_social_security_number_keeps_four_digits_only(value: str) -> None:
    checked = identifiers.check("us-ssn", value, today=TODAY, name="Test Consumer A", birth_date=date(1983, 4, 3))
    assert (checked.value, checked.masked) == ("0000", "***-**-0000")
    assert checked.lookup == "us-ssn:0000|1983-04-03|test consumer a"
    assert "00000" not in repr(checked)


def test_four_digits_tell_nobody_apart_without_name_and_birth_date() -> None:
    with pytest.raises(IdentifierRefused, match="birth date"):
        identifiers.check("us-ssn", "0000", today=TODAY, name="Test Consumer A")
    with pytest.raises(IdentifierRefused, match="name"):
        identifiers.check("us-ssn", "0000", today=TODAY, name=" ", birth_date=date(1983, 4, 3))


def test_half_a_social_security_number_is_refused() -> None:
    with pytest.raises(IdentifierRefused, match="last four"):
        check("us-ssn", "00-0000")


def test_a_name_is_folded_before_it_tells_people_apart() -> None:
    assert identifiers.fold_name("  Test　Consumer  Ａ ") == "test consumer a"


def test_a_passport_names_its_country() -> None:
    assert check("passport", "xxa-e1234567").value == "XXA-E1234567"
    with pytest.raises(IdentifierRefused, match="country"):
        check("passport", "E1234567")


@pytest.mark.parametrize(
    ("scheme", "value", "shown"),
    [
        ("cn-resident-id", "999901198502140011", "9999**********0011"),
        ("cn-uscc", "91999900MA9T00018T", "91999900MA9T00018T"),
        ("us-ssn", "0000", "***-**-0000"),
        ("passport", "XXA-E1234567", "X*********67"),
    ],
)
def test_people_are_masked_and_companies_are_not(scheme: str, value: str, shown: str) -> None:
    assert identifiers.mask(scheme, value) == shown


def test_an_unknown_scheme_is_an_error_of_the_programmer() -> None:
    with pytest.raises(KeyError):
        check("library-card", "1")


@given(st.sampled_from(sorted(identifiers.SCHEMES)), st.text(max_size=24))
def test_no_text_brings_a_check_down_or_stands_in_its_refusal(scheme: str, text: str) -> None:
    try:
        checked = identifiers.check(scheme, text, today=TODAY, name="A", birth_date=date(1983, 4, 3))
    except IdentifierRefused as refused:
        plain = text.strip()
        assert len(plain) < 5 or plain not in refused.sentence
    else:
        again = identifiers.check(scheme, checked.value, today=TODAY, name="A", birth_date=date(1983, 4, 3))
        assert (again.value, again.lookup) == (checked.value, checked.lookup)


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(0, 999), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_one_changed_character_of_a_resident_number_is_noticed(
    born: date, sequence: int, place: int, other: str
) -> None:
    first = f"999901{born:%Y%m%d}{sequence:03d}"
    value = first + identifiers.resident_check_character(first)
    assert check("cn-resident-id", value).value == value
    changed = value[:place] + other + value[place + 1 :]
    if changed != value:
        with pytest.raises(IdentifierRefused):
            check("cn-resident-id", changed)
