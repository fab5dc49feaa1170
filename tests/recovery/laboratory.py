"""What was put into the laboratory: thiopurine metabolites, allopurinol, and rises of ALT on anti-TNF."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from hepatica import studies
from hepatica.studies.definition import definition_of
from hepatica.studies.metabolites.levels import by_patient, levels, pairs_around_allopurinol, response_classes
from hepatica.synthetic.model import load_model
from recovery.found import Found
from recovery.invented import Invented

SAMPLES = 200
LEAST_OF_A_CENTRE, MOST_CENTRES = 10, 8
# Above the noise of a normal ALT, and below the peak of every rise that is put in.
RISE = {"rise": {"above_xuln": 1.15}}


def metabolites(invented: Invented) -> Iterator[Found]:
    """6-TGN by class of response, what allopurinol changes, and what a cut-off is worth elsewhere."""
    definition = definition_of("metabolites")
    cohort = invented.everybody.under(definition["course"])
    told = {"cut_off": {"samples": SAMPLES}}
    result = studies.run("metabolites", cohort, told)
    yield from _means(invented, result.numbers)
    yield from _allopurinol(invented, cohort, definition, result)
    yield from _cut_offs(invented, cohort, definition)


def _means(invented: Invented, numbers: dict) -> Iterator[Found]:
    mine = _classed(invented)
    for name, words in (
        ("stable", "response not lost so far"),
        ("not_maintained", "response lost"),
        ("never", "no response so far"),
    ):
        truth = mine.filter(pl.col("class") == name)["mean_tgn"].mean()
        ends = [numbers[f"mean.{name}.{end}"] for end in ("mean", "lower", "upper")]
        yield Found("metabolites", f"mean 6-TGN, {words}", invented.seed, "number", truth, *ends)


def _classed(invented: Invented) -> pl.DataFrame:
    """The monitored on azathioprine with the class that they are truly in on the day of the extract.

    Who has not lost the response yet is stable on that day, and who has not responded yet has none, whatever comes.
    """
    lost = invented.spells.filter(pl.col("kind").is_in(["loss", "relapse"]))["patient_id"].unique().to_list()
    not_yet = pl.col("true_cbr_date").is_null() & (pl.col("course_class") != "never")
    keeps = (pl.col("course_class") == "not_maintained") & ~pl.col("patient_id").is_in(lost)
    word = pl.when(not_yet).then(pl.lit("never")).when(keeps).then(pl.lit("stable")).otherwise("course_class")
    late = pl.col("last_day") >= pl.col("index_date").dt.offset_by("6mo")
    monitored = pl.col("metabolites_monitored") == "yes"
    return invented.truth.filter(monitored, pl.col("arm").str.contains("azathioprine"), late).with_columns(
        word.alias("class")
    )


def _allopurinol(
    invented: Invented, cohort: studies.Cohort, definition: dict, result: studies.Result
) -> Iterator[Found]:
    """The change that allopurinol makes: a factor, on the true level of those measured before and after it."""
    model = load_model()
    pairs = pairs_around_allopurinol(cohort, definition).join(invented.truth, on="patient_id")
    rows = {row["level"]: row for row in result.tables["allopurinol"].to_dicts()}
    for level, column in (("6-TGN", "mean_tgn"), ("6-MMP", "mean_mmp")):
        factor = model[f"metabolites.allopurinol_{level[2:].lower()}_factor"]
        truth = pairs[column].mean() * (factor - 1)
        ends = [rows[level][end] for end in ("change", "lower", "upper")]
        yield Found("metabolites", f"change of {level} on allopurinol", invented.seed, "number", truth, *ends)


def _cut_offs(invented: Invented, cohort: studies.Cohort, definition: dict) -> Iterator[Found]:
    """Youden's index of a cut-off that each centre chooses on its own patients, against all others' patients."""
    everybody = (
        by_patient(levels(cohort, definition))
        .join(response_classes(cohort, definition["never_after_months"]), on="patient_id")
        .filter(pl.col("response_class") != "unknown")
        .join(cohort.record.patients.select("patient_id", "centre"), on="patient_id")
    )
    found = []
    for centre in sorted(everybody["centre"].unique().to_list()):
        if len(found) == MOST_CENTRES:
            break
        mine = everybody.filter(pl.col("centre") == centre)["response_class"] == "stable"
        if min(mine.sum(), (~mine).sum()) < LEAST_OF_A_CENTRE:
            continue
        told = {"population": {"centres": [centre]}, "cut_off": {"samples": SAMPLES}}
        numbers = studies.run("metabolites", cohort, told).numbers
        others = everybody.filter(pl.col("centre") != centre)
        above, stable = others["tgn"] >= numbers["cut_off.threshold"], others["response_class"] == "stable"
        worth = above.filter(stable).mean() - above.filter(~stable).mean()
        found.append((worth, numbers["cut_off.youden_corrected"], numbers["cut_off.youden_apparent"]))
    truth, corrected, apparent = (sum(column) / len(found) for column in zip(*found, strict=True))
    what = "Youden's index of a centre's own cut-off, in others"
    yield Found(
        "metabolites", what, invented.seed, "number", truth, corrected,
        kind="figure", naive=apparent, naive_name="apparent cut-off",
    )  # fmt: skip


def safety(invented: Invented) -> Iterator[Found]:
    """The share of users of anti-TNF with a new rise of ALT."""
    users = invented.truth.filter(pl.col("anti_tnf_date").is_not_null())
    cohort = invented.cohort("anti_tnf", users["patient_id"].to_list())
    numbers = studies.run("safety", cohort, RISE).numbers
    truth = load_model()["course.anti_tnf_alt_rise"]
    ends = [numbers[f"rise.{end}"] for end in ("share", "lower", "upper")]
    yield Found("safety", "share with a new rise of ALT on anti-TNF", invented.seed, "share", truth, *ends)
