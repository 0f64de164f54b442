"""Asking about many subjects at once."""

from datetime import timedelta
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoint import SystemEndpoint
from accounts.api.idempotency import once
from accounts.api.problems import Mistake, wrong_values
from accounts.models import Scope
from accounts.throttle import Limit
from records.api import requests, showing
from records.api.disclosing import disclose, records_about_many
from records.api.serializers import AskShape, DisclosuresShape

MOST_RECORDS: Final = 20  # of one subject: whoever has more is asked about singly


class Disclosures(SystemEndpoint):
    """What is held about many subjects, each answered by itself."""

    scopes = {"POST": Scope.RECORDS_READ}
    limits = {"POST": Limit("api_disclosures", 60, timedelta(minutes=1))}

    @extend_schema(
        operation_id="disclosures_make",
        summary="Ask what is held about many subjects",
        description="As `records_list` for each of up to 1,000 subjects, in one transaction: present values with their "
        "marks and measures, and a disclosure for each record, which its person can see. The answers come in the order "
        "of the subjects and do not repeat their numbers.",
        request=AskShape,
        responses=DisclosuresShape,
    )
    @once
    def post(self, request: Request) -> Response:
        ask = AskShape(data=request.data)
        ask.is_valid(raise_exception=True)
        said: dict[str, Any] = ask.validated_data
        if not requests.is_purpose(said["purpose"]):
            sentence = _("Write a short code of small letters, such as credit_decision.")
            raise wrong_values([Mistake(sentence, "wrong_form", pointer="#/purpose")])
        programme = requests.programme_in(said.get("programme", ""), self.actor)
        lookups = requests.lookups_of(said["subjects"])
        at = timezone.now()
        found = records_about_many(self.actor, lookups, programme=programme, most=MOST_RECORDS)
        records = {record.pk: record for some in found.values() for record in some[:MOST_RECORDS]}
        given = disclose(self.actor, list(records.values()), purpose=said["purpose"], at=at)
        shown = {one.record.pk: showing.disclosed(one, at.date()) for one in given}
        results = [
            {
                "records": [shown[each.pk] for each in some[:MOST_RECORDS] if each.pk in shown],
                "more": len(some) > MOST_RECORDS,
            }
            for some in (found.get(lookup, []) for lookup in lookups)
        ]
        return Response(DisclosuresShape({"results": results}).data)
