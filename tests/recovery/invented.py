"""Invented cohorts, one per seed, of which the truth is known: cut to the patients that each study is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from hepatica import studies
from hepatica.record.tables import TABLES
from hepatica.studies.cohort import Cohort
from hepatica.synthetic import synthesize

# Of so many patients per seed the truth is known; what is rare (the randomised trial, anti-TNF) is sought among all
# of them, everything else among the first ones.
PATIENTS, READ, CENTRES = 12_000, 4_000, 24
AS_SENT = 2_000
INITIAL_DAYS = 42  # what begins so soon after the index date belongs to the first line


@dataclass
class Invented:
    """A seed's cohort: the truth of all its patients, and the studies' cohorts as a centre would send them."""

    seed: int
    folder: Path

    @cached_property
    def truth(self) -> pl.DataFrame:
        """Every patient's truth, numbers as numbers and days as days."""
        raw = pl.read_csv(self.folder / "all" / "truth" / "patients.csv", infer_schema=False)
        days = [name for name in raw.columns if name.endswith("_date") or name == "last_day"]
        numbers = [name for name in raw.columns if name.startswith(("latent_d", "latent_t", "latent_cir", "early_"))]
        numbers += ["age_at_diagnosis", "budesonide_probability", "mean_tgn", "mean_mmp"]
        return raw.with_columns(pl.col(days).str.to_date(), pl.col(numbers).cast(pl.Float64))

    @cached_property
    def spells(self) -> pl.DataFrame:
        """Every spell of active disease."""
        return self._told("spells", ["start", "end"])

    @cached_property
    def changes(self) -> pl.DataFrame:
        """Every change of treatment after the first line."""
        return self._told("changes", ["date"])

    def _told(self, name: str, days: list[str]) -> pl.DataFrame:
        raw = pl.read_csv(self.folder / "all" / "truth" / f"{name}.csv", infer_schema=False)
        return raw.with_columns(pl.col(days).str.to_date())

    @cached_property
    def everybody(self) -> Cohort:
        """The first patients, with the tables that most studies read."""
        cohort = self.cohort("first", self.truth["patient_id"][:READ].to_list())
        cohort.derive("outcomes", "response", "evaluations")
        return cohort

    @cached_property
    def as_sent(self) -> Cohort:
        """The first patients once more, with the gaps in their records that centres have."""
        folder = self.folder / "as_sent"
        synthesize(patients=AS_SENT, seed=self.seed, centres=CENTRES, out=folder, file_format="parquet")
        return studies.cohort_of(str(folder))

    def cohort(self, name: str, patients: Sequence[str]) -> Cohort:
        """The cohort of some of the patients, read as any source is."""
        return studies.cohort_of(str(self.cut(name, patients)))

    def cut(self, name: str, patients: Sequence[str]) -> Path:
        """The folder of some of the patients."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        for table in TABLES:
            rows = pl.scan_parquet(self.folder / "all" / f"{table}.parquet")
            rows.filter(pl.col("patient_id").is_in(list(patients))).collect().write_parquet(folder / f"{table}.parquet")
        return folder


def invent(folder: Path, seed: int) -> Invented:
    """Invent a seed's patients, every visit recorded: only chance stands between the data and the truth."""
    synthesize(
        patients=PATIENTS, seed=seed, centres=CENTRES, out=folder / "all", file_format="parquet", missingness="none"
    )
    return Invented(seed, folder)
