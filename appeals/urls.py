"""Addresses of cases: a person's own under `/`, officials' under `/casework/`, other offices' beside them."""

from django.urls import include, path

app_name = "appeals"
urlpatterns = [
    path("", include("appeals.views.person.urls")),
    path("casework/", include("appeals.views.caseworker.urls")),
    path("", include("appeals.views.caseworker.paper_urls")),
    path("", include("appeals.views.officers.urls")),
]
