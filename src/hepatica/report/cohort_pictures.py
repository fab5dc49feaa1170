"""The pictures of a cohort's page, each with its words for people who do not see it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from hepatica.course.definitions import Definitions, day_number
from hepatica.pictures import theme
from hepatica.pictures.theme import DAYS_A_MONTH
from hepatica.report import cohort_charts
from hepatica.report.cohort_counts import (
    Step,
    completeness_calendar,
    lines_of_therapy,
    response_over_time,
)
from hepatica.report.gallery import gallery
from hepatica.report.page import Picture
from hepatica.report.wording import counted, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hepatica.report.patient_view import PatientView, Standards

GALLERY_COLUMNS = 3
SAID_MONTHS = (6, 12, 24, 36, 60)


def cohort_pictures(tables: dict[str, pl.DataFrame], steps: Sequence[Step], standards: Standards) -> list[Picture]:
    """Return the pictures of attrition, response over time, completeness, and lines of therapy."""
    used = standards.definitions
    return [
        _attrition(steps),
        _response(tables, used),
        _completeness(tables, used),
        _lines(tables["regimens"]),
    ]


def _attrition(steps: Sequence[Step]) -> Picture:
    words = [f"{step.name}: {step.remaining:,}{_lost(step)}." for step in steps]
    return Picture(
        "attrition",
        "From all patients to response",
        " ".join(words),
        cohort_charts.attrition_chart(steps, theme.WIDE),
        cohort_charts.attrition_chart(steps, theme.NARROW),
        "Blue: in. Orange: out. Grey: unknown.",
    )


def _lost(step: Step) -> str:
    if not step.lost:
        return ""
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in step.lost.items())
    return f" ({step.group} {step.lost_count:,}: {reasons})"


def _response(tables: dict[str, pl.DataFrame], used: Definitions) -> Picture:
    shares = response_over_time(tables["response"], tables["evaluations"], tables["outcomes"], used.carry_days)
    words = [_month_words(shares, month) for month in SAID_MONTHS]
    return Picture(
        "response",
        "Response over time",
        " ".join(word for word in words if word) or "Nobody was followed for three months.",
        cohort_charts.response_chart(shares, theme.WIDE),
        cohort_charts.response_chart(shares, theme.NARROW),
        f"A status counts for {used.carry_days} days, then the patient is unknown. n: patients still followed.",
    )


def _month_words(shares: pl.DataFrame, month: int) -> str:
    """Return the response at a month with its denominator; nothing if nobody was followed so long."""
    at = shares.filter(pl.col("month") == month)
    if at.is_empty():
        return ""
    followed = at["followed"][0]
    parts = [f"{row['status']} {row['patients']:,}" for row in at.iter_rows(named=True)]
    return f"Month {month}: of {counted(followed, 'patient')} followed, {', '.join(parts)}."


def _completeness(tables: dict[str, pl.DataFrame], used: Definitions) -> Picture:
    calendar = completeness_calendar(tables["response"], tables["evaluations"], tables["outcomes"])
    window = deciding_months(used)
    words = [
        f"{row['analyte']} in month {row['month']}: {row['measured']:,} of {row['followed']:,}"
        f" ({percent(row['measured'], row['followed'])})."
        for row in calendar.iter_rows(named=True)
        if window[0] <= row["month"] <= window[1]
    ]
    return Picture(
        "completeness",
        "Results by month",
        " ".join(words),
        cohort_charts.completeness_chart(calendar, window, theme.WIDE),
        cohort_charts.completeness_chart(calendar, window, theme.NARROW),
        "Per cent of the patients followed to the month's end who had a result with a limit in that month; "
        "framed: the months that decide the endpoint.",
    )


def deciding_months(used: Definitions) -> tuple[int, int]:
    """Return the first and last month after the index date in which a result decides the endpoint."""
    start = day_number(date(2001, 1, 1))  # any day: calendar months differ by a day or two
    last = used.response_end(start) - start
    return round((last - used.assess_days) / DAYS_A_MONTH) + 1, round(last / DAYS_A_MONTH)


def _lines(regimens: pl.DataFrame) -> Picture:
    lines = lines_of_therapy(regimens)
    words = [f"Line {row['line']}: ever {row['ever']:,}, now {row['now']:,}." for row in lines.iter_rows(named=True)]
    return Picture(
        "lines",
        "Lines of therapy",
        " ".join(words) or "No line of therapy is recorded.",
        cohort_charts.lines_chart(lines, theme.WIDE),
        cohort_charts.lines_chart(lines, theme.NARROW),
        "A patient counts once in each line that they ever were on.",
    )


def gallery_picture(shown: Sequence[PatientView]) -> list[Picture]:
    """Return a few patients' courses side by side; none where none was chosen."""
    treated = [view for view in shown if view.index_date is not None]
    if not treated:
        return []
    names = ", ".join(view.patient_id for view in treated)
    return [
        Picture(
            "gallery",
            "A few courses",
            f"ALT and IgG as multiples of the upper limit over the first three years of {names}; "
            "their pages say each course in words.",
            gallery(treated, theme.WIDE, GALLERY_COLUMNS),
            gallery(treated, theme.NARROW, 1),
            "Each panel: the patient, and the answer to CBR by the end of the window. The line at 1 is the target.",
        )
    ]
