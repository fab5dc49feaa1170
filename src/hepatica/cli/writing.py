"""The report of a source: the cohort's page, and a page for some of its patients, in one folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from hepatica.cli.output import write_text
from hepatica.cli.running import Asked
from hepatica.course.buckets import Tables
from hepatica.course.explain import explain
from hepatica.guidance.advice import advice
from hepatica.guidance.advice_parts import Advice
from hepatica.guidance.facts import STANDING_TABLES, standing
from hepatica.record import Reading, Record
from hepatica.report.cohort_page import PatientLink, cohort_html
from hepatica.report.patient_page import patient_html
from hepatica.report.patient_view import Standards, view_of
from hepatica.sources import Source


@dataclass(frozen=True)
class PatientPages:
    """How many patients get a page of their own, whether everything is invented, and whether advice is shown."""

    synthetic: bool
    advice: bool
    count: int = 6


def patient_page(
    record: Record, tables: Tables, patient_id: str, asked: Asked, *, advised: Advice | None, synthetic: bool = False
) -> str:
    """Return one patient's page: the course with the rows behind it and, where given, the advice beside it."""
    told = explain(record, patient_id, asked.defined, asked.as_of, asked.practice)
    standards = Standards(asked.defined, asked.practice)
    return patient_html(
        record, tables, patient_id, told, tables["worklist"],
        synthetic=synthetic, standards=standards, advice=advised,
    )  # fmt: skip


def write_report(
    folder: Path, source: Source, tables: Tables, reading: Reading, asked: Asked, pages: PatientPages
) -> Path:
    """Write index.html and the patient pages; returns the path of index.html."""
    folder.mkdir(parents=True, exist_ok=True)
    standards = Standards(asked.defined, asked.practice)
    links, views = [], []
    for number, (patient_id, why) in enumerate(_telling(tables["state"], pages.count), start=1):
        record, _ = source.read_patient(patient_id)
        advised = _advised(record, tables, patient_id, asked) if pages.advice else None
        page = patient_page(record, tables, patient_id, asked, advised=advised, synthetic=pages.synthetic)
        # The file's name carries no pseudonym: names of files travel further than their content.
        name = f"patient-{number}.html"
        write_text(folder / name, page)
        links.append(PatientLink(patient_id, name, why))
        views.append(view_of(record, tables, patient_id, standards))
    html = cohort_html(
        tables, reading, tables["worklist"], as_of=asked.as_of, standards=standards, source=asked.source,
        synthetic=pages.synthetic, patients=links, shown=views[:3],
    )  # fmt: skip
    index = folder / "index.html"
    write_text(index, html)
    _remove_pages_of_before(folder, {link.href for link in links})
    return index


def _remove_pages_of_before(folder: Path, written: set[str]) -> None:
    """Remove patients' pages that an earlier report of this folder had: it may have been of another cohort."""
    for page in folder.glob("patient-*.html"):
        if page.name not in written and page.stem.removeprefix("patient-").isdecimal():
            page.unlink()


def _advised(record: Record, tables: Tables, patient_id: str, asked: Asked) -> Advice:
    """Return the advice for one patient of the derived tables; `record` is that patient's."""
    own = {name: tables[name].filter(pl.col("patient_id") == patient_id) for name in STANDING_TABLES}
    row = standing(record, own, asked.defined).row(0, named=True)
    return advice(row, protocol=asked.protocol, accepted_notice=True, record=record)


# Which patients tell the story of a cohort, the first that fits each.
_TELLING = (
    ("responded, and lost the response", pl.col("loss_of_cbr_date").is_not_null()),
    ("high methylation (shunting)", pl.col("metabolite_pattern") == "low_high"),
    ("third-line treatment", pl.col("line") == 3),
    ("not assessable at 6 months", pl.col("cbr_by_6_months") == "not_assessable"),
    ("in response on first-line treatment", (pl.col("in_cbr") == "yes") & (pl.col("line") == 1)),
    ("a child", pl.col("paediatric") == "yes"),
)


def _telling(state: pl.DataFrame, count: int) -> list[tuple[str, str]]:
    """Return patients of different stories with why each is shown."""
    chosen: dict[str, str] = {}
    for why, fits in _TELLING:
        if len(chosen) == count:
            break
        found = state.filter(fits & ~pl.col("patient_id").is_in(list(chosen))).sort("patient_id")["patient_id"]
        if not found.is_empty():
            chosen[found[0]] = why
    return list(chosen.items())
