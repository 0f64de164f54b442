"""Our settings, and the packages that we compare with."""

from redress.settings import *  # noqa: F403
from redress.settings import INSTALLED_APPS as OURS

INSTALLED_APPS = [*OURS, "auditlog", "simple_history", "reversion", "pgtrigger", "pghistory", "benchmarks.histories"]
SILENCED_SYSTEM_CHECKS = ["pghistory.W001"]
