"""A cohort counted: each step with who remains, who is out, and of whom it is unknown. Never a patient's row."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from hepatica.pictures.theme import DAYS_A_MONTH
from hepatica.report.wording import reason

GRID_MONTHS = 3  # the months between two points of the response over time
LAST_MONTH = 60
CALENDAR_MONTHS = 12  # the months after the index date whose completeness is shown
STATUSES = ("in CBR", "not in CBR", "unknown")

_NO_INDEX, _PENDING, _NOT_JUDGED = "not_applicable", "pending", "not_assessable"


@dataclass(frozen=True)
class Step:
    """A step of the attrition: how many remain, and how many were lost on the way to it and why.

    `group` says what the lost are: out (known not to belong), or unknown (it cannot be said).
    """

    name: str
    remaining: int
    group: str = "out"
    lost: dict[str, int] = field(default_factory=dict)

    @property
    def lost_count(self) -> int:
        """Return how many were lost on the way to this step."""
        return sum(self.lost.values())


def attrition(response: pl.DataFrame, window: str) -> list[Step]:
    """Return the steps from all patients to those with a complete biochemical response by the window's end.

    In = achieved; out = judged and not achieved, or never treated; unknown = too early, or not assessable.
    """
    by = response["cbr_by_6_months"]
    counts = {answer: int((by == answer).sum()) for answer in (_NO_INDEX, _PENDING, _NOT_JUDGED, "not_achieved")}
    treated = response.height - counts[_NO_INDEX]
    due = treated - counts[_PENDING]
    judged = due - counts[_NOT_JUDGED]
    return [
        Step("All patients", response.height),
        Step("With an index date", treated, "out", _some({"no immunosuppressant for AIH": counts[_NO_INDEX]})),
        Step(f"{window} passed, or answered", due, "unknown", _some({f"{window} not over": counts[_PENDING]})),
        Step("Assessable", judged, "unknown", reasons(response)),
        Step(
            f"CBR by {window}",
            judged - counts["not_achieved"],
            "out",
            _some({"CBR not achieved": counts["not_achieved"]}),
        ),
    ]


def _some(counts: dict[str, int]) -> dict[str, int]:
    """Return the counts that are not zero."""
    return {reason: count for reason, count in counts.items() if count}


def reasons(response: pl.DataFrame) -> dict[str, int]:
    """Return why the endpoint is not assessable, the most frequent reason first."""
    found = (
        response.filter(pl.col("cbr_by_6_months") == _NOT_JUDGED)
        .group_by("cbr_by_6_months_reason")
        .agg(count=pl.len())
        .sort("count", "cbr_by_6_months_reason", descending=[True, False])
    )
    return {reason(code): count for code, count in found.iter_rows()}


def response_over_time(
    response: pl.DataFrame, evaluations: pl.DataFrame, outcomes: pl.DataFrame, carry_days: int
) -> pl.DataFrame:
    """Return month, status, patients, followed: who was in CBR so many months after the index date.

    Of those still followed at that month (alive, native liver, seen later or that day); a known status counts
    for `carry_days`, then the patient is unknown.
    """
    people = _followed_days(response, outcomes)
    grid = pl.DataFrame({"month": range(GRID_MONTHS, LAST_MONTH + 1, GRID_MONTHS)}).with_columns(
        day=(pl.col("month") * DAYS_A_MONTH).round().cast(pl.Int64)
    )
    points = people.join(grid, how="cross").filter(pl.col("day") <= pl.col("followed_days")).sort("day")
    known = evaluations.filter(pl.col("cbr") != "unknown").select(
        "patient_id", "cbr", day=pl.col("days_since_index").cast(pl.Int64)
    )
    joined = points.join_asof(
        known.sort("day"), on="day", by="patient_id", tolerance=carry_days, check_sortedness=False
    )
    return _shares(joined)


def _followed_days(response: pl.DataFrame, outcomes: pl.DataFrame) -> pl.DataFrame:
    """Return for each treated patient how many days after the index date the native liver was followed."""
    ends = outcomes.select("patient_id", "last_seen", "transplant_date", "death_date")
    treated = response.filter(pl.col("index_date").is_not_null()).join(ends, on="patient_id", how="left")
    # min_horizontal leaves out what did not happen: a patient without a transplant is followed until seen last.
    end = pl.min_horizontal("as_of", "last_seen", "transplant_date", "death_date")
    return treated.select("patient_id", followed_days=(end - pl.col("index_date")).dt.total_days())


def _shares(joined: pl.DataFrame) -> pl.DataFrame:
    status = (
        pl.when(pl.col("cbr") == "yes")
        .then(pl.lit(STATUSES[0]))
        .when(pl.col("cbr") == "no")
        .then(pl.lit(STATUSES[1]))
        .otherwise(pl.lit(STATUSES[2]))  # no known status within the time it may be carried forward
    )
    counted = joined.with_columns(status=status).group_by("month", "status").agg(patients=pl.len())
    followed = counted.group_by("month").agg(followed=pl.col("patients").sum())
    return counted.join(followed, on="month").sort("month", "status")


def completeness_calendar(response: pl.DataFrame, evaluations: pl.DataFrame, outcomes: pl.DataFrame) -> pl.DataFrame:
    """Return analyte, month, measured, followed: who had a result in each month after the index date.

    Month 6 is the month that ends with day 183; followed are those seen to that month's end or later.
    """
    people = _followed_days(response, outcomes)
    months = range(1, CALENDAR_MONTHS + 1)
    followed = {month: int((people["followed_days"] >= _last_day(month)).sum()) for month in months}
    still = people.select("patient_id", "followed_days")
    counted = [
        {"analyte": name, "month": month, "measured": measured, "followed": followed[month]}
        for name, column in (("ALT", "alt_xuln"), ("AST", "ast_xuln"), ("IgG", "igg_xuln"))
        for month, measured in _measured(evaluations, still, column, months).items()
    ]
    schema = {"analyte": pl.String, "month": pl.Int64, "measured": pl.Int64, "followed": pl.Int64}
    return pl.DataFrame(counted, schema=schema)


def _last_day(month: int) -> int:
    return round(month * DAYS_A_MONTH)


def _measured(evaluations: pl.DataFrame, still: pl.DataFrame, column: str, months: range) -> dict[int, int]:
    """Return for each month how many of the patients followed to its end had a result in it."""
    rows = evaluations.filter(pl.col(column).is_not_null()).join(still, on="patient_id")
    found = {}
    for month in months:
        first, last = _last_day(month - 1) + 1, _last_day(month)
        inside = pl.col("days_since_index").is_between(first, last) & (pl.col("followed_days") >= last)
        found[month] = rows.filter(inside)["patient_id"].n_unique()
    return found


def lines_of_therapy(regimens: pl.DataFrame) -> pl.DataFrame:
    """Return line, ever, now: how many patients ever were on a line of therapy, and how many are on it now."""
    known = regimens.filter(pl.col("line").is_not_null())
    now = pl.col("patient_id").filter(pl.col("end").is_null()).n_unique()
    return known.group_by("line").agg(ever=pl.col("patient_id").n_unique(), now=now).sort("line")


def regimens_now(state: pl.DataFrame, most: int) -> pl.DataFrame:
    """Return regimen and patients: what is taken on the as-of date by those treated and alive, the most frequent."""
    treated = state.filter(pl.col("index_date").is_not_null() & (pl.col("dead") != "yes"))
    counts = treated.group_by("regimen").agg(patients=pl.len())
    return counts.sort("patients", "regimen", descending=[True, False]).head(most)
