"""Prognosis as tables with captions and conditions of release, and as flat numbers."""

from __future__ import annotations

from typing import Any

import polars as pl

from hepatica.studies.prognosis.immortal_time import Beside
from hepatica.studies.prognosis.landmark import COVARIATES
from hepatica.studies.prognosis.models import Fitted
from hepatica.studies.release import Counts, CurveOf, Estimates
from hepatica.studies.result import Number, Sheet
from hepatica.studies.statistics.log_rank import LogRank

SURVIVAL = CurveOf(time="time", group="group", size="at_risk", shares=("survival",))
AT_RISK = CurveOf(time="time", group="group", size="at_risk", shares=(), grid=None)
INCIDENCE = CurveOf(time="time", group="curve", size="at_risk", shares=("incidence",))
CHARACTERISTICS = Counts(
    ("characteristic", "group"), ("patients", "yes", "no", "unknown"), (("patients", ("yes", "no", "unknown")),)
)
INCIDENCE_AT = CurveOf(time="years", group="curve", size="at_risk", shares=("incidence",), grid=None)
AT_HORIZONS = CurveOf(time="years", group="group", size="at_risk", shares=("survival",), grid=None)
RESPONSE = Counts(
    ("group",),
    ("followed", "not_assessable", "assessable", "achieved", "not_achieved"),
    (("followed", ("not_assessable", "assessable")), ("assessable", ("achieved", "not_achieved"))),
)


def sheets(found: dict[str, Any], definition: dict[str, Any]) -> dict[str, Sheet]:
    """Return the tables; the first is the main one."""
    level = f"{100 * definition['confidence']:g} % interval"
    end = "death or transplant" if definition["endpoint"] == "death_or_transplant" else "death"
    return {
        "survival": Sheet(found["survival"], f"Free of {end} after the landmark, {level} (log-log)", AT_HORIZONS),
        "cox": Sheet(
            pl.concat([found["cox"].terms, found["progression_cox"].terms, found["fine_gray"].terms]),
            f"Hazard ratios with {level}, complete cases",
            Estimates("events"),
        ),
        "log_rank": Sheet(
            _log_rank(found["log_rank"]), "Survival by response compared: log-rank test", Estimates("events"),
            empty="not tested: one group is empty, or nobody had an event.",
        ),
        "incidence_at": Sheet(
            _curve(found["incidence_at"]),
            f"Cumulative incidence after the landmark, {level} (Aalen-Johansen); of cirrhosis in those without it",
            INCIDENCE_AT,
        ),
        "ends": Sheet(
            _ends(found),
            "Follow-up from the landmark (median by the reverse Kaplan-Meier method) and ends by response",
            Counts(("group",), ("patients", "ends"), total=(("group", "all"),)),
            {"median_follow_up": "years"},
        ),
        "response": Sheet(found["response"], "Complete response by 6 months, of those followed", RESPONSE),
        "characteristics": Sheet(found["characteristics"], "Characteristics by response", CHARACTERISTICS),
        "ages": Sheet(found["ages"], "Age at the index date by response, years", Estimates("patients", times=4)),
        "missing": Sheet(
            _named(found["missing"]),
            "Patients of whom a covariate is unknown",
            Counts(("covariate",), ("patients", "known", "unknown"), (("patients", ("known", "unknown")),)),
        ),
        "cirrhosis_survival": Sheet(
            found["cirrhosis_survival"], f"Free of {end} by cirrhosis at diagnosis and response, {level}", AT_HORIZONS
        ),
        "proportional_hazards": Sheet(
            _named(found["cox"].proportional),
            "Test of proportional hazards (Grambsch and Therneau)",
            Estimates("events"),
            empty="not tested: it is of Cox's model without a penalty, which was not fitted.",
        ),
        "progression": Sheet(
            found["progression"].attrition.frame(), "Who can progress to cirrhosis", _steps()
        ),
        **({"immortal_time": Sheet(_beside(found["naive"]), IMMORTAL, Estimates("events"))} if found["naive"] else {}),
        **_curve_sheets(found),
    }  # fmt: skip


def _curve_sheets(found: dict[str, Any]) -> dict[str, Sheet]:
    """Return the curves that the pictures draw, the numbers at risk below them, and the patients behind them."""
    return {
        "curves": Sheet(found["curves"], "Kaplan-Meier curves by response", SURVIVAL, drawn=True),
        "at_risk": Sheet(found["at_risk"], "Patients at risk by response, by years since the landmark", AT_RISK),
        "cirrhosis_curves": Sheet(
            found["cirrhosis_curves"], "Kaplan-Meier curves by cirrhosis and response", SURVIVAL, drawn=True
        ),
        "cirrhosis_at_risk": Sheet(
            found["cirrhosis_at_risk"], "Patients at risk by cirrhosis and response, years since the landmark", AT_RISK
        ),
        "progression_at_risk": Sheet(
            found["progression_at_risk"],
            "Patients without cirrhosis at risk of it by response, by years since the landmark",
            AT_RISK,
        ),
        "incidence": Sheet(
            _curve(found["incidence"]), "Cumulative incidence of death and transplant", INCIDENCE, drawn=True
        ),
        "progression_incidence": Sheet(
            _curve(found["progression_incidence"]), "Cumulative incidence of cirrhosis", INCIDENCE, drawn=True
        ),
        "patients": _patients(found["frame"], "A row per patient analysed"),
        "progression_patients": _patients(found["progression"].patients, "A row per patient who can progress"),
    }  # fmt: skip


IMMORTAL = (
    "Never responded against responded: naive (biased by immortal time), and as a covariate that changes over time"
)


def _ends(found: dict[str, Any]) -> pl.DataFrame:
    """Return patients, ends that count, and median follow-up in years."""
    frame: pl.DataFrame = found["frame"]
    counts = frame.group_by("group").agg(patients=pl.len().cast(pl.Int64), ends=pl.col("event").sum().cast(pl.Int64))
    whole = pl.DataFrame({"group": ["all"], "patients": [frame.height], "ends": [int(frame["event"].sum())]})
    told = pl.concat([whole, counts.sort("group", descending=True)])
    median = pl.lit(found["follow_up"], dtype=pl.Float64)
    only_all = pl.when(pl.col("group") == "all").then(median)  # of the groups it is not told
    return told.with_columns(median_follow_up=only_all)


def _log_rank(found: LogRank | None) -> pl.DataFrame:
    """Return the log-rank test of the two groups as a row; none where it could not be made."""
    schema = {"chi_square": pl.Float64, "df": pl.Int64, "p": pl.Float64, "events": pl.Int64}
    rows = [] if found is None else [(found.chi_square, found.df, found.p, round(sum(found.observed)))]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _patients(frame: pl.DataFrame, caption: str) -> Sheet:
    """Return a row per patient from the landmark on: time, end, and every covariate that a model can have."""
    told = frame.select("patient_id", "group", "years", "cause", "event", *COVARIATES)
    return Sheet(told, f"{caption} (never leaves the centre)", drawn=True)


def _named(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table of covariates with their names as people write them."""
    return frame.with_columns(pl.col("covariate").replace({**COVARIATES, "GLOBAL": "all together"}))


def _steps() -> Counts:
    return Counts(
        ("key", "step"), ("before", "in", "out", "unknown"), (("before", ("in", "out", "unknown")),),
        chain=("before", "in"), left_out=("out_reasons", "unknown_reasons"),
    )  # fmt: skip


def _curve(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the table with a name per curve: group and cause."""
    return frame.with_columns(curve=pl.col("group") + pl.lit(": ") + pl.col("cause"))


def _beside(naive: Beside) -> pl.DataFrame:
    rows = [("naive, from the index date: biased", naive.naive)]
    rows += [("response as a covariate that changes over time", naive.over_time)] if naive.over_time else []
    return pl.DataFrame(
        {
            "analysis": [name for name, _ in rows],
            "hr": [term.hr for _, term in rows],
            "lower": [term.lower for _, term in rows],
            "upper": [term.upper for _, term in rows],
            "patients": [naive.patients] * len(rows),
            "events": [naive.events] * len(rows),
        }
    )


def numbers(found: dict[str, Any]) -> dict[str, Number]:
    """Return the flat numbers."""
    response = found["response"].row(0, named=True)
    told: dict[str, Number] = {f"response.{name}": value for name, value in response.items() if name != "group"}
    told["follow_up.median_years"] = found["follow_up"]
    told["events"] = int(found["frame"]["event"].sum())
    for prefix in ("survival", "cirrhosis_survival"):
        for row in found[prefix].iter_rows(named=True):
            for name in ("at_risk", "survival", "lower", "upper"):
                told[f"{prefix}.{row['group']}.{row['years']:g}_years.{name}"] = row[name]
    if found["log_rank"]:
        told |= {"log_rank.chi_square": found["log_rank"].chi_square, "log_rank.p": found["log_rank"].p}
    for prefix, fit in (("cox", found["cox"]), ("progression", found["progression_cox"])):
        told |= _model_numbers(prefix, fit)
    for row in found["fine_gray"].terms.iter_rows(named=True):
        key = f"fine_gray.{row['model'].split(',')[0]}.{row['covariate']}"
        told |= {f"{key}.{name}": row[name] for name in ("hr", "lower", "upper", "p", "events")}
    if found["naive"]:
        told |= {
            "naive.never_responded.hr": found["naive"].naive.hr,
            "naive.never_responded.events": found["naive"].events,
        }
    return told


def _model_numbers(prefix: str, fit: Fitted) -> dict[str, Number]:
    told: dict[str, Number] = {}
    for row in fit.terms.iter_rows(named=True):
        told |= {f"{prefix}.{row['covariate']}.{name}": row[name] for name in ("hr", "lower", "upper", "p")}
        told |= {f"{prefix}.patients": row["patients"], f"{prefix}.events": row["events"]}
    return told


SHARED_NUMBERS = {"cox.": "cox.events", "progression.": "progression.events", "log_rank.": "events"}
FILLS = {
    "strobe": {
        "4": "methods",
        "5": "methods",
        "6a": "methods; definition; table:attrition",
        "7": "methods; definition",
        "9": "methods",
        "11": "methods",
        "12a": "methods",
        "12b": "methods",
        "12c": "methods; table:missing",
        "12d": "methods",
        "13a": "table:attrition",
        "13b": "table:attrition",
        "13c": "figure:attrition",
        "14a": "table:characteristics; table:ages",
        "14b": "table:missing",
        "14c": "table:ends",
        "15": "table:ends; table:survival",
        "16a": "table:survival",
        "16c": "table:survival; table:incidence_at",
        "17": "table:progression; table:cirrhosis_survival",
    }
}


def filled(found: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return the items that the report fills: those of the models only where these could be fitted."""
    items = dict(FILLS["strobe"])
    if found["cox"].terms.height:
        items["16a"] = "table:survival (unadjusted); table:cox (adjusted)"
    if found["fine_gray"].terms.height:
        items["17"] = f"table:cox (Fine and Gray); {items['17']}"
    if found["naive"]:
        items["9"] = "methods; table:immortal_time"
    return {"strobe": items}
