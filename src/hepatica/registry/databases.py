"""Which database holds what: the record in one, identities in another with its own credentials."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from hepatica.errors import UsageError

IDENTITIES = "identities"
# A writer says so when it begins (IMMEDIATE), so that two writers wait for each other instead of failing half-way.
LONGEST_WAIT_SECONDS = 20
_SQLITE = {
    "transaction_mode": "IMMEDIATE",
    "timeout": LONGEST_WAIT_SECONDS,
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;PRAGMA trusted_schema=ON;"
    "PRAGMA secure_delete=ON",  # what is deleted is overwritten, so that an erasure leaves nothing in the file
}


def database(url: str, data: Path, name: str) -> dict[str, Any]:
    """Return Django's settings of a database: `postgresql://…`, `sqlite:///path`, or a file in the data folder.

    Raises UsageError for any other kind of URL.
    """
    if not url:
        return _sqlite(data / f"{name}.sqlite3")
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(Path(unquote(parts.path)[1:] if parts.path.startswith("//") else unquote(parts.path)))
    if parts.scheme not in ("postgresql", "postgres", "postgresql+psycopg"):
        remedy = "write postgresql://user:password@host/name, or sqlite:///path"
        raise UsageError("--database", f"{parts.scheme or url} is no kind of database for a registry", remedy)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.removeprefix("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
    }


def kept_apart(record: Mapping[str, Any], identities: Mapping[str, Any]) -> None:
    """Refuse record and identities in one database: whoever reads the facts there would read whose they are.

    Raises UsageError.
    """
    names = ("ENGINE", "HOST", "PORT", "NAME")
    if all(record.get(name) == identities.get(name) for name in names):
        remedy = "make a database of their own for the identities, with its own credentials, and name it"
        raise UsageError("--identities", "names the same database as --database", remedy)


def _sqlite(path: Path) -> dict[str, Any]:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": dict(_SQLITE), "CONN_MAX_AGE": 300}


def make_for_its_owner_alone(values: Mapping[str, Any]) -> None:
    """Make the file of a new SQLite database readable by its owner alone, whatever folder it lies in.

    SQLite gives the files beside it (write-ahead log, index) the same permissions.
    """
    file = Path(values["NAME"])
    if values["ENGINE"].endswith("sqlite3") and not file.exists():
        file.touch(mode=0o600)


def limit_waiting(connection: Any, **_: Any) -> None:
    """Let a writer on PostgreSQL wait no longer for another one than on SQLite; then the page says that it is busy."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{LONGEST_WAIT_SECONDS}s"])


class Router:
    """Sends the models of identities to their own database, and everything else to the record's."""

    def db_for_read(self, model: Any, **_hints: Any) -> str:
        """Return the database that a model is read from."""
        return IDENTITIES if model._meta.app_label == IDENTITIES else "default"

    def db_for_write(self, model: Any, **_hints: Any) -> str:
        """Return the database that a model is written to."""
        return self.db_for_read(model)

    def allow_relation(self, one: Any, other: Any, **_hints: Any) -> bool:
        """Allow relations within one database only."""
        return self.db_for_read(one) == self.db_for_read(other)

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        """Say whether an app's tables belong into a database."""
        return (db == IDENTITIES) == (app_label == IDENTITIES)
