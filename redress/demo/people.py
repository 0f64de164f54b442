"""Who works in the demo: organisations, staff with their second factor, systems with their keys.

Passwords and keys are made at the first start and kept in `var/demo.json`, readable by its owner alone.
"""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import transaction

from accounts import operations as accounts
from accounts.actors import SERVICE
from accounts.models import Organisation, Role, Scope, User
from accounts.operations import second_factor
from records import catalogue

PERSON_EMAIL = "wang.ceshi@example.org"
PERSON_BIRTH_DATE = {"birth_date_day": "14", "birth_date_month": "2", "birth_date_year": "1985"}
ENGLISH_PERSON = ("test.consumer.a@example.org", "3 April 1983")
COMPANY = ("trading@example.org", "034G")
COURT = "cn-court-defaulters"
SEATS = [  # e-mail, organisation, role
    ("caseworker@court.example.org", "cn-spc", Role.CASEWORKER),
    ("second.caseworker@court.example.org", "cn-spc", Role.CASEWORKER),
    ("supervisor@court.example.org", "cn-spc", Role.SUPERVISOR),
    ("caseworker@police.example.org", "cn-city-traffic-police", Role.CASEWORKER),
    ("supervisor@police.example.org", "cn-city-traffic-police", Role.SUPERVISOR),
    ("caseworker@bureau.example.org", "us-credit-agency", Role.CASEWORKER),
    ("caseworker@credit.example.org", "cn-ndrc", Role.CASEWORKER),
    ("supervisor@credit.example.org", "cn-ndrc", Role.SUPERVISOR),
    ("caseworker@reconsideration.example.org", "cn-reconsideration", Role.CASEWORKER),
    ("supervisor@reconsideration.example.org", "cn-reconsideration", Role.SUPERVISOR),
    ("clerk@district-court.example.org", "sample-court", Role.SOURCE_OFFICER),
    ("operator@redress.example.org", "redress-operator", Role.OPERATOR),
    ("auditor@redress.example.org", "redress-operator", Role.AUDITOR),
]
NAMES = {
    "sample-court": ("Sample District Court", "样例市样例区人民法院"),
    "sample-traffic-police": ("Camera centre of the sample city", "样例市路口监控中心"),
    "sample-furnisher": ("Sample Lender", "样例贷款公司"),
    "sample-market-office": ("Sample market office", "样例市市场监督管理局"),
    "sample-airline": ("Sample Airline", "样例航空"),
    "redress-operator": ("Operator of this service", "本服务运营者"),
}


@dataclass
class Secrets:
    """What the screen shows at the end, and how far an earlier start came."""

    password: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    imported: bool = False
    reference: str = ""  # of the case that was played
    played: bool = False

    @classmethod
    def load(cls) -> Self:
        """What an earlier start left, or nothing."""
        path = cls.path()
        return cls(**json.loads(path.read_text())) if path.exists() else cls()

    def save(self) -> None:
        descriptor = os.open(self.path(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(self), file)

    @staticmethod
    def path() -> Path:
        return Path(settings.VAR_DIR) / "demo.json"


def engage(known: Secrets, *, at: datetime) -> None:
    """Make the organisations, staff and keys of the demo, unless an earlier start did so in this database."""
    if known.password and User.objects.filter(email=SEATS[0][0]).exists():
        return
    known.imported, known.reference, known.played = False, "", False
    known.password = f"{secrets.token_urlsafe(9)}-demo"
    with transaction.atomic():
        for email, code, role in SEATS:
            membership = accounts.create_staff(
                email=email,
                password=known.password,
                organisation=_organisation(code, at),
                role=role,
                language="zh-hans" if "police" in email else "en",
                by=SERVICE,
                at=at,
            )
            second_factor.set_up(membership.user)
        for code in NAMES:  # a source that only its file names would stand in people's files under its code
            _organisation(code, at)
        known.keys["sample-airline"] = _key("sample-airline", Scope.RECORDS_READ, at)
        known.keys["sample-court"] = _key("sample-court", Scope.RECORDS_WRITE, at)
        known.save()  # before the commit: who is in the database can always sign in


def _key(code: str, scope: Scope, at: datetime) -> str:
    _row, secret = accounts.issue_key(
        organisation=_organisation(code, at),
        scopes=[scope],
        programmes=[COURT],
        issued_by=None,
        expires_at=at + timedelta(days=365),
        by=SERVICE,
        at=at,
    )
    return secret


def _organisation(code: str, at: datetime) -> Organisation:
    offices = [office for p in catalogue.programmes().values() for office in (p.holder, p.higher_body) if office]
    name_en, name_zh = {**{each.code: (each.en, each.zh) for each in offices}, **NAMES}[code]
    return accounts.register_organisation(code=code, name_en=name_en, name_zh=name_zh, by=SERVICE, at=at)
