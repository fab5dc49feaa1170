"""The trial in words and pictures: methods from the definition, notes on what limits the result."""

from __future__ import annotations

from pathlib import Path

import altair as alt
import polars as pl

from hepatica.pictures import bars, forest
from hepatica.studies.baseline_cirrhosis import baseline_cirrhosis_words
from hepatica.studies.cohort import Cohort
from hepatica.studies.definition import Definition
from hepatica.studies.methods import source_words
from hepatica.studies.result import Figure, Number, Sheet

_TESTS = {
    "chi_square": "Pearson's chi-square test without correction",
    "chi_square_yates": "the chi-square test with Yates' correction",
    "fisher": "Fisher's exact test",
}


def figures(sheets: dict[str, Sheet], definition: Definition) -> dict[str, Figure]:
    """Return the pictures that the tables allow."""
    arms = definition["arms"]
    # An endpoint can be a harm: the picture says where it was met more often, not which arm did better.
    favours = (f"more with {arms['control']}", f"more with {arms['intervention']}")
    found = {}
    if "endpoints" in sheets:
        found["endpoints"] = Figure(
            "Endpoints compared",
            "The difference between the arms in percentage points, with Newcombe's interval, for each endpoint.",
            ("endpoints",),
            lambda tables, width: _differences(tables["endpoints"], favours, width),
        )
    if "subgroups" in sheets and sheets["subgroups"].frame.height:
        found["subgroups"] = Figure(
            "The primary endpoint by subgroup",
            "The difference between the arms in each subgroup; intervals that overlap do not show that groups differ.",
            ("subgroups",),
            lambda tables, width: _differences(tables["subgroups"], favours, width),
        )
    if sheets["available"].frame.height:
        found["power"] = Figure(
            "What patients available can show",
            "Bars: the exact power per scenario. Lines: the interval of the share of simulated trials that find it.",
            ("available",),
            lambda tables, width: _power(tables["available"], width),
        )
    return found


def _differences(rows: pl.DataFrame, favours: tuple[str, str], width: int) -> alt.TopLevelMixin:
    percent = [pl.col(name) * 100 for name in ("difference", "lower", "upper")]
    drawn = rows.select(label="endpoint", estimate=percent[0], lower=percent[1], upper=percent[2])
    return forest(drawn, effect_title="Difference, percentage points", ratio=False, favours=favours, width=width)


def _power(rows: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    return bars(
        rows.select(
            label="scenario",
            share="power_exact",
            said=pl.format("power {} %", (pl.col("power_exact") * 100).round(0).cast(pl.Int64)),
            lower="simulated_lower",
            upper="simulated_upper",
        ),
        share_title="Power (%): exact; line: simulated",
        width=width,
    )


def methods(kind: str, definition: Definition, cohort: Cohort | None = None) -> tuple[str, ...]:
    """Return the methods from the definition."""
    plan, design, arms = definition["primary"], definition["design"], definition["arms"]
    paragraphs = []
    if kind != "design":
        source = "Counts were taken from the definition." if cohort is None else _of_patients(definition, cohort)
        paragraphs.append(
            f"{arms['intervention'].capitalize()} was compared with {arms['control']}. {source} The difference of "
            f"shares has Newcombe's interval ({100 * definition['confidence']:g} %), the odds ratio Woolf's; the "
            f"primary endpoint was tested by {_TESTS[plan['test']]}, all others by Fisher's exact test. Nothing was "
            "adjusted for several endpoints."
        )
    paragraphs.append(
        f"The size of a trial was computed for {100 * design['power']:g} % power at a two-sided {design['alpha']:g} by "
        "the normal formula, with continuity correction, and exactly (all outcomes enumerated under the primary test), "
        f"and raised for {100 * design['loss']:g} % without an assessment; {design['trials']} trials per scenario were "
        f"simulated (seed {design['seed']}) and analysed as the definition says."
    )
    return tuple(paragraphs)


def _of_patients(definition: Definition, cohort: Cohort) -> str:
    plan = definition["primary"]
    missing = "counted as not having met it" if plan["missing"] == "failure" else "were left out"
    return (
        f"{source_words(cohort)} Their course was derived as of {cohort.as_of}; who was allotted to which arm, and "
        f"when, is from the file {Path(definition['allocation']).name}. The endpoint ({plan['label']}) is the "
        f"evaluation nearest to week {plan['weeks']:g}, at most "
        f"{plan['window_days']} days from it, by the definition set {definition['course']['definitions']}. Patients "
        f"were analysed in the arm to which they were allotted; those without an assessment {missing}, "
        f"with the other ways beside it.{_secondary_words(definition)} Adverse events and stops are those recorded up "
        f"to week {definition['safety']['weeks']:g}. {baseline_cirrhosis_words(cohort)}"
    )


def _secondary_words(definition: Definition) -> str:
    """Return the secondary endpoints as a sentence with a space before it."""
    told = [
        f"{one['label']} (week {one['weeks']:g}, at most {one['window_days']} days from it, {one['definitions']})"
        for one in definition["secondary"]
    ]
    return f" Secondary: {'; '.join(told)}." if told else ""


def notes(
    kind: str, definition: Definition, numbers: dict[str, Number], patients: pl.DataFrame | None
) -> tuple[str, ...]:
    """Return what a reader must know besides the numbers."""
    found = []
    if kind == "counts":
        found.append("Published counts, not patients: nothing could be checked against a record.")
    if patients is not None:
        unknown = int((patients["met"] == "unknown").sum())
        if unknown:
            found.append(f"{unknown} of {patients.height} patients have no assessment in the window of the endpoint.")
        if not definition["safety"]["complete"]:
            found.append(
                "Adverse events are those that were recorded. The definition does not say that they were sought in "
                "everybody, so no event recorded does not mean none."
            )
        ends = [numbers.get(f"primary_{way}.difference") for way in ("best", "worst")]
        if unknown and all(isinstance(end, float) for end in ends):
            best, worst = (100 * float(end) for end in ends)  # type: ignore[arg-type]  # both are numbers
            found.append(
                f"Whatever those without assessment did, the difference lies from {worst:.1f} to {best:.1f} percentage "
                "points."
            )
    if kind != "design" and len(definition["secondary"]) + len(definition["subgroups"]) > 1:
        found.append("Secondary endpoints and subgroups are exploratory: with several, some differ by chance.")
    return tuple(found)
