"""The API: each app brings its addresses, and what none of them knows is a problem too, not a page."""

from django.urls import include, path, re_path

from accounts.api import reader
from accounts.api import schema as schema  # tells the documentation about keys and sessions
from accounts.api.endpoint import Nowhere

urlpatterns = [
    path("docs/", reader.page, name="api-docs"),
    path("schema/", reader.document, name="api-schema"),
    path("v1/", include("accounts.api.urls")),
    path("v1/", include("records.api.urls")),
    path("v1/", include("appeals.api.urls")),
    re_path(r"^v1(?:/|\Z)", Nowhere.as_view(schema=None)),
]
