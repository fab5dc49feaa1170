"""Errors that a person can repair: where it is, what is wrong, and the remedy."""

from __future__ import annotations


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
