"""Made-up people and companies with identifiers that nobody has, the same for the same seed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, TypeVar

from accounts.identifiers import (
    USCC_ALPHABET,
    organisation_check_character,
    resident_check_character,
    uscc_check_character,
)

T = TypeVar("T")
Line = dict[str, Any]

REGION: Final = "999901"  # no such region: these numbers belong to nobody
FIRST_BIRTH: Final = date(1950, 1, 1)  # the last is in 2000: nobody here is a child
BIRTH_DAYS: Final = (date(2000, 12, 31) - FIRST_BIRTH).days
FIRST_SEQUENCE: Final = 400  # the people of the scenarios have lower ones
# Two slots a person (the second is for a namesake), two sequence numbers a slot and day.
MOST_PEOPLE: Final = (999 - FIRST_SEQUENCE) // 2 * BIRTH_DAYS // 2
LAST_DAY: Final = date(2025, 6, 30)  # fixed, so that the files do not depend on the day on which they are made

SURNAMES: Final = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余"
GIVEN: Final = "伟芳娜敏静丽强磊洋艳勇军杰娟涛明超秀霞平刚桂英华玉兰红建国文斌宇浩轩梓涵欣怡思雨晨佳琪子墨"
FIRST_NAMES: Final = [
    "Alice",
    "Brian",
    "Carla",
    "David",
    "Elena",
    "Frank",
    "Grace",
    "Henry",
    "Irene",
    "James",
    "Karen",
    "Louis",
    "Maria",
    "Nathan",
    "Olivia",
    "Peter",
    "Quinn",
    "Rachel",
    "Samuel",
    "Teresa",
    "Ulric",
    "Vera",
    "Walter",
    "Xenia",
    "Yusuf",
    "Zoe",
    "Wei",
    "Mei",
    "Jun",
    "Lin",
]
LAST_NAMES: Final = [
    "Archer",
    "Bishop",
    "Carter",
    "Dalton",
    "Ellison",
    "Fletcher",
    "Granger",
    "Harlow",
    "Ingram",
    "Jarvis",
    "Kendall",
    "Lambert",
    "Mercer",
    "Norris",
    "Osborn",
    "Porter",
    "Quigley",
    "Ramsey",
    "Sutton",
    "Thorne",
    "Underhill",
    "Vance",
    "Walden",
    "Yates",
    "Zimmer",
    "Chen",
    "Li",
    "Wang",
    "Zhao",
    "Liu",
]
TRADES: Final = ("软件", "物流", "贸易", "建材", "餐饮", "服装", "机械", "农产品", "装饰", "运输")
TOWNS: Final = ("样例", "示范", "虚构", "假设", "模拟", "举例")


class Chance:
    """Chance that is the same everywhere: only `random()`, whose sequence Python promises to keep."""

    def __init__(self, seed: int, number: int) -> None:
        self._random = random.Random(f"{seed}/{number}").random  # noqa: S311 — sample data, no secret

    def below(self, limit: int) -> int:
        """A whole number from 0 to `limit` - 1."""
        return int(self._random() * limit)

    def between(self, lowest: int, highest: int) -> int:
        """A whole number from `lowest` to `highest`."""
        return lowest + self.below(highest - lowest + 1)

    def one_of(self, options: Sequence[T]) -> T:
        """One of them, each as likely."""
        return options[self.below(len(options))]

    def in_hundred(self, cases: int) -> bool:
        """True in so many cases of a hundred."""
        return self.below(100) < cases

    def day(self, first: date, last: date = LAST_DAY) -> date:
        """A day from `first` to `last`."""
        return first + timedelta(days=self.below((last - first).days + 1))


@dataclass(frozen=True, slots=True)
class Made:
    """Somebody who does not exist."""

    number: int
    name: str
    born: date | None
    sex: str | None
    scheme: str
    identifier: str
    language: str
    email: str | None

    def subject(self) -> Line:
        """The `subject` of a line."""
        contact = {"email": self.email, "language": self.language} if self.email else None
        return {
            "kind": "person" if self.born else "organisation",
            "name": self.name,
            "birth_date": self.born.isoformat() if self.born else None,
            "identifiers": [{"scheme": self.scheme, "value": self.identifier}],
            "contact": contact,
        }


def chinese_person(chance: Chance, number: int) -> Made:
    """A person with a resident identity number."""
    name = chance.one_of(SURNAMES) + "".join(chance.one_of(GIVEN) for _ in range(chance.between(1, 2)))
    language = "en" if chance.in_hundred(10) else "zh-hans"
    return _resident(chance, 2 * number, name, number, language, _email(chance, number))


def namesake_of(chance: Chance, other: Made) -> Made:
    """Somebody else with the same name, whom nobody can write to."""
    return _resident(chance, 2 * other.number + 1, other.name, other.number, other.language, None)


def company(chance: Chance, number: int) -> Made:
    """A company with a unified social credit code."""
    name = f"{chance.one_of(TOWNS)}{chance.one_of(GIVEN)}{chance.one_of(GIVEN)}{chance.one_of(TRADES)}有限公司"
    # MA9G to MA9Q: the companies of the scenarios are MA9T and MA90.
    digits, rest = "", number
    for _ in range(4):
        rest, digit = divmod(rest, len(USCC_ALPHABET))
        digits = USCC_ALPHABET[digit] + digits
    organisation = f"MA9{'GHJKLMNPQ'[rest]}{digits}"
    first = f"91{REGION[:4]}00{organisation}{organisation_check_character(organisation)}"
    code = first + uscc_check_character(first)
    return Made(number, name, None, None, "cn-uscc", code, "zh-hans", _email(chance, number, "office"))


def consumer(chance: Chance, number: int) -> Made:
    """A person in the United States; area 000 of the number is never issued."""
    name = f"{chance.one_of(FIRST_NAMES)} {chance.one_of(LAST_NAMES)}"
    language = "zh-hans" if chance.in_hundred(8) else "en"
    number_text = f"000-00-{chance.below(10_000):04d}"
    born = _birth(2 * number)[0]
    return Made(number, name, born, None, "us-ssn", number_text, language, _email(chance, number, "c"))


def _resident(chance: Chance, slot: int, name: str, number: int, language: str, email: str | None) -> Made:
    born, sequence = _birth(slot)
    male = chance.in_hundred(50)
    first = f"{REGION}{born:%Y%m%d}{sequence + male:03d}"
    identifier = first + resident_check_character(first)
    return Made(number, name, born, "m" if male else "f", "cn-resident-id", identifier, language, email)


def _birth(slot: int) -> tuple[date, int]:
    """A birth day and an even sequence number that no other slot has (7919 is prime, and no factor of the days)."""
    born = FIRST_BIRTH + timedelta(days=slot * 7919 % BIRTH_DAYS)
    return born, FIRST_SEQUENCE + slot // BIRTH_DAYS * 2


def _email(chance: Chance, number: int, prefix: str = "p") -> str | None:
    return None if chance.in_hundred(15) else f"{prefix}{number:07d}@example.org"
