"""Lines of a court: listings that are right, listings that are not, and what became of them."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from records.sampling.people import Chance, Line, Made, chinese_person, company, namesake_of

PROGRAMME: Final = "cn-court-defaulters"
COURTS: Final = ("样例市样例区人民法院", "样例市示范区人民法院", "样例市虚构县人民法院")
DUTIES: Final = ("支付货款 {} 元", "偿还借款 {} 元", "支付工程款 {} 元", "支付租金 {} 元", "支付劳动报酬 {} 元")
LIMITS: Final = ("no_plane", "no_star_hotel", "no_property", "no_tourism", "no_fee_school", "no_g_train_other")
FOR_COMPANIES: Final = ("procurement_limit", "bidding_limit", "licence_limit", "credit_limit")


def person_lines(chance: Chance, number: int, seed: int) -> Iterator[Line]:
    """What the court says about one made-up person."""
    made = chinese_person(chance, number)
    case = Case(chance, number, seed)
    story = chance.below(100)
    if story < 12:
        # The clerk took the wrong one of two people of the same name.
        yield case.listing(made, identified_by="name_only", served_how="public_notice")
        yield case.open_case(namesake_of(chance, made))
    elif story < 26:
        yield case.listing(made, performance="all")  # paid, and still listed
    elif story < 38:
        yield case.listing(made, expired=True)
    elif story < 52:
        yield case.listing(made, ended=True)
        yield case.delisting(made)
    elif story < 62:
        yield case.open_case(made)
    elif story < 70:
        yield case.no_assets(made)
    else:
        yield case.listing(made, performance="part" if chance.in_hundred(40) else "none")


def company_lines(chance: Chance, number: int, seed: int) -> Iterator[Line]:
    """What the court says about one made-up company and the person who leads it."""
    made, leader = company(chance, number), chinese_person(chance, number)
    case = Case(chance, number, seed)
    if chance.in_hundred(30):
        yield case.open_case(made)
        return
    listing = case.listing(made, performance="all" if chance.in_hundred(25) else "none")
    listing["values"]["representative"] = leader.name
    yield listing
    if chance.in_hundred(60):
        yield case.linked(leader, made)


class Case:
    """One enforcement case, from which several lines may come."""

    def __init__(self, chance: Chance, number: int, seed: int) -> None:
        self.chance = chance
        self.prefix = f"{seed}-{number:07d}"
        self.lines = 0
        self.filed = chance.day(date(2019, 1, 1), date(2024, 9, 30))
        self.listed = self.filed + timedelta(days=chance.between(30, 120))
        self.court = chance.one_of(COURTS)
        self.case_number = f"({self.filed.year})样0101执{number % 99999 + 1}号"
        self.amount = chance.between(20, 5000) * 100

    def listing(
        self,
        made: Made,
        *,
        performance: str = "none",
        expired: bool = False,
        ended: bool = False,
        identified_by: str = "resident_id",
        served_how: str = "in_person",
    ) -> Line:
        """A listing. `expired`: its term is over and it still stands; `ended`: it stands as ended."""
        paid = {"none": 0, "part": self.amount // 3, "all": self.amount}[performance]
        values: Line = {
            "case_number": self.case_number,
            "basis_document": f"({self.filed.year - 1})样0101民初{self.amount}号",
            "basis_body": self.court,
            "court": self.court,
            "province": "样例省",
            "filed_on": self.filed.isoformat(),
            "published_on": self.listed.isoformat(),
            "duty": self.chance.one_of(DUTIES).format(f"{self.amount}.00"),
            "amount": f"{self.amount}.00",
            "performance": performance,
            "performed_part": f"{paid}.00",
            "unperformed_part": f"{self.amount - paid}.00",
            "conduct": self.chance.one_of(("refuses_though_able", "hidden_assets", "property_report")),
        }
        if made.sex and made.born:
            values |= {"sex": made.sex, "age": self.listed.year - made.born.year}
        if expired:
            values["term_until"] = (self.listed + timedelta(days=120)).isoformat()
        end = self.listed + timedelta(days=150) if ended else None
        return self._line("court_listing", made, values, end) | {
            "provenance": self._provenance() | {"identified_by": identified_by, "served_how": served_how},
            "measures": self._measures(made, end),
        }

    def open_case(self, made: Made) -> Line:
        """The case is open; no blame."""
        return self._line("enforcement_case", made, {**self._case(), "filed_on": self.filed.isoformat()})

    def no_assets(self, made: Made) -> Line:
        """The court found nothing to enforce."""
        values = {**self._case(), "ended_on": self.listed.isoformat(), "searches": 2}
        values["unperformed_part"] = values.pop("amount")
        return self._line("enforcement_ended", made, values)

    def delisting(self, made: Made) -> Line:
        """The listing, supplied first, was taken off."""
        values = {
            "parent": f"{self.prefix}-1",
            "cause": self.chance.one_of(("performed", "settled", "creditor_request", "wrong")),
            "decided_on": (self.listed + timedelta(days=150)).isoformat(),
            "document": f"{self.case_number}决定书",
        }
        return self._line("delisting", made, values)

    def linked(self, leader: Made, led: Made) -> Line:
        """The company's listing is written to the person who leads it, or has left."""
        begin = self.filed - timedelta(days=900)
        values = {
            "parent": f"{self.prefix}-1",
            "organisation": led.name,
            "role": "legal_representative",
            "from": begin.isoformat(),
        }
        if self.chance.in_hundred(30):
            values["to"] = (begin + timedelta(days=400)).isoformat()
        return self._line("linked_subject", leader, values)

    def _case(self) -> Line:
        return {"case_number": self.case_number, "court": self.court, "amount": f"{self.amount}.00"}

    def _provenance(self) -> Line:
        return {
            "method": "court_order",
            "collected_at": f"{self.listed + timedelta(days=1)}T09:00:00+08:00",
            "collector": "执行局书记员",
            "device": None,
            "confidence": None,
            "document": f"{self.case_number}决定书",
        }

    def _measures(self, made: Made, end: date | None) -> list[Line]:
        names = LIMITS if made.born else FOR_COMPANIES
        first = self.chance.below(3)
        return [
            {"type": name, "from": self.listed.isoformat(), "to": end.isoformat() if end else None}
            for name in ("list_publication", *names[first : first + self.chance.between(1, 3)])
        ]

    def _line(self, type_id: str, made: Made, values: Line, end: date | None = None) -> Line:
        self.lines += 1
        return {
            "source": "sample-court",
            "source_ref": f"{self.prefix}-{self.lines}",
            "type": type_id,
            "subject": made.subject(),
            "values": values,
            "valid_from": self.listed.isoformat(),
            "valid_to": end.isoformat() if end else None,
            "provenance": self._provenance(),
            "measures": [],
        }
