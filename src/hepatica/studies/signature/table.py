"""A table of named metabolites: a row per sample, who is diseased, which samples are pooled quality control."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from hepatica.errors import SourceError, UsageError
from hepatica.studies.statistics.inputs import Numbers, Truths

ENDINGS = (".xlsx", ".csv", ".parquet")


@dataclass(frozen=True)
class MetaboliteTable:
    """Samples and their metabolites as they were measured: one column per metabolite, NaN where not measured.

    `patient` names whose sample it is, None where the table does not say; `pooled` are the quality-control samples.
    `missing_percent` is each metabolite's share of missing values over all rows of the table, whatever their class.
    """

    samples: tuple[str, ...]
    disease: Truths
    patient: tuple[str, ...] | None
    values: Numbers
    names: tuple[str, ...]
    labels: tuple[str, ...]
    pooled: Numbers
    missing_percent: Numbers
    other_classes: Mapping[str, int]
    sha256: str

    def of_metabolites(self, chosen: Truths) -> MetaboliteTable:
        """Return the table with the metabolites chosen."""
        places = np.flatnonzero(chosen)
        return MetaboliteTable(
            self.samples,
            self.disease,
            self.patient,
            self.values[:, places],
            tuple(self.names[place] for place in places),
            tuple(self.labels[place] for place in places),
            self.pooled[:, places],
            self.missing_percent[places],
            self.other_classes,
            self.sha256,
        )

    @property
    def groups(self) -> Numbers | None:
        """Return a number per sample that is the same for samples of one patient; None if nobody is repeated."""
        if self.patient is None or len(set(self.patient)) == len(self.patient):
            return None
        order = {who: float(number) for number, who in enumerate(dict.fromkeys(self.patient))}
        return np.array([order[who] for who in self.patient])


def read_table(path: Path, columns: Mapping[str, Any]) -> MetaboliteTable:
    """Return the table of a file (xlsx, csv, parquet) whose columns are named as the definition's `table` says.

    Raises:
        SourceError: the file cannot be read.
        UsageError: a column or class is not there, or a value cannot be a concentration.
    """
    rows = _read(path, columns["sheet"])
    for role in ("sample", "class", "patient"):
        if columns[role] is not None and columns[role] not in rows.columns:
            raise UsageError(f"table.{role}", f"{path.name} has no column {columns[role]}", _columns(rows))
    names, labels = _metabolites(path, rows, columns)
    told = rows[columns["class"]].cast(pl.String)
    wanted = rows.filter(told.is_in([columns["positive"], columns["negative"]]))
    for side in ("positive", "negative"):
        if not (told == columns[side]).any():
            known = ", ".join(sorted(str(word) for word in told.unique().drop_nulls()))
            raise UsageError(f"table.{side}", f"no sample is of class {columns[side]}", f"the classes are {known}")
    pooled = rows.filter(told == columns["quality_control"]) if columns["quality_control"] else rows.clear()
    used = (columns["positive"], columns["negative"], columns["quality_control"])
    return MetaboliteTable(
        samples=tuple(wanted[columns["sample"]].cast(pl.String)),
        disease=(wanted[columns["class"]].cast(pl.String) == columns["positive"]).to_numpy(),
        patient=tuple(wanted[columns["patient"]].cast(pl.String)) if columns["patient"] else None,
        values=_concentrations(wanted, names),
        names=names,
        labels=labels,
        pooled=_concentrations(pooled, names),
        missing_percent=100 * np.isnan(_concentrations(rows, names)).mean(axis=0),
        other_classes={str(word): n for word, n in told.value_counts().sort(told.name).iter_rows() if word not in used},
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )


def _read(path: Path, sheet: str | None) -> pl.DataFrame:
    if path.suffix.casefold() not in ENDINGS:
        raise SourceError(str(path), "is no table that this study reads", f"give a file ending in {', '.join(ENDINGS)}")
    if not path.is_file():
        raise SourceError(str(path), "does not exist", "give the path of the table")
    try:
        if path.suffix.casefold() == ".xlsx":
            return pl.read_excel(path, sheet_name=sheet) if sheet else pl.read_excel(path)
        return pl.read_csv(path) if path.suffix.casefold() == ".csv" else pl.read_parquet(path)
    except Exception as trouble:  # each reader raises errors of its own
        what = str(trouble).partition("\n")[0]
        raise SourceError(str(path), f"cannot be read ({what})", "check the file and the sheet's name") from trouble


def _columns(rows: pl.DataFrame) -> str:
    return f"the columns are {', '.join(rows.columns[:12])}{' …' if rows.width > 12 else ''}"


def _metabolites(path: Path, rows: pl.DataFrame, columns: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the metabolites' columns and readable names: of the sheet that lists them, or all columns of numbers."""
    listed = columns["metabolites"]
    if listed is None:
        taken = {columns["sample"], columns["class"], columns["patient"]}
        names = tuple(name for name in rows.columns if name not in taken and rows[name].dtype.is_numeric())
        return names, names
    sheet = _read(path, listed["sheet"])
    for role in ("name", "label"):
        if listed[role] not in sheet.columns:
            raise UsageError(
                f"table.metabolites.{role}", f"{listed['sheet']} has no column {listed[role]}", _columns(sheet)
            )
    names = tuple(sheet[listed["name"]].cast(pl.String))
    if lacking := [name for name in names if name not in rows.columns]:
        raise UsageError(
            "table.metabolites", f"the table has no column {lacking[0]}", "correct the list of metabolites"
        )
    return names, tuple(sheet[listed["label"]].cast(pl.String))


def _concentrations(rows: pl.DataFrame, names: tuple[str, ...]) -> Numbers:
    if not names:
        raise UsageError("table.metabolites", "the table has no column of numbers", "name the metabolites' sheet")
    for name in names:
        if not rows[name].dtype.is_numeric() and rows.height:
            raise UsageError(f"metabolite {name}", "holds text", "leave a cell empty where nothing was measured")
    frame = rows.select(pl.col(list(names)).cast(pl.Float64))
    return np.asarray(frame.to_numpy(), dtype=np.float64)
