"""JSON documents read piece by piece: a bundle's entries come out one by one, numbers stay as they were written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hepatica.errors import SourceError
from hepatica.sources.fhir.streams import PIECE, Bytes, Text

# A longer resource holds pictures or documents. It is passed over, not held.
LONGEST_RESOURCE = 16 << 20
_BLANK = re.compile(r"[ \t\r\n]*")
_MARK = re.compile(r'["{}\[\]]')
_IN_STRING = re.compile(r'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_OF_A_NUMBER = re.compile(r"[0-9.eE+-]*\Z")
_HEAD = 4_000
_LONGEST_WORD = 12  # false, \\u00e9\\u00e9: how far before the end of what is held a word can begin that goes on
_TYPE = re.compile(r'"resourceType"\s*:\s*"([A-Za-z]{1,60})"')


class Number(str):
    """A JSON number exactly as it was written: 45.10 stays 45.10."""

    __slots__ = ()


@dataclass(frozen=True)
class TooLong:
    """A value that was passed over because it is too long to be held; `head` is how it begins."""

    head: str

    @property
    def resource_type(self) -> str | None:
        """Return what it says near its beginning that it is."""
        found = _TYPE.search(self.head)
        return found[1] if found else None


@dataclass
class Document:
    """What a document says besides its entries, known in full only after the entries were read."""

    header: dict[str, Any] = field(default_factory=dict)
    is_list: bool = False


def _refuse_constant(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


_DECODER = json.JSONDecoder(parse_float=Number, parse_int=Number, parse_constant=_refuse_constant)
# How JSON may write half of a sign (a lone surrogate), which no text can hold.
_HALF_SIGN = "\\ud"


def _may_go_on(trouble: ValueError, held: int) -> bool:
    """Whether a value could not be read only because the text that is held ends before it does."""
    if not isinstance(trouble, json.JSONDecodeError):
        return False
    return trouble.msg.startswith("Unterminated string") or trouble.pos >= held - _LONGEST_WORD


def parsed(text: str) -> Any:
    """Return one JSON value that is held whole, its numbers as written.

    Raises:
        ValueError: it is not JSON, or nested too deeply to be FHIR.
    """
    try:
        return _readable(_DECODER.decode(text), text)
    except RecursionError as trouble:
        raise ValueError("nested too deeply") from trouble


class Reader:
    """Reads one document (a bundle, a resource, a manifest) from a stream."""

    def __init__(self, stream: Bytes) -> None:
        self.text = Text(stream)
        self.document = Document()

    def entries(self) -> Iterator[Any]:
        """Yield the values of the top level's `entry` (or of a plain list); the rest goes into the header.

        Raises:
            SourceError: the document is not JSON, is cut off, or is nested too deeply.
        """
        sign = self._sign()
        if sign == "[":
            self.document.is_list = True
            yield from self._items()
        elif sign == "{":
            yield from self._members()
        else:
            raise self._fault("does not begin like JSON")
        if self._sign(needed=False) is not None:
            raise self._fault("goes on after its end")

    def _members(self) -> Iterator[Any]:
        sign = self._peek()
        while sign != "}":
            name = self._value()
            if not isinstance(name, str) or isinstance(name, Number) or self._sign() != ":":
                raise self._fault("is not JSON")
            if name == "entry" and self._peek() == "[":
                self._sign()
                yield from self._items()
            else:
                self.document.header[name] = self._value()
            sign = self._peek()
            if sign == ",":
                self._sign()
                sign = '"' if self._peek() == '"' else "bad"
            if sign not in ('"', "}"):
                raise self._fault("is not JSON")
        self._sign()

    def _items(self) -> Iterator[Any]:
        if self._peek() == "]":
            self._sign()
            return
        while True:
            yield self._value()
            sign = self._sign()
            if sign == "]":
                return
            if sign != ",":
                raise self._fault("is not JSON")

    def _peek(self) -> str:
        """Return the next sign without taking it."""
        sign = self._sign()
        self.text.at -= 1
        return sign or ""

    def _sign(self, *, needed: bool = True) -> str | None:
        """Take the next sign that is no blank; None at the end, if there may be one."""
        text = self.text
        while True:
            text.at = _end(_BLANK, text)
            if text.at < len(text.held):
                text.at += 1
                return text.held[text.at - 1]
            if not text.more():
                if needed:
                    raise self._fault("ends in the middle")
                return None

    def _value(self) -> Any:
        """Take the next value whole; what is too long to be held is passed over."""
        self._peek()
        text, size = self.text, PIECE
        while True:
            try:
                value, end = _DECODER.raw_decode(text.held, text.at)
                value = _readable(value, text.held[text.at : end])
            except RecursionError as trouble:
                raise self._fault("is nested too deeply to be FHIR") from trouble
            except ValueError as trouble:
                if not _may_go_on(trouble, len(text.held)):
                    raise self._fault("is not JSON") from trouble
                if text.ended:
                    raise self._fault("ends in the middle, or is not JSON") from trouble
            else:
                goes_on = isinstance(value, Number) and _OF_A_NUMBER.match(text.held, end)
                if not goes_on or text.ended:  # 1. may be the beginning of 1.5
                    text.at = end
                    return value
            if len(text.held) - text.at > LONGEST_RESOURCE:
                return self._passed_over()
            text.more(size)
            size *= 2

    def _passed_over(self) -> TooLong:
        """Pass over a value that is too long, holding only how it begins."""
        text, depth = self.text, 0
        if text.held[text.at] not in '"{[':  # a number of millions of digits
            raise self._fault("is not JSON")
        head = text.held[text.at : text.at + _HEAD]
        while True:
            mark = _MARK.search(text.held, text.at)
            text.at = mark.end() if mark else len(text.held)
            if mark is None:
                self._go_on()
                continue
            if mark[0] == '"':
                self._pass_string()
            else:
                depth += 1 if mark[0] in "{[" else -1
            if depth == 0:
                return TooLong(head)

    def _pass_string(self) -> None:
        text = self.text
        while True:
            text.at = _end(_IN_STRING, text)
            if text.at < len(text.held) and text.held[text.at] == '"':
                text.at += 1
                return
            self._go_on()  # a backslash at the end stays held

    def _go_on(self) -> None:
        if not self.text.more():
            raise self._fault("ends in the middle")

    def _fault(self, what: str) -> SourceError:
        place = f"{self.text.stream.shown}: character {self.text.place:,}"
        return SourceError(place, what, "export the file again; a part of a bundle is not read, so that none is missed")


def _end(pattern: re.Pattern[str], text: Text) -> int:
    """Return where a pattern ends that matches from here on."""
    found = pattern.match(text.held, text.at)
    return text.at if found is None else found.end()


@dataclass(frozen=True)
class Line:
    """One line of a bulk file: its resource, or why it is none."""

    number: int
    value: Any = None
    fault: str | None = None
    text: str = ""


def lines(stream: Bytes) -> Iterator[Line]:
    """Yield the resources of a bulk file (NDJSON) line by line; blank lines are passed over.

    Raises:
        SourceError: the file is damaged.
    """
    number = 0
    while raw := stream.line(LONGEST_RESOURCE):
        number += 1
        if len(raw) >= LONGEST_RESOURCE and not raw.endswith(b"\n"):
            while (rest := stream.line(PIECE)) and not rest.endswith(b"\n"):
                pass
            yield Line(number, TooLong(raw[:_HEAD].decode("utf-8", "replace")))
        elif raw.strip():
            yield _line(number, raw)


def _line(number: int, raw: bytes) -> Line:
    try:
        text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError:
        return Line(number, fault="not_utf8", text=raw[:_HEAD].decode("utf-8", "replace"))
    try:
        return Line(number, parsed(text.strip()))
    except ValueError:
        return Line(number, fault="not_json", text=text[:_HEAD])


def _readable(value: Any, text: str) -> Any:
    """Return a value with whole signs alone; nearly no text has others, and then nothing is looked through."""
    return _whole_signs(value) if _HALF_SIGN in text.casefold() else value


def _whole_signs(value: Any) -> Any:
    """Return a value in whose texts half signs are replaced by the mark of what cannot be read."""
    if isinstance(value, str) and not isinstance(value, Number):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_whole_signs(key): _whole_signs(inner) for key, inner in value.items()}
    return [_whole_signs(inner) for inner in value] if isinstance(value, list) else value
