"""Log lines: one JSON object each, with request and task ids, and no personal value.

# Note [What may be in a line]
Our own events (`structlog.get_logger()`) carry only fields that their author wrote down: ids, codes,
counts. Everything else is foreign (Django, Celery, gunicorn, drivers) and may put a path, a form value
or an SQL parameter into its text. Of a foreign line we keep the logger, the level and the *template* of
the message, never its arguments. Of an exception we keep the type and where it was raised, never its text.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

_FRAMES = 12  # the innermost frames of a traceback: enough to find the place


def config(level: str) -> dict[str, Any]:
    """Django's LOGGING: everything to standard error as JSON."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "redress.logs.formatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's own configuration writes to the console in its own format.
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": "CRITICAL", "propagate": False},  # request lines
            "django.db": {"handlers": [], "level": "CRITICAL", "propagate": False},  # statements and values
            "django.request": {
                "handlers": [],
                "level": "ERROR",
                "propagate": True,
            },  # 404s are in our own line
            "celery.app.trace": {"handlers": [], "level": "WARNING", "propagate": True},  # we have our own line
            "kombu": {"handlers": [], "level": "WARNING", "propagate": True},
            "pgmq": {"handlers": [], "level": "CRITICAL", "propagate": False},
        },
    }


def formatter() -> logging.Formatter:
    """The formatter of every handler; also sends structlog and warnings through the standard library."""
    logging.captureWarnings(True)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        place_of_exception,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[only_template, *shared],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        pass_foreign_args=True,
    )


def only_template(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Put the unfilled template of a foreign line in the place of its text (Note [What may be in a line])."""
    record: logging.LogRecord = event["_record"]
    event["event"] = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
    error = _exception(record.exc_info)
    if record.name.startswith("django.security.") or (error and str(error) and str(error) in event["event"]):
        event["event"] = f"refused or failed, as {record.name} tells"  # its text was filled by the caller
    arguments = event.pop("positional_args", None)
    if record.name == "py.warnings":  # its text begins with "file:line: Category:"
        text = str(arguments[0] if arguments else record.msg)
        event["event"] = ":".join(text.split(":", 3)[:3])
    event["exc_info"] = record.exc_info
    record.exc_info, record.exc_text, record.stack_info = None, None, None
    return event


def place_of_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace exception information by the type and the places it came through, without its text."""
    error = _exception(event.pop("exc_info", None))
    event.pop("stack_info", None)
    if error is not None:
        event["exception"] = f"{type(error).__module__}.{type(error).__qualname__}"
        frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        event["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        if cause := error.__cause__ or error.__context__:
            event["caused_by"] = f"{type(cause).__module__}.{type(cause).__qualname__}"
    return event


def _exception(info: Any) -> BaseException | None:
    if info is True:
        return sys.exception()
    if isinstance(info, tuple):
        info = info[1]
    return info if isinstance(info, BaseException) else None
