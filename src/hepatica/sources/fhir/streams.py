"""A file's text piece by piece, plain or gzip, in bounded memory: what unpacks beyond all reason is refused."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from hepatica.errors import SourceError

PIECE = 1 << 20
# JSON of a hospital packs 10 to 60 times smaller. Beyond these a file is made to fill a disk, not to tell of patients.
MOST_GAIN = 300
SUSPECT_FROM = 512 << 20


class Bytes:
    """The bytes of one file, unpacked where it is gzip, counted on the way."""

    def __init__(self, path: Path, shown: str) -> None:
        self.shown = shown
        self.done = 0
        self._packed = path.stat().st_size
        self._file = _unpacked(path) if path.suffix.casefold() == ".gz" else path.open("rb")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def read(self, size: int = PIECE) -> bytes:
        """Return the next bytes, b"" at the end.

        Raises:
            SourceError: the file cannot be read, is cut off or damaged, or unpacks beyond all reason.
        """
        with readable(self.shown):
            piece = self._file.read(size)
        return self._counted(piece)

    def line(self, most: int) -> bytes:
        """Return the bytes up to and with the next line end, at most so many; b"" at the end."""
        with readable(self.shown):
            piece = self._file.readline(most)
        return self._counted(piece)

    def _counted(self, piece: bytes) -> bytes:
        self.done += len(piece)
        if self.done > max(SUSPECT_FROM, MOST_GAIN * self._packed):
            raise SourceError(
                self.shown,
                f"unpacks to more than {MOST_GAIN} times its size",
                "unpack it yourself and look at it first",
            )
        return piece


def _unpacked(path: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path))


@contextmanager
def readable(shown: str) -> Iterator[None]:
    """Turn what can go wrong in reading a file into an error with a remedy."""
    try:
        yield
    except EOFError as trouble:
        raise SourceError(shown, "ends in the middle of its packed content", "fetch the file again, whole") from trouble
    except (gzip.BadGzipFile, zlib.error) as trouble:
        raise SourceError(shown, "is not what gzip writes, or is damaged", "fetch the file again") from trouble
    except OSError as trouble:
        what = trouble.strerror or str(trouble)
        raise SourceError(shown, f"cannot be read ({what})", "check the file and its permissions") from trouble


@contextmanager
def opened(path: Path, shown: str) -> Iterator[Bytes]:
    """Open a file and close it at the end.

    Raises:
        SourceError: the file cannot be opened.
    """
    with readable(shown):
        stream = Bytes(path, shown)
    try:
        yield stream
    finally:
        stream.close()


class Text:
    """A file's text (UTF-8) as far as it has been asked for: `held` from `at` on is still to be read."""

    def __init__(self, stream: Bytes) -> None:
        self.stream = stream
        self.held = ""
        self.at = 0
        self.before = 0  # characters given up so far, for saying where something is wrong
        self.ended = False
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()

    @property
    def place(self) -> int:
        """Return how many characters of the file are behind."""
        return self.before + self.at

    def more(self, size: int = PIECE) -> bool:
        """Hold more text behind what is held; False at the end of the file.

        Raises:
            SourceError: the file is not UTF-8.
        """
        if self.ended:
            return False
        piece = self.stream.read(size)
        self.ended = not piece
        try:
            text = self._decoder.decode(piece, final=self.ended)
        except UnicodeDecodeError as trouble:
            raise SourceError(self.stream.shown, "is not UTF-8 text", "export it as UTF-8, as FHIR asks") from trouble
        self.held = self.held[self.at :] + text
        self.before += self.at
        self.at = 0
        return True
