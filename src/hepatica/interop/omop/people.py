"""Patients as OMOP persons: who they are, how long they were seen, and the diagnosis they share."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from hepatica.interop.omop.numbers import RowNumbers
from hepatica.record import Record
from hepatica.sources.omop.encoding import DIAGNOSES, LONGEST_SOURCE_VALUE, UNDATED
from hepatica.vocabulary import conditions, omop_concepts

VARIANTS = {"PBC": "pbc", "PSC": "psc"}


@dataclass(frozen=True)
class People:
    """The patients as sent, with their person_id, and the first and last day that anything is known of each.

    `new_sites` are the treating centres that no part of the record before this one had.
    """

    sent: pl.DataFrame
    seen: pl.DataFrame
    new_sites: pl.DataFrame
    numbers: RowNumbers

    @classmethod
    def of(cls, record: Record, sent: pl.DataFrame, numbers: RowNumbers) -> People:
        """Return the patients of a part of a record, numbered in their order."""
        numbered = numbers.numbered("person", sent)
        days = [record.patients.select("patient_id", day="diagnosis_date")]
        days += [record.treatments.select("patient_id", day=column) for column in ("start", "end")]
        days += [
            record.table(name).select("patient_id", day="date")
            for name in ("measurements", "events", "biopsies", "genotypes")
        ]
        seen = (
            pl.concat(days).drop_nulls().group_by("patient_id").agg(first=pl.col("day").min(), last=pl.col("day").max())
        )
        known = numbered.select("patient_id", "person_id").join(
            seen, on="patient_id", how="left", maintain_order="left"
        )
        sites = numbers.new_sites(sent["centre"]).with_columns(place_of_service_concept_id=0)
        return cls(numbered, known, sites, numbers)

    def numbered(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return rows with their patient's person_id and the first and last day the patient was seen."""
        return frame.join(self.seen, on="patient_id", how="left", maintain_order="left")

    def persons(self) -> pl.DataFrame:
        """Return the table person. A birth date that is not known stays empty, as it does in the record."""
        birth = pl.col("birth_date").str.split_exact("-", 2).struct
        return self.sent.select(
            "person_id",
            gender_concept_id=_concept("sex", "sexes"),
            year_of_birth=birth[0].cast(pl.Int64),
            month_of_birth=birth[1].cast(pl.Int64),
            day_of_birth=birth[2].cast(pl.Int64),
            race_concept_id=0,
            ethnicity_concept_id=0,
            care_site_id=pl.col("centre").replace_strict(self.numbers.sites, default=None, return_dtype=pl.Int64),
            person_source_value="patient_id",
            gender_source_value="sex",
            gender_source_concept_id=0,
            race_source_concept_id=0,
            ethnicity_source_value=pl.when(pl.col("ethnicity").str.len_chars() <= LONGEST_SOURCE_VALUE).then(
                "ethnicity"
            ),
            ethnicity_source_concept_id=0,
        )

    def periods(self, type_concept: int) -> pl.DataFrame:
        """Return the table observation_period: from the first to the last day that anything is known of."""
        known = self.seen.filter(pl.col("first").is_not_null())
        return self.numbers.numbered("observation_period", known).select(
            "observation_period_id",
            "person_id",
            observation_period_start_date="first",
            observation_period_end_date="last",
            period_type_concept_id=type_concept,
        )

    def diagnoses(self) -> pl.DataFrame:
        """Return the conditions that patients have as such: the disease of each, and its variant.

        Without the day of the diagnosis the row has the first day the patient was seen, and says so.
        """
        rows = self.sent.select("patient_id", "person_id", "diagnosis_date", "variant").join(
            self.seen.select("person_id", "first"), on="person_id", maintain_order="left"
        )
        day = pl.col("diagnosis_date").str.to_date("%Y-%m-%d", strict=False)
        of_all = rows.with_columns(diagnosis=pl.lit("aih"), day=day)
        of_some = rows.with_columns(
            diagnosis=pl.col("variant").replace_strict(VARIANTS, default=None, return_dtype=pl.String),
            day=pl.lit(None, pl.Date),
        ).filter(pl.col("diagnosis").is_not_null())
        every = pl.concat([of_all, of_some]).with_columns(date=pl.coalesce("day", "first"))
        names = {name: conditions()[key].name for name, key in DIAGNOSES.items()}
        word = pl.col("diagnosis").replace_strict(names, return_dtype=pl.String)
        return every.filter(pl.col("date").is_not_null()).select(
            "person_id",
            "date",
            concept=pl.col("diagnosis").replace_strict(
                {name: condition_concept(key) for name, key in DIAGNOSES.items()}, return_dtype=pl.Int64
            ),
            source_value=pl.when(pl.col("day").is_null()).then(word + f" {UNDATED}").otherwise(word),
        )


def condition_concept(key: str) -> int | None:
    """Return the OMOP concept of a condition; None if none is known."""
    return next((int(code.code) for code in conditions()[key].codes if code.system == "omop"), None)


def _concept(column: str, kind: str) -> pl.Expr:
    """Return a word's concept; 0 is OMOP's own "no matching concept"."""
    return pl.col(column).replace_strict(omop_concepts(kind), default=0, return_dtype=pl.Int64)
