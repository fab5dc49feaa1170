"""Treatments as findings: the dose before allopurinol, why the last thiopurine ended, the dose at a level, anti-TNF."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from hepatica.vocabulary import drugs

# Given for hepatitis, or for a reason that nobody recorded: so the course reads it.
_FOR_AIH = ("AIH", "unknown")
# Why a drug that ended is not offered as if it were new.
_IN_VAIN = ("non_response", "intolerance", "adverse_event")


def of_class(*classes: str) -> list[str]:
    """Return the drugs of some classes."""
    return sorted(name for name, drug in drugs().items() if drug.drug_class in classes)


def treated(
    treatments: pl.DataFrame, state: pl.DataFrame, gap_days: int, as_azathioprine: Mapping[str, float]
) -> Iterable[pl.LazyFrame]:
    """Yield what guidance reads of the treatments that are there, one row per patient: patient_id and the facts."""
    yield _stopped_drugs(treatments.lazy(), state.lazy())
    columns = ["patient_id", "as_of", "weight_kg", "thiopurine", "thiopurine_dose_mg_day", "metabolite_date"]
    wanted = [*of_class("thiopurine", "anti_tnf", "anti_cd20"), "allopurinol"]
    rows = (
        treatments.lazy()
        .filter(pl.col("drug").is_in(wanted), pl.col("systemic"))
        .join(state.lazy().select(*columns), on="patient_id")
        .filter(pl.col("start") <= pl.col("as_of"))
        .with_columns(last=pl.min_horizontal(pl.col("end").fill_null(pl.col("as_of")), "as_of"))  # no end: still taken
        .collect()
    )
    there = set(rows["drug"].unique())
    allopurinol = _courses_of_allopurinol(rows.lazy(), gap_days)
    yield _dose_since(state, allopurinol)
    thiopurine = rows.lazy().filter(pl.col("drug").is_in(of_class("thiopurine")))
    if there & set(of_class("thiopurine")):
        yield _last_stopped(thiopurine)
        yield _at_levels(thiopurine)
    if "allopurinol" in there:
        yield _before_allopurinol(allopurinol, thiopurine, gap_days, as_azathioprine)
    if there & set(of_class("anti_cd20")):
        given = rows.lazy().filter(pl.col("drug").is_in(of_class("anti_cd20")))
        yield given.group_by("patient_id").agg(anti_cd20_last=pl.col("last").max())
    if there & set(of_class("anti_tnf")):
        yield _anti_tnf(rows.lazy(), gap_days)


def _exposures(rows: pl.LazyFrame, gap_days: int) -> pl.LazyFrame:
    """Return rows of one drug with the number of their exposure; short gaps do not end one."""
    ordered = rows.sort("patient_id", "start", "last")
    until = pl.col("last").cum_max().shift(1).over("patient_id")
    gap = (pl.col("start") - until).dt.total_days() - 1
    # The first row of a patient has nothing before it and begins an exposure.
    return ordered.with_columns(begins=(gap > gap_days).fill_null(value=True)).with_columns(
        exposure=pl.col("begins").cum_sum().over("patient_id")
    )


def _courses_of_allopurinol(rows: pl.LazyFrame, gap_days: int) -> pl.LazyFrame:
    """Return every course of allopurinol with its first and last day."""
    taken = _exposures(rows.filter(pl.col("drug") == "allopurinol"), gap_days)
    return taken.group_by("patient_id", "exposure").agg(
        start=pl.col("start").min(), last=pl.col("last").max(), as_of=pl.col("as_of").first()
    )


def _before_allopurinol(
    courses: pl.LazyFrame, thiopurine: pl.LazyFrame, gap_days: int, as_azathioprine: Mapping[str, float]
) -> pl.LazyFrame:
    """Return since when allopurinol is taken, the thiopurine dose before, and the present dose in percent of that."""
    present = courses.filter(pl.col("last") == pl.col("as_of")).select("patient_id", allopurinol_start="start")
    before = (
        thiopurine.filter(pl.col("drug").is_in(list(as_azathioprine)))
        .join(present, on="patient_id")
        .filter(pl.col("start") < pl.col("allopurinol_start"))
        .filter((pl.col("allopurinol_start") - pl.col("last")).dt.total_days() - 1 <= gap_days)
        .sort("patient_id", "start", "last", "dose", nulls_last=False)
        .unique("patient_id", keep="last")
    )
    mg = _mg_day() * _factor("drug", as_azathioprine)
    now = pl.col("thiopurine_dose_mg_day") * _factor("thiopurine", as_azathioprine)
    compared = before.select(
        "patient_id",
        thiopurine_before_allopurinol=_dose_text(),
        thiopurine_percent_of_before=pl.when(mg > 0).then((100 * now / mg).round(6)),
    )
    return present.join(compared, on="patient_id", how="left")


def _factor(column: str, factors: Mapping[str, float]) -> pl.Expr:
    return pl.col(column).replace_strict(factors, default=None, return_dtype=pl.Float64)


def _mg_day() -> pl.Expr:
    """Return a row's dose in mg a day; a dose per kg needs the weight."""
    dose, unit = pl.col("dose"), pl.col("dose_unit")
    per_kg = pl.when(unit == "mg/kg/day").then(dose * pl.col("weight_kg"))
    return pl.when(unit == "mg/day").then(dose).otherwise(per_kg)  # another unit or none leaves it unknown


def _dose_text() -> pl.Expr:
    """Return a row's drug and dose in words; says so where the dose is not recorded."""
    known = pl.format("{} {} {}", "drug", pl.col("dose").round(2), "dose_unit").str.replace(r"\.0 ", " ")
    # Without a dose the drug is named, and that its dose is not recorded.
    return pl.coalesce(known, pl.format("{}, dose not recorded", "drug"))


def _stopped_drugs(treatments: pl.LazyFrame, state: pl.LazyFrame) -> pl.LazyFrame:
    """Return the immunosuppressants for AIH that ended and are not taken now: in words, and those that failed.

    `ended_drugs` are those that ended for another reason, or for one that nobody recorded.
    """
    ended = (
        treatments.filter(
            pl.col("drug").is_in([name for name, drug in drugs().items() if drug.immunosuppressant]),
            pl.col("systemic"),
            pl.col("indication").is_in(_FOR_AIH),
        )
        .join(state.select("patient_id", "as_of", "current_drugs"), on="patient_id")
        .filter(pl.col("end") < pl.col("as_of"), ~pl.col("current_drugs").str.split("+").list.contains(pl.col("drug")))
        .sort("end", "start")
        .unique(["patient_id", "drug"], keep="last", maintain_order=True)
    )
    in_vain = pl.col("stop_reason").is_in(_IN_VAIN)
    told = pl.format("{} until {} ({})", "drug", "end", pl.col("stop_reason").str.replace_all("_", " "))
    return ended.group_by("patient_id").agg(
        stopped_drugs=told.str.join("; "),
        failed_drugs=pl.col("drug").filter(in_vain).str.join("+"),
        ended_drugs=pl.col("drug").filter(in_vain.not_()).str.join("+"),
    )


def _last_stopped(thiopurine: pl.LazyFrame) -> pl.LazyFrame:
    """Return why and when the last thiopurine for AIH ended, where none is taken now."""
    over = thiopurine.filter(pl.col("end") < pl.col("as_of"), pl.col("thiopurine") == "")
    last = over.filter(pl.col("indication").is_in(_FOR_AIH)).sort("end", "start").unique("patient_id", keep="last")
    return last.select("patient_id", last_thiopurine_stop_reason="stop_reason", last_thiopurine_stop="end")


def _at_levels(thiopurine: pl.LazyFrame) -> pl.LazyFrame:
    """Return the thiopurine and its dose on the day of the latest metabolites."""
    day = pl.col("metabolite_date")
    held = thiopurine.filter(pl.col("start") <= day, pl.col("last") >= day)
    last = held.sort("start", "drug", "dose", nulls_last=False).unique("patient_id", keep="last")
    return last.select("patient_id", thiopurine_at_levels=_dose_text())


def _dose_since(state: pl.DataFrame, allopurinol: pl.LazyFrame) -> pl.LazyFrame:
    """Return since when the thiopurine works as it does now, and when allopurinol ended if its dose stayed.

    Allopurinol begun or ended changes what a dose does as a new dose would: from the day after its last one the
    thiopurine works alone.
    """
    dosed = (pl.col("as_of") - pl.duration(days=pl.col("days_on_thiopurine_dose"))).cast(pl.Date)
    alone = pl.when(pl.col("last") < pl.col("as_of")).then(pl.col("last") + pl.duration(days=1))
    changed = allopurinol.group_by("patient_id").agg(begun=pl.col("start").max(), alone=alone.max())
    # A dose that began with the last course of allopurinol, or during it, was meant for the two together.
    went_with = pl.col("since").is_between(pl.col("begun"), pl.col("alone"), closed="left")
    return (
        state.lazy()
        .select("patient_id", since=dosed)
        .join(changed, on="patient_id", how="left")
        .select(
            "patient_id",
            # No allopurinol leaves the day of the dose; without a dose there is no day.
            thiopurine_dose_since=pl.when(pl.col("since").is_not_null()).then(
                pl.max_horizontal("since", "begun", "alone")
            ),
            allopurinol_stop=pl.when(went_with).then(pl.col("alone") - pl.duration(days=1)),
        )
    )


def _anti_tnf(rows: pl.LazyFrame, gap_days: int) -> pl.LazyFrame:
    """Return the anti-TNF that began last: its first and last day, and how often it was begun."""
    given = rows.filter(pl.col("drug").is_in(of_class("anti_tnf")))
    latest = given.sort("start", "drug").unique("patient_id", keep="last").select("patient_id", anti_tnf="drug")
    own = given.join(latest, on="patient_id").filter(pl.col("drug") == pl.col("anti_tnf"))
    ends = pl.when(pl.col("last").max() < pl.col("as_of").first()).then(pl.col("last").max())
    return (
        _exposures(own, gap_days)
        .group_by("patient_id")
        .agg(
            anti_tnf=pl.col("anti_tnf").first(),
            anti_tnf_start=pl.col("start").min(),
            anti_tnf_stop=ends,
            anti_tnf_courses=pl.col("exposure").max().cast(pl.Float64),
        )
    )
