"""The comparison in words: methods from the definition, and what stands against the result."""

from __future__ import annotations

from typing import Any

import polars as pl

from hepatica.studies.baseline_cirrhosis import baseline_cirrhosis_words
from hepatica.studies.cohort import Cohort
from hepatica.studies.compare.arms import INTERVENTION
from hepatica.studies.compare.estimate import Effect, Weighted

_ESTIMANDS = {
    "att": "patients of the intervention's arm (had they had the control treatment instead)",
    "ate": "all patients (had all had the one treatment, against the other)",
    "overlap": "patients for whom either treatment was likely",
}
FEW = 10
_COVARIATES = {
    "male": "male sex", "alt": "ALT", "igg": "IgG", "year": "year of the index date",
    "cirrhosis": "cirrhosis at diagnosis", "acute_severe": "acute severe presentation",
}  # fmt: skip
_WEIGHTED = {
    "att": "weighted to the intervention's patients (ATT)",
    "ate": "weighted to all patients (ATE)",
    "overlap": "weighted to the overlap (ATO)",
}


def covariate_words(name: str) -> str:
    """Return a covariate, or one level of it, as words: `male: yes` is "male sex"."""
    base, _, level = name.partition(": ")
    words = _COVARIATES.get(base, base)
    return words if level in ("", "yes") else f"{words}: {level}"


def analysis_words(label: str) -> str:
    """Return an analysis as words: `estimand ate` is "weighted to all patients (ATE)"."""
    return _WEIGHTED.get(label.removeprefix("estimand "), label.replace("definition set", "by the definition set"))


def methods(definition: dict[str, Any], cohort: Cohort) -> tuple[str, ...]:
    """Return the methods from the definition, and how cirrhosis is known where it is weighed or splits."""
    missing = (
        f"unknown covariates were imputed ({definition['imputations']} copies, chained predictive mean matching, seed "
        f"{definition['seed']}) and pooled by Rubin's rules"
        if definition["missing"] == "impute"
        else "patients with an unknown covariate are left out and counted, and so are those of a kind (cirrhosis, sex, "
        "and the like) of which everybody with a known response began the same treatment"
    )
    cirrhosis = "cirrhosis" in definition["covariates"] or definition["subgroups"]["no_cirrhosis"]
    return (
        _of_the_arms(definition, missing),
        f"{_of_the_endpoint(definition)}{f' {baseline_cirrhosis_words(cohort)}' if cirrhosis else ''}",
    )


def _of_the_arms(definition: dict[str, Any], missing: str) -> str:
    arms = definition["arms"]
    return (
        f"New users of {arms['intervention']['label']} were compared with new users of {arms['control']['label']} "
        f"(begun within {definition['within_days']} days of the index date), in the arm in which they began, "
        "whatever was given later. The propensity score is a logistic model of "
        f"{', '.join(map(covariate_words, definition['covariates']))}, all known at the index date (ALT and IgG: the "
        f"latest within {definition['baseline_days']} days before it, in multiples of the upper limit; ALT in "
        f"doublings); {missing}. Weights make the arms "
        f"alike to {_ESTIMANDS[definition['estimand']]}; balance is the standardised mean difference before and after. "
        f"{_score_words(definition)}"
    )


def _score_words(definition: dict[str, Any]) -> str:
    """Return in whom the score is fitted: anew for each analysis, so that its own patients are balanced."""
    if definition["missing"] == "impute":
        return "Balance is shown in patients with all covariates known."
    return (
        "Score and weights are fitted anew in the patients of each analysis, of whom the endpoint is known; those of "
        "the time to response are of all whose covariates are known, censored on the day of their last evaluation."
    )


def _of_the_endpoint(definition: dict[str, Any]) -> str:
    response = definition["response"]
    months = " and ".join(str(number) for number in response["months"])
    return (
        f"Response by {months} months is complete biochemical response at any evaluation; no response needs a known "
        f"status in the last {response['assess_days']} days. Weighted differences have "
        f"{100 * definition['confidence']:g} % intervals from M-estimation, which knows that the score was estimated. "
        "The E-value says how strong an unmeasured confounder would have to be. Adverse events are those recorded "
        f"within {definition['adverse_events_months']} months, compared as they are (Newcombe's interval); of whoever "
        "was seen for less without one it is unknown. Beside the main result stand the same by "
        f"{_sensitivity_words(definition['sensitivity'])}."
    )


def _sensitivity_words(told: dict[str, Any]) -> str:
    parts = [f"the definition set {name}" for name in told["definitions"]]
    parts += [_WEIGHTED[name] for name in told["estimands"]]
    return ", ".join(parts) if parts else "no other analysis"


def not_estimable(effects: list[Effect]) -> tuple[str, ...]:
    """Return which of the analyses beside the main one could not be made, and why."""
    return tuple(f"Not estimable, {analysis_words(one.label)}: {one.why_not}." for one in effects if one.why_not)


def notes(definition: dict[str, Any], patients: pl.DataFrame, balanced: Weighted, main: Effect) -> tuple[str, ...]:
    """Return what limits the comparison."""
    found = [
        "Not randomised: what was not measured may still differ. The E-value (its table) says how much that must be.",
    ]
    if main.crude is not None and definition["response"]["main_naive_beside"] and main.found is not None:
        found.append(
            f"The naive comparison says {100 * main.crude:.1f} percentage points, the weighted one "
            f"{100 * main.found.difference:.1f}, in the same patients: what lies between them is how unlike the arms "
            "were."
        )
    unlike = [
        covariate_words(row.name) for row in balanced.balance.rows if abs(row.smd_after) > definition["balance_limit"]
    ]
    if unlike:
        found.append(f"Still unlike after weighting (above {definition['balance_limit']:g}): {', '.join(unlike)}.")
    if balanced.overlap.disjoint:
        found.append("The arms' propensity scores do not overlap: nobody is there to compare with.")
    elif outside := balanced.overlap.treated_outside + balanced.overlap.untreated_outside:
        found.append(f"{outside} patients lie outside the other arm's range of scores.")
    small = balanced.patients.filter(pl.col("arm") == INTERVENTION).height
    if small < FEW * len(definition["covariates"]):
        found.append(
            f"The intervention's arm has {small} patients in the score, for {len(definition['covariates'])} "
            "covariates: the score may fit too closely."
        )
    if main.unknown:
        found.append(
            f"The main endpoint is unknown in {main.unknown} of {patients.height} patients; they are not failures."
        )
    if main.why_not:
        found.append(f"The main endpoint could not be estimated: {main.why_not}.")
    found.append(
        "Median times to response among responders are not compared: who never responds is left out of them, and they "
        "can favour the arm that does worse. The curve of all patients is shown instead."
    )
    return tuple(found)
