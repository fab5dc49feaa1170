"""The status of each day of a whole bucket of patients at once: what `biochemistry` says of one day, in Polars.

Judging a day in plain Python takes longer than the rest of the story together; here it is a few comparisons of
columns. A property test holds both to the same evaluations.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from operator import attrgetter

import polars as pl

from hepatica.course.biochemistry import Evaluation
from hepatica.course.compact import Compact, Facts
from hepatica.course.definitions import Definitions
from hepatica.course.patient import Patient, Reading
from hepatica.course.prepare import DAYS_KEPT_APART, FOLLOWED, MIDDLE, Prepared


class Days:
    """The status on each day with an ALT, AST, or IgG of all patients of a bucket, made into evaluations few by few."""

    def __init__(self, rows: Prepared, definitions: Definitions) -> None:
        """Judge each day by the definitions."""
        self._judged = Facts(_judged(rows, definitions), Evaluation, rows.who.height)

    def of_each(self, places: range, compact: Compact, patients: list[Patient]) -> list[list[Evaluation]]:
        """Return the evaluations of the patients at consecutive places, in order of time."""
        *told, alt, ast, igg = self._judged.slices(places)
        read = []
        for name, at, own in zip(FOLLOWED, (alt, ast, igg), _OWN, strict=True):
            readings = list(chain.from_iterable(map(own, patients)))
            read.append(_picked(at, readings, compact.first_reading(name, places)))
        made = list(map(Evaluation, *(column.to_list() for column in told), *read))
        return self._judged.split(made, places)


# A patient's own readings of what is followed.
_OWN: tuple[Callable[[Patient], list[Reading]], ...] = (attrgetter("alt"), attrgetter("ast"), attrgetter("igg"))


def _judged(rows: Prepared, definitions: Definitions) -> pl.DataFrame:
    """Return place and day with the three answers, and for each analyte which reading counted."""
    series = {name: _keyed(rows.readings[name], definitions) for name in FOLLOWED if name in rows.readings}
    keys = pl.concat([pl.Series("key", [], pl.Int64), *(one["key"] for one in series.values())])
    days = keys.unique().sort().to_frame().set_sorted("key")
    for name in FOLLOWED:
        days = _with_latest(days, name, series.get(name), definitions.pair_days)
    return days.select(
        place=pl.col("key") // DAYS_KEPT_APART,
        day=pl.col("key") % DAYS_KEPT_APART - MIDDLE,
        **_status(definitions),
        **{name: f"at:{name}" for name in FOLLOWED},
    )


def _keyed(readings: pl.DataFrame, definitions: Definitions) -> pl.DataFrame:
    """Return the readings of an analyte by patient and day in one number: which reading, and whether it is normal."""
    limit = definitions.normal_xuln
    yes, no = pl.lit(value=True), pl.lit(value=False)
    normal = pl.when(pl.col("high") <= limit).then(yes).when(pl.col("low") > limit).then(no)
    key = pl.col("place").cast(pl.Int64) * DAYS_KEPT_APART + (pl.col("day") + MIDDLE)
    return readings.select(key=key, normal=normal, at=pl.int_range(pl.len())).set_sorted("key")


def _with_latest(days: pl.DataFrame, name: str, series: pl.DataFrame | None, pair_days: int) -> pl.DataFrame:
    """Return the days with the latest reading of an analyte in the pair window up to each, and whether it is normal.

    Patients lie further apart in the key than a window is long, so that no reading of another one is found.
    """
    if series is None:
        nothing = {f"normal:{name}": pl.lit(None, pl.Boolean), f"at:{name}": pl.lit(None, pl.Int64)}
        return days.with_columns(**nothing)
    named = series.rename({"normal": f"normal:{name}", "at": f"at:{name}"})
    return days.join_asof(named, on="key", strategy="backward", tolerance=pair_days)


def _status(definitions: Definitions) -> dict[str, pl.Expr]:
    """Return the three answers of a day; `&` on columns is AND as Kleene has it."""
    enzymes: pl.Expr = pl.lit(value=True)
    for name, counts, required in (
        ("ALT", definitions.alt_counts, definitions.alt_required),
        ("AST", definitions.ast_counts, definitions.ast_required),
    ):
        normal = pl.col(f"normal:{name}")
        if counts and required:
            enzymes = enzymes & normal
        elif counts:  # one that was not measured says nothing; a measured one that is unknown is unknown
            enzymes = enzymes & (normal | pl.col(f"at:{name}").is_null())
    globulin = pl.col("normal:IGG")
    return {
        "transaminases": enzymes,
        "igg": globulin,
        "cbr": enzymes & globulin if definitions.igg_required else enzymes,
    }


def _picked(at: pl.Series, readings: list[Reading], first: int) -> list[Reading | None]:
    """Return the reading at each place, counted from the first of these; None where there is none."""
    with_none: list[Reading | None] = [*readings, None]
    # None stands last, where -1 finds it.
    return list(map(with_none.__getitem__, (at - first).fill_null(-1).to_list()))
