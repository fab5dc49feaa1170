"""Django's settings, made from this installation's configuration. Nothing secret and no address stands here."""

from __future__ import annotations

import sys
from urllib.parse import urlsplit

from hepatica.registry.databases import IDENTITIES, database, kept_apart
from hepatica.registry.installation import LANGUAGES as OFFERED
from hepatica.registry.installation import installation, kept_secrets

INSTALLATION = installation()
_secrets = kept_secrets(INSTALLATION.data)
SECRET_KEY = _secrets["sessions"]
PSEUDONYM_KEY = _secrets["pseudonyms"]
DEBUG = False
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
ALLOWED_HOSTS = [*LOOPBACK, *([urlsplit(INSTALLATION.public_url).hostname] if INSTALLATION.public_url else [])]
CSRF_TRUSTED_ORIGINS = [INSTALLATION.public_url] if INSTALLATION.public_url else []

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "axes",
    "hepatica.registry.identities",
    "hepatica.registry",
]
MIDDLEWARE = [
    "hepatica.registry.operation.logs.RequestLog",
    "hepatica.registry.security.headers.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "hepatica.registry.security.texts.PlainTexts",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "hepatica.registry.security.expiry.SessionExpiry",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "hepatica.registry.urls"
WSGI_APPLICATION = None
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "hepatica.registry.views.surroundings.surroundings",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "hepatica.registry.templatetags.told",
                "hepatica.registry.templatetags.headed",
            ],
        },
    }
]

DATABASES = {
    "default": database(INSTALLATION.database, INSTALLATION.data, "registry"),
    IDENTITIES: database(INSTALLATION.identities, INSTALLATION.data, "identities"),
}
kept_apart(DATABASES["default"], DATABASES[IDENTITIES])
DATABASE_ROUTERS = ["hepatica.registry.databases.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "registry.Person"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "hepatica.registry.access.backend.ByPassword"]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "worklist"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
# Five wrong passwords lock this name from this address for a quarter of an hour.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "registry/locked.html"
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True
OTP_TOTP_ISSUER = "Hepatica"

# A session ends after half an hour without a request, and twelve hours after signing in (security/expiry.py).
SESSION_IDLE_SECONDS = 30 * 60
SESSION_LONGEST_SECONDS = 12 * 60 * 60
SESSION_COOKIE_AGE = SESSION_LONGEST_SECONDS
SESSION_COOKIE_NAME = "hepatica_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_FAILURE_VIEW = "hepatica.registry.views.errors.forged"
CSRF_COOKIE_NAME = "hepatica_csrf"
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = INSTALLATION.https
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if INSTALLATION.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = INSTALLATION.https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if INSTALLATION.proxy else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# An upload is at most 64 MB (imports say so before), a form at most 2.5 MB and 2,000 fields.
UPLOAD_MOST_BYTES = 64 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_TEMP_DIR = None
FILE_UPLOAD_PERMISSIONS = 0o600

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600
WHITENOISE_ALLOW_ALL_ORIGINS = False

USE_TZ = True
TIME_ZONE = INSTALLATION.time_zone
LANGUAGE_CODE = INSTALLATION.language
LANGUAGES = list(OFFERED.items())
FORMAT_MODULE_PATH = "hepatica.registry.language.formats"
LANGUAGE_COOKIE_NAME = "hepatica_language"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = INSTALLATION.https

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "hepatica.registry.operation.logs.JsonLines"}},
    "handlers": {"stream": {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": "json"}},
    "root": {"handlers": ["stream"], "level": "WARNING"},
    "loggers": {
        "hepatica": {"level": "INFO"},
        # These name paths, user names, or queries; our own request line says what is needed.
        "django.request": {"level": "CRITICAL"},
        "django.security": {"level": "CRITICAL"},
        "axes": {"level": "CRITICAL"},
        "django.server": {"level": "CRITICAL"},
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []
