"""One database into one file, consistent as of one moment while people work, and back into an empty database."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from hepatica.errors import UsageError
from hepatica.registry.databases import make_for_its_owner_alone

DEBIAN_BINARIES = Path("/usr/lib/postgresql")


def dump(values: Mapping[str, Any], out: Path) -> None:
    """Write a database's content into a file: SQLite by its own backup, PostgreSQL by pg_dump.

    Raises UsageError where that cannot be done.
    """
    if _is_sqlite(values):
        with closing(sqlite3.connect(values["NAME"])) as source, closing(sqlite3.connect(out)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
        return
    _run("pg_dump", values, "--format=custom", "--no-owner", "--no-privileges", f"--file={out}")


def load(values: Mapping[str, Any], dumped: Path) -> None:
    """Put a dumped content into a database that is empty.

    Raises UsageError where it is not empty, or the content cannot be read.
    """
    if not is_empty(values):
        remedy = "restore into a new --data folder, or name an empty database"
        raise UsageError(f"database {values['NAME']}", "is not empty, and nothing is overwritten", remedy)
    if _is_sqlite(values):
        Path(values["NAME"]).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        make_for_its_owner_alone(values)
        with closing(sqlite3.connect(dumped)) as source, closing(sqlite3.connect(values["NAME"])) as target:
            source.backup(target)
        return
    _run("pg_restore", values, "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", str(dumped))


def is_empty(values: Mapping[str, Any]) -> bool:
    """Say whether a database holds no table."""
    if _is_sqlite(values):
        path = Path(values["NAME"])
        if not path.is_file():
            return True
        with closing(sqlite3.connect(path)) as found:
            return bool(found.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0)
    listed = _run("psql", values, "--tuples-only", "--command=SELECT count(*) FROM pg_tables WHERE schemaname='public'")
    return listed.strip() == "0"


def kind_of(values: Mapping[str, Any]) -> str:
    """Return which kind of database it is; a dump goes back into the same kind only."""
    return "sqlite" if _is_sqlite(values) else "postgresql"


def _is_sqlite(values: Mapping[str, Any]) -> bool:
    return str(values["ENGINE"]).endswith("sqlite3")


def _run(program: str, values: Mapping[str, Any], *options: str) -> str:
    """Run one of PostgreSQL's programs on a database; the password travels in the environment, never in the line."""
    known = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    environment = {**os.environ, **{name: str(values[key]) for name, key in known.items() if values.get(key)}}
    target = [f"--dbname={values['NAME']}"] if program == "pg_restore" else []
    done = subprocess.run(  # noqa: S603  (our own words; the options are not split)
        [_program(program), *target, *options], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise UsageError(program, said[-1] if said else "failed", "check the URL, and that its version fits the server")
    return done.stdout


def _program(name: str) -> str:
    """Return where one of PostgreSQL's programs lies; the newest where there are several."""
    found = shutil.which(name) or next(iter(sorted(DEBIAN_BINARIES.glob(f"*/bin/{name}"), reverse=True)), None)
    if found is None:
        raise UsageError(name, "is not on this machine", "install PostgreSQL's client programs")
    return str(found)
