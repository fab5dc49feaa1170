"""What the prognosis study's report shows and says."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from hepatica import pictures
from hepatica.course import definitions
from hepatica.studies.baseline_cirrhosis import baseline_cirrhosis_words
from hepatica.studies.cohort import Cohort
from hepatica.studies.prognosis.landmark import COVARIATES
from hepatica.studies.prognosis.models import FINE_GRAY
from hepatica.studies.result import Figure, Tables

SINCE = "Years since the landmark"


def figures(definition: dict[str, Any]) -> dict[str, Figure]:
    """Return the pictures of the prognosis study."""
    free = "Free of death and transplant (%)" if definition["endpoint"] == "death_or_transplant" else "Alive (%)"
    months = definition["landmark"]["months"]
    return {
        "survival": Figure(
            f"Survival from the landmark at {months} months, by response",
            "Two Kaplan-Meier curves, of those in complete response by 6 months and of the others, with numbers "
            "at risk.",
            ("curves", "at_risk"),
            _kaplan_meier("curves", "at_risk", free),
            "Bands: confidence interval. Ticks: last day seen.",
        ),
        "hazard_ratios": Figure(
            "Hazard ratios",
            "A row per covariate with its hazard ratio and interval, on a log scale around 1.",
            ("cox",),
            _forest,
            "Adjusted for each other; complete cases.",
        ),
        "by_cirrhosis": Figure(
            "Survival by cirrhosis at diagnosis and response",
            "Kaplan-Meier curves of the four groups of cirrhosis at diagnosis and response by 6 months.",
            ("cirrhosis_curves", "cirrhosis_at_risk"),
            _kaplan_meier("cirrhosis_curves", "cirrhosis_at_risk", free),
        ),
        "incidence": Figure(
            "Death against transplant",
            "Cumulative incidence of death and of transplant, each the other's competing end, by response, with "
            "numbers at risk.",
            ("incidence", "at_risk"),
            _incidence("incidence", "at_risk"),
        ),
        "progression": Figure(
            "Progression to cirrhosis",
            "Cumulative incidence of cirrhosis in those without it at diagnosis, by response; death and "
            "transplant compete. With numbers at risk.",
            ("progression_incidence", "progression_at_risk"),
            _incidence("progression_incidence", "progression_at_risk"),
        ),
    }


def _kaplan_meier(curves: str, at_risk: str, title: str) -> Any:
    def draw(tables: Tables, width: int) -> alt.TopLevelMixin:
        return pictures.kaplan_meier(tables[curves], tables[at_risk], time_title=SINCE, share_title=title, width=width)

    return draw


def _forest(tables: Tables, width: int) -> alt.TopLevelMixin:
    rows = tables["cox"].filter(pl.col("method") != FINE_GRAY)
    several = rows["model"].n_unique() > 1
    label = pl.format("{}: {}", "model", "label") if several else pl.col("label")
    drawn = rows.select(label=label, estimate="hr", lower="lower", upper="upper")
    return pictures.forest(drawn, effect_title="Hazard ratio (log scale)", favours=("better", "worse"), width=width)


def _incidence(curves: str, at_risk: str) -> Any:
    def draw(tables: Tables, width: int) -> alt.TopLevelMixin:
        return pictures.cumulative_incidence(tables[curves], tables[at_risk], time_title=SINCE, width=width)

    return draw


def methods(found: dict[str, Any], definition: dict[str, Any], cohort: Cohort) -> str:
    """Return the methods of the prognosis study, as they were used: what could not be fitted is not named."""
    used = definitions(cohort.definitions)
    months = definition["landmark"]["months"]
    end = (
        "death of any cause or liver transplant, whichever came first"
        if definition["endpoint"] == "death_or_transplant"
        else "death of any cause; a transplant ended the follow-up"
    )
    fine_gray = " and the Fine-Gray model" if found["fine_gray"].terms.height else ""
    names = ", ".join(_lower(COVARIATES[name]) for name in definition["covariates"])
    return (
        f"Follow-up counts from a landmark {months} months after the index date, when complete biochemical "
        f"response within {used.response_window_text()} is known, so that no patient had to survive to be counted "
        "as a responder. Those who had died, been transplanted, or not been seen by then are not analysed and are "
        f"counted in the diagram, as are those whose response was not assessable. The endpoint is {end}; others "
        "are censored on the last day on which anything is recorded of them, which takes those lost to be like "
        "those followed. Survival is the Kaplan-Meier estimate (log-log interval), compared by the log-rank test. "
        "Hazard ratios are Cox's, ties as Efron, adjusted for each other, in patients of whom all covariates are "
        f"known ({names}); with fewer than {definition['least_events_per_covariate']:g} events per covariate, or "
        "an infinite estimate, Firth's penalised likelihood with profile intervals is used instead. Death and "
        f"transplant as competing ends are described by the Aalen-Johansen estimate (log-log interval){fine_gray}. "
        "Progression to cirrhosis is counted in patients known to have none at diagnosis or by the landmark, "
        "death and transplant competing. Estimates are given at "
        f"{', '.join(f'{years:g}' for years in definition['horizons'])} years after the landmark. Median follow-up is "
        f"by the reverse Kaplan-Meier method. {baseline_cirrhosis_words(cohort)}"
    )


def _lower(label: str) -> str:
    """Return a label within a sentence; what is written in capitals stays so."""
    return label[:1].lower() + label[1:]


def notes(found: dict[str, Any], definition: dict[str, Any]) -> tuple[str, ...]:
    """Return what is unknown, small, or refused."""
    row = found["response"].row(0, named=True)
    kept = found["missing"].row(-1, named=True)
    said = [
        *found["cox"].notes, *found["progression_cox"].notes, *found["fine_gray"].notes,
        f"The response is not assessable in {row['not_assessable']:,} of {row['followed']:,} patients followed.",
        ("One abnormal value shows that there is no response, while response needs every value to be normal: "
        "patients without response are assessable more often, so the share of responders among the assessable is "
        "too low; the table of responses gives its bounds."),
        f"{kept['unknown']:,} of {kept['patients']:,} patients are lost to the model because a covariate is unknown.",
    ]  # fmt: skip
    weak = found["cox"].proportional.filter(pl.col("p") < 1 - definition["confidence"])["covariate"].to_list()
    if weak:
        named = ", ".join("all together" if name == "GLOBAL" else _lower(COVARIATES[name]) for name in weak)
        said.append(f"Hazards may not be proportional: {named}; the ratio is then a mean over the follow-up.")
    if found["naive"]:
        said.append(_immortal(found["naive"].naive.hr))
    said.append(
        "Cirrhosis that comes later is known only where somebody looked, and the ill are looked at more often: "
        "the hazard ratio of progression is then too high."
    )
    said.append('"Ever responded" as a covariate at the start is refused: it is known only later (immortal time).')
    return tuple(said)


def _immortal(ratio: float) -> str:
    return (
        f"The naive analysis of all treated patients would have given a hazard ratio of {ratio:.1f} for those who "
        "never respond. It is biased: who dies or is lost early never had the time to respond. It stands in its "
        "table as a warning."
    )
