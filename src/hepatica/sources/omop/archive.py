"""A .zip of CDM tables, unpacked into a temporary folder: known names only, and never more than can be true."""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from hepatica.errors import SourceError
from hepatica.sources.omop.model import TABLES, UNREAD

# Tables of a million people compress ten- to thirtyfold; a bomb a thousandfold.
SMALL = 1 << 28
MOST_GAIN = 100
CHUNK = 1 << 20
_NAME = re.compile(r"^([a-z_]+)\.(csv|csv\.gz|parquet)$")


def unpacked(path: Path) -> Path:
    """Return a new temporary folder with the tables of an archive; whoever asked for it removes it.

    Only files named like a table are taken, under that name and nothing of the path they have in the archive.

    Raises:
        SourceError: the archive is damaged, encrypted, larger than it can be, or holds a table twice.
    """
    folder = Path(tempfile.mkdtemp(prefix="hepatica-omop-"))
    try:
        _unpack(path, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _unpack(path: Path, folder: Path) -> None:
    allowed = max(SMALL, MOST_GAIN * path.stat().st_size)
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                name = _table_file(member)
                if name is None:
                    continue
                if (folder / name).exists():
                    raise SourceError(path.name, f"holds {name} twice", "keep one of them in the archive")
                allowed -= _written(archive, member, folder / name, allowed, path.name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as trouble:
        raise SourceError(path.name, "is damaged, or packed in an unusual way", "pack it again as a .zip") from trouble
    except RuntimeError as trouble:  # zipfile's way to say that a password is needed
        raise SourceError(path.name, "is encrypted", "unpack it, and name the folder") from trouble
    except OSError as trouble:
        what = trouble.strerror or str(trouble)
        raise SourceError(path.name, f"cannot be unpacked ({what})", "free space, or set TMPDIR") from trouble


def _table_file(member: zipfile.ZipInfo) -> str | None:
    """Return the name under which a member is unpacked; None if it is no table."""
    place = PurePosixPath(member.filename.replace("\\", "/"))
    name = place.name.casefold()
    found = _NAME.match(name)
    if member.is_dir() or found is None or "__MACOSX" in place.parts:
        return None
    return name if found[1] in TABLES or found[1] in UNREAD else None


def _written(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, allowed: int, name: str) -> int:
    """Unpack one member and return its size, which is counted, not believed."""
    size = 0
    with archive.open(member) as packed, target.open("wb") as file:
        while chunk := packed.read(CHUNK):
            size += len(chunk)
            if size > allowed:
                raise SourceError(
                    name, f"unpacks to more than {MOST_GAIN} times its size", "unpack it yourself, and name the folder"
                )
            file.write(chunk)
    return size
