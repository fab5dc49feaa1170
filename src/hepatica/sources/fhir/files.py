"""Which files a FHIR source is made of: bundles and resources (.json), bulk files (.ndjson), and their manifest."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from hepatica.errors import SourceError
from hepatica.sources.fhir.documents import Number, Reader
from hepatica.sources.fhir.shapes import inside, items, text
from hepatica.sources.fhir.streams import opened

_BUNDLE_ENDINGS = (".json", ".json.gz")
_BULK_ENDINGS = (".ndjson", ".ndjson.gz", ".jsonl", ".jsonl.gz")
_SNIFFED = 65_536
_SNIFFED_FILES = 20
_LOOKS_LIKE_FHIR = re.compile(rb'"resourceType"\s*:\s*"[A-Z]')
_LOOKS_LIKE_MANIFEST = re.compile(rb'"transactionTime"\s*:')
_LARGEST_MANIFEST = 16 << 20
_USUAL_GAIN = 16


@dataclass(frozen=True)
class Manifest:
    """What a bulk export says that it consists of."""

    shown: str
    expected: dict[str, int | None]  # rows by file name, as far as they are told
    deleted: tuple[str, ...]
    errors: int

    def rows_of(self, name: str) -> int | None:
        """Return how many resources a file has by the manifest; None if it does not say."""
        counts = {_without_gz(one): count for one, count in self.expected.items()}
        return counts.get(_without_gz(name))


@dataclass
class Files:
    """The files of a source in the order in which they are read, and what there is to say about them."""

    documents: list[Path] = field(default_factory=list)
    bulk: list[Path] = field(default_factory=list)
    manifest: Manifest | None = None
    notes: list[str] = field(default_factory=list)

    def size(self) -> int:
        """Return how many bytes the files have, packed ones as they will be roughly."""
        return sum(
            path.stat().st_size * (_USUAL_GAIN if path.suffix.casefold() == ".gz" else 1)
            for path in (*self.documents, *self.bulk)
        )


def looks_like_fhir(path: Path) -> bool:
    """Whether a file, or one of the first files of a folder, looks like FHIR in JSON; never raises, reads little."""
    try:
        if path.is_file():
            return _is_named_so(path) and bool(_LOOKS_LIKE_FHIR.search(_head(path)))
        named = [one for one in sorted(path.iterdir()) if _is_named_so(one) and one.is_file()]
    except (OSError, ValueError):
        return False
    return any(_sniffs(one) for one in named[:_SNIFFED_FILES])


def _sniffs(path: Path) -> bool:
    head = _head(path)
    return bool(_LOOKS_LIKE_FHIR.search(head) or _LOOKS_LIKE_MANIFEST.search(head))


def _is_named_so(path: Path) -> bool:
    return path.name.casefold().endswith((*_BUNDLE_ENDINGS, *_BULK_ENDINGS))


def _head(path: Path) -> bytes:
    try:
        with gzip.open(path) if path.suffix.casefold() == ".gz" else path.open("rb") as file:
            return bytes(file.read(_SNIFFED))
    except (OSError, EOFError, zlib.error):
        return b""


def files_of(where: Path) -> Files:
    """Return the files of a FHIR source.

    Raises:
        SourceError: it does not exist, cannot be read, or has no file that can be FHIR.
    """
    named = sorted(_candidates(where))
    found = Files()
    for path in named:
        if path.name.casefold().endswith(_BULK_ENDINGS):
            found.bulk.append(path)
        elif (manifest := _manifest(path)) is not None:
            found.manifest = manifest
        else:
            found.documents.append(path)
    if found.manifest is not None:
        _hold_to(found, found.manifest)
    if not found.bulk and not found.documents:
        raise SourceError(str(where), "holds no FHIR in JSON", "name a bundle, a folder of bundles, or a bulk export")
    return found


def _candidates(where: Path) -> Iterator[Path]:
    try:
        if where.is_file():
            if not _is_named_so(where):
                raise SourceError(str(where), "is not named like FHIR in JSON", "name it .json, .ndjson, or with .gz")
            yield where
            return
        yield from (one for one in where.iterdir() if _is_named_so(one) and one.is_file())
    except (OSError, ValueError) as trouble:
        what = getattr(trouble, "strerror", None) or str(trouble)
        raise SourceError(str(where), f"cannot be read ({what})", "check the path and its permissions") from trouble


def _manifest(path: Path) -> Manifest | None:
    """Return the manifest of a bulk export, None if a file is something else."""
    if path.stat().st_size > _LARGEST_MANIFEST or not _LOOKS_LIKE_MANIFEST.search(_head(path)):
        return None
    with opened(path, path.name) as stream:
        reader = Reader(stream)
        for _ in reader.entries():
            return None  # a bundle that has the word somewhere
    header = reader.document.header
    if not isinstance(header.get("output"), list):
        return None
    expected = {name: _count(one) for one in items(header, "output") if (name := _file_name(one)) is not None}
    deleted = tuple(name for one in items(header, "deleted") if (name := _file_name(one)) is not None)
    return Manifest(path.name, expected, deleted, len(list(items(header, "error"))))


def _file_name(entry: dict[str, Any]) -> str | None:
    """Return the bare name of the file that an entry's address ends with; where it leads is never followed."""
    url = text(entry, "url")
    if url is None:
        return None
    try:
        name = PurePosixPath(unquote(urlsplit(url).path)).name
    except ValueError:
        return None
    return name.replace("\\", "/").rpartition("/")[2] or None


def _count(entry: dict[str, Any]) -> int | None:
    count = inside(entry, "count")
    return int(count) if isinstance(count, Number) and count.isdecimal() and len(count) < 12 else None


def _hold_to(found: Files, manifest: Manifest) -> None:
    """Say which files of the manifest are missing, and leave out the bulk files that are not of it."""
    present = {_plain(path): path for path in found.bulk}
    wanted = [*manifest.expected, *manifest.deleted]
    missing = [name for name in wanted if _without_gz(name) not in present]
    if missing:
        found.notes.append(
            f"{manifest.shown}: {len(missing)} files of the export are missing: {', '.join(missing[:20])}"
        )
    if manifest.errors:
        found.notes.append(f"{manifest.shown}: the server reports {manifest.errors} files of errors for this export")
    listed = {_without_gz(name) for name in wanted}
    extra = [path.name for name, path in present.items() if name not in listed]
    if extra:
        found.notes.append(f"{manifest.shown}: not of this export, not read: {', '.join(sorted(extra)[:20])}")
    found.bulk = [path for name, path in present.items() if name in listed]


def _plain(path: Path) -> str:
    return _without_gz(path.name)


def _without_gz(name: str) -> str:
    return name.removesuffix(".gz")
