"""Lines of a market regulator and of the public credit platform: what companies did, promised and were marked with."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from records.sampling.people import Chance, Line, Made, company

PROGRAMME: Final = "cn-corporate-classes"
SOURCE: Final = "sample-market-office"
OFFICE: Final = "样例市市场监督管理局"
EVALUATED: Final = date(2025, 6, 20)
CONDUCT: Final = (
    ("未按规定明码标价", "价格法第四十二条"),
    ("发布虚假广告", "广告法第五十五条"),
    ("销售不合格产品", "产品质量法第四十九条"),
)
ABNORMAL: Final = ("no_annual_report", "not_published", "false_information", "unreachable")
CLASSES: Final = {"A": ("excellent", 95), "B": ("good", 80), "C": ("general", 60), "D": ("serious", 40)}


def company_lines(chance: Chance, number: int, seed: int) -> Iterator[Line]:
    """What is written down about one made-up company. `chance` stands where the company was made from it before."""
    made = company(chance, number)
    file = File(made, chance, f"{seed}-{number:07d}")
    story = chance.below(100)
    if story < 20:
        yield file.evaluation("A")
    elif story < 50:
        yield file.penalty()
        yield file.promise(kept="yes")
        yield file.evaluation("B")
    elif story < 70:
        yield file.abnormal()
        yield file.evaluation("C", "abnormal")
    elif story < 85:
        yield file.lowered_by_a_partner()
        yield file.evaluation("B")
    else:
        yield file.penalty()
        yield file.serious()
        yield file.evaluation("D", "serious_illegal")
        yield file.promise(kept="open")
        yield file.repair()


class File:
    """What the platform holds about one company; `prefix` begins the references of its lines."""

    def __init__(self, made: Made, chance: Chance, prefix: str) -> None:
        self.made, self.chance, self.prefix = made, chance, prefix
        self.decided = chance.day(date(2024, 9, 1), date(2025, 5, 1))
        self.lines = 0

    def evaluation(self, letter: str, *flags: str) -> Line:
        """The class of the year."""
        word, score = CLASSES[letter]
        values: Line = {
            "class": word,
            "letter": letter,
            "as_of": EVALUATED.isoformat(),
            "evaluation_year": EVALUATED.year,
            "by": "国家发展和改革委员会",
            "score": score,
        }
        if flags:
            values["flags"] = list(flags)
        effects = {"A": ("fewer_checks", "green_channel"), "B": (), "C": ("more_checks",), "D": ("more_checks",)}
        return self._line("class", values, EVALUATED, effects[letter], method="derived")

    def penalty(self) -> Line:
        """A fine, paid, and shown for a year."""
        conduct, law = self.chance.one_of(CONDUCT)
        published = self.decided + timedelta(days=3)
        values = {
            "parent": self._document("处罚"),
            "kind": "penalty",
            "severity": "general",
            "authority": OFFICE,
            "conduct": conduct,
            "law": law,
            "amount": f"{self.chance.between(10, 300) * 100}.00",
            "decided_on": self.decided.isoformat(),
            "published_on": published.isoformat(),
            "publish_until": (published + timedelta(days=364)).isoformat(),
            "performed": True,
            "corrected_on": (self.decided + timedelta(days=14)).isoformat(),
            "points": -10,
        }
        return self._line("adverse_entry", values, published, ("publication_company",))

    def abnormal(self) -> Line:
        """On the list of abnormal operations, and not put right yet."""
        values = {
            "reason": self.chance.one_of(ABNORMAL),
            "entered_on": self.decided.isoformat(),
            "authority": OFFICE,
        }
        return self._line("abnormal_list", values, self.decided, ("list_publication", "land_limit"))

    def serious(self) -> Line:
        """On the gravest list, for three years."""
        values = {
            "document_no": self._document("列严"),
            "conduct": self.chance.one_of(CONDUCT)[0],
            "heavier_penalty": True,
            "listed_on": self.decided.isoformat(),
            "early_from": self.decided.replace(year=self.decided.year + 1).isoformat(),
            "authority": OFFICE,
            "approved_by": "上级机关负责人",
        }
        return self._line("serious_illegal", values, self.decided, ("list_publication", "subsidy_limit"))

    def promise(self, *, kept: str) -> Line:
        """A promise in public, made when things were put right."""
        made_on = self.decided + timedelta(days=30)
        values = {
            "kind": "repair" if kept == "open" else "voluntary",
            "code": f"样承诺{self.prefix}",
            "made_on": made_on.isoformat(),
            "accepted_by": "信用样例",
            "content": "依法诚信经营，自觉接受监督。",
            "kept": kept,
        }
        return self._line("commitment", values, made_on, method="self_report")

    def repair(self) -> Line:
        """It asked for repair with its papers, among them the promise of the line before."""
        applied = self.decided + timedelta(days=45)
        values = {
            "promise": f"{self.prefix}-c{self.lines}",
            "registration_certificate": self.made.identifier,
            "proof_of_payment": f"样缴{self.prefix}",
            "applied_on": applied.isoformat(),
        }
        return self._line("repair_file", values, applied, method="self_report")

    def lowered_by_a_partner(self) -> Line:
        """Lowered for what another company did."""
        values = {"partner": "虚构贸易有限公司", "relation": "supplier", "points": -10}
        return self._line("partner_effect", values, self.decided, method="relation")

    def _document(self, kind: str) -> str:
        return f"样市监{kind}〔{self.decided.year}〕{self.chance.between(1, 999)}号"

    def _line(
        self,
        type_id: str,
        values: Line,
        begin: date,
        measures: tuple[str, ...] = (),
        *,
        method: str = "administrative_decision",
    ) -> Line:
        self.lines += 1
        return {
            "source": SOURCE,
            "source_ref": f"{self.prefix}-c{self.lines}",
            "type": type_id,
            "subject": self.made.subject(),
            "values": values,
            "valid_from": begin.isoformat(),
            "valid_to": None,
            "provenance": {
                "method": method,
                "collected_at": f"{begin + timedelta(days=1)}T09:00:00+08:00",
                "collector": "信用科工作人员",
                "device": None,
                "confidence": None,
                "document": values.get("parent") or values.get("document_no"),
            },
            "measures": [{"type": name, "from": begin.isoformat(), "to": None} for name in measures],
        }
