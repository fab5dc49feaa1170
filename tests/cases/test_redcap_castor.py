"""A Castor export in its documented form, read by the same mappings: semicolons, days first, user missing values."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hepatica.sources import open_source

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "mappings" / "castor_study.yaml"
STUDY = """\
"Participant Id";"Participant Status";"Site Abbreviation";"Randomization Id";"Randomization Group";"Randomized On";\
"Participant Creation Date";"birth_date";"sex";"diagnosis_date";"extrahepatic#ulcerative_colitis";"extrahepatic#other"
"110001";"Not Set";"KIEL";"";"";"";"03-02-2023 10:15:00";"01-05-1970";"1";"10-01-2023";"1";"0"
"110002";"Not Set";"KIEL";"";"";"";"04-02-2023 09:00:00";"-98";"2";"11-01-2023";"0";"0"
"""
LABORATORY = """\
"Participant Id";"Participant Status";"Repeating Data Creation Date";"Repeating Data Name Custom";\
"Repeating Data Parent";"lab_date";"alt";"alt_uln";"igg";"igg_uln"
"110001";"Not Set";"03-02-2023 10:20:00";"Laboratory - 1";"Visits";"10-01-2023";"412";"35";"21.5";"16"
"110001";"Not Set";"03-08-2023 10:20:00";"Laboratory - 2";"Visits";"09-07-2023";"<10";"35";"-99";""
"""
TREATMENT = """\
"Participant Id";"Participant Status";"Repeating Data Creation Date";"Repeating Data Name Custom";\
"Repeating Data Parent";"drug";"drug_start";"drug_end";"daily_dose"
"110001";"Not Set";"03-02-2023 10:20:00";"Drug - 1";"Visits";"1";"12-01-2023";"";"100"
"""


def test_study_repeating_data_and_user_missing_values(tmp_path):
    for name, text in (("study", STUDY), ("laboratory", LABORATORY), ("treatment", TREATMENT)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    record, reading = open_source(str(tmp_path), mapping=EXAMPLE, today=date(2026, 1, 1)).read()
    assert reading.quarantine.is_empty()
    assert record.patients.select("patient_id", "birth_date", "sex", "centre").rows() == [
        ("110001", date(1970, 5, 1), "female", "KIEL"),
        ("110002", None, "male", "KIEL"),
    ]
    assert record.measurements.select("date", "analyte", "comparator", "value", "upper_limit", "line").rows() == [
        (date(2023, 1, 10), "ALT", None, 412.0, 35.0, 2),
        (date(2023, 1, 10), "IGG", None, 21.5, 16.0, 2),
        (date(2023, 7, 9), "ALT", "<", 10.0, 35.0, 3),
    ]
    assert record.treatments.select("drug", "start", "end", "dose").rows() == [
        ("azathioprine", date(2023, 1, 12), None, 100.0)
    ]
    assert record.events.select("patient_id", "detail").rows() == [("110001", "ulcerative colitis")]
