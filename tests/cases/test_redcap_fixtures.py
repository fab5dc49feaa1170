"""REDCap projects that nobody here wrote: every field, event, form, and result of them is found again."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from hepatica.errors import UsageError
from hepatica.sources import open_source
from hepatica.sources.account import Account
from hepatica.sources.redcap import holds
from hepatica.sources.redcap.dictionary import Dictionary, read_dictionary
from hepatica.sources.redcap.drafting import drafted_mapping
from hepatica.sources.redcap.project import header_of, project_files, read_project

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "mappings"
TODAY = date(2026, 1, 1)
PROJECTS = (
    "checkboxes-1",
    "decimal-comma-and-dot",
    "longitudinal",
    "repeating-instruments-sparse",
    "vignette-repeating",
)


@pytest.fixture(scope="session")
def redcap(fixtures_folder):
    return fixtures_folder / "redcap"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [row for row in csv.DictReader(stream) if any(row.values())]


def raw_results(text: str, mapping: str) -> pl.DataFrame:
    """Return every result of a source as the reader gives it to the record."""
    source = open_source(text, mapping=EXAMPLES / mapping, today=TODAY)
    return pl.concat(list(source.raw.blocks("measurements", Account())))


def results_of(frame: pl.DataFrame, codes: dict[str, str]) -> Counter[tuple[str, ...]]:
    """Return the results as a multiset: patient, day, what, number, unit."""
    what = pl.col("analyte").replace(codes)
    number = pl.col("value").cast(pl.Float64)
    return Counter(frame.select("patient_id", "date", what, number, "unit").rows())


LOINC = {
    "loinc:26464-8": "LEUKOCYTES", "loinc:26499-4": "NEUTROPHILS", "loinc:26474-7": "LYMPHOCYTES",
    "loinc:26515-7": "PLATELETS", "loinc:718-7": "HAEMOGLOBIN", "loinc:1742-6": "ALT", "loinc:1920-8": "AST",
    "loinc:1975-2": "BILIRUBIN", "loinc:1968-7": "BILIRUBIN_DIRECT", "loinc:1751-7": "ALBUMIN",
    "loinc:2160-0": "CREATININE", "loinc:2339-0": "GLUCOSE", "loinc:2947-0": "SODIUM",
}  # fmt: skip


def test_all_642_results_of_the_red_i_pair_are_given_back(redcap):
    feed = raw_results(str(redcap / "redi" / "synthetic-lab-data.csv"), "redi_laboratory_feed.yaml")
    export = raw_results(f"redcap:{redcap / 'redi'}", "redi_redcap_export.yaml")
    assert (feed.height, export.height) == (647, 642)
    exported, fed = results_of(export, LOINC), results_of(feed, LOINC)
    assert not exported - fed
    assert sum((fed - exported).values()) == 5  # one blood count of the feed that RED-I did not export


def test_the_red_i_export_against_its_own_cells(redcap):
    """The same 642, counted in the file by another reader."""
    cells = Counter(
        (row["record_id"], field, float(text))
        for row in rows_of(redcap / "redi" / "redi_out_reference.csv")
        for field, text in row.items()
        if len(field) == 8 and f"{field}_units" in row and text
    )
    export = raw_results(f"redcap:{redcap / 'redi'}", "redi_redcap_export.yaml")
    field = pl.col("key").str.extract(r"field (c[0-9]+)$")
    assert Counter(export.select("patient_id", field, pl.col("value").cast(pl.Float64)).rows()) == cells
    assert sum(cells.values()) == 642


def test_the_red_i_traps_are_named(redcap):
    record, reading = open_source(
        f"redcap:{redcap / 'redi'}", mapping=EXAMPLES / "redi_redcap_export.yaml", today=TODAY
    ).read()
    slips = reading.quarantine.filter(reason="implausible")
    assert slips["key"].str.ends_with("field c0942474").all()  # platelets, all of them a thousandfold too low
    assert slips.height == 42
    assert slips["explanation"].str.contains("it would fit in 10*12/L", literal=True).all()
    assert reading.unknown_codes.rows() == [("measurements", "analyte", "loinc:6298-4", 48)]
    assert record.measurements.height == 642 - 42 - 48
    assert reading.quarantine["key"][0] == "record 1, event 1_arm_1, field c0942474"


@pytest.mark.parametrize("name", PROJECTS)
def test_every_project_is_recognised_and_drafted(redcap, name):
    assert holds(redcap / name)
    with pytest.raises(UsageError, match="needs a mapping"):
        open_source(str(redcap / name))
    (line,) = [line for line in drafted_mapping(redcap / name).text.splitlines() if "patient_id:" in line][:1]
    assert line.split(":")[1].split("#")[0].strip() in {"record_id", "study_id"}


@pytest.mark.parametrize("name", PROJECTS)
def test_the_dictionary_knows_every_column_of_the_export(redcap, name):
    dictionary = read_dictionary(redcap / name / "dictionary.csv")
    status = {f"{form}_complete" for form in dictionary.forms()}
    added = {"redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"}
    columns = set(header_of(redcap / name / "data.csv"))
    assert columns - added - status - set(dictionary.by_column()) == set()
    assert len(dictionary.fields) == len(rows_of(redcap / name / "dictionary.csv"))


def test_boxes_are_columns_of_their_codes(redcap):
    dictionary = read_dictionary(redcap / "checkboxes-1" / "dictionary.csv")
    assert dictionary.fields["check_one"].columns() == [f"check_one___{code}" for code in (1, 2, 3, 4)]
    assert dictionary.fields["check_two"].choices == {"a": "A", "b": "B", "c": "C", "d": "D", "e": "E"}
    assert header_of(redcap / "checkboxes-1" / "data.csv")[2:6] == tuple(dictionary.fields["check_one"].columns())


def test_the_xml_says_what_dictionary_events_and_arms_say(redcap):
    folder = redcap / "longitudinal"
    files = project_files(folder)
    assert [files.data[0].name, files.events.name, files.arms.name, files.xml.name] == [
        "data.csv", "event.csv", "arm.csv", "project.xml",
    ]  # fmt: skip
    whole = read_project(files)
    from_xml = read_project(type(files)(xml=files.xml))
    assert isinstance(from_xml.dictionary, Dictionary)
    assert from_xml.dictionary.fields == whole.dictionary.fields
    assert [(one.unique_name, one.name, one.arm) for one in from_xml.events] == [
        (row["unique_event_name"], row["event_name"], row["arm_num"]) for row in rows_of(folder / "event.csv")
    ]
    assert from_xml.arms == whole.arms == {"1": "Drug A", "2": "Drug B"}


def read_by(folder: Path, mapping: str, tmp_path: Path):
    (tmp_path / "mapping.yaml").write_text(mapping)
    return open_source(f"redcap:{folder}", mapping=tmp_path / "mapping.yaml", today=TODAY).read()


def test_decimal_comma_and_point_in_one_export(redcap, tmp_path):
    mapping = """\
title: weights twice
files: {export: {path: data.csv}}
tables:
  patients: {columns: {patient_id: record_id}}
  measurements:
    - columns: {patient_id: record_id, date: {constant: 2024-01-01}}
      wide: {weight_dot: {analyte: WEIGHT, unit: kg}}
    - columns: {patient_id: record_id, date: {constant: 2024-01-02}}
      wide: {weight_comma: {analyte: WEIGHT, unit: kg}}
"""
    record, reading = read_by(redcap / "decimal-comma-and-dot", mapping, tmp_path)
    weights = record.measurements.group_by("date", maintain_order=True).agg("value")["value"].to_list()
    assert weights == [[52.3, 92.3, 123.4, 45.9]] * 2
    assert reading.quarantine.is_empty()


def test_sparse_repeating_instruments(redcap, tmp_path):
    mapping = """\
title: blood pressure stands in for a result
files: {export: {path: data.csv}}
tables:
  patients:
    columns:
      patient_id: record_id
      birth_date: dob
      sex: {column: sex, values: {"0": female, "1": male}}
  measurements:
    columns: {patient_id: record_id, date: date_bp}
    wide: {bp_systolic: {analyte: WEIGHT, unit: kg}}
"""
    record, reading = read_by(redcap / "repeating-instruments-sparse", mapping, tmp_path)
    assert record.patients.select("patient_id", "sex").rows() == [
        ("1", "female"), ("2", "male"), ("3", "unknown"), ("4", "unknown"), ("5", "unknown"),
    ]  # fmt: skip
    assert record.measurements.select("patient_id", "date", "value", "key").rows() == [
        ("1", date(2019, 10, 14), 110.0, "record 1, instrument bp, instance 1, field bp_systolic"),
        ("1", date(2019, 10, 14), 111.0, "record 1, instrument bp, instance 2, field bp_systolic"),
        ("1", date(2019, 10, 14), 112.0, "record 1, instrument bp, instance 3, field bp_systolic"),
    ]
    # Record 2 was measured six years before the birth.
    assert reading.quarantine.select("key", "value", "reason").rows() == [
        ("record 2, instrument bp, instance 1, field bp_systolic", "2004-04-04", "before_birth")
    ]


def test_several_repeating_instruments_beside_each_other(redcap, tmp_path):
    mapping = """\
title: a note per laboratory form
files: {export: {path: data.csv}}
tables:
  patients: {columns: {patient_id: record_id}}
  events:
    columns: {patient_id: record_id, date: {constant: 2024-01-01}, event: {constant: infection}, detail: conc}
"""
    record, _ = read_by(redcap / "vignette-repeating", mapping, tmp_path)
    assert record.events.select("patient_id", "detail").rows() == [
        ("1", "1.1 ppm"), ("1", "1.2 ppm"), ("2", "2.1 ppm"), ("2", "2.2 ppm"),
    ]  # fmt: skip


def test_a_longitudinal_project_with_arms(redcap, tmp_path):
    mapping = """\
title: weight at enrolment
files: {export: {path: data.csv}}
tables:
  patients:
    columns: {patient_id: study_id, birth_date: dob, sex: {column: sex, values: {"0": female, "1": male}}}
  measurements:
    keep: {redcap_event_name: [enrollment_arm_1, enrollment_arm_2]}
    columns: {patient_id: study_id, date: date_enrolled}
    wide: {weight: {analyte: WEIGHT, unit: kg}}
"""
    record, _ = read_by(redcap / "longitudinal", mapping, tmp_path)
    rows = [row for row in rows_of(redcap / "longitudinal" / "data.csv") if row["weight"]]
    assert record.patients["patient_id"].to_list() == ["100", "220", "304"]
    assert record.measurements.select("patient_id", "value").rows() == [
        (row["study_id"], float(row["weight"])) for row in rows
    ]
    assert record.measurements["key"].to_list() == [
        f"record {row['study_id']}, event {row['redcap_event_name']}, field weight" for row in rows
    ]
