"""The comparison as tables, each with how it may leave the centre, and as flat numbers."""

from __future__ import annotations

from typing import Any

import polars as pl

from hepatica.studies.calendar import DAYS_A_MONTH
from hepatica.studies.cohort import Cohort
from hepatica.studies.compare.arms import CONTROL, INTERVENTION
from hepatica.studies.compare.estimate import COUNTS, EFFECTS, Effect, Weighted
from hepatica.studies.compare.words import analysis_words, covariate_words
from hepatica.studies.curve_tables import RELEASE, RISK_RELEASE, curve_frame, risk_frame
from hepatica.studies.release import Counts, Estimates
from hepatica.studies.result import Number, Sheet
from hepatica.studies.statistics.propensity import EValue, e_value
from hepatica.studies.statistics.proportions import difference_newcombe
from hepatica.studies.statistics.survival import Curve

GRID_MONTHS = [0.0, 6.0, 12.0, 18.0, 24.0, 30.0, 36.0]
# The curve is drawn as far as its numbers at risk are told.
LAST_MONTH = GRID_MONTHS[-1]
UNITS = {
    "crude_difference": "percentage points",
    "difference": "percentage points",
    "intervention_weighted": "%",
    "control_weighted": "%",
}
EFFECTS_RELEASE = Counts(keys=("analysis",), cells=COUNTS, left_out=("why_not",))


def effects_sheet(effects: list[Effect], caption: str) -> Sheet:
    """Return analyses as a table, each named in words; counts and differences of one row are of the same patients."""
    rows = [{**one.row(), "analysis": analysis_words(one.label)} for one in effects]
    return Sheet(pl.DataFrame(rows, schema=EFFECTS, orient="row"), caption, EFFECTS_RELEASE, UNITS)


_MEASURED_IN = {"age": ", years", "alt": ", doublings of the upper limit", "igg": ", × upper limit"}


def balance_sheet(found: Weighted, who: str) -> Sheet:
    """Return how alike the arms are before and after weighting."""
    rows = [
        {
            "covariate": f"{covariate_words(row.name)}{_MEASURED_IN.get(row.name, '')}",
            "intervention": row.treated_before,
            "control": row.untreated_before,
            "before": row.smd_before,
            "intervention_weighted": row.treated_after,
            "control_weighted": row.untreated_after,
            "after": row.smd_after,
            "patients": found.patients.height,
        }
        for row in found.balance.rows
    ]
    caption = f"Means and shares before and after weighting, and their standardised differences, in {who}"
    return Sheet(pl.DataFrame(rows), caption, Estimates("patients"))


def weights_sheet(found: Weighted, definition: dict[str, Any]) -> Sheet:
    """Return what weighting leaves of each arm: patients, as how many unweighted ones they count, the largest weight.

    It stays in the centre: the weights of a small arm are single patients' values.
    """
    arms = pl.Series(found.patients["arm"])
    rows = []
    for arm, outside in ((INTERVENTION, found.overlap.treated_outside), (CONTROL, found.overlap.untreated_outside)):
        mine = found.weights[(arms == arm).to_numpy()]
        rows.append(
            {
                "arm": definition["arms"][arm]["label"],
                "patients": len(mine),
                "effective": found.effective[arm],
                "smallest_weight": float(mine.min()),
                "largest_weight": float(mine.max()),
                "outside": outside,
            }
        )
    return Sheet(
        pl.DataFrame(rows), "What weighting leaves of each arm; outside: of the other arm's range of scores", None
    )


def patients_sheet(found: Weighted) -> Sheet:
    """Return a row per patient of the weighted analysis: what the score was made of, the score, and the weight."""
    frame = found.patients.select(
        "patient_id", "arm", *_covariates(found), *(["met"] if "met" in found.patients.columns else [])
    ).with_columns(score=pl.Series(found.score.score), weight=pl.Series(found.weights))
    return Sheet(frame, "A row per patient analysed (never leaves the centre)", None, drawn=True)


def _covariates(found: Weighted) -> list[str]:
    """Return the covariates of the score, each once: a word with several levels has several rows of balance."""
    return list(dict.fromkeys(row.name.partition(": ")[0] for row in found.balance.rows))


E_VALUES = pl.Schema(
    {
        "analysis": pl.String(),
        "risk_ratio": pl.Float64(),
        "lower": pl.Float64(),
        "upper": pl.Float64(),
        "e_value": pl.Float64(),
        "e_value_of_limit": pl.Float64(),
        "patients": pl.Int64(),
    }
)


def e_value_sheet(effects: list[Effect]) -> Sheet:
    """Return the weighted risk ratios, and how strong an unmeasured confounder must be to explain each away."""
    rows = []
    for one in effects:
        told = _e_value(one)
        if told is None or one.found is None:
            continue
        rows.append(
            {
                "analysis": analysis_words(one.label),
                "risk_ratio": told.risk_ratio,
                "lower": one.found.ratio_lower,
                "upper": one.found.ratio_upper,
                "e_value": told.estimate,
                "e_value_of_limit": told.limit,
                "patients": one.intervention[1] + one.control[1],
            }
        )
    return Sheet(
        pl.DataFrame(rows, schema=E_VALUES, orient="row"),
        "Weighted risk ratio, and its E-value: the risk ratio that something unmeasured must have with treatment and "
        "response to explain it away; of the limit: to bring the interval to no effect",
        Estimates("patients"),
        empty="no risk ratio could be estimated.",
    )


def _e_value(one: Effect) -> EValue | None:
    """Return the E-value of an analysis; None where no risk ratio could be estimated."""
    found = one.found
    return None if found is None or found.ratio is None else e_value(found.ratio, found.ratio_lower, found.ratio_upper)


def curve_sheets(curves: dict[str, Curve], patients: int) -> dict[str, Sheet]:
    """Return the weighted curves, and how many are behind them."""
    shown = curve_frame(curves).filter(pl.col("time") <= LAST_MONTH)
    at_risk = risk_frame(curves, GRID_MONTHS)
    who = f"of {patients:,} patients with all covariates known and an evaluation"
    return {
        "curve": Sheet(shown, f"Not yet in response (months), weighted, {who}", RELEASE, drawn=True),
        "at_risk": Sheet(at_risk, f"Weighted patients at risk {who}, by months from the index date", RISK_RELEASE),
    }


def adverse_events_sheet(cohort: Cohort, patients: pl.DataFrame, definition: dict[str, Any]) -> Sheet:
    """Return in how many patients an adverse event is recorded; where none is, nobody may have asked.

    Of whoever was seen for less than the window without one it is unknown, not no.
    """
    months = definition["adverse_events_months"]
    days = months * DAYS_A_MONTH
    events = cohort.record.events.filter(pl.col("event") == "adverse_event").join(
        patients.select("patient_id", "index_date"), on="patient_id"
    )
    near = events.filter((pl.col("date") - pl.col("index_date")).dt.total_days().is_between(0, days))
    serious = near.filter(pl.col("serious") == "yes")
    rows = []
    for label, found in (("any adverse event recorded", near), ("a serious one recorded", serious)):
        has = pl.col("patient_id").is_in(found["patient_id"].unique().to_list())
        known = patients.filter(has | (pl.col("follow_up_days") >= days))
        counts = {arm: known.filter(has, pl.col("arm") == arm).height for arm in (INTERVENTION, CONTROL)}
        sizes = {arm: known.filter(pl.col("arm") == arm).height for arm in (INTERVENTION, CONTROL)}
        told = {key: value for arm in counts for key, value in ((arm, counts[arm]), (f"{arm}_of", sizes[arm]))}
        rows.append(
            {"event": label, **told, "unknown": patients.height - known.height, **_difference(told, definition)}
        )
    counted = (INTERVENTION, "intervention_of", CONTROL, "control_of", "unknown")
    schema = {"event": pl.String, **dict.fromkeys(counted, pl.Int64), **dict.fromkeys(_DIFFERENCE, pl.Float64)}
    return Sheet(
        pl.DataFrame(rows, schema=schema, orient="row"),
        f"Adverse events recorded within {months} months, crude; unknown: seen for less, and none recorded",
        Counts(keys=("event",), cells=counted),
        {"crude_difference": "percentage points"},
    )


_DIFFERENCE = ("crude_difference", "lower", "upper")


def _difference(told: dict[str, int], definition: dict[str, Any]) -> dict[str, float | None]:
    """Return the crude difference of two shares with Newcombe's interval; nothing where an arm is empty."""
    if not (told["intervention_of"] and told["control_of"]):
        return dict.fromkeys(_DIFFERENCE)
    found = difference_newcombe(
        told[INTERVENTION], told["intervention_of"], told[CONTROL], told["control_of"],
        confidence=definition["confidence"],
    )  # fmt: skip
    return {"crude_difference": found.difference, "lower": found.lower, "upper": found.upper}


_TOLD = ("difference", "lower", "upper", "p", "crude_difference", "intervention_weighted", "control_weighted")


def effect_numbers(effects: dict[int, Effect], balanced: Weighted, main: int) -> dict[str, Number]:
    """Return the numbers of the endpoints, and of the weighting behind the main one."""
    numbers: dict[str, Number] = {
        "weighted.patients": balanced.patients.height,
        "weighted.effective_intervention": balanced.effective["intervention"],
        "weighted.effective_control": balanced.effective["control"],
        "balance.largest_before": balanced.balance.largest_before,
        "balance.largest_after": balanced.balance.largest_after,
        "overlap.intervention_outside": balanced.overlap.treated_outside,
        "overlap.control_outside": balanced.overlap.untreated_outside,
    }
    for months, one in effects.items():
        row = one.row()
        numbers |= {f"response_{months}.{key}": row[key] for key in (*_TOLD, "unknown", "covariate_unknown")}
        numbers[f"response_{months}.patients"] = row["intervention_of"] + row["control_of"]
    found, told = effects[main].found, _e_value(effects[main])
    if found is not None and told is not None:
        numbers |= {
            f"response_{main}.risk_ratio": found.ratio,
            f"response_{main}.e_value": told.estimate,
            f"response_{main}.e_value_limit": told.limit,
        }
    return numbers


def other_numbers(subgroups: list[Effect], others: list[Effect]) -> dict[str, Number]:
    """Return the numbers of the subgroups and of what was changed."""
    return {
        f"{kind}.{one.label}.{key}": one.row()[key]
        for kind, effects in (("subgroup", subgroups), ("sensitivity", others))
        for one in effects
        for key in ("difference", "lower", "upper")
    }
