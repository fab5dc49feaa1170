"""Where OMOP tables are and which patients are asked for: `omop:PATH?phenotype=NAME`, `omop:URL?schema=NAME`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from urllib.parse import parse_qsl

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from hepatica.errors import SourceError, UsageError

OPTIONS = ("phenotype", "schema", "patient")
PATIENT_KEYS = ("person_id", "person_source_value")
DUCKDB_MAGIC = b"DUCK"
ZIP_MAGIC = b"PK\x03\x04"
_URL = re.compile(r"^[a-z][a-z0-9]*(\+[a-z0-9_]+)?://", re.IGNORECASE)
_REMEDY = "name a folder of CDM tables, a .zip of them, a DuckDB file, or a SQLAlchemy URL"


class Form(Enum):
    """What the tables lie in."""

    FOLDER = "folder"
    ZIP = "zip"
    DUCKDB = "DuckDB file"
    URL = "database"


@dataclass(frozen=True)
class Address:
    """Where the tables are, in which schema, who is asked for, and which column is the pseudonym."""

    form: Form
    place: str
    phenotype: str | None = None
    schema: str | None = None
    patient: str | None = None

    @property
    def path(self) -> Path:
        """Return the folder or file."""
        return Path(self.place).expanduser()

    @property
    def url(self) -> URL:
        """Return the database's URL, with its password."""
        return make_url(self.place)

    @property
    def shown(self) -> str:
        """Return where it is for an error, never with a password."""
        return self.url.render_as_string(hide_password=True) if self.form is Form.URL else self.place


def address_of(where: str) -> Address:
    """Return what stands behind `omop:`.

    Raises:
        UsageError: an option is unknown or given twice, or a URL cannot be read.
        SourceError: there is no such folder or file, or it is of no known form.
    """
    if _URL.match(where):
        return _of_url(where)
    place, options = _of_path(where)
    path = Path(place).expanduser()
    if not _is_there(path):
        raise SourceError(f"omop:{place}", "does not exist", _REMEDY)
    return Address(_form(path), place, **_checked(options))


def _of_url(where: str) -> Address:
    try:
        url = make_url(where)
    except (ArgumentError, ValueError) as trouble:
        raise UsageError("omop:URL", "is no database URL", "write dialect+driver://user@host/database") from trouble
    options = [(name, value) for name in url.query if name in OPTIONS for value in _values(url.query[name])]
    place = url.difference_update_query(OPTIONS).render_as_string(hide_password=False)
    return Address(Form.URL, place, **_checked(options))


def _values(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _of_path(where: str) -> tuple[str, list[tuple[str, str]]]:
    """Return path and options; a question mark that belongs to an existing path is no option's."""
    if _is_there(Path(where).expanduser()):
        return where, []
    place, mark, query = where.rpartition("?")
    if not mark:
        return where, []
    return place, parse_qsl(query, keep_blank_values=True)


def _checked(options: list[tuple[str, str]]) -> dict[str, str]:
    """Return the options, each known, given once, and not empty."""
    checked: dict[str, str] = {}
    for name, value in options:
        if name not in OPTIONS:
            raise UsageError(f"omop option {name}", "is not known", f"the options are {', '.join(OPTIONS)}")
        if name in checked or not value:
            raise UsageError(f"omop option {name}", "is given twice, or empty", f"write {name}=VALUE once")
        checked[name] = value
    if checked.get("patient", "person_id") not in PATIENT_KEYS:
        raise UsageError(
            f"omop option patient={checked['patient']}", "is not known", f"use one of {', '.join(PATIENT_KEYS)}"
        )
    return checked


def _form(path: Path) -> Form:
    if path.is_dir():
        return Form.FOLDER
    head = first_bytes(path)
    if head.startswith(ZIP_MAGIC):
        return Form.ZIP
    if head[8:12] == DUCKDB_MAGIC:
        return Form.DUCKDB
    raise SourceError(f"omop:{path.name}", "is neither a .zip of CDM tables nor a DuckDB file", _REMEDY)


def first_bytes(path: Path) -> bytes:
    """Return the first bytes of a file; none if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(16)
    except OSError:
        return b""


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no file can have
        return False
