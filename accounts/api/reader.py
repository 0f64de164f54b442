"""The documentation of the API: the OpenAPI document, and a page made from it, complete without scripts."""

from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import override
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer

from accounts.api import outline


@login_not_required
@require_safe
def document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document, as docs/reference/openapi.yaml has it."""
    content = OpenApiJsonRenderer().render(_document(), renderer_context={})
    return HttpResponse(content, content_type="application/vnd.oai.openapi+json")


@login_not_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The same for people who read."""
    found = _document()
    schemes = found["components"]["securitySchemes"]
    context = {
        "operations": outline.operations(found),
        "problems": outline.problems(found),
        "shapes": outline.shapes(found),
        "proofs": [(name, scheme["description"]) for name, scheme in schemes.items()],
    }
    return render(request, "accounts/api_docs.html", context)


@cache
def _document() -> dict[str, Any]:
    """Made once for each process; in English, whoever asks first."""
    with override("en"):
        generator: Any = SchemaGenerator()  # type: ignore[no-untyped-call]  # drf-spectacular is typed in part
        made: dict[str, Any] = generator.get_schema(request=None, public=True)
    return made
