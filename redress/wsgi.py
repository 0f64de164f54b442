"""What gunicorn serves. Refuses to start with unsafe settings."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "redress.settings")

application = get_wsgi_application()

from redress import checks  # noqa: E402  needs Django to be set up

checks.refuse_unsafe()
