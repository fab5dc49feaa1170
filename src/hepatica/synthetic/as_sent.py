"""The tables as a centre sends them: the columns of `record.tables`, every cell as the centre would write it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pyarrow as pa

from hepatica.record.tables import (
    AIH_TYPES,
    CAUSES,
    DOSE_UNITS,
    EVENTS,
    FIBROSIS_SCALES,
    HISTOLOGY,
    INDICATIONS,
    PHENOTYPES,
    ROUTES,
    STOP_REASONS,
    TABLES,
    VARIANTS,
    YES_NO,
)
from hepatica.synthetic.blocks import Block
from hepatica.synthetic.cells import EMPTY, coded, dates, of_patients, words
from hepatica.synthetic.centres import ANALYTES
from hepatica.synthetic.draws import Whole
from hepatica.synthetic.gaps import Gaps
from hepatica.synthetic.happenings import DETAILS, EVENT_DRUGS
from hepatica.synthetic.later_lines import DRUGS
from hepatica.synthetic.people import TYPES
from hepatica.synthetic.people import VARIANTS as DRAWN_VARIANTS
from hepatica.synthetic.printed import WORDS
from hepatica.synthetic.response import NEVER
from hepatica.synthetic.tissue_and_genes import DIPLOTYPES, GENES, STAT1_VARIANT

_MOST_TENTHS = 25_000  # 2,500 mg


def tables_of(block: Block, patients: int, gaps: Gaps) -> dict[str, pa.Table]:
    """Return the six tables of a block's first `patients` patients."""
    makers: dict[str, Callable[[Block, int, Gaps], dict[str, pa.Array]]] = {
        "patients": _patients,
        "measurements": _measurements,
        "treatments": _treatments,
        "events": _events,
        "biopsies": _biopsies,
        "genotypes": _genotypes,
    }
    return {name: pa.table(make(block, patients, gaps)) for name, make in makers.items()}


@cache
def _doses() -> pa.Array:
    """Return the words of doses in tenths: 50, 12.5."""
    whole = ((f"{tenths // 10}", tenths % 10) for tenths in range(_MOST_TENTHS))
    return pa.array([f"{digits}.{tenth}" if tenth else digits for digits, tenth in whole])


def _patients(block: Block, patients: int, gaps: Gaps) -> dict[str, pa.Array]:
    """Return one row per patient."""
    people = block.story.people
    every = np.arange(patients)
    centres = tuple(f"Synthetic centre {number + 1}" for number in range(block.settings.centre_count))
    types = np.array([AIH_TYPES.index(name) for name in TYPES])[people.aih_type]
    variants = np.array([VARIANTS.index(name) for name in DRAWN_VARIANTS])[people.variant]
    return {
        "patient_id": of_patients(block.ids, every),
        "birth_date": _birth_dates(people.birth[:patients], gaps.birth[:patients]),
        "sex": coded(np.where(people.female, 0, 1)[:patients], words(("female", "male"))),
        "centre": coded(people.centre[:patients], words(centres)),
        "ethnicity": coded(
            np.where(gaps.ethnicity, EMPTY, people.ethnicity)[:patients],
            words(block.settings.model.shares("people.ethnicity")[0]),
        ),
        "diagnosis_date": dates(people.diagnosis[:patients]),
        "aih_type": coded(np.where(gaps.aih_type, AIH_TYPES.index("unknown"), types)[:patients], words(AIH_TYPES)),
        "variant": coded(variants[:patients], words(VARIANTS)),
    }


def _birth_dates(birth: Whole, precision: Whole) -> pa.Array:
    """Return dates of birth as text, some of them as year and month or year only."""
    days = np.datetime_as_string(birth.astype("datetime64[D]"), unit="D").astype(str)
    lengths = np.array([10, 7, 4])[precision].tolist()
    return pa.array([text[:length] for text, length in zip(days.tolist(), lengths, strict=True)])


def _measurements(block: Block, patients: int, gaps: Gaps) -> dict[str, pa.Array]:
    """Return one row per result."""
    del gaps
    results, visits, centres = block.results, block.subject.visits, block.settings.centres
    rows = int(np.searchsorted(visits.patient[results.visit], patients))
    visit, analyte = results.visit[:rows], results.analyte[:rows]
    patient = visits.patient[visit]
    sends_loinc = centres.coded[block.story.people.centre[patient]]
    names, code_of = _analyte_words(tuple(block.settings.model.laboratories["loinc"].items()))
    return {
        "patient_id": of_patients(block.ids, patient),
        "date": dates(visits.day[visit]),
        "analyte": coded(np.where(sends_loinc, code_of[analyte], analyte), names),
        "value": coded(results.value[:rows], words(WORDS)),
        "unit": coded(results.unit[:rows], words(centres.units)),
        "lower_limit": coded(results.lower[:rows], words(WORDS)),
        "upper_limit": coded(results.upper[:rows], words(WORDS)),
    }


@cache
def _analyte_words(loinc_codes: tuple[tuple[str, str], ...]) -> tuple[pa.Array, Whole]:
    """Return the words of analytes (ours, then LOINC codes), and by analyte the code of what a coded centre sends."""
    loinc = dict(loinc_codes)
    has_code = [name for name in ANALYTES if name in loinc]
    texts = (*ANALYTES, *(f"loinc:{loinc[name]}" for name in has_code))
    codes = [len(ANALYTES) + has_code.index(name) if name in loinc else place for place, name in enumerate(ANALYTES)]
    return words(texts), np.array(codes)


def _treatments(block: Block, patients: int, gaps: Gaps) -> dict[str, pa.Array]:
    """Return one row per drug and dose."""
    rows, index = block.prescriptions, block.story.people.index
    here = rows.patient < patients
    patient, empty = rows.patient[here], gaps.treatment[:, : len(rows.patient)][:, here]
    for_liver = rows.indication[here] == INDICATIONS.index("AIH")
    return {
        "patient_id": of_patients(block.ids, patient),
        "drug": coded(rows.drug[here], words(DRUGS)),
        "start": dates(index[patient] + rows.start[here]),
        "end": dates(index[patient] + rows.end[here], rows.end[here] < NEVER),
        "dose": coded(np.where(empty[0], EMPTY, rows.dose[here]), _doses()),
        "dose_unit": coded(rows.unit[here], words(DOSE_UNITS)),
        "stop_reason": coded(np.where(empty[1], EMPTY, rows.reason[here]), words(STOP_REASONS)),
        "indication": coded(np.where(empty[2] & for_liver, EMPTY, rows.indication[here]), words(INDICATIONS)),
        "route": coded(rows.route[here], words(ROUTES)),
    }


def _events(block: Block, patients: int, gaps: Gaps) -> dict[str, pa.Array]:
    """Return one row per event."""
    rows, index = block.happenings, block.story.people.index
    unwritten, no_cause = gaps.event[:, : len(rows.patient)]
    final = np.isin(rows.event, [EVENTS.index(name) for name in ("death", "liver_transplant", "lost_to_follow_up")])
    here = (rows.patient < patients) & ~(unwritten & ~final)
    patient = rows.patient[here]
    cause = np.where(no_cause & (rows.cause >= 0), CAUSES.index("unknown"), rows.cause)
    return {
        "patient_id": of_patients(block.ids, patient),
        "date": dates(index[patient] + rows.t[here]),
        "event": coded(rows.event[here], words(EVENTS)),
        "detail": coded(rows.detail[here], words(DETAILS)),
        "serious": coded(rows.serious[here], words(YES_NO)),
        "related_drug": coded(rows.drug[here], words(EVENT_DRUGS)),
        "cause": coded(cause[here], words(CAUSES)),
    }


def _biopsies(block: Block, patients: int, gaps: Gaps) -> dict[str, pa.Array]:
    """Return one row per biopsy."""
    rows, index = block.biopsies, block.story.people.index
    here = rows.patient < patients
    patient = rows.patient[here]
    seen = np.where(gaps.feature[: len(rows.patient)], YES_NO.index("unknown"), rows.features)[here]
    grades = tuple(str(grade) for grade in range(19))
    return {
        "patient_id": of_patients(block.ids, patient),
        "date": dates(index[patient] + rows.t[here]),
        **{name: coded(seen[:, place], words(YES_NO)) for place, name in enumerate(HISTOLOGY)},
        "hai": coded(rows.hai[here], words(grades)),
        "fibrosis_stage": coded(rows.stage[here], words(grades)),
        "fibrosis_scale": coded(rows.scale[here], words(FIBROSIS_SCALES)),
    }


def _genotypes(block: Block, patients: int, gaps: Gaps) -> dict[str, pa.Array]:
    """Return one row per genetic result."""
    del gaps
    rows, index = block.genetic_results, block.story.people.index
    here = rows.patient < patients
    patient = rows.patient[here]
    stat1 = np.where(rows.gene[here] == GENES.index("STAT1"), 0, EMPTY)
    cells = {
        "patient_id": of_patients(block.ids, patient),
        "date": dates(index[patient] + rows.t[here]),
        "gene": coded(rows.gene[here], words(GENES)),
        "variant": coded(stat1, words((STAT1_VARIANT,))),
        "zygosity": coded(stat1, words(("heterozygous",))),
        "classification": coded(stat1, words(("pathogenic",))),
        "mechanism": coded(stat1, words(("gain_of_function",))),
        "diplotype": coded(rows.diplotype[here], words(DIPLOTYPES)),
        "phenotype": coded(rows.phenotype[here], words(PHENOTYPES)),
    }
    return {name: cells[name] for name in TABLES["genotypes"].names}
