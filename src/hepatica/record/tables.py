"""The six tables of the record: which columns each has, what they mean, and how a cell is read.

This is the one list of columns. Reading checks against it, the handbook prints it, and the canonical
frames (`CANONICAL`) are what everything past `record/` works on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import polars as pl


class Kind(Enum):
    """How the text of a cell is read."""

    TEXT = "text"
    DATE = "date"
    PARTIAL_DATE = "date, may be partial (1987, 1987-06)"
    CHOICE = "one of a list"
    NUMBER = "number"
    INTEGER = "whole number"
    RESULT = "number, censored number (<30), titre (1:80), or positive / negative"
    UNIT = "UCUM unit or the field's usual spelling"
    ANALYTE = "analyte code, or loinc:…, or omop:…"
    DRUG = "drug name, brand or foreign name, or atc:…, rxnorm:…, omop:…"


@dataclass(frozen=True)
class Column:
    """One column of a table: its name, how it is read, and what it means.

    A `required` cell that is empty or unreadable puts its row in quarantine, and so does a date that is given and
    cannot be used; any other optional cell that cannot be read is emptied (unknown) and the row kept with a warning.
    """

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One of the six tables: a row per fact."""

    name: str
    meaning: str
    columns: tuple[Column, ...] = field(default_factory=tuple)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the column names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Return the names of the columns without which a row cannot be used."""
        return tuple(column.name for column in self.columns if column.required)


SEXES = ("female", "male", "other", "unknown")
AIH_TYPES = ("1", "2", "seronegative", "unknown")
VARIANTS = ("none", "PBC", "PSC", "unknown")
STOP_REASONS = (
    "non_response",
    "intolerance",
    "adverse_event",
    "remission",
    "planned",
    "pregnancy",
    "patient_choice",
    "other",
    "unknown",
)
INDICATIONS = ("AIH", "extrahepatic", "transplant", "unknown")
DOSE_UNITS = ("mg/day", "mg/kg/day", "mg/kg")
ROUTES = (
    "oral",
    "intravenous",
    "subcutaneous",
    "intramuscular",
    "inhaled",
    "nasal",
    "topical",
    "eye",
    "ear",
    "rectal",
    "unknown",
)
LOCAL_ROUTES = ("inhaled", "nasal", "topical", "eye", "ear", "rectal")
EVENTS = (
    "cirrhosis",
    "ascites",
    "variceal_bleeding",
    "encephalopathy",
    "portal_hypertension",
    "hcc",
    "liver_transplant",
    "transplant_listing",
    "death",
    "acute_severe_presentation",
    "adverse_event",
    "infection",
    "pregnancy_start",
    "pregnancy_end",
    "extrahepatic_disease",
    "contraception",
    "hepatotoxic_drug_start",
    "lost_to_follow_up",
)
YES_NO = ("yes", "no", "unknown")
CAUSES = ("liver", "other", "unknown")
HISTOLOGY = (
    "interface_hepatitis",
    "lymphoplasmacytic_infiltrate",
    "rosettes",
    "emperipolesis",
    "portal_hepatitis",
    "lobular_hepatitis",
    "other_pathology",
)
FIBROSIS_SCALES = ("ishak", "metavir", "ludwig", "laennec")
PHENOTYPES = ("poor", "intermediate", "possible_intermediate", "normal", "indeterminate")

_PATIENT = Column("patient_id", Kind.TEXT, "the patient's pseudonym, as in patients", required=True)
_DATE = Column("date", Kind.DATE, "the day of the fact, in the centre's time zone", required=True)

PATIENTS = Table(
    "patients",
    "one row per patient",
    (
        Column(
            "patient_id",
            Kind.TEXT,
            "a pseudonym and the key; never a name or a national number",
            required=True,
        ),
        Column("birth_date", Kind.PARTIAL_DATE, "date of birth; a partial date counts as its middle day and is marked"),
        Column("sex", Kind.CHOICE, "sex", choices=SEXES),
        Column("centre", Kind.TEXT, "the treating centre"),
        Column("ethnicity", Kind.TEXT, "as the centre records it; never an input of a rule"),
        Column("diagnosis_date", Kind.PARTIAL_DATE, "date of the diagnosis of autoimmune hepatitis"),
        Column("aih_type", Kind.CHOICE, "serological type", choices=AIH_TYPES),
        Column("variant", Kind.CHOICE, "variant (overlap) syndrome", choices=VARIANTS),
    ),
)
MEASUREMENTS = Table(
    "measurements",
    "one row per laboratory result, body measure, or elastography",
    (
        _PATIENT,
        _DATE,
        Column("analyte", Kind.ANALYTE, "what was measured", required=True),
        Column("value", Kind.RESULT, "the result", required=True),
        Column("unit", Kind.UNIT, "the result's unit"),
        Column("lower_limit", Kind.NUMBER, "the laboratory's lower reference limit for this row, in the row's unit"),
        Column("upper_limit", Kind.NUMBER, "the laboratory's upper reference limit for this row, in the row's unit"),
    ),
)
TREATMENTS = Table(
    "treatments",
    "one row per period of a drug at a dose, as taken",
    (
        _PATIENT,
        Column("drug", Kind.DRUG, "the drug", required=True),
        Column("start", Kind.DATE, "first day", required=True),
        Column("end", Kind.DATE, "last day (inclusive); empty = still taken"),
        Column("dose", Kind.NUMBER, "dose as taken"),
        Column("dose_unit", Kind.CHOICE, "unit of the dose; mg/kg is per infusion", choices=DOSE_UNITS),
        Column("stop_reason", Kind.CHOICE, "why it ended; empty = unknown, never guessed", choices=STOP_REASONS),
        Column("indication", Kind.CHOICE, "what the drug was given for", choices=INDICATIONS),
        Column(
            "route",
            Kind.CHOICE,
            "how it is given; inhaled, nasal, topical, eye, ear, rectal never count as systemic treatment",
            choices=ROUTES,
        ),
    ),
)
EVENTS_TABLE = Table(
    "events",
    "one row per dated event",
    (
        _PATIENT,
        _DATE,
        Column("event", Kind.CHOICE, "what happened", required=True, choices=EVENTS),
        Column("detail", Kind.TEXT, "CTCAE term and grade, name of the disease or drug"),
        Column("serious", Kind.CHOICE, "whether it was serious", choices=YES_NO),
        Column("related_drug", Kind.DRUG, "the drug it is attributed to"),
        Column("cause", Kind.CHOICE, "cause of a death", choices=CAUSES),
    ),
)
BIOPSIES = Table(
    "biopsies",
    "one row per liver biopsy",
    (
        _PATIENT,
        _DATE,
        *(Column(name, Kind.CHOICE, name.replace("_", " "), choices=YES_NO) for name in HISTOLOGY),
        Column("hai", Kind.INTEGER, "modified histological activity index (Ishak grade), 0-18"),
        Column("fibrosis_stage", Kind.INTEGER, "stage on fibrosis_scale"),
        Column("fibrosis_scale", Kind.CHOICE, "scale of the stage", choices=FIBROSIS_SCALES),
    ),
)
GENOTYPES = Table(
    "genotypes",
    "one row per genetic result",
    (
        _PATIENT,
        _DATE,
        Column("gene", Kind.TEXT, "HGNC symbol (TPMT, NUDT15, STAT1 …)", required=True),
        Column("variant", Kind.TEXT, "HGVS"),
        Column(
            "zygosity",
            Kind.CHOICE,
            "zygosity",
            choices=("heterozygous", "homozygous", "hemizygous", "compound_heterozygous", "unknown"),
        ),
        Column(
            "classification",
            Kind.CHOICE,
            "ACMG class",
            choices=("pathogenic", "likely_pathogenic", "uncertain", "likely_benign", "benign"),
        ),
        Column(
            "mechanism",
            Kind.CHOICE,
            "effect on the protein",
            choices=("gain_of_function", "loss_of_function", "unknown"),
        ),
        Column("diplotype", Kind.TEXT, "star-allele diplotype (*1/*3A)"),
        Column("phenotype", Kind.CHOICE, "metaboliser phenotype", choices=PHENOTYPES),
    ),
)

TABLES: dict[str, Table] = {
    table.name: table for table in (PATIENTS, MEASUREMENTS, TREATMENTS, EVENTS_TABLE, BIOPSIES, GENOTYPES)
}

# Where a row came from. `file` is a file (or table, or resource type), `line` its physical line in a text
# file (header = line 1) or its row number in a Parquet file, `key` the source's own key
# (resource id, primary key), null where file and line say it all.
ORIGIN: dict[str, pl.DataType] = {"file": pl.String(), "line": pl.Int64(), "key": pl.String()}


def _schema(**columns: pl.DataType) -> pl.Schema:
    """Return a canonical schema: the running row number, the columns, and the origin."""
    return pl.Schema({"row": pl.UInt32(), "patient_id": pl.String(), **columns, **ORIGIN})


_TEXT, _DAY, _NUMBER, _WHOLE, _FLAG = pl.String(), pl.Date(), pl.Float64(), pl.Int64(), pl.Boolean()

# The canonical frames. `row` counts from 0 within its table and names a row as evidence. Missing is null;
# NaN and "" never occur. Choices that may be "unknown" hold the word "unknown" where nothing was given.
CANONICAL: dict[str, pl.Schema] = {
    "patients": _schema(
        birth_date=_DAY,
        birth_date_partial=_FLAG,
        sex=_TEXT,
        centre=_TEXT,
        ethnicity=_TEXT,
        diagnosis_date=_DAY,
        diagnosis_date_partial=_FLAG,
        aih_type=_TEXT,
        variant=_TEXT,
    ),
    # value, lower_limit and upper_limit are in `unit`, the canonical unit. comparator is null, <, <=, >, >=.
    # text is the result as a word (positive, negative) or titre (1:80; its number 80 is in value).
    # x_uln = value / upper limit, rounded to 9 decimals; limit_from says whose limit it is: row, centre, default, and
    # lower_limit and upper_limit are the limits that counted (an export gives back only those of limit_from "row").
    "measurements": _schema(
        date=_DAY,
        analyte=_TEXT,
        comparator=_TEXT,
        value=_NUMBER,
        text=_TEXT,
        unit=_TEXT,
        lower_limit=_NUMBER,
        upper_limit=_NUMBER,
        x_uln=_NUMBER,
        limit_from=_TEXT,
    ),
    # systemic is false for local routes (an inhaler never starts a line), and null where nobody knows: a code that
    # does not tell tablets from inhalers, without a route. drug is our name.
    "treatments": _schema(
        drug=_TEXT,
        start=_DAY,
        end=_DAY,
        dose=_NUMBER,
        dose_unit=_TEXT,
        stop_reason=_TEXT,
        indication=_TEXT,
        route=_TEXT,
        systemic=_FLAG,
    ),
    "events": _schema(date=_DAY, event=_TEXT, detail=_TEXT, serious=_TEXT, related_drug=_TEXT, cause=_TEXT),
    "biopsies": _schema(
        date=_DAY,
        **dict.fromkeys(HISTOLOGY, _TEXT),
        hai=_WHOLE,
        fibrosis_stage=_WHOLE,
        fibrosis_scale=_TEXT,
    ),
    "genotypes": _schema(
        date=_DAY,
        gene=_TEXT,
        variant=_TEXT,
        zygosity=_TEXT,
        classification=_TEXT,
        mechanism=_TEXT,
        diplotype=_TEXT,
        phenotype=_TEXT,
    ),
}
