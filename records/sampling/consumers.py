"""Lines of a furnisher in the United States: accounts, old bills, bankruptcies, inquiries."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from records.sampling.people import Chance, Line, Made, consumer

PROGRAMME: Final = "us-credit-file"
LENDERS: Final = ("Sample Bank", "Example Savings", "Demonstration Cards", "Model Motor Finance")
CREDITORS: Final = ("Sample Phone Company", "Example Power and Light", "Demonstration Clinic Billing")
LATE: Final = ("30", "60", "90", "120", "charged_off")


def person_lines(chance: Chance, number: int, seed: int) -> Iterator[Line]:
    """What furnishers say about one made-up consumer."""
    made = consumer(chance, number)
    refs = (f"{seed}-{number:07d}-{count}" for count in range(1, 10))
    for _ in range(chance.between(1, 2)):
        yield _tradeline(chance, made, next(refs))
    if chance.in_hundred(35):
        yield _collection(chance, made, next(refs))
    if chance.in_hundred(8):
        yield _bankruptcy(chance, made, next(refs))
    if chance.in_hundred(30):
        yield _inquiry(chance, made, next(refs))


def _tradeline(chance: Chance, made: Made, ref: str) -> Line:
    opened = chance.day(date(2015, 1, 1), date(2023, 12, 31))
    status = chance.one_of(LATE) if chance.in_hundred(30) else chance.one_of(("current", "paid", "closed"))
    values: Line = {
        "account_mask": f"****{chance.below(10_000):04d}",
        "lender": chance.one_of(LENDERS),
        "opened_on": opened.isoformat(),
        "limit": f"{chance.between(5, 200) * 100}.00",
        "balance": "0.00" if status in ("paid", "closed") else f"{chance.between(10, 9000)}.{chance.below(100):02d}",
        "status": status,
        "months": [status, "current", "current"],
    }
    if status in LATE:
        late = opened + timedelta(days=chance.between(60, 500))
        values["first_delinquent_on"] = late.isoformat()
    return _line("tradeline", made, ref, values, opened, chance)


def _collection(chance: Chance, made: Made, ref: str) -> Line:
    # The oldest are past their seven years and half a year, and are still reported.
    late = chance.day(date(2015, 1, 1), date(2024, 6, 30))
    values = {
        "agency": "Sample Collections LLC",
        "original": chance.one_of(CREDITORS),
        "amount": f"{chance.between(40, 2500)}.{chance.below(100):02d}",
        "first_delinquent_on": late.isoformat(),
        "state": "paid" if chance.in_hundred(40) else "open",
    }
    line = _line("collection", made, ref, values, late + timedelta(days=180), chance)
    if chance.in_hundred(25):
        day = chance.day(date(2024, 7, 1)).isoformat()
        line["measures"] = [{"type": chance.one_of(("housing_refused", "job_refused")), "from": day, "to": day}]
    return line


def _bankruptcy(chance: Chance, made: Made, ref: str) -> Line:
    filed = chance.day(date(2012, 1, 1), date(2023, 12, 31))
    values = {
        "court": "Sample District Bankruptcy Court",
        "chapter": chance.one_of(("7", "13")),
        "filed_on": filed.isoformat(),
        "discharged_on": (filed + timedelta(days=chance.between(120, 300))).isoformat(),
        "case_no": f"{filed.year % 100:02d}-{made.number % 99999 + 1:05d}",
    }
    return _line("public_record", made, ref, values, filed, chance, method="court_record")


def _inquiry(chance: Chance, made: Made, ref: str) -> Line:
    day = chance.day(date(2023, 1, 1))
    values = {
        "by": chance.one_of(LENDERS),
        "kind": chance.one_of(("hard", "soft")),
        "at": f"{day}T15:{chance.below(60):02d}:00-05:00",
    }
    return _line("inquiry", made, ref, values, day, chance)


def _line(
    type_id: str, made: Made, ref: str, values: Line, begin: date, chance: Chance, method: str = "furnisher"
) -> Line:
    reported = max(begin + timedelta(days=10), chance.day(date(2024, 7, 1)))
    return {
        "source": "sample-furnisher",
        "source_ref": ref,
        "type": type_id,
        "subject": made.subject(),
        "values": values,
        "valid_from": begin.isoformat(),
        "valid_to": None,
        "provenance": {
            "method": method,
            "collected_at": f"{reported}T08:00:00-05:00",
            "collector": "Reporting desk",
            "device": None,
            "confidence": None,
            "document": None,
            "batch": f"{reported:%Y-%m}",
        },
        "measures": [],
    }
