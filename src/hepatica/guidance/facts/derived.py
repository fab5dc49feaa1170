"""What guidance reads of the derived tables beside the state: unbroken response, time on a line, open work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

# Results to save or to retrieve, by the kind of their items on the work list.
_OF_WORK = {"endpoint": "result_to_save", "retrieve": "result_to_retrieve"}


def derived(tables: Mapping[str, pl.DataFrame], base: pl.DataFrame, carry_days: int) -> Iterable[pl.LazyFrame]:
    """Yield what regimens, evaluations, and work list hold for guidance, one row per patient: patient_id and facts."""
    if not tables["evaluations"].is_empty():
        yield _unbroken_response(tables["evaluations"].lazy(), base.lazy(), carry_days)
    if not tables["regimens"].is_empty():
        yield _line_start(tables["regimens"].lazy())
    there = set(tables["worklist"]["kind"].unique())
    for kind, name in _OF_WORK.items():
        if kind in there:
            yield _work(tables["worklist"].lazy().filter(pl.col("kind") == kind), name)


def words_of_work() -> Iterable[pl.Expr]:
    """Yield whether something is open."""
    # The work list is complete: what is not on it is not open.
    for name in _OF_WORK.values():
        yield pl.when(pl.col(name).is_not_null()).then(pl.lit("yes")).otherwise(pl.lit("no")).alias(f"{name}_open")


def _unbroken_response(evaluations: pl.LazyFrame, base: pl.LazyFrame, carry_days: int) -> pl.LazyFrame:
    """Return since when a response that holds now is unbroken: no evaluation out of it, no gap in the results.

    Any evaluation out of CBR ends it, confirmed or not. Before a gap that is longer than a status is carried forward
    nothing is known, so the response has lasted at least from the end of the gap (comparator >=).
    """
    known = evaluations.filter(pl.col("cbr").is_in(["yes", "no"]))
    out = known.filter(pl.col("cbr") == "no").group_by("patient_id").agg(out=pl.col("date").max())
    held = base.filter(pl.col("in_cbr") == "yes").select("patient_id")
    run = (
        known.filter(pl.col("cbr") == "yes")
        .join(held, on="patient_id", how="semi")
        .join(out, on="patient_id", how="left")
        .filter(pl.col("out").is_null() | (pl.col("date") > pl.col("out")))
        .sort("patient_id", "date")
    )
    gap = (pl.col("date") - pl.col("date").shift(1).over("patient_id")).dt.total_days() > carry_days
    # The first evaluation of a run has none before it: no gap.
    counted = run.with_columns(gap=gap.fill_null(value=False)).with_columns(
        gaps=pl.col("gap").cum_sum().over("patient_id")
    )
    last = counted.filter(pl.col("gaps") == pl.col("gaps").max().over("patient_id"))
    begins = last.group_by("patient_id").agg(cbr_since=pl.col("date").min(), gaps=pl.col("gaps").first())
    return begins.select(
        "patient_id", "cbr_since", cbr_since_comparator=pl.when(pl.col("gaps") > 0).then(pl.lit(">="))
    )  # fmt: skip


def _line_start(regimens: pl.LazyFrame) -> pl.LazyFrame:
    """Return the highest line of therapy so far, and since when it was last entered, whatever changed within it.

    Who goes back to an earlier line has had the later one: it is not offered again as if it were new.
    """
    ordered = regimens.filter(pl.col("line").is_not_null()).sort("patient_id", "regimen_no")
    changed = pl.col("line").ne_missing(pl.col("line").shift(1)).over("patient_id")
    numbered = ordered.with_columns(run=changed.cum_sum().over("patient_id"))
    highest = numbered.filter(pl.col("line") == pl.col("line").max().over("patient_id"))
    last = highest.filter(pl.col("run") == pl.col("run").max().over("patient_id"))
    return last.group_by("patient_id").agg(
        line_reached=pl.col("line").first().cast(pl.Float64), line_start=pl.col("start").min()
    )


def _work(rows: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """Return each patient's first item of a kind: what, why, from when, by when."""
    first = rows.sort("by", "what").unique("patient_id", keep="first")
    return first.select(
        "patient_id",
        pl.col("what").alias(name),
        pl.col("why").alias(f"{name}_why"),
        pl.col("from").alias(f"{name}_from"),
        pl.col("by").alias(f"{name}_by"),
    )
