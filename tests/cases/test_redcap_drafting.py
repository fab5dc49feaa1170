"""A first mapping from a data dictionary: what is sure reads at once, what must be decided says why and is not read."""

from __future__ import annotations

from datetime import date

import pytest
from redcap_cases import field, project, read

from hepatica.errors import SourceError
from hepatica.sources.redcap.drafting import drafted_mapping

DATA = """\
record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,redcap_data_access_group,geb,geschlecht,\
visit_date,gpt,ggt,igg,ana,ap,other_date,creat_b,drug,start_date,dose
7,v1_arm_1,,,kiel,1970-05-01,2,2023-01-10,412,55,21,1,3,2023-01-11,80,,,
7,v1_arm_1,treatment,1,kiel,,,,,,,,,,,1,2023-01-12,50
"""
FIELDS = (
    field("record_id", "stamm"),
    field("geb", "stamm", label="Geburtsdatum", validation="date_dmy"),
    field("geschlecht", "stamm", "radio", "Geschlecht", choices="1, männlich | 2, weiblich | 3, intersexuell"),
    field("visit_date", "labor", label="Datum", validation="date_dmy"),
    field("gpt", "labor", label="GPT (U/l)", validation="number"),
    field("ggt", "labor", label="Gamma-GT", validation="number"),
    field("igg", "labor", label="IgG [g/l]", validation="number_1dp_comma_decimal"),
    field("ana", "labor", "radio", "ANA", choices="0, negative | 1, positive"),
    field("ap", "labor", label="ap", validation="number"),
    field("other_date", "spaeter", label="Nachtrag am", validation="date_dmy"),
    field("creat_b", "spaeter", label="Creatinine (umol/L)"),
    field(
        "drug", "treatment", "dropdown", "Medikament", choices="1, Azathioprin | 2, Budenofalk | 3, Studienmedikament"
    ),
    field("start_date", "treatment", label="Start date", validation="date_dmy"),
    field("dose", "treatment", label="Dose", validation="number"),
)


@pytest.fixture
def centre(tmp_path):
    folder = project(tmp_path, DATA, *FIELDS, mapping="")
    (folder / "mapping.yaml").unlink()
    return folder


def test_what_must_be_decided(centre):
    found = drafted_mapping(centre)
    assert found.to_decide == (
        "measurements from form spaeter: does other_date date it?",
        "patients, sex: what is meant by 3 (intersexuell)",
        "measurements, ggt: its unit is not known; GGT is accepted in u/l, iu/l, [iu]/l, ui/l, ie/l, e/l",
        "measurements, ap: its name alone may mean something else",
        "treatments, drug: which drug is 3 (Studienmedikament)",
        "treatments, dose_unit: no field says in which unit the dose is",
    )


def test_what_is_sure_is_read_and_nothing_else(centre):
    (centre / "mapping.yaml").write_text(drafted_mapping(centre).text)
    record, reading = read(centre)
    assert record.patients.select("birth_date", "sex", "centre").rows() == [(date(1970, 5, 1), "unknown", "kiel")]
    assert record.measurements.select("analyte", "value", "text", "unit").sort("analyte").rows() == [
        ("ALT", 412.0, None, "U/L"),
        ("ANA", None, "positive", None),
        ("IGG", 21.0, None, "g/L"),
    ]
    assert record.treatments.is_empty()
    assert reading.quarantine.is_empty()


def test_decided_lines_are_read_when_the_words_are_removed(centre):
    text = drafted_mapping(centre).text.replace('"?"', "U/L").replace("# decide: ", "").replace("# decide:", "#")
    (centre / "mapping.yaml").write_text(text)
    record, _ = read(centre)
    assert record.patients["sex"].to_list() == ["female"]
    assert sorted(record.measurements["analyte"]) == ["ALP", "ALT", "ANA", "CREATININE", "GGT", "IGG"]
    assert record.treatments.select("drug", "dose", "dose_unit").rows() == [("azathioprine", 50.0, "mg/day")]


def test_a_folder_without_a_dictionary_says_what_is_needed(tmp_path):
    (tmp_path / "data.csv").write_text(DATA)
    with pytest.raises(SourceError, match=r"holds no REDCap data dictionary[\s\S]*put the project's data dictionary"):
        drafted_mapping(tmp_path)
