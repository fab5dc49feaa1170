"""A text file's bytes: its encoding, its line ends, and what is no text at all. Nothing is guessed in silence."""

from __future__ import annotations

import codecs
import gzip
import zlib
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, cast

from hepatica.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHUNK_BYTES = 1 << 22
# A table packed by gzip is rarely a thirtieth of itself. A file that unpacks to more than this is no table.
MOST_GAIN = 300
ALWAYS_UNPACKED = 1 << 26
# A file without these first bytes is taken for text; with them the remedy can be named.
FOREIGN_FORMATS = {
    b"PAR1": ("a Parquet file", "give it the ending .parquet"),
    b"PK\x03\x04": ("an Excel workbook or a ZIP archive", "save the sheet as CSV (UTF-8)"),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", "save the sheet as CSV (UTF-8)"),
    b"\x1f\x8b": ("a gzip file", "give it the ending .csv.gz"),
    b"SQLite format 3\x00": ("an SQLite database", "export the table as CSV"),
    b"%PDF": ("a PDF document", "export the table as CSV"),
}
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# How an encoding is declared, and Python's name of it.
ENCODINGS = {
    "utf-8": "utf-8",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "windows-1252": "cp1252",
    "latin-1": "latin-1",
    "windows-1250": "cp1250",
    "iso-8859-15": "iso8859-15",
}
SHOWN_ENCODINGS = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8 with BOM", "utf-16": "UTF-16", "cp1252": "Windows-1252"}
NEVER_IN_WINDOWS_1252 = frozenset(b"\x81\x8d\x8f\x90\x9d")
UTF_8_REMEDY = "save the file as CSV (UTF-8), or declare its encoding in hepatica.yaml"


@dataclass(frozen=True)
class TextFile:
    """A text file as it is: where it lies, what it is called in reports, its encoding and line ends."""

    path: Path
    name: str
    codec: str
    carriage_returns_only: bool = False
    notes: tuple[str, ...] = field(default_factory=tuple)

    @property
    def shown_encoding(self) -> str:
        """Return the encoding as a coordinator knows it."""
        return SHOWN_ENCODINGS.get(self.codec, self.codec)

    def chunks(self) -> Iterator[bytes]:
        """Yield the text as UTF-8 bytes without a byte-order mark, lines ended by newlines."""
        plain = self.codec == "utf-8"
        decode = codecs.getincrementaldecoder(self.codec)()
        for chunk in unpacked_chunks(self.path, self.name):
            text = chunk if plain else _recoded(decode, chunk, self.name, final=False)
            yield text.replace(b"\r", b"\n") if self.carriage_returns_only else text
        if not plain:
            yield _recoded(decode, b"", self.name, final=True)


def open_text(path: Path, name: str, declared: str | None = None) -> TextFile:
    """Return what a text file is written in, and say what had to be assumed.

    UTF-8 with or without a byte-order mark, and UTF-16 with one, are recognised. Anything else is read as Windows-1252
    with a note that names the first line concerned, unless the file's encoding was declared: then it is refused.

    Raises:
        SourceError: the file cannot be opened, is not text, or is not in the declared encoding.
    """
    head = _head(path, name)
    _refuse_foreign(head, name)
    marked = next((codec for mark, codec in BYTE_ORDER_MARKS.items() if head.startswith(mark)), None)
    codec = marked if declared is None or marked is not None else ENCODINGS[declared]
    if codec is None:
        codec = "utf-8"
    notes = []
    if marked is not None and declared is not None and not marked.startswith(declared[:6]):
        notes.append(
            f"{name}: declared {declared}, but its byte-order mark says {SHOWN_ENCODINGS[marked]}: read as that"
        )
    if "16" not in codec and _is_binary(head):
        raise SourceError(name, "holds zero bytes: not text, or UTF-16 without a byte-order mark", UTF_8_REMEDY)
    trouble = _first_undecodable(path, name, codec)
    if trouble is not None and (declared is not None or codec != "utf-8"):
        raise SourceError(f"{name}, line {trouble}", f"is not {SHOWN_ENCODINGS.get(codec, codec)}", UTF_8_REMEDY)
    if trouble is not None:
        codec = "cp1252"
        _refuse_if_not_windows_1252(path, name)
        notes.append(
            f"{name}: not UTF-8 (first seen on line {trouble}), read as Windows-1252; "
            "if names look wrong, declare the encoding in hepatica.yaml"
        )
    return TextFile(path, name, codec, _carriage_returns_only(head, codec), tuple(notes))


def unpacked_chunks(path: Path, name: str) -> Iterator[bytes]:
    """Yield the file's bytes, unpacked if it is gzipped.

    Raises:
        SourceError: the file cannot be read, is damaged, or unpacks beyond all reason.
    """
    unpacked = 0
    try:
        most = path.stat().st_size * MOST_GAIN + ALWAYS_UNPACKED
        with _opened(path) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                unpacked += len(chunk)
                if unpacked > most:
                    what = f"unpacks to more than {MOST_GAIN} times its size"
                    raise SourceError(name, what, "if that is right, unpack it and give the .csv file")
                yield chunk
    except (gzip.BadGzipFile, EOFError, zlib.error) as trouble:
        raise SourceError(name, f"the gzip file is damaged ({trouble})", "export it again") from trouble
    except OSError as trouble:
        what = trouble.strerror or str(trouble)
        raise SourceError(name, f"cannot be read ({what})", "check the file and its permissions") from trouble


def _opened(path: Path) -> IO[bytes]:
    if path.name.casefold().endswith(".gz"):
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return path.open("rb")


def _head(path: Path, name: str) -> bytes:
    """Return the file's first bytes (empty for an empty file)."""
    chunks = unpacked_chunks(path, name)
    head = next(chunks, b"")
    chunks.close()  # type: ignore[attr-defined]  # a generator: closes the file at once
    return head


def _refuse_foreign(head: bytes, name: str) -> None:
    for magic, (what, remedy) in FOREIGN_FORMATS.items():
        if head.startswith(magic):
            raise SourceError(name, f"is {what}, not a text table", remedy)


def _is_binary(head: bytes) -> bool:
    """Whether there are zero bytes in the first line or many later; a single one costs only its row."""
    return b"\0" in head.split(b"\n", 1)[0] or head.count(b"\0") * 20 > len(head)


def _first_undecodable(path: Path, name: str, codec: str) -> int | None:
    """Return the line of the first byte that the encoding cannot be, or None if all can be read."""
    decode = codecs.getincrementaldecoder(codec)()
    line = 1
    for chunk in unpacked_chunks(path, name):
        try:
            line += decode.decode(chunk).count("\n")
        except UnicodeDecodeError as trouble:
            return line + _newlines_before(trouble)
    try:
        decode.decode(b"", final=True)
    except UnicodeDecodeError as trouble:
        return line + _newlines_before(trouble)
    return None


def _newlines_before(trouble: UnicodeDecodeError) -> int:
    return trouble.object[: trouble.start].count(b"\n")


def _refuse_if_not_windows_1252(path: Path, name: str) -> None:
    line = 1
    for chunk in unpacked_chunks(path, name):
        if NEVER_IN_WINDOWS_1252.intersection(chunk):
            place = next(number for number, byte in enumerate(chunk) if byte in NEVER_IN_WINDOWS_1252)
            line += chunk[:place].count(b"\n")
            raise SourceError(f"{name}, line {line}", "is neither UTF-8 nor Windows-1252 text", UTF_8_REMEDY)
        line += chunk.count(b"\n")


def _recoded(decode: codecs.IncrementalDecoder, chunk: bytes, name: str, *, final: bool) -> bytes:
    try:
        return decode.decode(chunk, final).encode("utf-8")
    except UnicodeError as trouble:  # the file changed since it was opened
        raise SourceError(name, "changed while it was read", "read it again when it is complete") from trouble


def _carriage_returns_only(head: bytes, codec: str) -> bool:
    """Whether lines end as on old Macs: in a carriage return, with no newline anywhere near the start."""
    text = codecs.getincrementaldecoder(codec)().decode(head)
    return "\r" in text and "\n" not in text
