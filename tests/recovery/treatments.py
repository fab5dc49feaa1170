"""What was put into the comparison of treatments: budesonide by indication, mycophenolate by lot."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from hepatica import studies
from hepatica.synthetic.model import load_model
from recovery.found import Found
from recovery.invented import Invented

DRUGS = {"mycophenolate+prednisolone": "mycophenolate", "prednisolone+azathioprine": "azathioprine"}
PLAIN = {
    "subgroups": {"no_cirrhosis": False, "age_60": False},
    "sensitivity": {"definitions": [], "estimands": []},
}


def compare(invented: Invented) -> Iterator[Found]:
    """The difference in response by 6 months: both answers of every patient are known."""
    numbers = studies.run("compare", invented.everybody, PLAIN).numbers
    adults = invented.truth.filter(pl.col("age_at_diagnosis") >= 18, pl.col("arm") != "none")
    difference = pl.col("early_budesonide") - pl.col("early_prednisolone")
    treated = adults.filter(pl.col("arm").str.contains("budesonide")).select(difference.mean()).item()
    naive = _unweighted(adults)
    ends = [numbers[f"response_6.{end}"] for end in ("difference", "lower", "upper")]
    what = "budesonide instead of prednisone, in those given it"
    yield Found(
        "compare", what, invented.seed, "number", treated, *ends, naive=naive, naive_name="everybody, unweighted"
    )
    chance = pl.col("budesonide_probability")
    weight = chance * (1 - chance)
    either = adults.select((difference * weight).sum() / weight.sum()).item()
    numbers = studies.run("compare", invented.everybody, {**PLAIN, "estimand": "overlap"}).numbers
    ends = [numbers[f"response_6.{end}"] for end in ("difference", "lower", "upper")]
    what = "the same, in those who could have had either"
    yield Found(
        "compare", what, invented.seed, "number", either, *ends, naive=naive, naive_name="everybody, unweighted"
    )


def _unweighted(adults: pl.DataFrame) -> float:
    """What the verdicts of everybody say of budesonide against prednisolone, whoever was given which and why."""
    judged = adults.filter(pl.col("true_cbr_by_6_months").is_in(["achieved", "not_achieved"]), randomised="no")
    reached = pl.col("true_cbr_by_6_months") == "achieved"
    given = {name: judged.filter(pl.col("arm").str.contains(name)) for name in ("budesonide", "prednisolone")}
    return given["budesonide"].select(reached.mean()).item() - given["prednisolone"].select(reached.mean()).item()


def trial(invented: Invented) -> Iterator[Found]:
    """The randomised trial: remission at 24 weeks, and stopping for adverse events."""
    model = load_model()
    truth = invented.truth
    chosen = truth.filter(pl.col("randomised") == "yes")
    folder = invented.cut("trial", chosen["patient_id"].to_list())
    allocation = chosen.select("patient_id", arm=pl.col("arm").replace_strict(DRUGS), randomised="index_date")
    allocation.write_csv(folder / "allocation.csv")
    definition = {"design": {"trials": 0}, "allocation": str(folder / "allocation.csv")}
    numbers = studies.run("trial", str(folder), definition).numbers
    odds = pl.col("early_prednisolone") / (1 - pl.col("early_prednisolone")) * model["response.mycophenolate"]
    both = chosen.select(odds / (1 + odds) - pl.col("early_prednisolone"))
    ends = [numbers[f"primary.{end}"] for end in ("difference", "difference_lower", "difference_upper")]
    outside = truth.filter(pl.col("randomised") == "no", pl.col("arm") == "prednisolone+azathioprine")
    known = outside.filter(pl.col("true_cbr_by_6_months").is_in(["achieved", "not_achieved"]))
    naive = numbers["primary.intervention_share"] - (known["true_cbr_by_6_months"] == "achieved").mean()
    name = "the trial's arm against the registry's patients on azathioprine"
    what = "mycophenolate instead of azathioprine, remission at 24 weeks"
    yield Found("trial", what, invented.seed, "number", both.mean().item(), *ends, naive=naive, naive_name=name)
    stops = model["safety.trial_stop"]
    ends = [numbers[f"stopped.{end}"] for end in ("difference", "difference_lower", "difference_upper")]
    truth_of_stops = stops["mycophenolate"] - stops["azathioprine"]
    yield Found("trial", "stopped for an adverse event", invented.seed, "number", truth_of_stops, *ends)
    serious = model["safety.trial_serious"]
    ends = [numbers[f"serious.{end}"] for end in ("difference", "difference_lower", "difference_upper")]
    truth_of_events = serious["mycophenolate"] - serious["azathioprine"]
    yield Found("trial", "serious adverse event", invented.seed, "number", truth_of_events, *ends)
