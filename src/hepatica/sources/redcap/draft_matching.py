"""What a field of a project most likely is, and how sure that is: by its annotation, name, label, and choices."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import polars as pl
import yaml

from hepatica.record import TABLES
from hepatica.record.words import plain, result_words, synonyms
from hepatica.vocabulary import analyte_codes, analytes, drug_names, unit_conversions, unit_spelling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hepatica.sources.redcap.dictionary import Dictionary, Field

# A shorter name alone (ap, af) may be many things.
SHORTEST_SURE_NAME = 3
_LOINC = re.compile(r"(?i)\bloinc[:\s]*([0-9]{1,7}-[0-9])\b")
_BRACKETS = re.compile(r"[(\[]([^()\[\]]+)[)\]]")
_AFTER_COMMA = re.compile(r",\s*([^,]+)$")
_HTML = re.compile(r"<[^>]{1,200}>")
NUMERIC = ("text", "calc", "slider")


@dataclass(frozen=True)
class Analyte:
    """Which analyte a field may be, the unit in its label, the neighbours that give unit and limits, and any doubt."""

    code: str
    unit: str | None
    parts: Mapping[str, str]
    values: Mapping[str, str] = field(default_factory=dict)
    doubt: str = ""


@cache
def draft_words() -> dict[str, Any]:
    """Return the words by which projects call the fields of patients, dates, treatments, events, and biopsies."""
    text = (files(__package__) / "draft_words.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return content


def called(one: Field) -> list[str]:
    """Return what a field is called, as words are compared: its name, and its label without brackets and markup."""
    label = _HTML.sub(" ", one.label)
    bare = _BRACKETS.sub(" ", label)
    texts = [one.name, label, bare, bare.rstrip(" :?.*"), _AFTER_COMMA.sub("", bare)]
    return list(dict.fromkeys(plain(text) for text in texts if plain(text)))


def is_called(one: Field, spellings: list[str]) -> bool:
    """Whether a field has one of some names, by its name or its label."""
    known = {plain(spelling) for spelling in spellings}
    return not known.isdisjoint(called(one))


def values_of(one: Field, table: str, column: str) -> tuple[dict[str, str], list[str]]:
    """Return what each code of a field means in a choice column by its label, and the codes that remain unclear."""
    known = synonyms(next(each for each in TABLES[table].columns if each.name == column))
    return _translated(one, known)


def _translated(one: Field, known: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    found = {code: known[plain(label)] for code, label in one.choices.items() if plain(label) in known}
    return found, [f"{code} ({label})" for code, label in one.choices.items() if code not in found]


def drugs_of(one: Field) -> tuple[dict[str, str], list[str]]:
    """Return which drug each code of a field is by its label, and the codes whose label is no drug that we know."""
    known = dict(drug_names().select("key", "drug").rows())
    return _translated(one, {plain(key): drug for key, drug in known.items()})


def analyte_of(one: Field, dictionary: Dictionary) -> Analyte | None:
    """Return which analyte a field may be, None if nothing about it says so."""
    code, doubt = _code_of(one)
    if code is None:
        return None
    kind = analytes()[code].kind
    if one.kind in ("radio", "dropdown", "yesno"):
        values, unclear = _translated(one, result_words())
        if kind == "quantity" or not values:
            return None
        doubt = doubt or (f"these choices are no result: {', '.join(unclear)}" if unclear else "")
        return Analyte(code, None, {}, values, doubt)
    if one.kind not in NUMERIC or one.is_date:
        return None
    unit, parts = _unit_of(one, code), _parts(one, dictionary)
    if kind == "quantity" and unit is None and "unit_column" not in parts:
        doubt = doubt or f"its unit is not known; {code} is accepted in {', '.join(_accepted(code)[:6])}"
    return Analyte(code, unit, parts, {}, doubt)


def _code_of(one: Field) -> tuple[str | None, str]:
    """Return the analyte's code and what makes it doubtful."""
    keys = dict(analyte_codes().rows())
    for text in (one.annotation, one.note, one.label):
        for number in _LOINC.findall(text):
            if f"loinc:{number}" in keys:
                return keys[f"loinc:{number}"], ""
    by_word = {plain(key): code for key, code in keys.items()}
    named = [by_word[word] for word in called(one) if word in by_word]
    if named:
        label_says = any(word in by_word for word in called(one)[1:])
        short = len(plain(one.name)) < SHORTEST_SURE_NAME and not label_says
        doubt = "its name alone may mean something else" if short else ""
        if len(set(named)) > 1:
            doubt = f"its name says {named[0]}, its label {named[-1]}"
        return named[0], doubt
    parts = [part for part in plain(one.name).split() if len(part) >= SHORTEST_SURE_NAME and part in by_word]
    if parts:
        return by_word[parts[0]], f"only a part of its name says {by_word[parts[0]]}"
    return None, ""


def _unit_of(one: Field, code: str) -> str | None:
    """Return the unit that a label or note names, if the analyte is accepted in it."""
    candidates: list[str] = [found for text in (one.label, one.note) for found in _BRACKETS.findall(text)]
    candidates += [found for text in (one.label, one.note) for found in _AFTER_COMMA.findall(text)] + [one.note]
    accepted = set(_accepted(code))
    spelled = pl.DataFrame({"unit": candidates}, schema={"unit": pl.String}).select(unit_spelling(pl.col("unit")))
    for text, spelling in zip(candidates, spelled["unit"].to_list(), strict=True):
        if spelling in accepted and text.strip():
            return text.strip()
    return "1" if analytes()[code].units == ("1",) else None


def _accepted(code: str) -> list[str]:
    return unit_conversions().filter(analyte=code)["spelling"].to_list()


def _parts(one: Field, dictionary: Dictionary) -> dict[str, str]:
    """Return the fields beside a result that hold its unit and limits, by how they are named."""
    endings = {
        "unit_column": ("unit", "units"),
        "lower_limit_column": ("lln", "lower", "low", "lower_limit"),
        "upper_limit_column": ("uln", "upper", "high", "upper_limit", "oberer_grenzwert"),
    }
    return {
        key: f"{one.name}_{ending}"
        for key, names in endings.items()
        for ending in names
        if f"{one.name}_{ending}" in dictionary.fields
    }
