"""What the engine says, in the page's language: fixed words, and sentences whose every part is known. Else English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import takewhile
from typing import Final

from django.utils.formats import date_format, get_format
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext

from hepatica.registry.entry.labels import COLUMN_LABELS
from hepatica.registry.language.engine_words import CONTEXT, SENTENCES, fixed_words
from hepatica.report.wording import analyte_words

ENGLISH: Final = "en"
LONGEST: Final = 1_000  # no sentence of the engine is longer; somebody's own text may be
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER: Final = re.compile(r"[<>=≤≥]*-?\d[\d.,]*( ?%)?")
_DRUG: Final = re.compile(r"(?P<drug>[^\s;:,()+]+)( \((?P<why>[^()]+)\))?")
_PART: Final = re.compile(r"%\\\((\w+)\\\)s")
# How each kind of part is written in English; a name begins with its kind. A day or number may also be a word.
_KINDS: Final = {
    "day": r"\d{4}-\d{2}-\d{2}|[a-z]+",
    "number": rf"{_NUMBER.pattern}|[a-z]+",
    "code": r"[A-Z][A-Za-z0-9]*",
    "name": r"[^;]+?",
    "drugs": r"[^\s;:,()]+(?: \([^()]+\))?(?: ?\+ ?[^\s;:,()]+(?: \([^()]+\))?)*",
}
# A code of several words (not_applicable), or of an analyte (LEUKOCYTES).
_CODE: Final = re.compile(r"\b(?:[a-z]+(?:_[a-z]+)+|[A-Z][A-Z0-9_]{2,})\b")
_SENTENCE_END: Final = re.compile(r"(?<=\.) (?=[A-Z])")
# Several things in one part, the longest pause first; each is looked up by itself.
_PAUSES: Final = ("; ", ", ", " and ", " + ")


def said_in_language(words: object) -> SafeString:
    """Return what the engine says for a page in its language; what is not translated is marked as English."""
    if isinstance(words, Promise | SafeString):
        return conditional_escape(words)
    text = str(words)
    if get_language() == ENGLISH:
        return conditional_escape(in_plain_english(text))
    found = in_language(text)
    if found is not None:
        return conditional_escape(found)
    return format_html('<span lang="en">{}</span>', in_plain_english(text))


def in_plain_english(text: str) -> str:
    """Return the engine's English as people write it: no code of a column, an answer, a drug, or an analyte."""
    return str(COLUMN_LABELS[text]) if text in COLUMN_LABELS else _CODE.sub(lambda code: _plain(code[0]), text)


def _plain(code: str) -> str:
    spaced = code.replace("_", " ")
    return analyte_words().get(code) or (spaced if code in _words() or spaced in _words() else code)


def in_language(text: str) -> str | None:
    """Return words or sentences of the engine in the page's language; None where any part of them is not known."""
    if not re.search(r"[^\W\d_]", text):  # numbers, days, and signs are no words
        return _day(text) if _DAY.fullmatch(text) else text
    if len(text) > LONGEST:
        return None
    if text in COLUMN_LABELS:
        return str(COLUMN_LABELS[text])
    sentences = _SENTENCE_END.split(text)
    if len(sentences) == 1:
        return _several(text)
    known = [said for one in sentences if (said := _sentence(one)) is not None]
    return " ".join(known) if len(known) == len(sentences) else _word(text)


@cache
def _words() -> frozenset[str]:
    return frozenset(fixed_words())


@cache
def _forms() -> list[tuple[tuple[str, ...], re.Pattern[str], str]]:
    """Return each sentence with its fixed pieces and what finds it again; the most specific first."""
    pieces = {sentence: tuple(filter(None, re.split(r"%\(\w+\)s", sentence))) for sentence in SENTENCES}
    told = sorted(SENTENCES, key=lambda sentence: -sum(map(len, pieces[sentence])))
    return [(pieces[sentence], re.compile(_PART.sub(_group, re.escape(sentence))), sentence) for sentence in told]


def _group(part: re.Match[str]) -> str:
    kind = next((written for kind, written in _KINDS.items() if part[1].startswith(kind)), ".+?")
    return f"(?P<{part[1]}>{kind})"


def _word(text: str) -> str | None:
    """Return a word or code of the engine (`not_assessable`) that stands in its lists."""
    known = next((one for one in (text, text.replace("_", " ")) if one in _words()), None)
    return None if known is None else pgettext(CONTEXT, known)


def _sentence(text: str) -> str | None:
    """Return a sentence whose form is known and each of whose parts can be said."""
    for pieces, form, sentence in _forms():
        found = form.fullmatch(text) if all(piece in text for piece in pieces) else None
        if found is not None and (parts := _parts(found.groupdict())) is not None:
            return pgettext(CONTEXT, sentence) % parts
    return None


def _parts(found: dict[str, str]) -> dict[str, str] | None:
    said = {name: _part(name, text) for name, text in found.items()}
    return None if None in said.values() else {name: str(text) for name, text in said.items()}


def _part(name: str, text: str) -> str | None:
    """Return one part of a sentence by its kind, which its name begins with."""
    if name.startswith(("name", "code")):
        return _word(text) or text
    if name.startswith("number"):
        return _number(text) if _NUMBER.fullmatch(text) else _word(text)
    if name.startswith("day"):
        return _day(text) if _DAY.fullmatch(text) else _word(text)
    return _drugs(text) if name.startswith("drugs") else _several(text)


def _drugs(text: str) -> str | None:
    """Return drugs by their names in the language; one that has none there keeps its own."""
    said = []
    for one in re.split(r" ?\+ ?", text):
        drug = _DRUG.fullmatch(one)
        why = _word(drug["why"]) if drug is not None and drug["why"] else ""
        if drug is None or why is None:
            return None
        said.append((_word(drug["drug"]) or drug["drug"]) + (f" ({why})" if why else ""))
    return " + ".join(said)


def _several(text: str) -> str | None:
    """Return a part that is a word, a sentence, or several of them."""
    if (whole := _word(text) or _sentence(text)) is not None:
        return whole
    listed = next(_listed(text), None)
    # What has no small letter is an abbreviation: ALT, INR.
    return text if listed is None and not re.search(r"[a-z]", text) else listed


def _listed(text: str) -> Iterator[str]:
    """Yield several things in one part, each said; nothing as soon as one of them is not known."""
    for pause in _PAUSES:
        if pause in text:
            said = [one for one in takewhile(_known, map(_several, text.split(pause))) if one is not None]
            if len(said) == text.count(pause) + 1:
                yield (_word(pause) or pause).join(said)


def _known(said: str | None) -> bool:
    return said is not None


def _day(text: str) -> str:
    return date_format(date.fromisoformat(text), "SHORT_DATE_FORMAT")


def _number(text: str) -> str:
    """Return an English number (1,234.5) as the language writes it."""
    marks = {",": get_format("THOUSAND_SEPARATOR"), ".": get_format("DECIMAL_SEPARATOR")}
    return re.sub(r"(?<=\d)[.,](?=\d)", lambda mark: str(marks[mark[0]]), text)
