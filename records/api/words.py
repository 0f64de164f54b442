"""The person's own words on an entry, over the API."""

from uuid import UUID

from django.utils import timezone
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoint import PersonEndpoint
from records import queries
from records.api import showing
from records.api.serializers import StatementShape, StateShape
from records.operations import statements


class OwnStatement(PersonEndpoint):
    """What goes with one entry of the person's own file to everybody who receives it."""

    http_method_names = ["put", "delete"]

    @extend_schema(
        operation_id="statement_attach",
        summary="Attach your own words to an entry",
        description="They take the place of what you attached before, and go to everybody who receives the entry from "
        "now on. It is refused within 72 hours after your address was changed.",
        request=StateShape,
        responses=StatementShape,
    )
    def put(self, request: Request, record_id: UUID) -> Response:
        shape, at = StateShape(data=request.data), timezone.now()
        shape.is_valid(raise_exception=True)
        words, language = shape.validated_data["words"], get_language() or "en"
        statements.attach(record_id, words=words, language=language, by=self.actor, at=at)
        said = queries.held_record(self.actor, record_id).statement
        return Response(StatementShape(showing.statement(said)).data)

    @extend_schema(operation_id="statement_take_back", summary="Take your words back", responses={204: None})
    def delete(self, request: Request, record_id: UUID) -> Response:
        statements.take_back(record_id, by=self.actor, at=timezone.now())
        return Response(status=204)
