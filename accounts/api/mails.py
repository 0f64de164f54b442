"""A person's own wishes about mails, over the API."""

from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import queries
from accounts.api.endpoint import PersonEndpoint
from accounts.api.serializers import Choice, Strict
from accounts.operations import contact
from accounts.wishes import from_words
from delivery.wishes import ANY_TIME, Mails, Wishes

_HOUR = r"\A([01][0-9]|2[0-3]):[0-5][0-9]\Z"


class MailsShape(Strict):
    """When mails may come and what they may say. The inbox has everything, whatever is wished here."""

    mails = Choice([each.value for each in Mails], help_text="`usual`, `bare` (no link, no name) or `none`.")
    days = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6),
        allow_empty=False,
        help_text="On which days mails may come; 0 is Monday.",
    )
    begins = serializers.RegexField(_HOUR, allow_null=True, help_text="Not before, as `09:00`; null: at any time.")
    ends = serializers.RegexField(_HOUR, allow_null=True, help_text="Not after; before `begins` means over midnight.")
    zone = serializers.CharField(max_length=60, help_text="A name of the IANA time zone database.")

    def validate_zone(self, zone: str) -> str:
        if zone not in available_timezones():
            raise serializers.ValidationError(_("Give the name of a time zone, like Asia/Shanghai."), "wrong_form")
        return zone

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        begins, ends = said["begins"], said["ends"]
        if (begins is None) != (ends is None) or (begins and begins == ends):
            sentence = _("Give two different hours, or null for both.")
            raise serializers.ValidationError({"ends": [serializers.ErrorDetail(sentence, "wrong_form")]})
        return said


class OwnMails(PersonEndpoint):
    """What mails the person wants; never those of somebody for whom they act."""

    http_method_names = ["get", "head", "put"]

    @extend_schema(
        operation_id="mails_read", summary="See when mails may come, and what they may say", responses=MailsShape
    )
    def get(self, request: Request) -> Response:
        return Response(MailsShape(self._now(timezone.now())).data)

    @extend_schema(
        operation_id="mails_set",
        summary="Say when mails may come, and what they may say",
        description="Takes the place of everything wished before. The old address is still told of a change of address "
        "for 72 hours, so that nobody can silence it first.",
        request=MailsShape,
        responses=MailsShape,
    )
    def put(self, request: Request) -> Response:
        shape, at = MailsShape(data=request.data), timezone.now()
        shape.is_valid(raise_exception=True)
        contact.set_wishes(from_words(**shape.validated_data), by=self.actor, at=at)
        return Response(MailsShape(self._now(at)).data)

    def _now(self, at: datetime) -> dict[str, Any]:
        return _words(queries.wishes_of(self.actor.own_subject, at) or ANY_TIME)


def _words(wished: Wishes) -> dict[str, Any]:
    begins, ends = (clock and f"{clock:%H:%M}" for clock in (wished.begins, wished.ends))
    days = sorted(wished.days) or list(range(7))
    return {"mails": wished.mails.value, "days": days, "begins": begins, "ends": ends, "zone": wished.zone}
