"""How gunicorn serves: `gunicorn -c python:redress.serving redress.wsgi`."""

import os

bind = os.environ.get("REDRESS_BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("REDRESS_WEB_WORKERS", "1"))
threads = int(os.environ.get("REDRESS_WEB_THREADS", "8"))
timeout = 60
graceful_timeout = 6
keepalive = 5
accesslog = None  # our middleware writes the request's line, without path and query
control_socket_disable = True
max_requests = 20_000  # a slow leak never becomes a problem
max_requests_jitter = 2_000

logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "redress.logs.formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"level": "INFO", "handlers": ["console"]},
    "loggers": {
        "gunicorn.error": {"level": "INFO", "handlers": ["console"], "propagate": False},
        "gunicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
    },
}
