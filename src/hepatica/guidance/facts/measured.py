"""Results of the record as findings: which of several counts, in which window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from hepatica.guidance.files import own_file

# Of two results of one day the highest counts, as in the state.
_WITHIN_A_DAY = ("x_uln", "value", "comparator", "text", "unit")
_BELOW = ("<", "<=")


def measured(measurements: pl.DataFrame, base: pl.DataFrame) -> Iterable[pl.LazyFrame]:
    """Yield, for each result of facts.yaml that is there, patient_id with value, comparator, and day.

    `base` has patient_id, as_of, index_date.
    """
    said = own_file("facts/facts.yaml")
    entries = {**said["measured"], **said["antibodies"]}
    wanted = sorted({entry["analyte"] for entry in entries.values()})
    rows = (
        measurements.lazy()
        .filter(pl.col("analyte").is_in(wanted))
        .select("patient_id", "date", "analyte", *_WITHIN_A_DAY)
        .join(base.lazy(), on="patient_id")
        .filter(pl.col("date") <= pl.col("as_of"))
        .collect()
    )
    rises = last_rise(rows)
    began = rows.join(rises, on="patient_id", how="left")
    windows = pl.collect_all([_nearest(began.lazy(), name, limits) for name, limits in said["windows"].items()])
    for window, chosen in zip(said["windows"], windows, strict=True):
        there = _analytes(chosen)
        for name, entry in said["measured"].items():
            if entry["window"] == window and entry["analyte"] in there:
                yield _columns(name, entry["take"], chosen.lazy().filter(pl.col("analyte") == entry["analyte"]))
    yield rises.lazy()
    there = _analytes(rows)
    for name, entry in said["antibodies"].items():
        if entry["analyte"] in there:
            # Filtered first: Polars cannot put texts together where its stream brings a part without rows.
            yield _antibody(name, entry["take"], rows.filter(pl.col("analyte") == entry["analyte"]).lazy())


def _analytes(rows: pl.DataFrame) -> set[str]:
    return set(rows["analyte"].unique())


def last_rise(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the day on which each patient's ALT left its normal range last; nobody whose latest ALT is normal."""
    alt = rows.lazy().filter(pl.col("analyte") == "ALT")
    below, above = pl.col("comparator").is_in(_BELOW), pl.col("comparator").is_in((">", ">="))
    # A result that is a bound counts where the whole of what it may be is normal, or raised.
    normal = (pl.col("x_uln") <= 1) & ~above.fill_null(value=False)  # an exact result has no comparator
    raised = (pl.col("x_uln") > 1) & ~below.fill_null(value=False)  # the same
    last_normal = alt.filter(normal).group_by("patient_id").agg(last_normal=pl.col("date").max())
    after = alt.filter(raised).join(last_normal, on="patient_id", how="left")
    later = pl.col("last_normal").is_null() | (pl.col("date") > pl.col("last_normal"))
    return after.filter(later).group_by("patient_id").agg(rise_date=pl.col("date").min()).collect()


def _nearest(rows: pl.LazyFrame, window: str, limits: Mapping[str, int]) -> pl.LazyFrame:
    """Return the row of each patient and analyte that counts in a window."""
    anchor = {"latest": pl.col("as_of"), "at_rise": pl.col("rise_date")}.get(window, pl.col("index_date"))
    if window == "before_treatment":
        # Who was never treated is judged up to now; an index date that is missing means no treatment.
        anchor = pl.coalesce("index_date", "as_of")
    dated = rows.with_columns(day=(pl.col("date") - anchor).dt.total_days()).filter(pl.col("day").is_not_null())
    if limits:
        dated = dated.filter(pl.col("day").is_between(limits["from"], limits["to"]))
    away = (pl.col("day") - limits.get("near", 0)).abs()
    ordered = dated.sort(-away, -pl.col("day"), *_WITHIN_A_DAY, nulls_last=False)
    return ordered.unique(["patient_id", "analyte"], keep="last", maintain_order=True)


def _columns(name: str, take: str, rows: pl.LazyFrame) -> pl.LazyFrame:
    date = pl.col("date").alias(f"{name}_date")
    if take == "word":
        return rows.select("patient_id", presence().alias(name), date).filter(pl.col(name).is_not_null())
    if take == "titre":
        # A word that no number stands behind: negative is below every titre, positive is any.
        rows = rows.with_columns(titre=pl.when(pl.col("text") == "negative").then(0.0).otherwise(pl.col("value")))
    known = rows.filter(pl.col(take).is_not_null())
    return known.select(
        "patient_id",
        pl.col(take).alias(name),
        pl.col("comparator").cast(pl.String).alias(f"{name}_comparator"),
        pl.col("unit").alias(f"{name}_unit"),
        date,
    )


def presence() -> pl.Expr:
    """Return positive or negative: as it was said, else by the laboratory's own scale ("<15", "1:40"), else null."""
    said, number = pl.col("text"), pl.col("value")
    return (
        pl.when(said.is_in(["positive", "negative"]))
        .then(said)
        .when(pl.col("comparator").is_in(_BELOW) | (number == 0))
        .then(pl.lit("negative"))
        .when(number.is_not_null() & (said.is_not_null() | pl.col("analyte").is_in(["HCV_RNA"])))
        .then(pl.lit("positive"))
    )


def _antibody(name: str, take: str, rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return each patient's highest result of an antibody; negative only where it was so before treatment."""
    word = presence()
    # An untreated patient has no day after which a negative result no longer tells.
    before = pl.col("index_date").is_null() | (pl.col("date") <= pl.col("index_date"))
    found = rows.with_columns(word=word, titre=_titre()).filter(pl.col("word").is_not_null())
    counted = found.filter((pl.col("word") == "positive") | before)
    highest = counted.sort("word", "value", "date", nulls_last=False).unique("patient_id", keep="last")
    # A result that is no titre is the word that the laboratory gave.
    value = pl.coalesce("titre", "word") if take == "titre" else pl.col("word")
    return highest.select("patient_id", value.alias(name), pl.col("date").alias(f"{name}_date"))


def _titre() -> pl.Expr:
    """Return a titre as scores take it: 1:80, <1:40."""
    sign = pl.col("comparator").cast(pl.String).fill_null("")  # an exact titre has no sign
    number = pl.col("value").cast(pl.Int64).cast(pl.String)
    return pl.when(pl.col("value").is_not_null()).then(pl.format("{}1:{}", sign, number))
