"""Supplying many records at once: a file is uploaded, imported in the background, and followed."""

from collections.abc import Mapping, Sequence
from typing import IO, Any, Final
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoint import SystemEndpoint
from accounts.api.idempotency import once
from accounts.api.pagination import PAGES, PAGING, page_of, paged, paginated
from accounts.api.problems import Problem
from accounts.models import Scope
from audit.ids import uuid7
from records import catalogue, jobs, uploads
from records.api import requests, showing
from records.api.following import after_of, next_after
from records.api.serializers import JobShape, RefusedLinesShape
from records.models import ImportJob
from records.uploads import Received, TooLarge

_PROGRAMME: Final = OpenApiParameter("programme", str, required=True, description="Whose records these are.")
_AFTER: Final = OpenApiParameter(
    "after", {"type": "integer", "minimum": 0, "default": 0}, description="Comes with the address in `next`."
)


class Uploaded(BaseParser):
    """Lines of JSON. They go to a file as they come, and are never held in memory."""

    media_type = "application/x-ndjson"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """What identifies the file, for the `Idempotency-Key`; the view keeps the rest."""
        assert parser_context
        view, request = parser_context["view"], parser_context["request"]
        requests.programme_in_address(request, view.actor)  # nothing is received that will be refused anyway
        job_id = uuid7()
        try:
            received = uploads.receive(stream, job_id, most=settings.UPLOAD_MAX)
        except TooLarge:
            raise Problem(
                413, detail=_("Send at most %(bytes)d bytes here.") % {"bytes": settings.UPLOAD_MAX}
            ) from None
        view.received = job_id, received
        return {"sha256": received.sha256.hex(), "size": received.size, "asked": dict(request.query_params)}


class Imports(SystemEndpoint):
    """The files that a source uploaded."""

    scopes = {"GET": Scope.RECORDS_WRITE, "POST": Scope.RECORDS_WRITE}
    parameters = {"GET": PAGES, "POST": frozenset({"programme"})}
    parser_classes = (Uploaded,)
    received: tuple[UUID, Received] | None = None
    is_kept = False

    @property
    def longest_body(self) -> int:  # type: ignore[override]  # the settings may be changed for a deployment
        """Bytes."""
        return int(settings.UPLOAD_MAX)

    @extend_schema(
        operation_id="imports_list",
        summary="See the files that you uploaded",
        parameters=PAGING,
        responses=paginated("ImportPage", JobShape),
    )
    def get(self, request: Request) -> Response:
        theirs = jobs.visible_to(self.actor)

        def read(after: UUID | None, size: int) -> Sequence[ImportJob]:
            return list((theirs.filter(pk__lt=after) if after else theirs)[:size])

        rows, following = paged(request, read, lambda job: job.pk)
        counts = jobs.counts(rows)
        results = JobShape([showing.job(job, counts[job.pk]) for job in rows], many=True).data
        return Response({"results": results, "next": following})

    @extend_schema(
        operation_id="imports_make",
        summary="Upload a file of records",
        description="JSON Lines in UTF-8, one record a line as in `records_supply`, without `programme` and `source`; "
        "also lines that take a record back. The answer comes when the file has been received; the import runs "
        "afterwards. The file is destroyed when it has ended. Send the `Content-Length`.",
        parameters=[_PROGRAMME],
        request={"application/x-ndjson": {"type": "string", "contentMediaType": "application/x-ndjson"}},
        responses={202: OpenApiResponse(JobShape, "Received. The address in `Location` tells how far it is.")},
    )
    @once
    def post(self, request: Request) -> Response:
        programme = catalogue.programme(requests.programme_in_address(request, self.actor))
        if self.received is None:
            raise Problem(411, detail=_("Send a file of JSON Lines, with the header Content-Length."))
        job_id, received = self.received
        job = jobs.accept(job_id, programme, received, by=self.actor, at=timezone.now())
        self.is_kept = True
        location = reverse("records-api:import", args=[job.pk])
        shown = JobShape(showing.job(job, jobs.counts([job])[job.pk])).data
        return Response(shown, 202, headers={"Location": location})

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """A file without a job is not kept: the request was refused, or had been answered before."""
        if self.received and not (self.is_kept and response.status_code < 400):
            uploads.destroy(self.received[0])
        return super().finalize_response(request, response, *args, **kwargs)


class OneImport(SystemEndpoint):
    """One of them."""

    scopes = {"GET": Scope.RECORDS_WRITE}

    @extend_schema(operation_id="imports_get", summary="See how far an import is", responses=JobShape)
    def get(self, request: Request, job_id: UUID) -> Response:
        job = jobs.visible_to(self.actor).get(pk=job_id)
        return Response(JobShape(showing.job(job, jobs.counts([job])[job.pk])).data)


class RefusedLines(SystemEndpoint):
    """What of a file was not taken in."""

    scopes = {"GET": Scope.RECORDS_WRITE}
    parameters = {"GET": frozenset({"after", "limit"})}

    @extend_schema(
        operation_id="imports_refused",
        summary="See which lines were refused, and why",
        description="Line, field and reason, never the value. Repair them in your own data and send them again.",
        parameters=[_AFTER, PAGING[1]],
        responses=RefusedLinesShape,
    )
    def get(self, request: Request, job_id: UUID) -> Response:
        job = jobs.visible_to(self.actor).get(pk=job_id)
        after, size = after_of(request), page_of(request).size
        lines = jobs.refused(job, after=after, limit=size)
        further = next_after(request, lines[-1].pk) if len(lines) == size else None
        results = [showing.refused(line) for line in lines]
        return Response(RefusedLinesShape({"results": results, "next": further}).data)
