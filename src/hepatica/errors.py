"""Errors that a person can repair: where it is, what is wrong, and the remedy."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator

FULL, BUSY, UNREACHABLE = "full", "busy", "unreachable"
_ERRNO = {errno.ENOSPC: FULL, errno.EDQUOT: FULL}
# SQLite's numbers; a write that the disk refuses for another reason is for whoever looks after the disk too.
_SQLITE = {
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_IOERR_WRITE: FULL,
    sqlite3.SQLITE_IOERR_SHMSIZE: FULL,
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_CANTOPEN: UNREACHABLE,
}
# PostgreSQL's: disk_full; lock_not_available, deadlock_detected, too_many_connections; the server stops or starts.
_SQLSTATE = {"53100": FULL, "55P03": BUSY, "40P01": BUSY, "53300": BUSY, "57P01": UNREACHABLE, "57P03": UNREACHABLE}
TROUBLE = {
    FULL: ("the disk is full", "free space on the disk of the data folder, or of the database server, and try again"),
    BUSY: ("somebody else writes for a long time", "try again; if that goes on, look who holds the database"),
    UNREACHABLE: ("the database cannot be reached", "check that it runs, and its URL"),
}


class HepaticaError(Exception):
    """Something the user can repair. Shown as one or two lines, never as a traceback.

    `where` names the file, option, or item; `what` says what is wrong with it; `remedy` says what to do.
    """

    def __init__(self, where: str, what: str, remedy: str) -> None:
        # A parser's message may come in several lines; an error has two.
        what, remedy = " ".join(what.split()), " ".join(remedy.split())
        super().__init__(f"{where}: {what}\n  remedy: {remedy}")
        self.where = where
        self.what = what
        self.remedy = remedy


class SourceError(HepaticaError):
    """A source that could not be read; nothing was written (exit code 3)."""


class UsageError(HepaticaError):
    """A command line, or a file given on it, that is wrong (exit code 2)."""


def refused_path(error: BaseException) -> UsageError | None:
    """Return what to tell where the machine refused a file or folder by its name; None for any other error."""
    if not isinstance(error, OSError) or error.filename is None or error.strerror is None:
        return None
    where, remedy = str(error.filename), "check its permissions, or name a place that can be read and written"
    return UsageError(where, f"cannot be used ({error.strerror})", remedy)


def trouble_of(error: BaseException | None) -> str | None:
    """Return why the machine refused what nobody did wrong: FULL, BUSY, UNREACHABLE; None for any other error."""
    found = list(_causes(error))
    told = next((kind for kind in map(_told, found) if kind is not None), None)
    return told or (UNREACHABLE if any(map(_lost, found)) else None)


def _told(error: BaseException) -> str | None:
    if isinstance(error, OSError):
        return _ERRNO.get(error.errno or 0)
    code = getattr(error, "sqlite_errorcode", 0)
    state = getattr(error, "sqlstate", None)
    return _SQLITE.get(code) or _SQLITE.get(code & 0xFF) or _SQLSTATE.get(str(state))


def _lost(error: BaseException) -> bool:
    """Say whether a connection to PostgreSQL could not be made, or broke: there is no state then to tell."""
    name = f"{type(error).__module__}.{type(error).__name__}"
    return name == "psycopg.OperationalError" and getattr(error, "sqlstate", None) is None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
