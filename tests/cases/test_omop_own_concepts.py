"""A warehouse's own concepts (from two milliard on): told while nobody declares them, read once somebody does."""

from __future__ import annotations

import pytest
from omop_cases import TODAY, as_csv, frame, hospital

from hepatica.errors import UsageError
from hepatica.sources import open_source

ALTX, AZA, OTHER = 2_000_000_123, 2_000_000_077, 2_000_000_099
DECLARED = "analytes: {'omop:2000000123 (alt-x)': ALT}\ndrugs: {'omop:2000000077': Azathioprin}\n"


def warehouse(folder) -> str:
    """One patient whose results and tablets stand under the warehouse's own concepts; one concept nobody declares."""
    names = ("measurement_id", "person_id", "measurement_concept_id", "measurement_date", "value_as_number")
    more = ("unit_source_value", "range_high", "measurement_source_value")
    results = frame(
        *names, *more,
        rows=[(1, 1, ALTX, "2020-01-11", 480.0, "U/L", 40.0, "ALT-X"), (2, 1, OTHER, "2020-01-11", 3.0, "", 9.0, "Q")],
    )  # fmt: skip
    drugs = frame(
        "drug_exposure_id", "person_id", "drug_concept_id", "drug_exposure_start_date", "drug_exposure_end_date",
        "drug_source_value", rows=[(1, 1, AZA, "2020-01-15", "2020-06-15", "AZA LOCAL")],
    )  # fmt: skip
    return as_csv(folder, hospital() | {"measurement": results, "drug_exposure": drugs})


def test_own_concepts_are_told_and_count_once_they_are_declared(tmp_path):
    source = warehouse(tmp_path / "cdm")
    record, reading = open_source(source, today=TODAY).read()
    assert record.measurements.is_empty()
    assert record.treatments.is_empty()
    shown = ["omop:2000000077 (aza local)", "omop:2000000099 (q)", "omop:2000000123 (alt-x)"]
    assert sorted(reading.unknown_codes["code"]) == shown
    declared = tmp_path / "concepts.yaml"
    declared.write_text(DECLARED)
    record, reading = open_source(source, mapping=declared, today=TODAY).read()
    assert record.measurements.select("analyte", "value", "upper_limit").rows() == [("ALT", 480.0, 40.0)]
    assert record.treatments["drug"].to_list() == ["azathioprine"]
    assert reading.unknown_codes["code"].to_list() == ["omop:2000000099 (q)"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("analytes: {'omop:2000000123': NONSENSE}", "not in the vocabulary"),
        ("analytes: {'omop:3006923': AST}", "no concept of a warehouse's own"),
        ("analytes: {'ALT-X': ALT}", "no number of a concept"),
        ("title: a mapping\nfiles: {}", "other parts"),
    ],
)
def test_a_wrong_declaration_is_refused(tmp_path, text, what):
    declared = tmp_path / "concepts.yaml"
    declared.write_text(text)
    with pytest.raises(UsageError, match=what):
        open_source(warehouse(tmp_path / "cdm"), mapping=declared, today=TODAY)
