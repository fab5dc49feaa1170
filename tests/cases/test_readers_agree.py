"""The same patient is the same record, whichever standard the hospital speaks."""

from __future__ import annotations

import fhir_cases
import omop_cases
import pytest

from hepatica.interop import table_folder
from hepatica.interop.fhir import write as write_fhir
from hepatica.interop.omop import write as write_omop
from hepatica.interop.redcap import write as write_redcap
from hepatica.sources import open_source

STATES = [("737297006", 42537742, "liver_transplant"), ("77386006", 4299535, "pregnancy_start")]
WRITERS = {"csv": table_folder.write, "fhir": write_fhir, "omop": write_omop, "redcap": write_redcap}


def said(record):
    return record.events.select("date", "event", "detail").rows()


def as_fhir(folder, snomed):
    folder.mkdir()
    present = fhir_cases.condition(fhir_cases.coded(fhir_cases.SNOMED, snomed), recordedDate="2021-01-01")
    present.pop("onsetDateTime")
    return fhir_cases.read(folder, present)[0]


def as_omop(folder, concept):
    rows = omop_cases.conditions((1, omop_cases.AIH, "2020-01-01", 2), (1, concept, "2021-01-01", 1))
    return omop_cases.read(omop_cases.as_csv(folder, omop_cases.hospital() | {"condition_occurrence": rows}))[0]


@pytest.mark.parametrize(("snomed", "concept", "event"), STATES)
def test_a_state_is_known_by_its_day_in_fhir_and_in_omop(tmp_path, snomed, concept, event):
    by_fhir, by_omop = as_fhir(tmp_path / "fhir", snomed), as_omop(tmp_path / "omop", concept)
    assert said(by_fhir) == said(by_omop)
    assert [row[1:] for row in said(by_fhir)] == [(event, "known by this date")]


@pytest.mark.parametrize("form", sorted(WRITERS))
@pytest.mark.parametrize(("snomed", "concept", "event"), STATES)
def test_a_state_stays_one_when_it_is_written_and_read_again(tmp_path, form, snomed, concept, event):
    record = as_fhir(tmp_path / "fhir", snomed)
    WRITERS[form](record, tmp_path / "out", synthetic=True)
    kind = "" if form == "csv" else f"{form}:"
    with open_source(f"{kind}{tmp_path / 'out'}", today=fhir_cases.TODAY) as source:
        back, _ = source.read()
    assert said(back) == said(record)
    assert back.events["event"].to_list() == [event]
