from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class RedressConfig(AppConfig):
    name = "redress"
    default = True  # there is a second one below

    def ready(self) -> None:
        # The Celery app must exist in every process that may wake a worker; the checks register themselves.
        from redress import celery, checks  # noqa: F401


class StaticFiles(StaticFilesConfig):
    """Collects what pages use: no pages of other packages, and no second reader of the API's schema."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "rest_framework", "redoc", "account", "mfa"]
