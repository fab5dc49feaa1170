"""Laboratory results as written: numbers, censored numbers (<30), titres (1:80 speckled), positive and negative."""

from __future__ import annotations

import polars as pl

from hepatica.record.distinct import Distinct, as_text, nothing, only_at, trimmed
from hepatica.record.numbers import finite, finite_column, number_problem, plainly_cast, to_number
from hepatica.record.reasons import PROBLEM
from hepatica.record.words import plainly, result_words, words

COMPARATOR = pl.Enum(["<", "<=", ">", ">="])
FORM = pl.Enum(["number", "titre", "word"])
_SIGNS = {"≤": "<=", "≥": ">=", "=<": "<=", "=>": ">=", "＜": "<", "＞": ">", "−": "-", "\u00a0": " ", "\u202f": " "}
_LEADING = r"^(?:(?i:positive|positiv|positif|pos)\.?[ :,]*)?(<=|>=|<|>)?\s*"
_TITRE = _LEADING + r"1\s*[:/]\s*([0-9]{1,3}(?:[,.'’ ][0-9]{3})+|[0-9]+)(?:\s*[,;(]?\s*(\p{L}[^0-9]*?)\)?)?$"
_CENSORED = r"^(<=|>=|<|>)\s*"


def read_results(texts: pl.Series, *, decimal_comma: bool) -> pl.DataFrame:
    """Return for each text what it says: number, comparator, word (positive, 1:80 speckled), form, problem.

    `off_steps` is true for a titre that is no step of the usual dilution series.
    """
    text, number, titre = pl.col("text"), pl.col("number"), pl.col("titre")
    bare = text.str.replace(_CENSORED, "")
    parts = text.str.extract_groups(_TITRE)
    frame = (
        pl.DataFrame({"text": trimmed(_with_usual_signs(texts))})
        .with_columns(
            number=to_number(bare, decimal_comma=decimal_comma),
            titre=_titre_number(parts.struct[1]),
            pattern=parts.struct[2].str.strip_chars(),
            comparator=pl.coalesce(parts.struct[0], text.str.extract(_CENSORED)).cast(COMPARATOR),
            word=plainly(text).replace_strict(result_words(), default=None, return_dtype=pl.String),
        )
        # "1:0" is no titre, and "1:40 negative" says two things.
        .with_columns(
            titre=pl.when((titre > 0) & ~pl.col("pattern").str.contains(r"(?i)neg|not ").fill_null(value=False)).then(
                "titre"
            )
        )
    )
    problem = number_problem(bare, number, decimal_comma=decimal_comma, otherwise="not_a_result")
    understood = titre.is_not_null() | pl.col("word").is_not_null()
    return frame.select(
        number=pl.coalesce("titre", finite(number)),
        comparator=pl.when(titre.is_not_null() | number.is_finite()).then("comparator"),
        word=pl.coalesce(_titre_text(titre, pl.col("pattern")), "word"),
        form=pl.when(titre.is_not_null())
        .then(pl.lit("titre", FORM))
        .when(number.is_finite())
        .then(pl.lit("number", FORM))
        .when(pl.col("word").is_not_null())
        .then(pl.lit("word", FORM)),
        problem=pl.when(~understood).then(problem),
        off_steps=_off_the_steps(titre),
    )


def result_column(cells: pl.Series, *, decimal_comma: bool) -> pl.DataFrame:
    """Return a column of results, see `read_results`. Plain numbers are read by a plain cast."""
    if cells.dtype.is_numeric():
        number, problem = finite_column(cells)
        return _numbers_only(number).with_columns(problem=problem)
    if isinstance(cells.dtype, pl.Enum):  # each different text once
        listed = Distinct.of(cells)
        return pl.DataFrame(listed.spread_all(result_column(listed.texts, decimal_comma=decimal_comma)))
    texts = as_text(cells, cells.name)
    number, left = plainly_cast(texts, decimal_comma=decimal_comma)
    if not left.len():
        return _numbers_only(number)
    found = Distinct.of(texts.gather(left))
    read = pl.DataFrame(found.spread_all(read_results(found.texts, decimal_comma=decimal_comma)))
    if left.len() == number.len():
        return read
    plain = pl.when(number.is_not_null()).then(pl.lit("number", FORM)).alias("form")
    return pl.DataFrame(
        [
            number.scatter(left, read["number"]).alias("number"),
            pl.select(plain)["form"].scatter(left, read["form"]),
            *(
                only_at(left, read[name], number.len()).alias(name)
                for name in ("comparator", "word", "problem", "off_steps")
            ),
        ]
    )


def _off_the_steps(titre: pl.Expr) -> pl.Expr:
    """Return whether a titre is no step of the usual dilution series (source: titre_steps in words.yaml)."""
    steps = words()["titre_steps"]
    doubled = [(titre / first).log(2) for first in steps["doubled_from"]]
    decades = [(titre / first).log(10) for first in steps["decades_from"]]
    return ~pl.any_horizontal((power - power.round()).abs() < 1e-9 for power in (*doubled, *decades))


def _numbers_only(number: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"number": number}).with_columns(
        comparator=nothing(number.len(), COMPARATOR),
        word=nothing(number.len(), pl.String()),
        form=pl.when(pl.col("number").is_not_null()).then(pl.lit("number", FORM)),
        problem=nothing(number.len(), PROBLEM),
        off_steps=nothing(number.len(), pl.Boolean()),
    )


def _with_usual_signs(texts: pl.Series) -> pl.Series:
    return texts.str.replace_many(list(_SIGNS), list(_SIGNS.values()))


def _titre_number(digits: pl.Expr) -> pl.Expr:
    """Return a titre's number: whatever parts its thousands (10,240), it is a whole number."""
    return digits.str.replace_all(r"[^0-9]", "").cast(pl.Float64, strict=False)


def _titre_text(titre: pl.Expr, pattern: pl.Expr) -> pl.Expr:
    """Return a titre as text, 1:80 or 1:80 speckled."""
    number = (
        pl.when(titre < 2**53).then(titre.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(titre.cast(pl.String))
    )
    return pl.when(titre.is_not_null()).then(
        pl.concat_str(pl.lit("1:"), number, pl.concat_str(pl.lit(" "), pattern), ignore_nulls=True)
    )
