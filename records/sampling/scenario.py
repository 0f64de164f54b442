"""The people of the stories that the demo and the tests tell. They stand first in every file that is made."""

from collections.abc import Iterator
from typing import Any, Final

from records.sampling import classes, consumers, court, crossing
from records.sampling.people import Line

COURT: Final = "样例市样例区人民法院"
CASE: Final = "(2025)样0101执1234号"
JUDGMENT: Final = "(2024)样0101民初5678号"


def lines() -> Iterator[tuple[str, Line]]:
    """Programme and line, in the order of the files."""
    yield court.PROGRAMME, _wrong_namesake()
    yield court.PROGRAMME, _true_debtor()
    yield court.PROGRAMME, _paid_company()
    yield crossing.PROGRAMME, _face_on_a_bus()
    yield crossing.PROGRAMME, _fine_for_the_bus()
    yield consumers.PROGRAMME, _unknown_phone_bill()
    yield classes.PROGRAMME, _serious_list()
    yield classes.PROGRAMME, _penalty_that_was_paid()
    yield classes.PROGRAMME, _promise_of_repair()
    yield classes.PROGRAMME, _worst_class()
    yield classes.PROGRAMME, _partner_of_a_listed_company()


def _line(source: str, ref: str, type_id: str, subject: Line, values: Line, **rest: Any) -> Line:
    return {
        "source": source,
        "source_ref": ref,
        "type": type_id,
        "subject": subject,
        "values": values,
        "valid_from": rest["valid_from"],
        "valid_to": None,
        "provenance": {
            "method": rest["method"],
            "collected_at": rest["collected_at"],
            "collector": rest["collector"],
            "device": rest.get("device"),
            "confidence": rest.get("confidence"),
            "document": rest.get("document"),
            **rest.get("origin", {}),
        },
        "measures": [{"type": name, "from": begin, "to": end} for name, begin, end in rest.get("measures", ())],
    }


def _subject(
    kind: str, name: str, born: str | None, scheme: str, value: str, email: str | None, language: str = "zh-hans"
) -> Line:
    return {
        "kind": kind,
        "name": name,
        "birth_date": born,
        "identifiers": [{"scheme": scheme, "value": value}],
        "contact": {"email": email, "language": language} if email else None,
    }


def _wrong_namesake() -> Line:
    """He was never in court: the clerk entered the case of a man of the same name against him."""
    limits = ("no_plane", "no_star_hotel", "no_property", "no_tourism", "no_fee_school", "no_g_train_other")
    return _line(
        "sample-court",
        "2025-000123",
        "court_listing",
        _subject("person", "王测试", "1985-02-14", "cn-resident-id", "999901198502140011", "wang.ceshi@example.org"),
        {
            "case_number": CASE,
            "basis_document": JUDGMENT,
            "basis_body": COURT,
            "court": COURT,
            "province": "样例省",
            "filed_on": "2025-01-16",
            "published_on": "2025-03-10",
            "duty": "支付货款 12000.00 元",
            "amount": "12000.00",
            "performance": "none",
            "performed_part": "0.00",
            "unperformed_part": "12000.00",
            "conduct": "refuses_though_able",
            "sex": "m",
            "age": 40,
            "term_until": "2027-03-09",
        },
        valid_from="2025-03-01",
        method="court_order",
        collected_at="2025-03-02T09:00:00+08:00",
        collector="执行局书记员",
        document="(2025)样0101执1234号决定书",
        origin={"identified_by": "name_only", "served_on": "2025-03-05", "served_how": "public_notice"},
        measures=[
            ("list_publication", "2025-03-10", None),
            ("notify_employer", "2025-03-10", "2025-03-10"),
            *((limit, "2025-03-10", None) for limit in limits),
        ],
    )


def _true_debtor() -> Line:
    """The man who owes the money; nobody knows how to reach him."""
    return _line(
        "sample-court",
        "2025-000124",
        "enforcement_case",
        _subject("person", "王测试", "1985-01-24", "cn-resident-id", "999901198501240010", None),
        {"case_number": CASE, "court": COURT, "filed_on": "2025-01-16", "amount": "12000.00"},
        valid_from="2025-01-16",
        method="court_order",
        collected_at="2025-01-17T09:00:00+08:00",
        collector="执行局书记员",
        origin={"identified_by": "resident_id"},
    )


def _paid_company() -> Line:
    """Paid on 3 March; on 1 June the listing still stands."""
    return _line(
        "sample-court",
        "2025-000125",
        "court_listing",
        _subject(
            "organisation",
            "样例软件有限公司",
            None,
            "cn-uscc",
            "91999900MA9T00018T",
            "office@sample-software.example.org",
        ),
        {
            "case_number": "(2024)样0101执2201号",
            "basis_document": "(2024)样0101民初310号",
            "basis_body": COURT,
            "court": COURT,
            "province": "样例省",
            "filed_on": "2024-11-04",
            "published_on": "2024-12-20",
            "duty": "支付服务费 36000.00 元",
            "amount": "36000.00",
            "performance": "none",
            "performed_part": "0.00",
            "unperformed_part": "36000.00",
            "conduct": "refuses_though_able",
            "representative": "王测试",
        },
        valid_from="2024-12-18",
        method="court_order",
        collected_at="2024-12-19T09:00:00+08:00",
        collector="执行局书记员",
        document="(2024)样0101执2201号决定书",
        origin={"identified_by": "resident_id", "served_on": "2024-12-19", "served_how": "post"},
        measures=[("list_publication", "2024-12-20", None), ("bidding_limit", "2024-12-20", None)],
    )


def _woman_on_the_bus() -> Line:
    number, email = "99990119880808004X", "sun.jiashe@example.org"
    return _subject("person", "孙假设", "1988-08-08", "cn-resident-id", number, email)


def _face_on_a_bus() -> Line:
    """The camera matched her picture in an advertisement on a passing bus."""
    device, reviewed_at = "CAM-样例路-07", "2025-05-14T10:05:00+08:00"
    return _line(
        "sample-traffic-police",
        "2025-000701",
        "face_event",
        _woman_on_the_bus(),
        {
            "device": device,
            "place": "样例路/模拟街路口",
            "at": "2025-05-12T08:31:04+08:00",
            "confidence": "0.83",
            "threshold": "0.80",
            "shots": 4,
            "clip_seconds": 15,
            "matched_by": "machine_then_human",
            "reviewed_by": "路口监控复核岗",
            "reviewed_at": reviewed_at,
            "review_within": 5,
            "image": "face-2025-000701",
            "gallery": "police_id",
        },
        valid_from="2025-05-12",
        method="face_match",
        collected_at="2025-05-12T08:31:04+08:00",
        collector=None,
        device=device,
        confidence=0.83,
        origin={"threshold": "0.80", "reviewed_by": "路口监控复核岗", "reviewed_at": reviewed_at},
        measures=[("screen_display", "2025-05-12", "2025-05-14")],
    )


def _fine_for_the_bus() -> Line:
    """And the police fined her for it."""
    return _line(
        "sample-traffic-police",
        "2025-000702",
        "violation",
        _woman_on_the_bus(),
        {
            "document_no": "样公交决字〔2025〕0001号",
            "kind": "fine",
            "amount": "20.00",
            "decided_on": "2025-05-16",
            "event": "2025-000701",
            "appeal_until": "2025-07-15",
        },
        valid_from="2025-05-16",
        method="administrative_decision",
        collected_at="2025-05-16T16:00:00+08:00",
        collector="交警大队内勤",
        document="样公交决字〔2025〕0001号",
        origin={"procedure": "summary", "article": "道路交通安全法第八十九条"},
        measures=[
            ("fine", "2025-05-16", "2025-05-16"),
            ("score_deduction", "2025-05-16", None),
            ("letter_to_employer", "2025-05-16", "2025-05-16"),
        ],
    )


def _unknown_phone_bill() -> Line:
    """Somebody opened a phone line with her data."""
    return _line(
        "sample-furnisher",
        "2025-000480",
        "collection",
        _subject(
            "person", "Test Consumer A", "1983-04-03", "us-ssn", "000-00-0000", "test.consumer.a@example.org", "en"
        ),
        {
            "agency": "Sample Collections LLC",
            "original": "Sample Phone Company",
            "amount": "480.00",
            "first_delinquent_on": "2021-03-01",
            "state": "open",
        },
        valid_from="2021-08-28",
        method="furnisher",
        collected_at="2025-02-03T08:00:00-05:00",
        collector="Reporting desk",
        origin={"furnisher": "Sample Collections LLC", "batch": "2025-02", "first_delinquent_on": "2021-03-01"},
        measures=[("housing_refused", "2025-04-10", "2025-04-10")],
    )


def _trading_company() -> Line:
    number, email = "91999900MA9T00034G", "trading@example.org"
    return _subject("organisation", "虚构贸易有限公司", None, "cn-uscc", number, email)


def _from_the_platform(ref: str, type_id: str, subject: Line, values: Line, on: str, **rest: Any) -> Line:
    made = {"method": "administrative_decision", "collector": "信用科工作人员", **rest}
    return _line(
        classes.SOURCE, ref, type_id, subject, values, valid_from=on, collected_at=f"{on}T16:00:00+08:00", **made
    )


def _serious_list() -> Line:
    """On the gravest list; it has paid, and wants to know when it may ask for repair and with which papers."""
    document, on = "样市监列严〔2025〕7号", "2025-03-14"
    values = {
        "document_no": document,
        "conduct": "销售不合格儿童玩具，伪造检验报告",
        "heavier_penalty": True,
        "listed_on": on,
        "end_on": "2028-03-13",
        "early_from": "2026-03-14",
        "authority": classes.OFFICE,
        "approved_by": "省级市场监管部门负责人",
    }
    effects = [(name, on, None) for name in ("list_publication", "publication_company", "subsidy_limit")]
    limits = [("procurement_limit", on, "2028-03-13"), ("bidding_limit", on, "2028-03-13")]
    return _from_the_platform(
        "2025-000901",
        "serious_illegal",
        _trading_company(),
        values,
        on,
        document=document,
        origin={"procedure": "ordinary", "served_on": on, "served_how": "in_person"},
        measures=[*effects, *limits],
    )


def _penalty_that_was_paid() -> Line:
    """The fine behind the list, paid within a month."""
    document, on = "样市监处罚〔2025〕61号", "2025-03-04"
    values = {
        "parent": document,
        "kind": "penalty",
        "severity": "serious",
        "authority": classes.OFFICE,
        "conduct": "销售不合格儿童玩具，伪造检验报告",
        "law": "产品质量法第四十九条",
        "amount": "50000.00",
        "decided_on": on,
        "published_on": "2025-03-07",
        "publish_until": "2028-03-06",
        "performed": True,
        "corrected_on": "2025-04-01",
        "points": -15,
    }
    return _from_the_platform(
        "2025-000902",
        "adverse_entry",
        _trading_company(),
        values,
        on,
        document=document,
        origin={"procedure": "ordinary", "article": "产品质量法第四十九条"},
        measures=[("publication_company", "2025-03-07", None)],
    )


def _promise_of_repair() -> Line:
    values = {
        "kind": "repair",
        "code": "样承诺2025-000903",
        "made_on": "2025-05-06",
        "accepted_by": "信用样例",
        "content": "已缴清罚款、召回全部产品，承诺今后依法经营。",
        "kept": "open",
    }
    return _from_the_platform(
        "2025-000903", "commitment", _trading_company(), values, "2025-05-06", method="self_report"
    )


def _worst_class() -> Line:
    values = {
        "class": "serious",
        "letter": "D",
        "as_of": "2025-06-20",
        "evaluation_year": 2025,
        "by": "国家发展和改革委员会",
        "flags": ["serious_illegal"],
        "score": 45,
    }
    effects = [("more_checks", "2025-06-20", None), ("publication_company", "2025-06-20", None)]
    return _from_the_platform(
        "2025-000904", "class", _trading_company(), values, "2025-06-20", method="derived", measures=effects
    )


def _partner_of_a_listed_company() -> Line:
    """Two clean years, and lowered for what a former supplier did."""
    number, email = "91999900MA9T00026M", "logistics@example.org"
    subject = _subject("organisation", "示范物流有限公司", None, "cn-uscc", number, email, "en")
    values = {"partner": "虚构贸易有限公司", "relation": "supplier", "points": -10}
    return _from_the_platform("2025-000905", "partner_effect", subject, values, "2025-06-20", method="relation")
