"""Treatment episodes: the first line, and each later drug of a higher tier, with what failed before it."""

from __future__ import annotations

import polars as pl

from hepatica.course import definitions, protocol
from hepatica.studies.cohort import Cohort
from hepatica.studies.exposures import FOR_AIH, FOR_OTHER, exposures
from hepatica.vocabulary import drugs

# What ended within so many days before or after the start of a treatment is what it replaced.
REPLACED_BEFORE, REPLACED_AFTER = 92, 42
NOTHING_STOPPED = "added, nothing stopped"


def episodes(cohort: Cohort, patients: pl.DataFrame) -> pl.DataFrame:
    """Return a row per treatment episode of the patients (patient_id, index_date), in order of time.

    patient_id, index_date, episode_no, given_for, line (1, 2, 3), treatment, start, end (null while it goes on),
    stop_reason (null while it goes on), reason_before (why what it replaced had ended; null on the first line).
    The first line is what began within the definition set's initial days. A later episode is the first exposure to a
    drug of tier 2 or 3; an episode ends with the next one, or with its last drug.
    """
    taken = exposures(cohort).join(patients.select("patient_id", "index_date"), on="patient_id")
    first, later = _first_line(cohort, taken), _later(cohort, taken)
    both = pl.concat([first, later], how="vertical").sort("patient_id", "given_for", "start", "treatment")
    return _ended(both).with_columns(
        episode_no=pl.int_range(1, pl.len() + 1).over("patient_id", "given_for").cast(pl.Int64)
    )


def _initial(cohort: Cohort) -> pl.Expr:
    """Return whether an exposure began with the first line."""
    days = (pl.col("start") - pl.col("index_date")).dt.total_days()
    return days.is_between(0, definitions(cohort.definitions).initial_days)


def _first_line(cohort: Cohort, taken: pl.DataFrame) -> pl.DataFrame:
    immunosuppressants = [name for name, drug in drugs().items() if drug.immunosuppressant]
    mine = taken.filter((pl.col("given_for") == FOR_AIH) & pl.col("drug").is_in(immunosuppressants) & _initial(cohort))
    return mine.group_by("patient_id", "index_date", "given_for").agg(
        line=pl.lit(1, dtype=pl.Int64),
        treatment=pl.col("drug").unique().sort().str.join("+"),
        start=pl.col("start").min(),
        end=pl.when(pl.col("end").is_null().any()).then(None).otherwise(pl.col("end").max()),
        stop_reason=pl.when(pl.col("end").is_null().any())
        .then(None)
        .otherwise(pl.col("stop_reason").get(pl.col("end").arg_max())),
        reason_before=pl.lit(None, dtype=pl.String),
    )


def _later(cohort: Cohort, taken: pl.DataFrame) -> pl.DataFrame:
    tiers = protocol(cohort.protocol).tiers
    line = pl.col("drug").replace_strict(tiers, default=None, return_dtype=pl.Int64)
    fresh = (pl.col("exposure_no") == 1) & (line >= 2) & ((pl.col("start") > pl.col("index_date")) & ~_initial(cohort))
    other = (pl.col("given_for") == FOR_OTHER) & (pl.col("exposure_no") == 1) & (line >= 2)
    mine = taken.filter(((pl.col("given_for") == FOR_AIH) & fresh) | other).with_columns(line=line)
    return _with_reason(mine, taken).select(
        "patient_id", "index_date", "given_for", "line", pl.col("drug").alias("treatment"), "start", "end",
        "stop_reason", "reason_before",
    )  # fmt: skip


def _with_reason(mine: pl.DataFrame, taken: pl.DataFrame) -> pl.DataFrame:
    """Return the episodes with the reason for which what they replaced had ended.

    Of several drugs that ended then, one that is no steroid tells it, and a reason that is recorded before none.
    """
    steroids = [name for name, drug in drugs().items() if drug.drug_class == "glucocorticoid"]
    ended = taken.filter((pl.col("given_for") == FOR_AIH) & pl.col("end").is_not_null()).select(
        "patient_id", before="drug", ended="end", why="stop_reason"
    )
    near = (pl.col("ended") - pl.col("start")).dt.total_days().is_between(-REPLACED_BEFORE, REPLACED_AFTER)
    found = (
        mine.select("patient_id", "drug", "given_for", "start")
        .join(ended, on="patient_id")
        .filter(near & (pl.col("before") != pl.col("drug")))
        .sort(
            pl.col("before").is_in(steroids),
            pl.col("why") == "unknown",
            (pl.col("ended") - pl.col("start")).dt.total_days().abs(),
            "before",
        )
        .unique(["patient_id", "drug", "given_for"], keep="first", maintain_order=True)
        .select("patient_id", "drug", "given_for", reason_before="why")
    )
    # Nothing that ended near it: the treatment was added, which is another thing than an unknown reason.
    return mine.join(found, on=["patient_id", "drug", "given_for"], how="left").with_columns(
        pl.col("reason_before").fill_null(NOTHING_STOPPED)
    )


def _ended(both: pl.DataFrame) -> pl.DataFrame:
    """Return the episodes cut where the next one begins; the reason is then why the next one was begun."""
    group = ["patient_id", "given_for"]
    upcoming, why = pl.col("start").shift(-1).over(group), pl.col("reason_before").shift(-1).over(group)
    cut = upcoming.is_not_null() & (pl.col("end").is_null() | (upcoming <= pl.col("end")))
    return both.with_columns(
        end=pl.when(cut).then(upcoming).otherwise(pl.col("end")),
        stop_reason=pl.when(cut).then(why).otherwise(pl.col("stop_reason")),
    )
