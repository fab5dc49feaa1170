"""The status of each day of a whole bucket of patients at once: what `biochemistry` says of one day, in Polars.

Judging a day in plain Python takes longer than the rest of the story together; here it is a few comparisons of
columns. A property test holds both to the same evaluations.
"""

from __future__ import annotations

import polars as pl

from hepatica.course.biochemistry import Evaluation
from hepatica.course.definitions import Definitions
from hepatica.course.patient import Reading
from hepatica.course.prepare import DAYS_KEPT_APART, FOLLOWED, MIDDLE, Prepared, made_of, split


def evaluations_of(rows: Prepared, definitions: Definitions) -> list[list[Evaluation]]:
    """Return for each patient the status on each day with an ALT, AST, or IgG, in order of time."""
    series = {name: _keyed(rows.readings[name], definitions) for name in FOLLOWED if name in rows.readings}
    if not series:
        return [[] for _ in range(rows.who.height)]
    days = pl.concat([one.select("key") for one in series.values()]).unique().sort("key").set_sorted("key")
    for name in FOLLOWED:
        days = _with_latest(days, name, series.get(name), definitions.pair_days)
    found = days.select("key", **_status(definitions), **{name: f"at:{name}" for name in FOLLOWED})
    place, day = found["key"] // DAYS_KEPT_APART, found["key"] % DAYS_KEPT_APART - MIDDLE
    columns = [day.to_list(), *(found[name].to_list() for name in ("transaminases", "igg", "cbr"))]
    columns += [_picked(rows.facts.get(name, []), found[name]) for name in FOLLOWED]
    return split(place, made_of(columns, Evaluation), rows.who.height)


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


def _picked(facts: list[Reading], at: pl.Series) -> list[Reading | None]:
    """Return the reading at each place, None where there is none."""
    with_none: list[Reading | None] = [*facts, None]
    # None stands last, where -1 finds it.
    return list(map(with_none.__getitem__, at.fill_null(-1).to_list()))
