"""The patients whose numbers are compared with R: public trials where they are, invented ones always; in one shape."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from hepatica.synthetic import synthesize

ROOT = Path(__file__).resolve().parents[2]
MONTHS_6 = 183


@dataclass(frozen=True)
class Patients:
    """A cohort in the referee's shape: time, event, cause, group, strata, x1.., treated, outcome, scores, weight."""

    name: str
    frame: pl.DataFrame
    covariates: tuple[str, ...]
    tau: float

    def question(self) -> dict[str, object]:
        """The same as JSON."""
        columns = {name: self.frame[name].to_list() for name in self.frame.columns}
        return {"columns": columns, "covariates": list(self.covariates), "tau": self.tau}


def fixtures() -> Path | None:
    """The folder of the public fixtures, if this machine has it."""
    folder = Path(os.environ.get("HEPATICA_FIXTURES", ROOT.parent / "shared" / "fixtures"))
    return folder if folder.is_dir() else None


@cache
def cohorts() -> dict[str, Patients]:
    """All cohorts of this machine, by name."""
    invented = _synthetic()
    found = {"synthetic": invented, "synthetic in years": _tied(invented)}
    folder = fixtures()
    if folder is not None and (folder / "kirk1980.csv").is_file():
        found["kirk1980"] = _kirk(folder / "kirk1980.csv")
    if folder is not None and (folder / "pbc" / "pbc.csv").is_file():
        found["pbc"] = _pbc(folder / "pbc" / "pbc.csv")
    return found


@cache
def stretches() -> dict[str, pl.DataFrame]:
    """Cohorts with covariates that change: one row per stretch (start, stop], with id, event, x1, x2, strata."""
    found = {"synthetic": _cirrhosis_in_time()}
    folder = fixtures()
    if folder is not None and (folder / "pbc" / "pbcseq.csv").is_file():
        found["pbcseq"] = _pbcseq(folder / "pbc" / "pbcseq.csv")
    return found


@cache
def _truth() -> pl.DataFrame:
    with tempfile.TemporaryDirectory() as folder:
        made = synthesize(patients=1200, seed=11, centres=9, out=Path(folder) / "cohort")
        return pl.read_csv(made.truth["patients"], infer_schema_length=None, try_parse_dates=True)


def _days(column: str) -> pl.Expr:
    return (pl.col(column) - pl.col("index_date")).dt.total_days()


def _synthetic() -> Patients:
    """From the six-month landmark: death and transplant, by complete response."""
    assessed = _truth().filter(pl.col("true_cbr_by_6_months").is_in(["achieved", "not_achieved"]))
    end = pl.min_horizontal(_days("last_day"), _days("transplant_date"), _days("death_date"))
    died, grafted = (_days(name) == pl.col("end") for name in ("death_date", "transplant_date"))
    frame = (
        assessed.with_columns(end=end)
        .filter(pl.col("end") > MONTHS_6)
        .with_columns(
            cause=pl.when(grafted)
            .then(pl.lit("transplant"))
            .when(died)
            .then(pl.lit("death"))
            .otherwise(pl.lit("censored"))
        )
        .select(
            id="patient_id",
            time=(pl.col("end") - MONTHS_6).cast(pl.Float64),
            event=(pl.col("cause") == "death").cast(pl.Int64),
            cause="cause",
            group="true_cbr_by_6_months",
            strata="sex",
            cluster="centre",
            x1=pl.col("age_at_diagnosis"),
            x2=(pl.col("cirrhosis_at_diagnosis") == "yes").cast(pl.Float64),
            x3=pl.col("igg_xuln"),
            treated=(pl.col("arm") == "prednisolone").cast(pl.Int64),
            outcome=(pl.col("true_cbr_by_6_months") == "achieved").cast(pl.Int64),
            score1=pl.col("early_prednisolone"),
            score2=-pl.col("alt_xuln"),
        )
    )
    return Patients("synthetic", _weighted(frame), ("x1", "x2", "x3"), 3650.0)


def _weighted(frame: pl.DataFrame) -> pl.DataFrame:
    """Weights that are no counts, the same on every machine."""
    return frame.with_row_index("row").with_columns(weight=0.5 + (pl.col("row") * 37 % 101) / 100).drop("row")


def _tied(patients: Patients) -> Patients:
    """The same in whole years, so that most times are tied."""
    frame = patients.frame.with_columns(time=(pl.col("time") / 365).ceil())
    return Patients("synthetic in years", frame, patients.covariates, 10.0)


def _kirk(file: Path) -> Patients:
    frame = pl.read_csv(file).with_row_index("id")
    frame = frame.select(
        pl.col("id").cast(pl.String),
        time=pl.col("months").cast(pl.Float64),
        event=pl.col("died"),
        cause=pl.when(pl.col("died") == 1).then(pl.lit("death")).otherwise(pl.lit("censored")),
        group="treatment",
        strata=pl.when(pl.col("id") % 2 == 0).then(pl.lit("even")).otherwise(pl.lit("odd")),
        cluster=(pl.col("id") // 2).cast(pl.String),
        x1=(pl.col("treatment") == "prednisolone").cast(pl.Float64),
    )
    return Patients("kirk1980", _weighted(frame), ("x1",), 60.0)


def _pbc(file: Path) -> Patients:
    raw = pl.read_csv(file, null_values="NA").filter(pl.col("trt").is_not_null())
    causes = {0: "censored", 1: "transplant", 2: "death"}
    frame = raw.select(
        pl.col("id").cast(pl.String),
        time=pl.col("time").cast(pl.Float64),
        event=(pl.col("status") == 2).cast(pl.Int64),
        cause=pl.col("status").replace_strict(causes),
        group=pl.lit("arm ") + pl.col("trt").cast(pl.String),
        strata="sex",
        cluster=pl.col("stage").cast(pl.String),
        x1="age",
        x2=pl.col("edema").cast(pl.Float64),
        x3=pl.col("bili").log(),
        treated=(pl.col("trt") == 1).cast(pl.Int64),
        outcome=(pl.col("status") == 2).cast(pl.Int64),
        score1=pl.col("bili").cast(pl.Float64),
        score2=-pl.col("albumin"),
    )
    return Patients("pbc", _weighted(frame), ("x1", "x2", "x3"), 3650.0)


def _pbcseq(file: Path) -> pl.DataFrame:
    raw = pl.read_csv(file, null_values="NA").sort("id", "day")
    stop = pl.col("day").shift(-1).over("id")
    last = stop.is_null()
    return (
        raw.with_columns(start=pl.col("day"), stop=pl.when(last).then(pl.col("futime")).otherwise(stop), last=last)
        .filter(pl.col("stop") > pl.col("start"))
        .select(
            pl.col("id").cast(pl.String),
            start=pl.col("start").cast(pl.Float64),
            stop=pl.col("stop").cast(pl.Float64),
            event=(pl.col("last") & (pl.col("status") == 2)).cast(pl.Int64),
            x1=pl.col("bili").log(),
            x2=pl.col("protime").log(),
            strata="sex",
        )
    )


def _cirrhosis_in_time() -> pl.DataFrame:
    """From the index on, with cirrhosis (x1) from the day on which there is cirrhosis."""
    end = pl.min_horizontal(_days("last_day"), _days("transplant_date"), _days("death_date"))
    base = _truth().filter(pl.col("index_date").is_not_null()).with_columns(end=end, begins=_days("cirrhosis_date"))
    base = base.filter(pl.col("end") > 0).with_columns(
        died=(_days("death_date") == pl.col("end")).fill_null(value=False)
    )
    inside = (pl.col("begins") > 0) & (pl.col("begins") < pl.col("end"))
    inside = inside.fill_null(value=False)  # no date: no cirrhosis up to the end
    from_the_start = (pl.col("begins") <= 0).fill_null(value=False)
    shared = {"id": pl.col("patient_id"), "x2": pl.col("age_at_diagnosis"), "strata": pl.col("sex")}
    before = base.select(
        **shared,
        start=pl.lit(0.0),
        stop=pl.when(inside).then(pl.col("begins")).otherwise(pl.col("end")).cast(pl.Float64),
        event=(pl.col("died") & ~inside).cast(pl.Int64),
        x1=from_the_start.cast(pl.Float64),
    )
    after = base.filter(inside).select(
        **shared,
        start=pl.col("begins").cast(pl.Float64),
        stop=pl.col("end").cast(pl.Float64),
        event=pl.col("died").cast(pl.Int64),
        x1=pl.lit(1.0),
    )
    return pl.concat([before, after]).sort("id", "start")
