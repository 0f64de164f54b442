"""All addresses. `/livez` and `/readyz` are answered before routing (redress/health.py)."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from redress import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("about/", views.about, name="about"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("language/", views.language, name="set_language"),
    path("api/", include("redress.api_urls")),
    path("log/", include("redress.log.urls")),
]

# Each app says where its pages and its part of the API stand.
for _app in ("accounts", "records", "appeals", "delivery"):
    if find_spec(f"{_app}.urls"):
        urlpatterns.append(path("", include(f"{_app}.urls")))

handler400 = "redress.views.bad_request"
handler403 = "redress.views.forbidden"
handler404 = "redress.views.not_found"
handler500 = "redress.views.server_error"
