"""Uploaded files as a folder of the record's tables: only what is known is unpacked, and never more than agreed."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Protocol

from django.conf import settings

from hepatica.errors import SourceError, trouble_of
from hepatica.record.tables import TABLES

MOST_UNPACKED_BYTES = 512 * 1024 * 1024
MOST_ENTRIES = 100
KNOWN = {f"{table}.csv": table for table in TABLES}
REMEDY = f"send the tables as {', '.join(KNOWN)}, or a zip of them"
_PIECE = 1024 * 1024
# What reading a damaged or encrypted zip raises.
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, NotImplementedError, RuntimeError,
            ValueError, OSError)  # fmt: skip


class Sent(Protocol):
    """A file as the browser sent it."""

    name: str | None
    size: int | None

    def read(self) -> bytes:
        """Return the content."""


def packed(files: Iterable[Sent]) -> tuple[str, bytes]:
    """Return the name and the content of what was sent as one zip: the zip itself, or the CSV files put into one.

    Raises SourceError where it is too large or none of it is a table.
    """
    sent = [(_plain(one.name or ""), one) for one in files]
    if sum(one.size or 0 for _, one in sent) > settings.UPLOAD_MOST_BYTES:  # a file without a size is empty
        most = settings.UPLOAD_MOST_BYTES // 1024 // 1024
        raise SourceError("the upload", f"is larger than {most} MB", "send it in parts, or as a zip")
    if len(sent) == 1 and sent[0][0].casefold().endswith(".zip"):
        return sent[0][0][:200], sent[0][1].read()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, one in sent:
            archive.writestr(name or "unnamed", one.read())
    return ", ".join(name for name, _ in sent)[:200], buffer.getvalue()


def _plain(name: str) -> str:
    """Return a file's own name without folders and without characters that cannot be shown."""
    own = PurePosixPath(name.replace("\\", "/")).name
    return "".join(letter for letter in own if letter.isprintable())


def unpack(content: bytes, folder: Path) -> list[str]:
    """Unpack the tables into a folder under their own names; returns the names of what was left out.

    Raises SourceError where it is no zip, holds a table twice or none at all, is encrypted, or unpacks to too much.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _unpacked(archive, folder)
    except _DAMAGED as error:
        if trouble_of(error) is not None:  # nothing is wrong with the zip: this disk is full
            raise
        raise SourceError("the zip", "cannot be unpacked: it is damaged or encrypted", REMEDY) from error


def _unpacked(archive: zipfile.ZipFile, folder: Path) -> list[str]:
    # A damaged zip may hold a file without a name, which the library's own `is_dir` cannot bear.
    entries = [one for one in archive.infolist() if not one.filename.endswith("/")]
    if len(entries) > MOST_ENTRIES:
        raise SourceError("the zip", f"holds more than {MOST_ENTRIES} files", REMEDY)
    left, ignored = MOST_UNPACKED_BYTES, []
    for entry in entries:
        name = _plain(entry.filename)
        if name.casefold() not in KNOWN:
            ignored.append(name[:100])
            continue
        left -= _copied(archive, entry, folder / name.casefold(), left)
    if not any(folder.iterdir()):
        raise SourceError("the upload", "holds none of the six tables", REMEDY)
    return ignored


def _copied(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, to: Path, most: int) -> int:
    """Copy one file, counting what really comes out, as a zip may lie about it; returns its bytes."""
    if to.exists():
        raise SourceError(to.name, "is in the zip twice", "keep one of them")
    written = 0
    with archive.open(entry) as source, to.open("wb") as file:
        while piece := source.read(_PIECE):
            written += len(piece)
            if written > most:
                raise SourceError("the zip", f"unpacks to more than {MOST_UNPACKED_BYTES // _PIECE} MB", REMEDY)
            file.write(piece)
    return written
