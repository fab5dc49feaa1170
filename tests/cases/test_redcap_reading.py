"""REDCap exports of every shape: which rows a fact is made from, what their cells mean, and where they come from."""

from __future__ import annotations

from datetime import date

import pytest
from redcap_cases import API_HEADER, field, project, read

from hepatica.errors import SourceError, UsageError
from hepatica.sources import open_source

LONGITUDINAL = """\
record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,redcap_data_access_group,dob,sex,visit_date,\
alt,bilirubin,drug,drug_start,demographics_complete
1,baseline_arm_1,,,kiel,1970-05-01,0,2023-01-10,412,"1,5",,,2
1,baseline_arm_1,treatment,1,kiel,,,,,,azathioprine,2023-01-12,
1,baseline_arm_1,treatment,2,kiel,,,,,,prednisolone,2023-01-10,
1,month_6_arm_1,,,kiel,,,2023-07-09,35,-99,,,
2,baseline_arm_2,,,kiel,,,2023-03-01,,,,,0
"""
FIELDS = (
    field("record_id", "demographics", label="Record ID"),
    field("dob", "demographics", label="Date of birth", validation="date_dmy"),
    field("sex", "demographics", "radio", "Sex", choices="0, Female | 1, Male"),
    field("visit_date", "visit", label="Date of visit", validation="date_dmy"),
    field("alt", "visit", label="ALT (U/L)", validation="number"),
    field("bilirubin", "visit", label="Bilirubin (mg/dL)", validation="number_1dp_comma_decimal"),
    field("drug", "treatment", label="Drug"),
    field("drug_start", "treatment", label="From", validation="date_ymd"),
)
MAPPING = """\
title: a longitudinal project with a repeating form
missing: ["-99"]
files: {export: {path: data.csv}}
tables:
  patients:
    columns:
      patient_id: record_id
      birth_date: dob
      sex: {column: sex, values: {"0": female, "1": male}}
      centre: redcap_data_access_group
  measurements:
    columns: {patient_id: record_id, date: visit_date}
    wide:
      alt: {analyte: ALT, unit: U/L}
      bilirubin: {analyte: BILIRUBIN, unit: mg/dL}
  treatments:
    columns: {patient_id: record_id, drug: drug, start: drug_start}
"""


@pytest.fixture
def longitudinal(tmp_path):
    return project(tmp_path, LONGITUDINAL, *FIELDS, mapping=MAPPING)


def test_one_row_per_record_whatever_its_events(longitudinal):
    record, _ = read(longitudinal)
    patients = record.patients.select("patient_id", "birth_date", "sex", "centre", "line", "key")
    assert patients.rows() == [
        ("1", date(1970, 5, 1), "female", "kiel", 2, "record 1, event baseline_arm_1"),
        ("2", None, "unknown", "kiel", 6, "record 2, event baseline_arm_2"),
    ]


def test_each_row_names_record_event_instrument_and_instance(longitudinal):
    record, _ = read(longitudinal)
    assert record.treatments.select("drug", "start", "key").rows() == [
        ("azathioprine", date(2023, 1, 12), "record 1, event baseline_arm_1, instrument treatment, instance 1"),
        ("prednisolone", date(2023, 1, 10), "record 1, event baseline_arm_1, instrument treatment, instance 2"),
    ]
    assert record.measurements["key"][0] == "record 1, event baseline_arm_1, field alt"


def test_a_decimal_comma_is_read_as_the_field_declares_it_and_a_missing_code_is_no_result(longitudinal):
    record, reading = read(longitudinal)
    results = record.measurements.select("date", "analyte", "value").rows()
    assert results == [
        (date(2023, 1, 10), "ALT", 412.0),
        (date(2023, 1, 10), "BILIRUBIN", pytest.approx(1.5 * 17.104)),
        (date(2023, 7, 9), "ALT", 35.0),
    ]
    assert reading.quarantine.is_empty()


def test_rows_about_other_forms_are_counted(longitudinal):
    _, reading = read(longitudinal)
    about_others = next(note for note in reading.notes if note.startswith("rows that hold none of these fields"))
    assert "treatments from drug, drug_start (3)" in about_others


def test_the_api_s_dictionary_says_the_same(tmp_path):
    (tmp_path / "api").mkdir()
    (tmp_path / "pages").mkdir()
    one, _ = read(project(tmp_path / "api", LONGITUDINAL, *FIELDS, mapping=MAPPING, header=API_HEADER))
    other, _ = read(project(tmp_path / "pages", LONGITUDINAL, *FIELDS, mapping=MAPPING))
    assert one.measurements.equals(other.measurements)


def test_a_cell_of_another_row_of_the_event(tmp_path):
    """A repeating form without a date of its own belongs to the visit of its event."""
    data = """\
record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,visit_date,analyte,value
1,visit_1_arm_1,,,2023-01-10,,
1,visit_1_arm_1,labs,1,,ALT,80
1,visit_2_arm_1,,,2023-02-20,,
1,visit_2_arm_1,labs,1,,ALT,40
1,visit_3_arm_1,labs,1,,ALT,30
"""
    mapping = """\
title: labs dated by their visit
files: {export: {path: data.csv}}
tables:
  patients: {columns: {patient_id: record_id}}
  measurements:
    columns:
      patient_id: record_id
      date: {column: visit_date, of: event}
      analyte: analyte
      value: value
      unit: {constant: U/L}
"""
    fields = (field("record_id", "visit"), field("visit_date", "visit", validation="date_ymd"))
    record, reading = read(
        project(tmp_path, data, *fields, field("analyte", "labs"), field("value", "labs"), mapping=mapping)
    )
    results = record.measurements.select("date", "value").rows()
    assert results == [(date(2023, 1, 10), 80.0), (date(2023, 2, 20), 40.0)]
    assert reading.quarantine.select("reason", "key").rows() == [
        ("missing_date", "record 1, event visit_3_arm_1, instrument labs, instance 1")
    ]


def test_a_cell_that_stands_once_in_the_record(tmp_path):
    data = "record_id,redcap_event_name,biopsy_date,stage\n1,start_arm_1,2023-01-10,\n1,reading_arm_1,,3\n"
    mapping = """\
title: a biopsy read later
files: {export: {path: data.csv}}
tables:
  patients: {columns: {patient_id: record_id}}
  biopsies:
    columns:
      patient_id: record_id
      date: {column: biopsy_date, of: record}
      fibrosis_stage: stage
      fibrosis_scale: {constant: ishak}
"""
    fields = (field("record_id", "base"), field("biopsy_date", "base"), field("stage", "pathology"))
    record, _ = read(project(tmp_path, data, *fields, mapping=mapping))
    assert record.biopsies.select("date", "fibrosis_stage", "fibrosis_scale").rows() == [
        (date(2023, 1, 10), 3, "ishak")
    ]


def test_values_that_differ_within_a_record_are_not_chosen_from(tmp_path):
    data = "record_id,redcap_event_name,sex,demographics_complete\n1,a_arm_1,0,2\n1,b_arm_1,1,2\n2,a_arm_1,1,2\n"
    fields = (field("record_id", "demographics"), field("sex", "demographics", "radio", choices="0, Female | 1, Male"))
    mapping = """\
title: sex asked twice
files: {export: {path: data.csv}}
tables:
  patients:
    columns: {patient_id: record_id, sex: {column: sex, values: {"0": female, "1": male}}}
"""
    record, reading = read(project(tmp_path, data, *fields, mapping=mapping))
    assert record.patients["sex"].to_list() == ["unknown", "male"]
    assert reading.warnings.select("column", "value").rows() == [("sex", "female | male")]
    assert "patients.sex: 1 records have several values, shown side by side" in reading.notes


def test_a_repeating_event_is_a_row_of_its_own(tmp_path):
    data = """\
record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,visit_date,alt
1,visit_arm_1,,1,2023-01-10,80
1,visit_arm_1,,2,2023-02-20,40
"""
    mapping = """\
title: visits that repeat
files: {export: {path: data.csv}}
tables:
  patients: {columns: {patient_id: record_id}}
  measurements:
    columns: {patient_id: record_id, date: visit_date}
    wide: {alt: {analyte: ALT, unit: U/L}}
"""
    fields = (field("record_id", "visit"), field("visit_date", "visit"), field("alt", "visit"))
    record, _ = read(project(tmp_path, data, *fields, mapping=mapping))
    assert record.measurements.select("value", "key").rows() == [
        (80.0, "record 1, event visit_arm_1, instance 1, field alt"),
        (40.0, "record 1, event visit_arm_1, instance 2, field alt"),
    ]


def test_a_box_that_is_not_ticked_makes_no_row(tmp_path):
    data = "record_id,disease___uc,disease___ra,disease_date\n1,1,0,2020-05-01\n2,0,0,\n3,0,1,2021-06-01\n"
    mapping = """\
title: extrahepatic diseases as boxes
files: {export: {path: data.csv}}
tables:
  patients: {columns: {patient_id: record_id}}
  events:
    - keep: {disease___uc: ["1"]}
      columns:
        patient_id: record_id
        date: disease_date
        event: {constant: extrahepatic_disease}
        detail: {constant: ulcerative colitis}
    - keep: {disease___ra: ["1"]}
      columns:
        patient_id: record_id
        date: disease_date
        event: {constant: extrahepatic_disease}
        detail: {constant: rheumatoid arthritis}
"""
    boxes = field("disease", "history", "checkbox", choices="uc, Ulcerative colitis | ra, Rheumatoid arthritis")
    fields = (field("record_id", "history"), boxes, field("disease_date", "history"))
    record, _ = read(project(tmp_path, data, *fields, mapping=mapping))
    assert record.patients.height == 3
    assert record.events.select("patient_id", "detail").rows() == [
        ("1", "ulcerative colitis"),
        ("3", "rheumatoid arthritis"),
    ]


def test_an_export_with_labels_is_refused_with_the_remedy(longitudinal):
    labelled = LONGITUDINAL.replace("record_id,redcap_event_name", "Record ID,Event Name")
    (longitudinal / "data.csv").write_text(labelled)
    with pytest.raises(SourceError, match=r"labels instead of field names[\s\S]*raw data"):
        read(longitudinal)


def test_labels_below_raw_names_are_refused_too(longitudinal):
    (longitudinal / "data.csv").write_text(LONGITUDINAL.replace("1970-05-01,0,", "1970-05-01,Female,"))
    with pytest.raises(SourceError, match=r"data.csv: sex: holds labels instead of codes"):
        read(longitudinal)
    (longitudinal / "data.csv").write_text(LONGITUDINAL.replace("baseline_arm_1", "Baseline (Arm 1)"))
    with pytest.raises(SourceError, match="names of events instead of unique names"):
        read(longitudinal)


def test_data_and_dictionary_of_two_projects_are_refused(longitudinal):
    (longitudinal / "data.csv").write_text(LONGITUDINAL.replace("record_id,", "study_id,"))
    with pytest.raises(SourceError, match=r"begins with study_id, but the record ID of dictionary\.csv is record_id"):
        read(longitudinal)


def test_without_a_mapping_the_remedy_is_a_draft(longitudinal):
    (longitudinal / "mapping.yaml").unlink()
    with pytest.raises(UsageError, match=r"needs a mapping[\s\S]*hepatica mapping draft"):
        read(longitudinal)
    with pytest.raises(UsageError, match="needs a mapping"):  # a bare path is recognised by its dictionary
        open_source(str(longitudinal))


def test_two_mappings_are_refused(longitudinal):
    mapping = longitudinal / "mapping.yaml"
    with pytest.raises(UsageError, match="name two mappings"):
        open_source(f"redcap:{longitudinal}?mapping={mapping}", mapping=mapping)


def test_a_mapping_may_lie_in_the_folder_or_be_named_or_given(longitudinal, tmp_path):
    mapping = (longitudinal / "mapping.yaml").rename(longitudinal / "ours.yaml")
    by_query = open_source(f"redcap:{longitudinal}?mapping=ours.yaml").read()[0]
    by_option = read(longitudinal, mapping)[0]
    assert by_query.measurements.equals(by_option.measurements)


def test_an_export_is_found_by_what_it_holds(longitudinal):
    """REDCap puts the project's name and the time into the names of its files."""
    (longitudinal / "data.csv").rename(longitudinal / "AIH_DATA_2025-11-03_1657.csv")
    record, _ = read(longitudinal)
    assert record.measurements["file"].unique().to_list() == ["AIH_DATA_2025-11-03_1657.csv"]


def test_a_checkbox_field_is_named_by_its_boxes(tmp_path):
    data = "record_id,gym___1,gym___2," + ",".join(f"f{number}" for number in range(60)) + "\n1,1,0" + "," * 60 + "\n"
    mapping = """\
title: the field, not the box
files: {export: {path: data.csv}}
tables:
  patients: {columns: {patient_id: record_id, centre: gym}}
"""
    fields = (field("record_id", "a"), field("gym", "a", "checkbox", choices="1, Mon | 2, Tue"))
    with pytest.raises(UsageError, match=r"no column gym[\s\S]*write one of gym___1, gym___2$"):
        read(project(tmp_path, data, *fields, mapping=mapping))


def test_of_is_only_for_redcap(longitudinal):
    text = MAPPING.replace("date: visit_date", "date: {column: visit_date, of: event}")
    (longitudinal / "plain.yaml").write_text(text)
    (longitudinal / "dictionary.csv").unlink()  # nothing tells any more that this is REDCap
    with pytest.raises(UsageError, match=r"is only for REDCap exports[\s\S]*redcap:FOLDER"):
        open_source(str(longitudinal), mapping=longitudinal / "plain.yaml")


def test_only_forms_that_are_marked_complete(longitudinal):
    """The status of a form is a column that the dictionary does not name."""
    text = MAPPING.replace("  patients:\n", "  patients:\n    keep: {demographics_complete: ['2']}\n")
    (longitudinal / "mapping.yaml").write_text(text)
    record, reading = read(longitudinal)
    assert record.patients["patient_id"].to_list() == ["1"]
    assert any("whose demographics_complete is not to be kept" in note for note in reading.notes)


def test_a_code_for_missing_data_that_the_project_declares(longitudinal):
    xml = """<ODM xmlns:redcap="https://projectredcap.org"><Study><GlobalVariables>
<redcap:MissingDataCodes>412, not done</redcap:MissingDataCodes></GlobalVariables><MetaDataVersion>
<FormDef OID="f" redcap:FormName="demographics"><ItemGroupRef ItemGroupOID="g"/></FormDef>
<ItemGroupDef OID="g"><ItemRef ItemOID="record_id"/></ItemGroupDef><ItemDef OID="record_id"/></MetaDataVersion>
</Study></ODM>"""
    (longitudinal / "project.xml").write_text(xml)
    record, reading = read(longitudinal)
    assert record.measurements.filter(analyte="ALT")["value"].to_list() == [35.0]
    assert any("412 (not done)" in note for note in reading.notes)


def test_a_course_names_record_event_and_field(longitudinal):
    record, _ = read(longitudinal)
    assert record.measurements.filter(analyte="ALT").select("file", "line", "key").rows() == [
        ("data.csv", 2, "record 1, event baseline_arm_1, field alt"),
        ("data.csv", 5, "record 1, event month_6_arm_1, field alt"),
    ]
