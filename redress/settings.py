"""Settings. Every deployment runs this file; only the environment differs (docs/how-to/configure.md).

An unsafe value is never corrected silently here: `redress.checks` refuses it, by id.
"""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from psycopg.conninfo import conninfo_to_dict

from redress import keyring, logs

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("REDRESS_VAR", BASE_DIR / "var")).absolute()  # all that is written at run time

# manage.py sets both variables when it has attached to the embedded database.
EMBEDDED = os.environ.get("REDRESS_EMBEDDED") == "1" or "DATABASE_URL" not in os.environ
DEMO = os.environ.get("REDRESS_DEMO") == "1"
DEBUG = os.environ.get("REDRESS_DEBUG") == "1"

_KEYS_DIR = VAR_DIR / "keys" if EMBEDDED else None
SECRET_KEY = keyring.secret_key(_KEYS_DIR)
MASTER_KEY, HASH_KEY = keyring.master_keys(_KEYS_DIR)  # wraps each person's key; hashes identifiers for look-up

# Keys of months and the list of who was erased (audit/months.py): outside the database, in no backup kept for longer.
MONTH_KEYS_DIR = os.environ.get("REDRESS_MONTHS_DIR") or (str(_KEYS_DIR / "months") if _KEYS_DIR else "")
BACKUP_DAYS = int(os.environ.get("REDRESS_BACKUP_DAYS", "35"))  # for how long backups of the database are kept
# After how many years nobody can go to court any more; nobody is erased before, unless they ask.
LIMITATION_YEARS = int(os.environ.get("REDRESS_LIMITATION_YEARS", "10"))

# --- Address -------------------------------------------------------------------------------------

BASE_URL = os.environ.get("REDRESS_URL", "http://127.0.0.1:8000").rstrip("/")  # in mails and letters
HTTPS = BASE_URL.startswith("https://")
LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = [host for host in os.environ.get("REDRESS_HOSTS", "").split(",") if host] or LOOPBACK_HOSTS
TRUSTED_PROXIES = int(os.environ.get("REDRESS_PROXIES", "0"))  # how many proxies of ours stand in front

# --- Applications --------------------------------------------------------------------------------

INSTALLED_APPS = [
    "redress",  # before django.forms: its templates render every field
    "appeals",
    "records",
    "accounts",
    "delivery",
    "audit",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "redress.apps.StaticFiles",
    "django.forms",
]

MIDDLEWARE = [
    "redress.middleware.RequestLog",  # first: every later line carries the request's id
    "redress.health.Health",  # before the host check: a health check asks by address
    "django.middleware.security.SecurityMiddleware",
    "redress.middleware.SafeHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "redress.middleware.TimeZone",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SessionLimits",
    "accounts.middleware.ActorMiddleware",
    "accounts.middleware.FailureLog",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "redress.middleware.ErasedPeople",
]

ROOT_URLCONF = "redress.urls"
WSGI_APPLICATION = "redress.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "redress.context.page",
            ]
        },
    }
]
FORM_RENDERER = "redress.forms_renderer.Renderer"
CSRF_FAILURE_VIEW = "redress.views.csrf_failure"

# --- Database and cache --------------------------------------------------------------------------

_database = conninfo_to_dict(os.environ.get("DATABASE_URL", "postgresql:///redress"))
# Celery closes Django's pool at every task, so only the web process asks for one.
_pool = {"min_size": 1, "max_size": 10, "timeout": 10} if os.environ.get("REDRESS_DB_POOL") == "1" else False
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _database.pop("dbname", "redress"),
        "USER": _database.pop("user", ""),
        "PASSWORD": _database.pop("password", ""),
        "HOST": _database.pop("host", ""),
        "PORT": _database.pop("port", ""),
        "CONN_MAX_AGE": 0 if _pool else 60,
        "CONN_HEALTH_CHECKS": not _pool,
        "OPTIONS": {"connect_timeout": 5, "application_name": "redress", **_database, "pool": _pool},
    }
}
# Counts guesses at sign-in: shared by all web processes, so it stands in the database.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "redress_cache"},
}

# --- Signing in ----------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.StaffBackend", "accounts.backends.PersonBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",  # costs memory too; in the standard library
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "accounts:sign-in"  # of people; staff pages name their own
LOGIN_REDIRECT_URL = "home"
PERSON_HOME = "records:held"  # where a person and a member of staff land after signing in
STAFF_HOME = "appeals:staff-home"
RECORDS_CONTESTED = "appeals.queries.contested.contested"  # records stand below cases and know none
DELIVERY_ADDRESS_OF = "accounts.queries.address_of"  # delivery stands below accounts and knows nobody
DELIVERY_WISHES_OF = "accounts.queries.wishes_of"
DELIVERY_WAYS_OF = "accounts.post.ways_of"  # mail, letter or both
CASE_REFERENCES_OF = "appeals.queries.references"  # likewise records, which stand below the cases that changed them
PROGRAMMES = "records.catalogue.programmes"  # accounts stands below records and asks for names only
RECORDS_OPENINGS_BY = "appeals.openings.of_entry"  # from when a repair, or leaving a list, can be asked for
RECORDS_WINDOWS_BY = "appeals.windows.of_entry"  # until when it can be disputed
RECORDS_STATEMENT_LIMIT_BY = "appeals.queries.statement_limits.of_record"  # how many words the law lets a person attach
RECORDS_HELD_BY = "appeals.queries.holds_on"  # records stand below appeals: what an open case rests on is kept
DELIVERY_SIGN_IN = "accounts:sign-in"  # the page that mails link to
DELIVERY_STOP = "contact:stop"  # where an old address objects

# allauth signs in staff: password, then a second factor. People sign in by mailed code (accounts).
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # staff accounts are made by their organisation, not by sign-up
ACCOUNT_ADAPTER = "accounts.staff_sign_in.Adapter"
ACCOUNT_FORMS = {"login": "accounts.forms.StaffSignInForm"}
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_REAUTHENTICATION_REQUIRED = False  # codes are shown once, after set-up; nothing else needs it
MFA_ALLOW_UNVERIFIED_EMAIL = True  # the address was given by the organisation
MFA_ADAPTER = "accounts.staff_sign_in.SecondFactorAdapter"  # seals the secret
MFA_FORMS = {"authenticate": "accounts.forms.SecondFactorForm", "activate_totp": "accounts.forms.SetUpForm"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Redress"

SESSION_COOKIE_NAME = "redress_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
CSRF_TRUSTED_ORIGINS = [BASE_URL] if HTTPS else []
LANGUAGE_COOKIE_NAME = "redress_language"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Headers -------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}

# --- Files ---------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = Path(os.environ.get("REDRESS_STATIC", VAR_DIR / "static"))
STATICFILES_DIRS = [BASE_DIR / "assets" / "build" / "static"]  # made by `python -m assets.build`
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["png", "gz", "br", "woff2", "map", "html", "txt"]
EVIDENCE_DIR = Path(os.environ.get("REDRESS_EVIDENCE_DIR", VAR_DIR / "evidence"))  # encrypted
EXPORT_DIR = Path(os.environ.get("REDRESS_EXPORT_DIR", VAR_DIR / "exports"))  # encrypted
UPLOAD_DIR = Path(os.environ.get("REDRESS_UPLOAD_DIR", VAR_DIR / "uploads"))  # until they are imported
UPLOAD_MAX = int(os.environ.get("REDRESS_UPLOAD_MB", "500")) * 1_000_000  # bytes of one file
CLAMAV_ADDRESS = os.environ.get("REDRESS_CLAMAV", "")  # host:port; without it files are not scanned
LETTER_FONT_DIR = Path(os.environ.get("REDRESS_LETTER_FONTS", BASE_DIR / "assets" / "build" / "fonts"))
FILE_UPLOAD_PERMISSIONS = 0o600
# The share of what it holds in a programme that a source may take back in a day without a word of the operator.
WITHDRAWALS_A_DAY = float(os.environ.get("REDRESS_WITHDRAWALS_A_DAY", "0.05"))

# --- Mail ----------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = os.environ.get("REDRESS_MAIL_FROM", "redress@localhost")
if _smtp := os.environ.get("REDRESS_SMTP", ""):  # smtp://user:password@host:587, or smtps:// for TLS at once
    _mail = urlsplit(_smtp)
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = _mail.hostname or "localhost", _mail.port or 587
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
    EMAIL_USE_SSL = _mail.scheme == "smtps"
    EMAIL_USE_TLS = _mail.scheme == "smtp" and _mail.query != "insecure"
    EMAIL_TIMEOUT = 20
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = VAR_DIR / "mail"

# --- Safety --------------------------------------------------------------------------------------

# Where “Leave quickly” leads: a page about the weather or the news, of somebody else. Empty: a blank page of ours.
LEAVE_URL = os.environ.get("REDRESS_LEAVE_URL", "")

# --- Languages and time --------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- API -----------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.permissions.Denied"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.authentication.SessionAuthentication"],
    "EXCEPTION_HANDLER": "accounts.api.problems.handler",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["accounts.api.parsing.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "accounts.api.schema.Schema",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Redress",
    "DESCRIPTION": "See what is held, dispute it, and have the correction carried out.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    # Several things have a `state`; without names of their own these words would be numbered.
    "ENUM_NAME_OVERRIDES": {
        "ImportStateEnum": "records.models.JobState",
        "MeasureStateEnum": "records.api.serializers.MEASURE_STATES",
    },
}

# --- Tasks and logs ------------------------------------------------------------------------------

# Without a value: the same PostgreSQL (redress/celery.py).
CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL", "pgmq://localhost")
LOG_LEVEL = os.environ.get("REDRESS_LOG_LEVEL", "INFO")
LOGGING = logs.config(LOG_LEVEL)

# The name of the log inside every leaf: which log this is, and its year (audit/leaf.py).
AUDIT_LOG_ORIGIN = os.environ.get("REDRESS_LOG_ORIGIN", "redress.example/audit/2026")
AUDIT_SIGNER_DIR = Path(os.environ.get("REDRESS_LOG_SIGNER_DIR", VAR_DIR / "log"))  # what was signed last; not secret
AUDIT_KEY_FILE = Path(os.environ["REDRESS_LOG_KEY_FILE"]) if os.environ.get("REDRESS_LOG_KEY_FILE") else None
AUDIT_MAKES_KEY = EMBEDDED and AUDIT_KEY_FILE is None  # else `manage.py log_key begin` makes it, once
AUDIT_LOG_VKEYS = os.environ.get("REDRESS_LOG_VKEYS", "").split()  # public keys, where the signer stands elsewhere
AUDIT_WITNESSES = os.environ.get("REDRESS_LOG_WITNESSES", "").split()  # public key and address in turns
AUDIT_CHECKPOINT_SECONDS = float(os.environ.get("REDRESS_LOG_CHECKPOINT_SECONDS", "1"))  # between two checkpoints
