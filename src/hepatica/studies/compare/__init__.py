"""Two treatments compared in routine care (Díaz-González 2023): like with like, by propensity-score weights."""

from __future__ import annotations

from typing import Any, cast

import polars as pl

from hepatica.pictures import forest, kaplan_meier, love_plot
from hepatica.studies.attrition import Flow
from hepatica.studies.cohort import Cohort
from hepatica.studies.compare.arms import CONTROL, INTERVENTION, check, new_users
from hepatica.studies.compare.counterparts import left_out_note, with_counterparts
from hepatica.studies.compare.estimate import EFFECTS, Effect, Weighted, effect, usable, weighted
from hepatica.studies.compare.words import analysis_words, covariate_words, methods, not_estimable, notes
from hepatica.studies.curve_tables import RELEASE, RISK_RELEASE, curve_frame, risk_frame
from hepatica.studies.release import Counts, Estimates
from hepatica.studies.result import Figure, Findings, Number, Sheet
from hepatica.studies.statistics.propensity import Estimand, e_value
from hepatica.studies.statistics.survival import Curve
from hepatica.studies.statistics.survival import kaplan_meier as kaplan_meier_estimate
from hepatica.studies.verdicts import ACHIEVED, NOT_ACHIEVED, judged

TABLES = ("outcomes", "response", "evaluations")
DAYS_A_MONTH = 30.4375
GRID_MONTHS = [0.0, 6.0, 12.0, 18.0, 24.0, 30.0, 36.0]
# The curve is drawn as far as its numbers at risk are told.
LAST_MONTH = GRID_MONTHS[-1]
FILLS = {
    "strobe": {
        "4": "Methods", "5": "Methods: centres, years", "6a": "Methods", "7": "Methods", "8": "Methods",
        "9": "Balance", "12a": "Methods", "12c": "Methods", "13a": "Attrition", "13b": "Attrition",
        "13c": "Attrition",
        "14a": "Balance", "14b": "Attrition", "15": "Effects", "16a": "Effects",
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
    complete = patients.filter(usable(definition["covariates"]))
    balanced = weighted(complete, definition["covariates"], estimand)
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
    return Findings(
        sheets={
            "effects": Sheet(
                _rows(list(effects.values())), "Response in both arms, crude and weighted", _RELEASE, UNITS
            ),
            "balance": Sheet(
                _balance(balanced),
                "Means and shares in both arms before and after weighting, and their standardised differences",
                Estimates("patients"),
            ),
            "subgroups": Sheet(_rows(subgroups), "The main endpoint in subgroups", _RELEASE, UNITS),
            "sensitivity": Sheet(_rows(others), "The main endpoint, one thing changed each time", _RELEASE, UNITS),
            "adverse_events": _adverse_events(cohort, patients, definition),
            **_curve_sheets(_curves(cohort, balanced, definition)),
        },
        figures=_figures(definition),
        numbers={**_numbers(effects, balanced, main), **_other_numbers(subgroups, others)},
        attrition=_attrition(flow, patients, definition).attrition,
        methods=methods(definition),
        notes=(
            *left_out_note(users, flow, definition), *notes(definition, patients, balanced, effects[main]),
            *not_estimable([*subgroups, *others]),
        ),
        fills=_filled(subgroups, others),
        shared_numbers={"response_": "weighted.patients", "balance.": "weighted.patients"},
    )  # fmt: skip


def _filled(subgroups: list[Effect], others: list[Effect]) -> dict[str, dict[str, str]]:
    """Return the items that the report fills: those of subgroups and sensitivity only where these were asked for."""
    beside = {"12b": "Subgroups"} if subgroups else {}
    beside |= {"12e": "Sensitivity"} if others else {}
    told = [name for name, rows in (("subgroups", subgroups), ("sensitivity", others)) if rows]
    beside |= {"17": " and ".join(told).capitalize()} if told else {}
    return {"strobe": {**FILLS["strobe"], **beside}}


def _curve_sheets(curves: dict[str, Curve]) -> dict[str, Sheet]:
    """Return the weighted curves, and how many are behind them."""
    shown = curve_frame(curves).filter(pl.col("time") <= LAST_MONTH)
    at_risk = risk_frame(curves, GRID_MONTHS)
    return {
        "curve": Sheet(shown, "Not yet in response (months), weighted", RELEASE, drawn=True),
        "at_risk": Sheet(at_risk, "Weighted patients at risk, by months from the index date", RISK_RELEASE),
    }


UNITS = {
    "crude_difference": "percentage points",
    "difference": "percentage points",
    "intervention_weighted": "%",
    "control_weighted": "%",
}
_RELEASE = Counts(
    keys=("analysis",),
    cells=("intervention", "intervention_of", "control", "control_of", "unknown"),
    left_out=("why_not",),
)


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


def _curves(cohort: Cohort, balanced: Weighted, definition: dict[str, Any]) -> dict[str, Curve]:
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
    curves = {}
    for arm in (INTERVENTION, CONTROL):
        part = times.filter(pl.col("arm") == arm)
        if part.height:
            curves[definition["arms"][arm]["label"]] = kaplan_meier_estimate(
                part["months"],
                part["cbr_date"].is_not_null(),
                weights=part["weight"],
                confidence=definition["confidence"],
            )
    return curves


def _rows(effects: list[Effect]) -> pl.DataFrame:
    """Return the analyses as a table, each named in words."""
    rows = [{**one.row(), "analysis": analysis_words(one.label)} for one in effects]
    return pl.DataFrame(rows, schema=EFFECTS, orient="row")


def _balance(found: Weighted) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "covariate": covariate_words(row.name),
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
    )


def _adverse_events(cohort: Cohort, patients: pl.DataFrame, definition: dict[str, Any]) -> Sheet:
    """Return in how many patients an adverse event is recorded; where none is, nobody may have asked."""
    days = definition["adverse_events_months"] * DAYS_A_MONTH
    events = cohort.record.events.filter(pl.col("event") == "adverse_event").join(
        patients.select("patient_id", "index_date"), on="patient_id"
    )
    after = (pl.col("date") - pl.col("index_date")).dt.total_days()
    who = events.filter(after.is_between(0, days))["patient_id"].unique().to_list()
    serious = events.filter(after.is_between(0, days) & (pl.col("serious") == "yes"))["patient_id"].unique().to_list()
    rows = []
    for label, ids in (("any adverse event recorded", who), ("a serious one recorded", serious)):
        has = patients["patient_id"].is_in(ids)
        counts = {arm: int((has & (patients["arm"] == arm)).sum()) for arm in (INTERVENTION, CONTROL)}
        sizes = {f"{arm}_of": int((patients["arm"] == arm).sum()) for arm in (INTERVENTION, CONTROL)}
        rows.append({"event": label, **counts, **sizes})
    release = Counts(keys=("event",), cells=(INTERVENTION, "intervention_of", CONTROL, "control_of"))
    return Sheet(
        pl.DataFrame(rows), f"Adverse events recorded within {definition['adverse_events_months']} months", release
    )


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


def _numbers(effects: dict[int, Effect], balanced: Weighted, main: int) -> dict[str, Number]:
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
        keys = (
            "difference",
            "lower",
            "upper",
            "p",
            "crude_difference",
            "intervention_weighted",
            "control_weighted",
            "unknown",
        )
        numbers |= {f"response_{months}.{key}": row[key] for key in keys}
    found = effects[main].found
    if found is not None and found.ratio is not None:
        told = e_value(found.ratio, found.ratio_lower, found.ratio_upper)
        numbers |= {
            f"response_{main}.risk_ratio": found.ratio,
            f"response_{main}.e_value": told.estimate,
            f"response_{main}.e_value_limit": told.limit,
        }
    return numbers


def _other_numbers(subgroups: list[Effect], others: list[Effect]) -> dict[str, Number]:
    return {
        f"{kind}.{one.label}.{key}": one.row()[key]
        for kind, effects in (("subgroup", subgroups), ("sensitivity", others))
        for one in effects
        for key in ("difference", "lower", "upper")
    }
