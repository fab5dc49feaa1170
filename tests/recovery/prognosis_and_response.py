"""What was put into the course of the patients: hazard ratios, survival, progression, response by line."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from hepatica import studies
from hepatica.studies.definition import definition_of
from hepatica.studies.prognosis.immortal_time import naive_beside
from hepatica.studies.prognosis.landmark import at_landmark
from hepatica.synthetic.model import load_model
from recovery.found import Found
from recovery.invented import INITIAL_DAYS, Invented

LANDMARK, DAYS_A_YEAR = 184, 365.25
SECOND = ("mycophenolate", "mercaptopurine")
LATER = (*SECOND, "tacrolimus", "ciclosporin", "infliximab", "rituximab", "sirolimus")
VERDICTS = {"achieved": "response by 6 months", "not_achieved": "no response by 6 months"}


def prognosis(invented: Invented) -> Iterator[Found]:
    """Hazard ratios of death or transplant, progression to cirrhosis, survival at 20 years, and a later response."""
    numbers = studies.run("prognosis", invented.everybody).numbers
    model, seed = load_model(), invented.seed
    for name, words in (
        ("no_response", "no response by 6 months"), ("cirrhosis", "cirrhosis at diagnosis"), ("psc", "PSC"),
    ):  # fmt: skip
        ends = [numbers[f"cox.{name}.{end}"] for end in ("hr", "lower", "upper")]
        truth = model["outcomes.hazard_ratio"][name]
        naive = numbers["naive.never_responded.hr"] if name == "no_response" else None
        named = "never responded, as if known at the index date" if naive else ""
        yield Found("prognosis", f"hazard ratio of {words}", seed, "ratio", truth, *ends, naive=naive, naive_name=named)
    ends = [numbers[f"progression.no_response.{end}"] for end in ("hr", "lower", "upper")]
    truth = model["outcomes.cirrhosis_ratio_no_response"]
    yield Found("prognosis", "hazard ratio of progression without response", seed, "ratio", truth, *ends)
    yield from _survival(invented)
    yield _later_response(invented)


def _survival(invented: Invented) -> Iterator[Found]:
    """The share alive 20 years after the landmark: the truth is that of all patients, whom nobody loses."""
    numbers = studies.run("prognosis", invented.everybody, {"endpoint": "death", "naive_beside": False}).numbers
    for verdict, group in VERDICTS.items():
        mine = invented.truth.filter(pl.col("true_cbr_by_6_months") == verdict)
        # An empty cell is a death that comes after all else.
        alive = (mine["latent_death_days"].is_null() | (mine["latent_death_days"] > LANDMARK + 20 * DAYS_A_YEAR)).mean()
        ends = [numbers[f"survival.{group}.20_years.{end}"] for end in ("survival", "lower", "upper")]
        yield Found("prognosis", f"survival at 20 years, {group}", invented.seed, "share", alive, *ends)


def _later_response(invented: Invented) -> Found:
    """Without response by 6 months the hazard is the same whether one responds later or not: a ratio of 1."""
    flow = at_landmark(invented.everybody, definition_of("prognosis"))
    frame = flow.patients.filter(pl.col("cbr_by_6_months") == "not_achieved")
    told = naive_beside(frame.with_columns(index_date=pl.col("landmark")), 0.95)
    ends = (told.over_time.hr, told.over_time.lower, told.over_time.upper)
    what = "hazard ratio of not responding later either"
    name = "ever responded as a baseline covariate"
    return Found("prognosis", what, invented.seed, "ratio", 1.0, *ends, naive=told.naive.hr, naive_name=name)


def response(invented: Invented) -> Iterator[Found]:
    """The share with complete response by line, on the treatment itself: whoever changes before has not responded."""
    first = _first_line_truth(invented)
    numbers = studies.run("response", invented.everybody).numbers
    ends = [numbers[f"by_line.1.{end}"] for end in ("share", "lower", "upper")]
    yield Found("response", "response to the first line by 6 months", invented.seed, "share", first, *ends)
    yield _with_gaps(invented, first)
    changed = invented.cohort("changed", _later_lines(invented)["patient_id"].unique().to_list())
    # Visits come half-yearly by then: within a year, judged in its second half, nearly everybody is seen.
    wide = {"response": {"months": 12, "assess_days": 214, "active_within_days": 183}}
    tables = studies.run("response", changed, wide).tables
    failed = tables["by_reason_before"].filter(pl.col("line") == 2, pl.col("reason_before") == "non_response")
    yield _later(invented, "a second line after non-response", failed, SECOND)
    for drug in ("tacrolimus", "infliximab"):
        mine = tables["by_treatment"].filter(pl.col("treatment") == drug)
        yield _later(invented, drug, mine, (drug,))


def _later(invented: Invented, words: str, row: pl.DataFrame, drugs: tuple[str, ...]) -> Found:
    truth = _later_lines(invented).filter(pl.col("drug").is_in(drugs))["responds_in_a_year"].mean()
    ends = row.select("share", "lower", "upper").row(0)
    return Found("response", f"response to {words} within a year", invented.seed, "share", truth, *ends)


def _first_line_truth(invented: Invented) -> float:
    """The true share that responds by 6 months, before another drug takes the first line's place."""
    index = invented.truth.select("patient_id", "index_date")
    changes = invented.changes.filter(pl.col("drug").is_in(LATER)).join(index, on="patient_id")
    late = changes.filter((pl.col("date") - pl.col("index_date")).dt.total_days() > INITIAL_DAYS)
    left = late.group_by("patient_id").agg(left=pl.col("date").min())
    known = invented.truth.filter(pl.col("true_cbr_by_6_months").is_in(list(VERDICTS)))
    until = pl.min_horizontal(pl.col("index_date").dt.offset_by("6mo"), "left")
    # Without a date of response there was none.
    responded = (pl.col("true_cbr_date") <= until).fill_null(value=False)
    return known.join(left, on="patient_id", how="left").select(responded.mean()).item()


def _later_lines(invented: Invented) -> pl.DataFrame:
    """Each later line for insufficient response that is followed for a year, with the true response to it."""
    told = invented.truth.select("patient_id", "true_cbr_date", "last_day")
    rows = invented.changes.filter(pl.col("drug").is_in(LATER)).sort("patient_id", "date")
    following = rows.with_columns(left=pl.col("date").shift(-1).over("patient_id")).join(told, on="patient_id")
    year = pl.col("date").dt.offset_by("12mo")
    before = (pl.col("true_cbr_date") <= pl.col("date")).fill_null(value=False)  # no date: not in response
    within = (pl.col("true_cbr_date") <= pl.min_horizontal(year, "left")).fill_null(value=False)
    failing = following.filter(pl.col("reason") == "insufficient_response", ~before, pl.col("last_day") >= year)
    return failing.with_columns(responds_in_a_year=within)


def _with_gaps(invented: Invented, truth: float) -> Found:
    """The same with the gaps that centres have: the bounds are the answer, and unknown is no failure."""
    numbers = studies.run("response", invented.as_sent).numbers
    share = numbers["by_line.1.share"]
    ends = (numbers["by_line.1.if_no_unknown_responded"], numbers["by_line.1.if_all_unknown_responded"])
    return Found(
        "response", "the same with the gaps that centres have", invented.seed, "share", truth, share, *ends,
        kind="bounds", naive=ends[0], naive_name="not seen in response counted as failure",
    )  # fmt: skip
