"""What was put into tables, pooled trials, centres' habits, and single patients."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from hepatica import studies
from hepatica.studies.synthesis import Library, open_input
from recovery.found import Found
from recovery.invented import INITIAL_DAYS, Invented

SAMPLES, METABOLITES, CARRIERS, SHIFT = 80, 40, 4, 0.7
ELSEWHERE = 4_000
TRIALS, PER_ARM, CONTROL, LOG_ODDS_RATIO, BETWEEN, POOLS = 10, 80, 0.3, 0.9, 0.5, 5
AUDITED, CASES = 300, 12


def signature(invented: Invented) -> Iterator[Found]:
    """How well a signature tells patients it never saw: the truth is its area in thousands of others."""
    folder = invented.folder / "signature"
    folder.mkdir()
    draw = np.random.default_rng(invented.seed)
    for name, samples in (("mine", SAMPLES), ("elsewhere", ELSEWHERE)):
        _samples(draw, name, samples).write_csv(folder / f"{name}.csv")
    definition = {
        "models": {"pls_da": {"components": 3}, "elastic_net": None},
        "validation": {"outer_folds": 5, "inner_folds": 3, "repeats": 2, "permutations": 0},
        "second_table": str(folder / "elsewhere.csv"),
        "as_published": {"test_share": 0.2, "seed": 1, "components": 3, "bootstrap": 100},
    }
    numbers = studies.run("signature", str(folder / "mine.csv"), definition).numbers
    ends = [numbers[f"pls_da.{end}"] for end in ("auc", "auc_lower", "auc_upper")]
    yield Found(
        "signature", "area under the curve in others", invented.seed, "number", numbers["external.pls_da.auc"], *ends,
        naive=numbers["as_published.train_auc"], naive_name="in the samples it was made on",
    )  # fmt: skip


def _samples(draw: np.random.Generator, name: str, samples: int) -> pl.DataFrame:
    """Lognormal metabolites, of which a few are higher in the diseased."""
    values = draw.normal(size=(samples, METABOLITES))
    values[: samples // 2, :CARRIERS] += SHIFT
    named = {"sample": [f"{name}-{n}" for n in range(samples)], "class": ["AIH"] * (samples // 2)}
    named["class"] += ["healthy"] * (samples - samples // 2)
    frame = pl.DataFrame(np.exp(values), schema=[f"M{n + 1}" for n in range(METABOLITES)])
    return pl.concat([pl.DataFrame(named), frame], how="horizontal")


def synthesis(invented: Invented) -> Iterator[Found]:
    """The mean effect of trials whose effects differ: the fixed effect's interval takes them for one."""
    library = open_input("library", {})
    for pool in range(POOLS):
        yield _pooled(library, np.random.default_rng([invented.seed, pool]), invented.seed)


def _pooled(library: Library, draw: np.random.Generator, seed: int) -> Found:
    odds = CONTROL / (1 - CONTROL) * np.exp(draw.normal(LOG_ODDS_RATIO, BETWEEN, TRIALS))
    events, control = draw.binomial(PER_ARM, odds / (1 + odds)), draw.binomial(PER_ARM, CONTROL, TRIALS)
    told = [
        {"label": f"trial {n}", "events": int(x), "of": PER_ARM, "control_events": int(y), "control_of": PER_ARM}
        for n, (x, y) in enumerate(zip(events, control, strict=True))
    ]
    definition = {"measure": "odds_ratio", "model": {"hartung_knapp": True}, "studies": told}
    numbers = studies.run("synthesis", library, definition).numbers
    ends = [numbers[f"random.{end}"] for end in ("odds_ratio", "lower", "upper")]
    truth = float(np.exp(LOG_ODDS_RATIO))
    return Found(
        "synthesis", "mean odds ratio of trials that differ", seed, "ratio", truth, *ends,
        naive=numbers["fixed.odds_ratio"], naive_name="fixed effect",
        naive_held=numbers["fixed.lower"] <= truth <= numbers["fixed.upper"],
    )  # fmt: skip


def practice(invented: Invented) -> Iterator[Found]:
    """The survey's counts out of rebuilt centres; and how many patients began as the protocol says."""
    tables = studies.run("practice", "survey:cananzi_2025", {"seed": invented.seed}).tables
    # Where the printed figures contradict each other (which has a remark) nothing can come out as printed.
    printed = tables["published"].filter(pl.col("remark") == "")
    agrees = (printed["agrees"] == "yes").mean()
    what = "shares of a survey as they were put in"
    yield Found("practice", what, invented.seed, "share", 1.0, agrees, kind="exact")
    mine = invented.truth.head(AUDITED)
    folder: Path = invented.cut("audited", mine["patient_id"].to_list())
    told = {"recorded": {"source": str(folder), "protocol": "easl_2015"}}
    numbers = studies.run("practice", "easl_2015", told).numbers
    counts = [numbers[f"recorded.first_line.{group}"] for group in ("as_protocol", "not_as_protocol")]
    both = _begun_on_both(invented, mine.filter(pl.col("arm") != "none"))
    what = "share begun on prednisolone with azathioprine"
    yield Found("practice", what, invented.seed, "share", both, counts[0] / sum(counts), kind="exact")


def _begun_on_both(invented: Invented, treated: pl.DataFrame) -> float:
    """The true share begun on prednisolone with azathioprine that nothing replaced in the first weeks."""
    changed = treated.join(invented.changes, on="patient_id").filter(
        (pl.col("date") - pl.col("index_date")).dt.total_days() <= INITIAL_DAYS
    )
    on_both = treated["arm"] == "prednisolone+azathioprine"
    return (on_both & ~treated["patient_id"].is_in(changed["patient_id"].unique().to_list())).mean()


def case(invented: Invented) -> Iterator[Found]:
    """Single stories: every change of treatment and the first response, in the month in which they came."""
    here = invented.changes
    patients = here["patient_id"].unique(maintain_order=True).head(CASES).to_list()
    cohort = invented.cohort("cases", patients)
    told = right = 0
    for who in patients:
        result = studies.run("case", cohort, {"patient": who})
        truth = invented.truth.row(by_predicate=pl.col("patient_id") == who, named=True)
        begun = set(result.tables["treatments"].select("drug", "start").rows())
        for drug, day in here.filter(pl.col("patient_id") == who).select("drug", "date").iter_rows():
            told, right = told + 1, right + ((drug, _months(day, truth)) in begun)
        if truth["true_cbr_date"] is not None:
            month = _months(truth["true_cbr_date"], truth)
            told, right = told + 1, right + (result.numbers["months.cbr"] == month)
    what = "changes of treatment and first responses told in their month"
    yield Found("case", what, invented.seed, "share", 1.0, right / told, kind="exact")


def _months(day: object, truth: dict) -> float:
    return round((day - truth["index_date"]).days / 30.4375, 1)
