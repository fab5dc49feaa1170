"""What of the state is known without the story: who the patient is, and the latest results.

Said twice, because it is two fifths of the state's columns: of one patient in plain Python (`known_columns`), and of a
whole bucket in Polars (`known_table`). A property test holds both to the same values.
"""

from __future__ import annotations

import polars as pl

from hepatica.course.patient import Genotype, Patient, Reading
from hepatica.course.prepare import Prepared, latest_rows

Cell = str | int | float | None

# Results shown with their date, under the state's column name.
SHOWN_RESULTS = {
    "tacrolimus": "TACROLIMUS",
    "ciclosporin": "CICLOSPORIN",
    "infliximab_level": "INFLIXIMAB",
    "leukocytes": "LEUKOCYTES",
    "neutrophils": "NEUTROPHILS",
    "platelets": "PLATELETS",
    "creatinine": "CREATININE",
    "bilirubin": "BILIRUBIN",
    "albumin": "ALBUMIN",
    "inr": "INR",
    "sodium": "SODIUM",
    "lsm_kpa": "LSM",
}
_NAMES = {
    analyte: (name, f"{name}_comparator", "lsm_date" if name == "lsm_kpa" else f"{name}_date")
    for name, analyte in SHOWN_RESULTS.items()
}
_FOLLOWED = {"ALT": "alt", "AST": "ast", "IGG": "igg"}
_SINGLE = (("weight_kg", "WEIGHT", "value"), ("igg_g_l", "IGG", "value"), ("hbsag", "HBSAG", "text"))
_GENES = {"TPMT": "tpmt", "NUDT15": "nudt15"}


def known_columns(patient: Patient) -> dict[str, Cell]:
    """Return who a patient is, and the latest results; null where unknown, "unknown" where the column is a word."""
    row: dict[str, Cell] = {
        "patient_id": patient.patient_id,
        "sex": patient.sex,
        "centre": patient.centre,
        "variant": patient.variant,
        "aih_type": patient.aih_type,
        "diagnosis_date": patient.diagnosis,
        "last_seen": patient.last_seen,
        "last_hai": patient.biopsies[-1].hai if patient.biopsies else None,
    }
    for name, series in (("alt", patient.alt), ("ast", patient.ast), ("igg", patient.igg)):
        reading: Reading | None = series[-1] if series else None
        row[f"{name}_xuln"] = reading.x_uln if reading is not None else None
        row[f"{name}_comparator"] = reading.comparator if reading is not None else None
        row[f"{name}_date"] = reading.day if reading is not None else None
    for analyte, (value, comparator, day) in _NAMES.items():
        known = patient.latest.get(analyte)
        row[value] = known.value if known is not None else None
        row[comparator] = known.comparator if known is not None else None
        row[day] = known.day if known is not None else None
    for analyte, name in (("WEIGHT", "weight_kg"), ("IGG", "igg_g_l")):
        known = patient.latest.get(analyte)
        row[name] = known.value if known is not None else None
    hbsag = patient.latest.get("HBSAG")
    row["hbsag"] = hbsag.text if hbsag is not None and hbsag.text is not None else "unknown"
    for gene, name in _GENES.items():
        found = _genotype(patient, gene)
        row[f"{name}_diplotype"] = found.diplotype if found is not None else None
        row[f"{name}_phenotype"] = "unknown" if found is None or found.phenotype is None else found.phenotype
    return row


def _genotype(patient: Patient, gene: str) -> Genotype | None:
    """Return the latest result of a gene."""
    for result in reversed(patient.genotypes):
        if result.gene == gene:
            return result
    return None


def known_table(rows: Prepared) -> pl.DataFrame:
    """Return the same of every patient of a bucket, one row each, in the order of their places."""
    found = rows.who.select(
        "place", "patient_id", "sex", "centre", "variant", "aih_type", "last_seen", diagnosis_date="diagnosis"
    )
    for analyte, name in _FOLLOWED.items():
        last = _last(rows.readings, analyte, ("x_uln", "comparator", "day"))
        found = _with(found, last, (f"{name}_xuln", f"{name}_comparator", f"{name}_date"))
    for analyte, names in _NAMES.items():
        found = _with(found, _last(rows.results, analyte, ("value", "comparator", "day")), names)
    for name, analyte, column in _SINGLE:
        found = _with(found, _last(rows.results, analyte, (column,)), (name,))
    found = _with(found, latest_rows(rows.tables["biopsies"]).select("place", "hai"), ("last_hai",))
    for gene, name in _GENES.items():
        last = latest_rows(rows.tables["genotypes"].filter(gene=gene)).select("place", "diplotype", "phenotype")
        found = _with(found, last, (f"{name}_diplotype", f"{name}_phenotype"))
    # These are words: a result that is not there, or has none, is the word "unknown".
    words = ("hbsag", *(f"{name}_phenotype" for name in _GENES.values()))
    return found.with_columns(pl.col(words).fill_null("unknown"))


def _last(results: dict[str, pl.DataFrame], analyte: str, columns: tuple[str, ...]) -> pl.DataFrame | None:
    """Return columns of each patient's latest result of an analyte; None if nobody has one."""
    return latest_rows(results[analyte]).select("place", *columns) if analyte in results else None


def _with(found: pl.DataFrame, last: pl.DataFrame | None, names: tuple[str, ...]) -> pl.DataFrame:
    """Return the table with columns of the latest rows under other names, null where there is none."""
    if last is None:
        return found.with_columns(pl.lit(None).alias(name) for name in names)
    named = last.rename(dict(zip(last.columns[1:], names, strict=True)))
    return found.join(named, on="place", how="left", maintain_order="left")
