"""Our answers to survival.R, cox.R, and competing.R, by the same keys."""

from __future__ import annotations

import polars as pl

from hepatica.studies.statistics.competing import aalen_johansen, fine_gray, gray_test
from hepatica.studies.statistics.cox import CoxFit, cox
from hepatica.studies.statistics.survival import kaplan_meier, landmark, log_rank, rmst_difference
from referee.asking import Answers
from referee.cohorts import Patients, cohorts, stretches


def question() -> dict[str, object]:
    return {
        "cohorts": {name: patients.question() for name, patients in cohorts().items()},
        "stretches": {name: frame.to_dict(as_series=False) for name, frame in stretches().items()},
    }


def survival() -> Answers:
    found: Answers = {}
    for name, patients in cohorts().items():
        found |= _curves(name, patients) | _comparisons(name, patients)
    for name, frame in stretches().items():
        some = frame.filter(pl.col("x1") > 0.5)
        curve = kaplan_meier(some["stop"], some["event"], entry=some["start"])
        at = curve.events > 0
        columns = (curve.survival, curve.lower, curve.at_risk)
        found[f"{name}/delayed entry"] = [float(value) for column in columns for value in column[at]]
    return found


def _curves(name: str, patients: Patients) -> Answers:
    d, found = patients.frame, {}
    for kind in ("log", "log-log", "plain"):
        curve = kaplan_meier(d["time"], d["event"], interval=kind)
        found[f"{name}/{kind}/surv"] = curve.survival.tolist()
        found[f"{name}/{kind}/lower"], found[f"{name}/{kind}/upper"] = curve.lower.tolist(), curve.upper.tolist()
        found[f"{name}/{kind}/median"] = [curve.median.value, curve.median.lower, curve.median.upper]
    at = curve.events > 0
    found[f"{name}/std_error"] = curve.std_error[at].tolist()
    found[f"{name}/counts"] = [*curve.at_risk.tolist(), *curve.events.tolist(), *curve.censored.tolist()]
    curve = kaplan_meier(d["time"], d["event"], weights=d["weight"], interval="log-log")
    for word, column in (("surv", curve.survival), ("lower", curve.lower), ("upper", curve.upper)):
        found[f"{name}/weighted/{word}"] = column.tolist()
    return found


def _comparisons(name: str, patients: Patients) -> Answers:
    d, found = patients.frame, {}
    for rho in (0, 1):
        test = log_rank(d["time"], d["event"], d["group"], rho=rho)
        found[f"{name}/log_rank/{rho}"] = [test.chi_square, *test.observed, *test.expected, test.p]
    test = log_rank(d["time"], d["event"], d["group"], d["strata"])
    found[f"{name}/log_rank/stratified"] = [test.chi_square, *test.observed, *test.expected]
    means = rmst_difference(d["time"], d["event"], d["group"], patients.tau)
    one, other = means.first, means.second
    found[f"{name}/rmst"] = [one.value, other.value, one.std_error, other.std_error]
    kept = landmark(d["time"], d["event"], patients.tau / 4)
    curve = kaplan_meier(kept.time, kept.event)
    found[f"{name}/landmark"] = [float(kept.kept.sum()), float(kept.event.sum()), *curve.survival.tolist()]
    return found


def models() -> Answers:
    found: Answers = {}
    for name, patients in cohorts().items():
        asked = {"time": "time", "event": "event", "covariates": patients.covariates}
        for ties in ("efron", "breslow"):
            fit = cox(patients.frame, ties=ties, **asked)
            found |= _told(f"{name}/{ties}", fit)
            tests = (fit.likelihood_ratio, fit.wald, fit.score)
            found[f"{name}/{ties}/tests"] = [value for test in tests for value in (test.statistic, test.p)]
            found |= _told(
                f"{name}/{ties}/weighted", cox(patients.frame, ties=ties, weights="weight", **asked), zph=False
            )
        found |= _told(f"{name}/stratified", cox(patients.frame, strata="strata", **asked))
        found |= _told(f"{name}/clustered", cox(patients.frame, cluster="cluster", **asked), zph=False)
    for name, frame in stretches().items():
        asked = {"time": "stop", "entry": "start", "event": "event", "covariates": ("x1", "x2"), "id": "id"}
        for ties in ("efron", "breslow"):
            found |= _told(f"{name}/in time/{ties}", cox(frame, ties=ties, **asked))
        fit = cox(frame, strata="strata", cluster="id", **asked)
        found |= _told(f"{name}/in time/stratified, clustered", fit, zph=False)
    return found


def _told(key: str, fit: CoxFit, *, zph: bool = True) -> Answers:
    found: Answers = {
        f"{key}/coef": [term.log_hr for term in fit.terms],
        f"{key}/se": [term.std_error for term in fit.terms],
        f"{key}/hr": [value for term in fit.terms for value in (term.hr, term.lower, term.upper)],
        f"{key}/likelihood": [fit.log_likelihood_null, fit.log_likelihood],
    }
    if zph:
        found[f"{key}/zph"] = [value for test in fit.proportionality for value in (test.chi_square, test.p)]
    return found


def with_two_causes() -> dict[str, Patients]:
    return {name: patients for name, patients in cohorts().items() if "transplant" in patients.frame["cause"]}


def competing_question() -> dict[str, object]:
    return {"cohorts": {name: patients.question() for name, patients in with_two_causes().items()}}


def competing() -> Answers:
    found: Answers = {}
    for name, patients in with_two_causes().items():
        d = patients.frame
        times = [patients.tau * eighth / 8 for eighth in range(1, 9)]
        for cause, curve in aalen_johansen(d["time"], d["cause"]).items():
            points = [curve.at(time) for time in times]
            found[f"{name}/{cause}/incidence"] = [point.incidence for point in points]
            found[f"{name}/{cause}/variance"] = [point.std_error**2 for point in points]
            found[f"{name}/{cause}/state"] = [point.incidence for point in points[:6]]
            fit = fine_gray(d, time="time", cause="cause", covariates=patients.covariates, of=cause)
            found[f"{name}/{cause}/fine_gray/coef"] = [term.log_hr for term in fit.terms]
            found[f"{name}/{cause}/fine_gray/se"] = [term.std_error for term in fit.terms]
            found[f"{name}/{cause}/fine_gray/likelihood"] = [fit.log_likelihood_null, fit.log_likelihood]
            plain = gray_test(d["time"], d["cause"], d["group"], cause)
            layers = gray_test(d["time"], d["cause"], d["group"], cause, d["strata"], rho=1)
            found[f"{name}/{cause}/gray"] = [plain.chi_square, plain.p]
            found[f"{name}/{cause}/gray, stratified"] = [layers.chi_square, layers.p]
    return found
