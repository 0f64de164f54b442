"""The Celery app of a worker on a broker that others use too: with a queue of its own.

Started as `celery --app tests.shared_broker worker`, with the queue's name in REDRESS_TEST_QUEUE.
"""

import os

import django
from django.conf import settings

from redress import celery


def configure(app: celery.RedressCelery, url: str, queue: str) -> celery.RedressCelery:
    """Let `app` use that broker and that queue, and nothing else there."""
    usual, celery.QUEUE = celery.QUEUE, queue
    try:
        app.conf.update(celery.configuration(url))
    finally:
        celery.QUEUE = usual
    return app


if "REDRESS_TEST_QUEUE" in os.environ:
    django.setup()
    app = configure(celery.app, settings.CELERY_BROKER_URL, os.environ["REDRESS_TEST_QUEUE"])
