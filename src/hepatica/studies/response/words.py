"""What the response study's report shows and says."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from hepatica import pictures
from hepatica.course import definitions
from hepatica.studies.cohort import Cohort
from hepatica.studies.response import lanes
from hepatica.studies.result import Figure, Tables
from hepatica.studies.verdicts import IN_RESPONSE, NOT_ASSESSABLE


def figures(definition: dict[str, Any]) -> dict[str, Figure]:
    """Return the pictures of the response study."""
    months = definition["response"]["months"]
    share = f"Complete response within {months} months (% of the assessable)"
    return {
        "by_line": Figure(
            "Response by line of therapy",
            "A bar per line: the share of assessable treatment episodes with complete biochemical response.",
            ("by_line",),
            lambda tables, width: pictures.bars(_line_rows(tables["by_line"]), share_title=share, width=width),
            "Lines: Wilson interval. Beside each bar: responses of assessable episodes; unknown: not assessable.",
        ),
        "by_treatment": Figure(
            "Response by treatment",
            "A bar per line and treatment: the share of assessable episodes with complete biochemical response, "
            "and how many are not assessable.",
            ("by_treatment",),
            lambda tables, width: pictures.bars(
                _treatment_rows(tables["by_treatment"]), share_title=share, width=width
            ),
        ),
        "drug_survival": Figure(
            "Time on drug",
            "Kaplan-Meier curves of the share of patients still on each drug.",
            ("drug_survival", "at_risk"),
            _drug_survival,
            "First exposure to each drug; still taken at the last day seen: censored (ticks).",
        ),
        "flows": Figure(
            "From treatment to treatment",
            "Bands from the first line to the second and third treatment; a band's height is its number of patients.",
            ("flows",),
            lambda tables, width: pictures.sankey(
                tables["flows"], stages=lanes.STAGES, last=(lanes.OTHERS, lanes.STAYED), width=width
            ),
        ),
        "lanes": Figure(
            "The patients with most treatments",
            "A lane per patient: lines of therapy over time, with response, relapse, transplant, and death.",
            ("lanes", "events"),
            lambda tables, width: pictures.swimmer(
                tables["lanes"], tables["events"], time_title="Months since the index date", width=width
            ),
        ),
    }


def _line_rows(table: pl.DataFrame) -> pl.DataFrame:
    return table.select(
        label=pl.lit("line ") + pl.col("line").cast(pl.String),
        count="achieved", of="assessable", share="share", lower="lower", upper="upper", unknown="not_assessable",
    )  # fmt: skip


def _treatment_rows(table: pl.DataFrame) -> pl.DataFrame:
    return table.select(
        label=pl.format("line {}: {}", "line", pl.col("treatment").str.replace_all("+", " + ", literal=True)),
        count="achieved", of="assessable", share="share", lower="lower", upper="upper", unknown="not_assessable",
    )  # fmt: skip


def _drug_survival(tables: Tables, width: int) -> alt.TopLevelMixin:
    return pictures.kaplan_meier(
        tables["drug_survival"],
        tables["at_risk"],
        time_title="Years since the drug was begun",
        share_title="Still on the drug (%)",
        width=width,
    )


def methods(definition: dict[str, Any], cohort: Cohort) -> str:
    """Return the methods of the response study."""
    rules, used = definition["response"], definitions(cohort.definitions)
    failures = ", ".join(reason.replace("_", " ") for reason in rules["failure_reasons"])
    level = f"{100 * definition['confidence']:g} %"
    return (
        f"A treatment episode is the first line (what began within {used.initial_days} days of the index date) or "
        "the first exposure to a drug of the second or third tier; it ends with the next episode or with its last "
        f"drug. The outcome is complete biochemical response at an evaluation within {rules['months']} months of "
        "its start, while on it. A later episode counts if the latest known status in the "
        f"{rules['active_within_days']} days before it was active disease; one begun in response is counted apart. "
        f"Not achieved means a known status without response in the last {rules['assess_days']} days of the "
        f"window, or a stop before its end for {failures}; anything else is not assessable, with its reason. "
        f"Shares are of the assessable, with Wilson's {level} interval; groups are compared by Fisher's exact test "
        "and Newcombe's interval of the difference, without correction for many comparisons. Why the treatment "
        "before ended is the recorded reason of the drug that ended nearest to the start. Time on drug is the "
        "Kaplan-Meier estimate (log-log interval) over the first exposure to each drug, any stop being the event. "
        "Drugs given for another disease are counted apart from those given for autoimmune hepatitis."
    )


def notes(by_line: pl.DataFrame, aih: pl.DataFrame, other: pl.DataFrame) -> tuple[str, ...]:
    """Return what is unknown or small."""
    unknown = aih.filter(pl.col("verdict") == NOT_ASSESSABLE).height
    quiet = aih.filter(pl.col("verdict") == IN_RESPONSE).height
    later = aih.filter(pl.col("line") > 1)
    silent = later.filter(pl.col("reason_before") == "unknown").height
    found = [
        f"Response is not assessable in {unknown:,} of {aih.height:,} episodes; they are in no denominator of a share.",
        f"{quiet:,} later episodes began in response and are counted apart.",
        f"Why the treatment before ended is not recorded for {silent:,} of {later.height:,} later episodes.",
        f"{other.height:,} episodes were for another disease; they stand only in the table by indication.",
        (
            "Later lines are not randomised: who gets which drug depends on how ill they are, so lines and drugs "
            "are described, not ranked. Many comparisons are made, and small p-values are expected among them."
        ),
    ]
    found[1:1] = [
        f"Line {line}: {unknown:,} of {unknown + of:,} episodes whose window is over are not assessable; had none of "
        f"them responded, the share would be {100 * none:.0f} %, had all, {100 * everyone:.0f} %."
        for line, unknown, of, none, everyone in by_line.select(
            "line", NOT_ASSESSABLE, "assessable", "if_no_unknown_responded", "if_all_unknown_responded"
        ).iter_rows()
        if unknown
    ]
    small = sorted({row[0] for row in later.group_by("treatment").len().filter(pl.col("len") < 10).iter_rows()})
    if small:
        found.append(f"Fewer than 10 episodes: {', '.join(small)}; their shares have wide intervals.")
    return tuple(found)
