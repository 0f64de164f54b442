"""The settings of every deployment, on a throw-away database. pytest loads these."""

from tests import cluster

cluster.prepare()

from redress.settings import *  # noqa: E402, F403

# A manifest needs collectstatic, and a slow hash costs the suite a minute; neither is under test.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES["default"]["TEST"] = {"TEMPLATE": cluster.template()}  # noqa: F405  # Note [Migrated once]
