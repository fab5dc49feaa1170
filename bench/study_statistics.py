"""The statistics of a study, measured beside lifelines alone and R on the same numbers.

    python bench/study_statistics.py                    # 2,559 and 10,000 patients: the registry, and the aim
    python bench/study_statistics.py --patients 100000

Prints a Markdown table: seconds of the calculation alone, the best of three, without loading (which is given below it).
Times are compared within one run, never asserted. R and lifelines are left out where they are not installed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

SIZES = (2_559, 10_000)
COVARIATES = ["age", "cirrhosis", "igg", "male"]
R_SCRIPT = """
suppressPackageStartupMessages({library(survival); library(cmprsk); library(pROC); library(jsonlite)})
a <- commandArgs(trailingOnly = TRUE); d <- read.csv(a[1])
best <- function(f) min(replicate(3, {gc(FALSE); system.time(f())[["elapsed"]]}))
crr_once <- function() system.time(crr(d$time, d$cause, d[c("age", "cirrhosis", "igg", "male")]))[["elapsed"]]
x <- Surv(d$time, d$event)
out <- list(
  "Kaplan-Meier, two groups" = best(function() survfit(x ~ response, d)),
  "log-rank, stratified" = best(function() survdiff(x ~ response + strata(centre), d)),
  "Cox, four covariates" = best(function() coxph(x ~ age + cirrhosis + igg + male, d)),
  "Cox with test of proportionality" = best(function() cox.zph(coxph(x ~ age + cirrhosis + igg + male, d))),
  "cumulative incidence" = best(function() cuminc(d$time, d$cause, cencode = 0)),
  "Fine-Gray, four covariates" = if (nrow(d) > 3000) NA else crr_once(),
  "ROC with DeLong's interval" = best(function() ci.auc(roc(d$event, d$igg, quiet = TRUE))),
  "propensity score" = best(function() glm(treated ~ age + cirrhosis + igg + male, binomial, d))
)
cat(toJSON(out, auto_unbox = TRUE, digits = NA, na = "null"))
"""


def cohort(patients: int) -> pl.DataFrame:
    """Invented patients with up to 20 years in whole days; hazards follow four covariates."""
    draw = np.random.default_rng(20)
    age, igg = draw.normal(45, 15, patients), draw.gamma(4, 0.5, patients)
    cirrhosis, male = draw.random(patients) < 0.3, draw.random(patients) < 0.25
    risk = np.exp(0.03 * (age - 45) + 1.2 * cirrhosis + 0.2 * igg)
    ends = [draw.exponential(scale / risk) for scale in (20_000, 60_000)]
    stop = draw.uniform(200, 7_305, patients)
    time_ = np.ceil(np.minimum(np.minimum(*ends), stop))
    cause = np.where(stop <= np.minimum(*ends), 0, np.where(ends[0] <= ends[1], 1, 2))
    return pl.DataFrame(
        {
            "time": time_, "cause": cause, "event": (cause == 1).astype(int), "age": age, "igg": igg,
            "cirrhosis": cirrhosis.astype(int), "male": male.astype(int),
            "response": draw.choice(["no", "yes"], patients), "centre": draw.integers(0, 12, patients),
            "treated": (draw.random(patients) < 1 / (1 + np.exp(-0.02 * (age - 45)))).astype(int),
        }
    )  # fmt: skip


def best(work: Callable[[], object]) -> float:
    """The best of three."""
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def ours(d: pl.DataFrame) -> dict[str, float]:
    from hepatica.studies.statistics.competing import aalen_johansen, fine_gray
    from hepatica.studies.statistics.cox import cox
    from hepatica.studies.statistics.propensity import propensity_score
    from hepatica.studies.statistics.roc import auc_delong
    from hepatica.studies.statistics.survival import kaplan_meier, log_rank

    def two_curves() -> None:
        for _, group in d.group_by("response"):
            kaplan_meier(group["time"], group["event"])

    whole = best(lambda: cox(d, time="time", event="event", covariates=COVARIATES))
    return {
        "Kaplan-Meier, two groups": best(two_curves),
        "log-rank, stratified": best(lambda: log_rank(d["time"], d["event"], d["response"], d["centre"])),
        "Cox, four covariates": whole,  # the test of proportionality is part of it
        "Cox with test of proportionality": whole,
        "cumulative incidence": best(lambda: aalen_johansen(d["time"], d["cause"])),
        "Fine-Gray, four covariates": best(
            lambda: fine_gray(d, time="time", cause="cause", covariates=COVARIATES, of="1")
        ),
        "ROC with DeLong's interval": best(lambda: auc_delong(d["event"], d["igg"])),
        "propensity score": best(lambda: propensity_score(d, treatment="treated", covariates=COVARIATES)),
    }


def with_lifelines(d: pl.DataFrame) -> dict[str, float]:
    try:
        import lifelines
    except ImportError:
        return {}
    frame = d.select("time", "event", *COVARIATES).to_pandas()
    groups = [group.to_pandas() for _, group in d.group_by("response")]
    whole = d.to_pandas()

    def two_curves() -> None:
        for group in groups:
            lifelines.KaplanMeierFitter().fit(group["time"], group["event"])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it moves tied times apart, and says so
        incidence = best(lambda: lifelines.AalenJohansenFitter(seed=1).fit(whole["time"], whole["cause"], 1))
    fitted = lifelines.CoxPHFitter().fit(frame, "time", "event")
    tested = best(lambda: lifelines.statistics.proportional_hazard_test(fitted, frame, time_transform="km"))
    plain = best(lambda: lifelines.CoxPHFitter().fit(frame, "time", "event"))
    return {
        "Kaplan-Meier, two groups": best(two_curves),
        "Cox, four covariates": plain,
        "Cox with test of proportionality": plain + tested,
        "cumulative incidence": incidence,
    }


def with_r(d: pl.DataFrame) -> dict[str, float | None]:
    if shutil.which("Rscript") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        file, script = Path(folder) / "cohort.csv", Path(folder) / "bench.R"
        d.write_csv(file)
        script.write_text(R_SCRIPT, encoding="utf-8")
        done = subprocess.run(["Rscript", str(script), str(file)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stderr)
        return {}
    return json.loads(done.stdout)


def loading(module: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
    return time.perf_counter() - start


def loading_r() -> str:
    """What R takes to start, and with the packages that it is asked for."""
    if shutil.which("Rscript") is None:
        return ""
    seconds = []
    for code in ("", "suppressPackageStartupMessages({library(survival); library(cmprsk); library(pROC)})"):
        start = time.perf_counter()
        subprocess.run(["Rscript", "-e", f"{code or 1}"], check=True, capture_output=True)
        seconds.append(time.perf_counter() - start)
    return f", R {seconds[0]:.1f} s (with survival, cmprsk, and pROC {seconds[1]:.1f} s)"


def shown(seconds: float | None) -> str:
    return "not measured" if seconds is None else f"{seconds:.4f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, action="append")
    for patients in parser.parse_args().patients or SIZES:
        d = cohort(patients)
        here, there, r = ours(d), with_lifelines(d), with_r(d)
        print(f"\n{patients:,} patients, {int(d['event'].sum()):,} events, up to 20 years\n")
        print("| seconds | Hepatica | lifelines alone | R |\n|---|---|---|---|")
        for name, seconds in here.items():
            print(f"| {name} | {shown(seconds)} | {shown(there.get(name))} | {shown(r.get(name))} |")
    print(
        "\nLoading: "
        + ", ".join(f"{name} {loading(name):.1f} s" for name in ("hepatica.studies.statistics.cox", "lifelines"))
        + loading_r()
    )


if __name__ == "__main__":
    main()
