"""Addresses of copies: for the person alone, who asks for one, follows it and takes its files."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actors import Actor
from accounts.api.endpoint import PersonEndpoint
from accounts.api.idempotency import once
from accounts.api.pagination import PAGES, PAGING, paged, paginated
from accounts.api.problems import TITLES, Problem, problem_of
from accounts.api.serializers import Strict
from accounts.throttle import TooMany
from records.exporting import asking
from records.models import Export, ExportFile, ExportKind, ExportState, WhyGone
from records.operations import exports

Shape = serializers.Serializer[Any]


class NewCopyShape(Strict):
    """Nothing needs to be said: a copy is of everything, in the language of the request."""


class CopyFileShape(Shape):
    """One file of a copy."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(ExportKind.choices, help_text="`csv` is a ZIP of tables.")
    part = serializers.IntegerField(help_text="From 1; a large file comes in several parts.")
    entries = serializers.IntegerField()
    size = serializers.IntegerField(help_text="Bytes.")
    sha256 = serializers.CharField()
    address = serializers.CharField(help_text="Where it can be downloaded.")


class CopyShape(Shape):
    """A copy of everything that is held about you. Nobody may demand that you show it."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(ExportState.choices)
    in_full = serializers.BooleanField(help_text="False where the address in use opens only a part of the file.")
    schema_version = serializers.IntegerField(help_text="Of `docs/reference/export.schema.json`.")
    asked_at = serializers.DateTimeField()
    done = serializers.IntegerField(help_text="Entries so far.")
    total = serializers.IntegerField()
    expires_at = serializers.DateTimeField(allow_null=True)
    gone_at = serializers.DateTimeField(allow_null=True)
    why_gone = serializers.ChoiceField(WhyGone.choices, allow_blank=True)
    files = CopyFileShape(many=True)


class Copies(PersonEndpoint):
    """The person's own copies."""

    parameters = {"GET": PAGES}

    @extend_schema(
        operation_id="exports_list",
        summary="See your copies",
        parameters=PAGING,
        responses=paginated("CopyPage", CopyShape),
    )
    def get(self, request: Request) -> Response:
        own = exports.visible_exports(self.actor).prefetch_related("files").order_by("-pk")

        def read(after: UUID | None, size: int) -> Sequence[Export]:
            return list((own.filter(pk__lt=after) if after else own)[:size])

        rows, following = paged(request, read, lambda export: export.pk)
        return Response({"results": CopyShape([_shown(each) for each in rows], many=True).data, "next": following})

    @extend_schema(
        operation_id="exports_ask",
        summary="Ask for a copy of everything that is held about you",
        description="It is made in the background: look at its address until it is `ready`. One at a time: while one "
        "is being made, that one is given back, and a new one takes the place of one that is ready. It is refused "
        "within 72 hours after your address was changed, and to whoever acts for somebody else.",
        request=NewCopyShape,
        responses={202: OpenApiResponse(CopyShape, "It is being made.")},
    )
    @once
    def post(self, request: Request) -> Response:
        shape = NewCopyShape(data=request.data)
        shape.is_valid(raise_exception=True)
        try:
            export = asking.ask(self.actor, get_language() or "en", at=timezone.now())
        except asking.REFUSALS as error:
            raise _refused(error, self.actor) from error
        location = reverse("records-api:export", args=[export.pk])
        return Response(CopyShape(_shown(export)).data, 202, headers={"Location": location})


class OneCopy(PersonEndpoint):
    """One copy: how far it is, and its files."""

    @extend_schema(operation_id="exports_get", summary="See how far a copy is", responses=CopyShape)
    def get(self, request: Request, export_id: UUID) -> Response:
        return Response(CopyShape(_shown(exports.visible_exports(self.actor).get(pk=export_id))).data)

    @extend_schema(operation_id="exports_delete", summary="Delete a copy now", responses={204: None})
    def delete(self, request: Request, export_id: UUID) -> Response:
        exports.throw_away(export_id, by=self.actor, at=timezone.now())
        return Response(status=204)


class OneCopyFile(PersonEndpoint):
    """One file of a copy."""

    @extend_schema(
        operation_id="exports_file",
        summary="Download one file of a copy",
        responses={
            (200, "application/json"): OpenApiTypes.BINARY,
            (200, "application/zip"): OpenApiTypes.BINARY,
            (200, "application/pdf"): OpenApiTypes.BINARY,
        },
    )
    def get(self, request: Request, export_id: UUID, file_id: UUID) -> HttpResponse:
        try:
            found, data = exports.take(export_id, file_id, by=self.actor, at=timezone.now())
        except asking.REFUSALS as error:
            raise _refused(error, self.actor) from error
        return asking.download(found, data)


def _shown(export: Export) -> dict[str, Any]:
    return {
        "id": export.pk,
        "state": export.state,
        "in_full": export.in_full,
        "schema_version": export.schema_version,
        "asked_at": export.asked_at,
        "done": export.done,
        "total": export.total,
        "expires_at": export.expires_at,
        "gone_at": export.gone_at,
        "why_gone": export.why_gone,
        "files": [
            {
                "id": each.pk,
                "kind": each.kind,
                "part": each.part,
                "entries": each.entries,
                "size": each.size,
                "sha256": bytes(each.digest).hex(),
                "address": reverse("records-api:export-file", args=[export.pk, each.pk]),
            }
            for each in sorted(export.files.all(), key=lambda each: (each.part, each.pk))
        ],
    }


def _refused(error: Exception, actor: Actor) -> Problem:
    """What the person can do about it stands in the sentence."""
    if isinstance(error, TooMany):
        found = problem_of(error)
        assert found
        return found
    return Problem(409, "try-again", asking.sentence_of(error, actor), title=TITLES["try-again"])


@problem_of.register(Export.DoesNotExist)
@problem_of.register(ExportFile.DoesNotExist)
def _no_such_copy(error: Exception) -> Problem:
    return Problem(404, detail=_("There is no such copy, or it is not for you."))
