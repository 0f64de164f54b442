"""Lines of a camera at a crossing: matches that are right and matches of somebody else's face."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from records.sampling.people import LAST_DAY, Chance, Line, Made, chinese_person

PROGRAMME: Final = "cn-jaywalking"
PLACES: Final = ("样例路/模拟街路口", "示范大道/样例路路口", "虚构街/举例路路口")


def person_lines(chance: Chance, number: int, seed: int) -> Iterator[Line]:
    """What the police say about one made-up person on foot."""
    made = chinese_person(chance, number)
    day = chance.day(date(2023, 1, 1), LAST_DAY - timedelta(days=10))
    # One match in four is a poor one: a poster, a bus, somebody who looks alike.
    confidence = chance.between(80, 86) if chance.in_hundred(25) else chance.between(90, 99)
    event_ref = f"{seed}-{number:07d}-1"
    yield _event(chance, made, day, event_ref, confidence)
    if chance.in_hundred(70):
        yield _violation(chance, made, day + timedelta(days=4), f"{seed}-{number:07d}-2", event_ref)
    if chance.in_hundred(20):
        yield _display(made, day, f"{seed}-{number:07d}-3", event_ref)


def _event(chance: Chance, made: Made, day: date, ref: str, confidence: int) -> Line:
    device = f"CAM-样例路-{chance.between(1, 20):02d}"
    at = f"{day}T{chance.between(6, 21):02d}:{chance.below(60):02d}:{chance.below(60):02d}+08:00"
    reviewed_at = f"{day + timedelta(days=2)}T10:05:00+08:00"
    values = {
        "device": device,
        "place": chance.one_of(PLACES),
        "at": at,
        "confidence": f"0.{confidence}",
        "threshold": "0.80",
        "shots": 4,
        "clip_seconds": 15,
        "matched_by": "machine_then_human",
        "reviewed_by": "路口监控复核岗",
        "reviewed_at": reviewed_at,
        "review_within": 5,
        "image": f"face-{ref}",
        "gallery": "police_id",
    }
    provenance = {
        "method": "face_match",
        "collected_at": at,
        "collector": None,
        "device": device,
        "confidence": confidence / 100,
        "document": None,
        "threshold": "0.80",
        "reviewed_by": "路口监控复核岗",
        "reviewed_at": reviewed_at,
    }
    return _line("face_event", made, ref, values, day, provenance)


def _violation(chance: Chance, made: Made, day: date, ref: str, event_ref: str) -> Line:
    kind = chance.one_of(("fine", "fine", "warning", "education"))
    values: Line = {
        "document_no": f"样公交决字〔{day.year}〕{made.number % 9999 + 1:04d}号",
        "kind": kind,
        "decided_on": day.isoformat(),
        "event": event_ref,
        "appeal_until": (day + timedelta(days=60)).isoformat(),
    }
    if kind == "fine":
        values["amount"] = f"{chance.one_of((5, 10, 20, 50))}.00"
    measure = {"fine": "fine", "warning": "warning", "education": "education_help"}[kind]
    line = _line("violation", made, ref, values, day, _decision(day, values["document_no"]))
    return line | {"measures": [{"type": measure, "from": day.isoformat(), "to": day.isoformat()}]}


def _display(made: Made, day: date, ref: str, event_ref: str) -> Line:
    values = {
        "event": event_ref,
        "channel": "样例路口电子屏",
        "shown_from": f"{day}T18:00:00+08:00",
        "shown_to": f"{day + timedelta(days=2)}T18:00:00+08:00",
        "masked": "part",
        "name_shown": "part",
        "id_digits": 4,
    }
    return _line("screen_display", made, ref, values, day, _decision(day, None))


def _decision(day: date, document: str | None) -> Line:
    return {
        "method": "administrative_decision",
        "collected_at": f"{day + timedelta(days=1)}T09:00:00+08:00",
        "collector": "交警大队内勤",
        "device": None,
        "confidence": None,
        "document": document,
        "procedure": "summary",
    }


def _line(type_id: str, made: Made, ref: str, values: Line, day: date, provenance: Line) -> Line:
    return {
        "source": "sample-traffic-police",
        "source_ref": ref,
        "type": type_id,
        "subject": made.subject(),
        "values": values,
        "valid_from": day.isoformat(),
        "valid_to": None,
        "provenance": provenance,
        "measures": [],
    }
