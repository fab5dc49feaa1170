"""Two treatments compared in routine care (Díaz-González 2023): like with like, by propensity-score weights."""

from __future__ import annotations

from typing import Any, cast

import polars as pl

from hepatica.pictures import forest, kaplan_meier, love_plot
from hepatica.studies.attrition import Flow
from hepatica.studies.calendar import DAYS_A_MONTH
from hepatica.studies.cohort import Cohort
from hepatica.studies.compare.arms import CONTROL, INTERVENTION, check, new_users
from hepatica.studies.compare.counterparts import left_out_note, with_counterparts
from hepatica.studies.compare.estimate import Effect, Weighted, effect, usable, weighted
from hepatica.studies.compare.sheets import (
    adverse_events_sheet,
    balance_sheet,
    curve_sheets,
    e_value_sheet,
    effect_numbers,
    effects_sheet,
    other_numbers,
    patients_sheet,
    weights_sheet,
)
from hepatica.studies.compare.words import covariate_words, methods, not_estimable, notes
from hepatica.studies.result import Figure, Findings, Sheet
from hepatica.studies.statistics.propensity import Estimand
from hepatica.studies.statistics.survival import Curve
from hepatica.studies.statistics.survival import kaplan_meier as kaplan_meier_estimate
from hepatica.studies.verdicts import ACHIEVED, NOT_ACHIEVED, judged

TABLES = ("outcomes", "response", "evaluations")
FILLS = {
    "strobe": {
        "4": "methods", "5": "methods", "6a": "methods; definition", "7": "methods", "8": "methods",
        "9": "methods; table:balance", "11": "methods", "12a": "methods", "12c": "methods; table:attrition",
        "13a": "table:attrition", "13b": "table:attrition", "13c": "figure:attrition", "14a": "table:balance",
        "14b": "table:attrition", "15": "table:effects", "16a": "table:effects",
    }
}  # fmt: skip


def analyse(cohort: Cohort, definition: dict[str, Any]) -> Findings:
    """Return the difference in response between the two treatments, weighted, with what stands against it.

    Raises:
        UsageError: a covariate that follows the treatment, or arms that nobody can be compared over.
    """
    check(definition)
    users = new_users(cohort, definition)
    main = definition["response"]["months"][0]
    told = {months: _met(cohort, users.patients, definition, months) for months in definition["response"]["months"]}
    complete_case = definition["missing"] == "complete_case"
    flow = with_counterparts(users, told[main], definition) if complete_case else users
    patients = flow.patients.join(told[main], on="patient_id")
    estimand = cast("Estimand", definition["estimand"])
    copies = definition["imputations"] if definition["missing"] == "impute" else 0
    # The curve needs no endpoint at a month: it is of all whose covariates are known, censored when last looked at.
    observed = weighted(patients.filter(usable(definition["covariates"])), definition["covariates"], estimand)
    effects = {
        months: effect(
            f"response by {months} months",
            flow.patients.join(met, on="patient_id"),
            definition,
            estimand,
            copies=copies,
        )
        for months, met in told.items()
    }
    subgroups = _subgroups(patients, definition, estimand)
    others = _sensitivity(cohort, flow.patients, patients, definition, main)
    analysed = effects[main].balanced
    balanced = analysed or observed
    return Findings(
        sheets={
            "effects": effects_sheet(list(effects.values()), "Response in both arms, crude and weighted"),
            "balance": balance_sheet(balanced, _who(balanced, main, analysed=analysed is not None)),
            "e_values": e_value_sheet(list(effects.values())),
            "weights": weights_sheet(balanced, definition),
            "subgroups": effects_sheet(subgroups, "The main endpoint in subgroups"),
            "sensitivity": effects_sheet(others, "The main endpoint, one thing changed each time"),
            "adverse_events": adverse_events_sheet(cohort, patients, definition),
            **_curve_sheets(cohort, observed, definition),
            "patients": patients_sheet(balanced),
        },
        figures=_figures(definition),
        numbers={**effect_numbers(effects, balanced, main), **other_numbers(subgroups, others)},
        attrition=_attrition(flow, patients, definition).attrition,
        methods=methods(definition, cohort),
        notes=(
            *left_out_note(users, flow, definition), *notes(definition, patients, balanced, effects[main]),
            *not_estimable([*subgroups, *others]),
        ),
        fills=_filled(subgroups, others),
        shared_numbers={"response_": "weighted.patients", "balance.": "weighted.patients"},
    )  # fmt: skip


def _who(balanced: Weighted, main: int, *, analysed: bool) -> str:
    """Return whose balance it is: those analysed, or all whose covariates are known where nothing else can be told."""
    known = "all covariates" if not analysed else f"response by {main} months and all covariates"
    return f"the {balanced.patients.height:,} patients with {known} known"


def _filled(subgroups: list[Effect], others: list[Effect]) -> dict[str, dict[str, str]]:
    """Return the items that the report fills: those of subgroups and sensitivity only where these were asked for."""
    beside = {"12b": "table:subgroups"} if subgroups else {}
    beside |= {"12e": "methods; table:sensitivity"} if others else {}
    told = [name for name, rows in (("subgroups", subgroups), ("sensitivity", others)) if rows]
    beside |= {"17": "; ".join(f"table:{name}" for name in told)} if told else {}
    return {"strobe": {**FILLS["strobe"], **beside}}


def _met(cohort: Cohort, patients: pl.DataFrame, definition: dict[str, Any], months: int) -> pl.DataFrame:
    """Return met (yes, no, unknown): response by so many months from the index date, whatever was given later."""
    rows = patients.select(
        "patient_id",
        start="index_date",
        end=pl.lit(None, pl.Date),  # as begun: a later change of treatment does not end the observation
        stop_reason=pl.lit(None, pl.String),
        line=pl.lit(1),
    )
    rules = {
        "months": months,
        "assess_days": definition["response"]["assess_days"],
        "active_within_days": 0,
        "failure_reasons": [],
    }
    found = judged(cohort, rows, rules)
    word = (
        pl.when(pl.col("verdict") == ACHIEVED)
        .then(pl.lit("yes"))
        .when(pl.col("verdict") == NOT_ACHIEVED)
        .then(pl.lit("no"))
        .otherwise(pl.lit("unknown"))  # not assessable, or its window is not over
    )
    return found.select("patient_id", met=word)


def _attrition(flow: Flow, patients: pl.DataFrame, definition: dict[str, Any]) -> Flow:
    known = pl.when(pl.col("met") != "unknown").then(pl.lit(value=True))
    complete = pl.when(usable(definition["covariates"])).then(pl.lit(value=True))
    lacking = pl.concat_str(
        [
            pl.when(usable([name]))
            .then(pl.lit(""))
            .otherwise(pl.lit(f"no {covariate_words(name)} "))  # a name where it is not known
            for name in definition["covariates"]
        ]
    ).str.strip_chars()
    labels = {arm: definition["arms"][arm]["label"] for arm in (INTERVENTION, CONTROL)}
    return (
        Flow(patients, flow.steps)
        .keep("assessed", f"Response by {definition['response']['months'][0]} months known", known, out="none",
              unknown=pl.format("not assessable, {}", pl.col("arm").replace(labels)))
        .keep("complete", "Covariates known", complete, out="none", unknown=lacking)
    )  # fmt: skip


def _subgroups(patients: pl.DataFrame, definition: dict[str, Any], estimand: Estimand) -> list[Effect]:
    parts = []
    if definition["subgroups"]["no_cirrhosis"]:
        parts += [("no cirrhosis", pl.col("cirrhosis") == "no"), ("cirrhosis", pl.col("cirrhosis") == "yes")]
    if definition["subgroups"]["age_60"]:
        parts += [("under 60 years", pl.col("age") < 60), ("60 years and more", pl.col("age") >= 60)]
    return [effect(label, patients.filter(part), definition, estimand) for label, part in parts]


def _sensitivity(
    cohort: Cohort, users: pl.DataFrame, patients: pl.DataFrame, definition: dict[str, Any], main: int
) -> list[Effect]:
    told = definition["sensitivity"]
    found = [
        effect(f"estimand {name}", patients, definition, cast("Estimand", name))
        for name in told["estimands"]
        if name != definition["estimand"]
    ]
    for name in told["definitions"]:
        other = cohort.under({**definition["course"], "definitions": name}).of_patients(users["patient_id"])
        other.derive("outcomes", "evaluations")  # together: apart each costs as much as both
        met = _met(other, users, definition, main)
        label = f"definition set {name}"
        found.append(
            effect(label, users.join(met, on="patient_id"), definition, cast("Estimand", definition["estimand"]))
        )
    return found


def _curve_sheets(cohort: Cohort, balanced: Weighted, definition: dict[str, Any]) -> dict[str, Sheet]:
    """Return the weighted share not yet in response over the months, per arm; censored at the last evaluation."""
    last = cohort.table("evaluations").group_by("patient_id").agg(last=pl.col("date").max())
    times = (
        balanced.patients.select("patient_id", "arm", "index_date")
        .with_columns(weight=pl.Series(balanced.weights))
        .join(cohort.table("response").select("patient_id", "cbr_date"), on="patient_id", how="left")
        .join(last, on="patient_id", how="left")
        .with_columns(until=pl.coalesce("cbr_date", "last"))  # the response, else the last look; null: never looked
        .with_columns(months=(pl.col("until") - pl.col("index_date")).dt.total_days() / DAYS_A_MONTH)
        .filter(pl.col("months") > 0)
    )
    curves: dict[str, Curve] = {}
    for arm in (INTERVENTION, CONTROL):
        part = times.filter(pl.col("arm") == arm)
        if part.height:
            curves[definition["arms"][arm]["label"]] = kaplan_meier_estimate(
                part["months"],
                part["cbr_date"].is_not_null(),
                weights=part["weight"],
                confidence=definition["confidence"],
            )
    return curve_sheets(curves, times.height)


def _figures(definition: dict[str, Any]) -> dict[str, Figure]:
    labels = [definition["arms"][arm]["label"] for arm in (CONTROL, INTERVENTION)]
    favours = (f"{labels[0]} better", f"{labels[1]} better")

    def differences(name: str, title: str, words: str) -> Figure:
        return Figure(
            title,
            words,
            (name,),
            lambda tables, width: forest(
                tables[name].select(
                    label="analysis", estimate=pl.col("difference") * 100, lower=pl.col("lower") * 100,
                    upper=pl.col("upper") * 100,
                ),
                effect_title="Difference, percentage points", ratio=False, favours=favours, width=width,
            ),
        )  # fmt: skip

    return {
        "effects": differences("effects", "Response compared", "The weighted difference in response, by time."),
        "balance": Figure(
            "Is like compared with like?",
            "The standardised difference of each covariate between the arms, before and after weighting. Dashed: "
            f"{definition['balance_limit']:g}, above which a difference is told among the notes.",
            ("balance",),
            lambda tables, width: love_plot(
                tables["balance"].select("covariate", "before", "after"), limit=definition["balance_limit"], width=width
            ),
        ),
        "curve": Figure(
            "Time to response",
            "The weighted share not yet in response over the months from the index date, by arm, with the weighted "
            "numbers at risk.",
            ("curve", "at_risk"),
            lambda tables, width: kaplan_meier(
                tables["curve"], tables["at_risk"], time_title="Months from the index date",
                share_title="Not yet in response (%)", width=width,
            ),
        ),
        "subgroups": differences("subgroups", "In subgroups", "The weighted difference in each subgroup."),
        "sensitivity": differences("sensitivity", "One thing changed", "The same with another definition or estimand."),
    }  # fmt: skip
