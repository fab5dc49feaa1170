"""Rows of the OMOP model as rows of the record, still as text: nothing is judged here, and nothing guessed."""

from __future__ import annotations

import polars as pl

from hepatica.record import TABLES
from hepatica.record.tables import HISTOLOGY
from hepatica.sources.omop.codes import Codes
from hepatica.sources.omop.encoding import DIRECTIONS, EVENT, GENOTYPE_FINDINGS, NO_USABLE_LIMIT
from hepatica.vocabulary import KNOWN_BY, analyte_codes, omop_words

_TITRE = r"^\s*[<>]?=?\s*1\s*[:/]\s*[0-9]"


def patients(rows: pl.DataFrame, codes: Codes, patient: str) -> pl.DataFrame:
    """Return persons as patients: the pseudonym, a birth date as far as it is known, diagnosis, and variant."""
    rows = _with_missing(rows, "aih", "pbc", "psc", "partial_diagnosis", "long_ethnicity", "aih_type", "variant")
    rows = _with_missing(rows, "care_site_name", "care_site_source_value", *_PERSON)
    sex = _word("gender_concept_id", "sexes")
    told = pl.col("gender_source_value")
    return _raw(
        "patients",
        rows,
        "person",
        "person_id",
        patient_id=pl.col(patient),
        birth_date=_birth_date(),
        # A concept of 0 says nothing: then the source's own word counts.
        sex=pl.coalesce(sex, told),
        centre=pl.coalesce("care_site_name", "care_site_source_value", "care_site_id"),
        ethnicity=pl.coalesce("long_ethnicity", _ethnicity()),
        diagnosis_date=pl.coalesce("partial_diagnosis", "aih"),
        aih_type=pl.col("aih_type"),
        variant=pl.col("variant") if codes.ours else _variant(),
    )


_PERSON = (
    "gender_concept_id", "gender_source_value", "year_of_birth", "month_of_birth", "day_of_birth", "birth_datetime",
    "care_site_id", "race_source_value", "ethnicity_source_value", "person_source_value",
)  # fmt: skip


def _ethnicity() -> pl.Expr:
    """Return race and ethnicity as the source wrote them."""
    both = pl.concat_str("race_source_value", "ethnicity_source_value", separator=", ", ignore_nulls=True)
    return pl.when(both != "").then(both)


def _birth_date() -> pl.Expr:
    """Return the birth date as far as it is known: 1987-06-05, 1987-06, or 1987."""
    year = pl.col("year_of_birth").str.zfill(4)
    month, day = (pl.col(f"{part}_of_birth").str.zfill(2) for part in ("month", "day"))
    parts = (
        pl.when(month.is_null())
        .then(year)
        .when(day.is_null())
        .then(pl.concat_str(year, month, separator="-"))
        .otherwise(pl.concat_str(year, month, day, separator="-"))  # all three are there
    )
    return pl.when(year.is_not_null()).then(parts).otherwise("birth_datetime")  # without a year, the time of birth


def _variant() -> pl.Expr:
    """Return the variant that a diagnosis tells; without one, and with both, it is unknown."""
    pbc, psc = pl.col("pbc").is_not_null(), pl.col("psc").is_not_null()
    return pl.when(pbc & ~psc).then(pl.lit("PBC")).when(psc & ~pbc).then(pl.lit("PSC"))


def measurements(rows: pl.DataFrame, codes: Codes) -> pl.DataFrame:
    """Return results: the number with its comparator, else the answer's concept, else what the source wrote."""
    rows = _with_missing(rows, *RESULT)
    concept = pl.col("measurement_concept_id").cast(pl.Int64, strict=False)
    known = codes.analytes.unique("concept", keep="first")
    rows = rows.with_columns(concept=concept).join(
        known, left_on="concept", right_on="concept", how="left", maintain_order="left"
    )
    date = pl.coalesce("measurement_date", "measurement_datetime")  # the same moment, written twice
    return _raw(
        "measurements",
        rows,
        "measurement",
        "measurement_id",
        patient_id=pl.col("person_id"),
        date=date,
        analyte=pl.coalesce("key", _named_analyte()),
        value=_value(codes),
        unit=_unit(codes),
        lower_limit=pl.col("range_low"),
        upper_limit=_upper_limit() if codes.ours else pl.col("range_high"),
    )


def _upper_limit() -> pl.Expr:
    """Return the upper limit, or the words that say that there was one which could not be used."""
    unusable = pl.col("value_source_value").str.ends_with(NO_USABLE_LIMIT)
    return pl.when(unusable).then(pl.lit(NO_USABLE_LIMIT.strip(" ()"))).otherwise("range_high")  # no words: the limit


# The columns of the model that a result or a treatment is made of; no other is fetched.
RESULT = (
    "person_id", "measurement_concept_id", "measurement_date", "measurement_id", "measurement_datetime",
    "operator_concept_id", "value_as_number", "value_as_concept_id", "unit_concept_id", "range_low", "range_high",
    "measurement_source_value", "unit_source_value", "value_source_value",
)  # fmt: skip


def _named_analyte() -> pl.Expr:
    """Return the analyte of a row without a concept: its name or LOINC code, as the source has it."""
    name = pl.col("measurement_source_value").str.strip_chars().str.to_lowercase()
    loinc = [key for key in analyte_codes()["key"] if key.startswith("loinc:")]
    by_code = {key.removeprefix("loinc:"): key for key in loinc}
    return pl.coalesce(name.replace_strict(by_code, default=None, return_dtype=pl.String), name)


def _value(codes: Codes) -> pl.Expr:
    """Return the result: a titre as written; the number, with < or > where an operator says so; an answer's word."""
    source, number = pl.col("value_source_value"), pl.col("value_as_number")
    comparator = _word("operator_concept_id", "comparators").replace("=", "")
    # Without a comparator the number stands alone.
    compared = pl.concat_str(comparator.fill_null(""), number)
    answer = _of_number("value_as_concept_id", codes.answers)
    is_titre = source.str.contains(_TITRE) & number.is_not_null()
    return pl.when(is_titre).then(source).otherwise(pl.coalesce(compared, answer, source))  # null is no titre


def _unit(codes: Codes) -> pl.Expr:
    """Return the unit that the concept names; a concept of 0 names none, and the source's own word counts."""
    return pl.coalesce(_of_number("unit_concept_id", codes.units), "unit_source_value")


def treatments(rows: pl.DataFrame, codes: Codes) -> pl.DataFrame:
    """Return drug exposures as treatments, one for each of our ingredients in the product."""
    rows = _with_missing(rows, *EXPOSURE)
    rows = rows.with_columns(concept=pl.col("drug_concept_id").cast(pl.Int64, strict=False)).join(
        codes.drugs, on="concept", how="left", maintain_order="left"
    )
    directions = pl.col("sig").str.extract_groups(DIRECTIONS).struct
    written, dispensed = directions[0], _dispensed_dose()
    route = pl.coalesce(_word("route_concept_id", "routes"), "product_route", "route_source_value")
    return _raw(
        "treatments",
        rows,
        "drug_exposure",
        "drug_exposure_id",
        patient_id=pl.col("person_id"),
        drug=pl.coalesce("key", "drug_source_value"),
        start=pl.col("drug_exposure_start_date"),
        end=pl.col("verbatim_end_date") if codes.ours else _end(),
        dose=pl.coalesce(written, dispensed),
        dose_unit=pl.coalesce(directions[1], pl.when(dispensed.is_not_null()).then(pl.lit("mg/day"))),
        stop_reason=pl.col("stop_reason"),
        indication=directions[2],
        route=route,
    )


EXPOSURE = (
    "person_id", "drug_concept_id", "drug_exposure_start_date", "drug_exposure_id", "drug_exposure_end_date",
    "verbatim_end_date", "stop_reason", "quantity", "days_supply", "sig",
    "route_concept_id", "route_source_value", "drug_source_value",
)  # fmt: skip


def _dispensed_dose() -> pl.Expr:
    """Return milligrams a day: tablets dispensed times their strength over the days they are for; null if not told."""
    quantity, days = (pl.col(name).cast(pl.Float64, strict=False) for name in ("quantity", "days_supply"))
    dose = pl.col("mg") * quantity / days
    return pl.when((quantity > 0) & (days > 0) & dose.is_finite()).then(dose.round(6).cast(pl.String))


def _end() -> pl.Expr:
    """Return the last day. The model requires one; where it is missing the supply tells it, else it is the first day.

    An empty end would mean that the drug is still taken, which such a row does not say.
    """
    start = pl.col("drug_exposure_start_date").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    days = pl.col("days_supply").cast(pl.Float64, strict=False)
    lasts = pl.when((days >= 1) & (days < MOST_DAYS)).then(days.cast(pl.Int64, strict=False) - 1)
    by_supply = (start + pl.duration(days=lasts)).cast(pl.String)
    return pl.coalesce("drug_exposure_end_date", by_supply, "drug_exposure_start_date")


# A supply for more than ten years is a slip.
MOST_DAYS = 3653


def events_of_conditions(rows: pl.DataFrame, codes: Codes, table: str) -> pl.DataFrame:
    """Return conditions, procedures, or observations as events; one that is only known by its date says so."""
    meaning = codes.events.unique("concept", keep="first").select("concept", "event", "detail", "dated")
    rows = rows.with_columns(pl.col("concept").cast(pl.Int64, strict=False)).join(
        meaning, on="concept", how="left", maintain_order="left"
    )
    return _raw(
        "events",
        rows,
        table,
        "number",
        patient_id=pl.col("person_id"),
        date=pl.col("date"),
        event=pl.col("event"),
        detail=pl.when("dated").then("detail").otherwise(pl.lit(KNOWN_BY)),
    )


def deaths(rows: pl.DataFrame, codes: Codes) -> pl.DataFrame:
    """Return deaths; the cause is one of ours only where Hepatica wrote it."""
    rows = _with_missing(rows, "cause_source_value")
    cause = {"cause": pl.col("cause_source_value")} if codes.ours else {"detail": pl.col("cause_source_value")}
    return _raw(
        "events",
        rows,
        "death",
        "person_id",
        patient_id=pl.col("person_id"),
        date=pl.col("death_date"),
        event=pl.lit("death"),
        **cause,
    )


def told_events(rows: pl.DataFrame) -> pl.DataFrame:
    """Return events as Hepatica writes those that no other table holds."""
    return _raw(
        "events",
        rows,
        "observation",
        "observation_id",
        patient_id=pl.col("person_id"),
        date=pl.col("observation_date"),
        event=pl.col("observation_source_value").str.strip_prefix(EVENT),
        detail=pl.col("detail"),
        serious=pl.col("qualifier_source_value"),
        related_drug=pl.col("value_source_value"),
        cause=pl.col("unit_source_value"),
    )


def biopsies(rows: pl.DataFrame) -> pl.DataFrame:
    """Return liver biopsies, with their findings where Hepatica wrote them; else only that there was one is known."""
    names = (*HISTOLOGY, "hai", "fibrosis_stage", "fibrosis_scale")
    found = {name: pl.col(name) for name in names if name in rows.columns}
    return _raw(
        "biopsies",
        rows,
        "procedure_occurrence",
        "procedure_occurrence_id",
        patient_id=pl.col("person_id"),
        date=pl.col("procedure_date"),
        **found,
    )


def genotypes(rows: pl.DataFrame) -> pl.DataFrame:
    """Return genetic results as Hepatica writes them."""
    return _raw(
        "genotypes",
        rows,
        "observation",
        "observation_id",
        patient_id=pl.col("person_id"),
        date=pl.col("observation_date"),
        gene=pl.col("value_as_string"),
        **{name: pl.col(name) for name in GENOTYPE_FINDINGS},
    )


def _raw(table: str, rows: pl.DataFrame, origin: str, number: str, **columns: pl.Expr) -> pl.DataFrame:
    """Return rows of one of the six tables with their origin: the OMOP table and its key, `measurement/123`."""
    rest = {name: pl.lit(None, pl.String) for name in TABLES[table].names if name not in columns}
    return rows.select(
        *((columns | rest)[name].cast(pl.String).alias(name) for name in TABLES[table].names),
        file=pl.lit(origin),
        line=pl.lit(None, pl.Int64),
        key=pl.format(origin + "/{}", pl.col(number)),
        person_id=pl.col("person_id"),
    )


def _word(column: str, kind: str) -> pl.Expr:
    return _of_number(column, omop_words(kind))


def _of_number(column: str, meanings: dict[int, str]) -> pl.Expr:
    number = pl.col(column).cast(pl.Int64, strict=False)
    return number.replace_strict(meanings, default=None, return_dtype=pl.String)


def _with_missing(rows: pl.DataFrame, *names: str) -> pl.DataFrame:
    """Return rows in which a column that the database does not have is empty."""
    absent = [pl.lit(None, pl.String).alias(name) for name in dict.fromkeys(names) if name not in rows.columns]
    return rows.with_columns(absent)
