"""A FHIR source as the record's six raw tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from hepatica.errors import SourceError
from hepatica.record import TABLES
from hepatica.record.record import UNKNOWN_CODE_SCHEMA
from hepatica.sources.account import Account
from hepatica.sources.fhir.files import files_of
from hepatica.sources.fhir.gathering import Told
from hepatica.sources.fhir.local_codes import LocalCodes
from hepatica.sources.fhir.passing import Pass
from hepatica.sources.fhir.spool import Spool
from hepatica.sources.selection import Selection

# Files up to so many bytes leave rows that memory holds easily.
SMALL = 16 << 20


@dataclass
class FhirTables:
    """The tables of a FHIR source: read once into a temporary folder, and from there as often as they are wanted."""

    where: Path
    local: LocalCodes = field(default_factory=LocalCodes)
    _read: Pass | None = field(default=None, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        """Another process reads the files itself: the temporary folder is this one's."""
        return {"where": self.where, "local": self.local, "_read": None}

    def read(self) -> Pass:
        """Return the pass over the files, made when it is first needed.

        Raises:
            SourceError: the files cannot be read, are not FHIR, or hold no patients.
        """
        if self._read is None:
            files = files_of(self.where)
            made = Pass(Spool(on_disk=files.size() > SMALL), self.local)
            made.over(files)
            if not made.told.used["Patient"]:
                made.spool.remove()
                raise SourceError(str(self.where), "holds no Patient", "add the patients that the other resources name")
            self._read = made
        return self._read

    def names(self) -> list[str]:
        """Return the six tables: any of them may be empty."""
        return list(TABLES)

    def size(self, table: str) -> int:
        """Return how many rows a table has; they are read from the temporary folder."""
        return self.read().spool.count(table)

    def rows_at_most(self, table: str) -> int:
        """Return how many rows a table has."""
        return self.read().spool.count(table)

    def blocks(self, table: str, account: Account, selection: Selection | None = None) -> Iterator[pl.DataFrame]:
        """Yield a table's rows in the order of the files; the patients bring what there is to tell."""
        done = self.read()
        if table == "patients":
            tell(done, account, whole=selection is None)
        for block in done.spool.blocks(table):
            yield block if selection is None else selection.rows(block)


def tell(done: Pass, account: Account, *, whole: bool) -> None:
    """Put what the pass has to tell into the account of a reading; lines that are no rows only if all is read."""
    account.files.update(done.account.files)
    for sentence in done.account.notes:
        account.note(sentence)
    for sentence in sentences(done):
        account.note(sentence)
    if whole:
        account.bad_lines.extend(done.account.bad_lines)
        account.unknown_codes.append(_unknown_codes(done.told))


def _unknown_codes(told: Told) -> pl.DataFrame:
    """Return the codes that the vocabulary does not know, the most frequent first."""
    rows = [(*code, number) for code, number in told.unknown.items()]
    frame = pl.DataFrame(rows, schema=UNKNOWN_CODE_SCHEMA, orient="row")
    return frame.sort("table", "column", "count", "code", descending=[False, False, True, False])


def sentences(done: Pass) -> Iterator[str]:
    """Yield what became of the resources: used, not used and why, and what else must be known."""
    used, not_used = done.told.used, done.told.not_used
    yield f"FHIR: {used.total() + not_used.total():,} resources: {used.total():,} used, {not_used.total():,} not used"
    yield "FHIR: used: " + ", ".join(f"{kind} ({number:,})" for kind, number in sorted(used.items()))
    for (kind, why), number in sorted(not_used.items(), key=lambda item: (-item[1], item[0])):
        yield f"FHIR: not used: {number:,} {kind}: {why}"
    for sentence, number in sorted(done.told.remarks.items()):
        yield f"FHIR: {number:,} {sentence}"
