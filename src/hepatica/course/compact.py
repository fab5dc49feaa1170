"""Compact patients from prepared rows, a few at a time.

Polars has a price per call, so rows are prepared for a whole bucket at once. The facts made of them are small objects:
those of a few patients stay near the processor, those of a bucket do not, and the story took a third longer over them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from itertools import chain, pairwise
from typing import Any, Generic, TypeVar

import polars as pl

from hepatica.course.patient import Biopsy, Event, Genotype, Latest, Level, Patient, Reading, Treatment
from hepatica.course.prepare import FOLLOWED, Prepared, latest_rows, prepared
from hepatica.record import Record

METABOLITES = ("TGN", "MMP")
PATIENTS_AT_ONCE = 256
Fact = TypeVar("Fact")


class Facts(Generic[Fact]):
    """Rows in the order of patients, as facts of a kind whose fields are the columns after `place`."""

    def __init__(self, rows: pl.DataFrame, kind: type[Fact], patients: int) -> None:
        """Take the rows of so many patients, sorted by `place`."""
        self._kind = kind
        self._columns = [rows[name] for name in rows.columns if name != "place"]
        places = pl.int_range(patients + 1, eager=True).cast(rows["place"].dtype)
        self._starts: list[int] = rows["place"].search_sorted(places).to_list()

    def together(self, places: range) -> list[Fact]:
        """Return the facts of consecutive patients in one list."""
        return list(map(self._kind, *(column.to_list() for column in self.slices(places))))

    def of_each(self, places: range) -> list[list[Fact]]:
        """Return the facts of consecutive patients, a list for each."""
        return self.split(self.together(places), places)

    def slices(self, places: range) -> list[pl.Series]:
        """Return the columns of the rows of consecutive patients."""
        first, end = self.span(places)
        return [column.slice(first, end - first) for column in self._columns]

    def span(self, places: range) -> tuple[int, int]:
        """Return the first row of consecutive patients, and the first after them."""
        return self._starts[places.start], self._starts[places.stop]

    def split(self, one_a_row: list[Any], places: range) -> list[list[Any]]:
        """Return what stands for the rows of consecutive patients, a list for each patient."""
        starts = self._starts[places.start : places.stop + 1]
        base = starts[0]
        return [one_a_row[first - base : end - base] for first, end in pairwise(starts)]


class Compact:
    """The patients of prepared rows, made a few at a time."""

    def __init__(self, rows: Prepared, latest_of: Collection[str] | None = None) -> None:
        """Take the prepared rows; of the latest results those of some analytes only, if these are named."""
        n = rows.who.height
        self.number = n
        self._readings = {name: Facts(one, Reading, n) for name, one in rows.readings.items()}
        self._levels = {
            name: Facts(_levels(rows.results[name]), Level, n) for name in METABOLITES & rows.results.keys()
        }
        self._others = [Facts(rows.tables[name], kind, n) for name, kind in _KINDS.items()]
        latest = _latest(rows, latest_of)
        self._names = latest["analyte"]
        self._latest = Facts(latest.drop("analyte"), Latest, n)
        self._who = [rows.who[name] for name in _WHO]

    def parts(self) -> Iterator[range]:
        """Yield the places of a few patients after the other."""
        for first in range(0, self.number, PATIENTS_AT_ONCE):
            yield range(first, min(first + PATIENTS_AT_ONCE, self.number))

    def patients(self, places: range) -> list[Patient]:
        """Return the patients at consecutive places."""
        empty: list[list[Any]] = [[] for _ in places]
        followed = (self._readings[name].of_each(places) if name in self._readings else empty for name in FOLLOWED)
        levels = (self._levels[name].of_each(places) if name in self._levels else empty for name in METABOLITES)
        return list(
            map(
                Patient,
                *(column.slice(places.start, len(places)).to_list() for column in self._who),
                *followed,
                *levels,
                self._latest_of_each(places),
                *(facts.of_each(places) for facts in self._others),
            )
        )

    def first_reading(self, analyte: str, places: range) -> int:
        """Return which reading of an analyte, counted over all patients, is the first of consecutive patients."""
        return self._readings[analyte].span(places)[0] if analyte in self._readings else 0

    def _latest_of_each(self, places: range) -> list[dict[str, Latest]]:
        first, end = self._latest.span(places)
        named = list(zip(self._names.slice(first, end - first).to_list(), self._latest.together(places), strict=True))
        return list(map(dict, self._latest.split(named, places)))


def patients_of(record: Record, as_of: date) -> Iterator[Patient]:
    """Return the record's patients, by patient_id, with everything dated on or before the as-of date."""
    compact = Compact(prepared(record, as_of))
    return chain.from_iterable(map(compact.patients, compact.parts()))


# The fields of a patient, in their order, that are columns of the patients.
_WHO = ("patient_id", "birth", "birth_date_partial", "sex", "centre", "diagnosis", "aih_type", "variant", "row",
        "last_seen")  # fmt: skip
_KINDS: dict[str, type[Any]] = {
    "treatments": Treatment, "events": Event, "biopsies": Biopsy, "genotypes": Genotype
}  # fmt: skip


def _levels(rows: pl.DataFrame) -> pl.DataFrame:
    rows = rows.filter(pl.col("value").is_not_null())
    return rows.sort("place", "day", "value", "unit", "comparator", nulls_last=False).select(
        "place", "day", "value", "comparator", "unit", "row"
    )


def _latest(rows: Prepared, wanted: Collection[str] | None) -> pl.DataFrame:
    """Return each patient's latest result of each analyte that is wanted (None: of all), by patient."""
    columns = ("place", "day", "value", "comparator", "text", "unit", "row")
    found = [
        latest_rows(results).select(*columns, analyte=pl.lit(analyte))
        for analyte, results in rows.results.items()
        if wanted is None or analyte in wanted
    ]
    if not found:
        return pl.DataFrame(schema={**dict.fromkeys(columns, pl.UInt32), "analyte": pl.String})
    return pl.concat(found).sort("place", maintain_order=True)
