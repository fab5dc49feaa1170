"""The words of `words.yaml`: how centres say what a choice, a result, or a route is."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl
import yaml

from hepatica.record.reasons import PROBLEM
from hepatica.record.tables import YES_NO, Column
from hepatica.vocabulary import route_words

_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def words() -> dict[str, Any]:
    """Return the content of the words file."""
    text = (files(__package__) / "words.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader either way
    return content


def plain(word: str) -> str:
    """Return a word as it is compared: lower case, blanks, hyphens and underscores alike."""
    return re.sub(r"[\s_-]+", " ", word.lower()).strip()


def plainly(text: pl.Expr) -> pl.Expr:
    """Return texts as they are compared, see `plain`."""
    return text.str.to_lowercase().str.replace_all(r"[\s_-]+", " ").str.strip_chars()


def synonyms(column: Column) -> dict[str, str]:
    """Return every word that is understood in a choice column, with the choice that it means."""
    name = "yes_no" if column.choices == YES_NO else column.name
    known = {plain(choice): choice for choice in column.choices}
    if "unknown" in column.choices:
        known |= {plain(word): "unknown" for word in words()["unknown"]}
    for choice, spellings in words()["choices"][name].items():
        known |= {plain(word): choice for word in spellings}
    if name == "route":
        known |= {plain(word): route for word, route in route_words().select("word", "route").iter_rows()}
    return known


@cache
def result_words() -> dict[str, str]:
    """Return every word that laboratories write for a positive or negative result."""
    return {plain(word): result for result, spellings in words()["results"].items() for word in (result, *spellings)}


def read_choices(texts: pl.Series, column: Column) -> pl.DataFrame:
    """Return for each text the choice it means and, if none, the problem: choice, problem.

    A word for "unknown" in a column that has no such choice counts as an empty cell.
    """
    known, choice_type = _known_choices(column)
    # A choice has a handful of spellings: looking them up one by one takes a tenth of what an expression takes.
    said = [plain(text) if text is not None else "" for text in texts.to_list()]
    choices = [known.get(word) for word in said]
    problems = ["unknown_word" if word and word not in known else None for word in said]
    return pl.DataFrame(
        [pl.Series("choice", choices, dtype=choice_type), pl.Series("problem", problems, dtype=PROBLEM)]
    )


@cache
def _known_choices(column: Column) -> tuple[dict[str, str | None], pl.Enum]:
    """Return every word that is understood in a choice column with its choice, None for no choice, and their type."""
    nothing = dict.fromkeys(plain(word) for word in ("unknown", *words()["unknown"]))
    return {**nothing, **synonyms(column)}, pl.Enum(column.choices)
