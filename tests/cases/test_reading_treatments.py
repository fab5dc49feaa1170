"""Treatments, events, biopsies, genotypes, and patients: words, drugs, routes, doses, stages."""

from __future__ import annotations

import pytest
from reading_cases import ANNA, read


def treatment(drug: str, **more: str | None) -> dict[str, object]:
    return {"patient_id": "P1", "drug": drug, "start": "2020-01-01"} | more


def read_treatment(drug: str, **more: str | None):
    return read(treatments=[treatment(drug, **more)])


@pytest.mark.parametrize(
    ("drug", "name", "route", "systemic"),
    [
        ("azathioprine", "azathioprine", "unknown", True),
        ("Imurek", "azathioprine", "unknown", True),
        ("ATC:L04AX01", "azathioprine", "unknown", True),
        ("rxnorm:1256", "azathioprine", "unknown", True),
        ("Pulmicort", "budesonide", "inhaled", False),
        ("atc:R03BA02", "budesonide", "inhaled", False),
        ("atc:A07EA06", "budesonide", "unknown", True),
        ("budesonide", "budesonide", "unknown", True),
        ("Budesonide 0.25 MG/ML Inhalation Suspension", "budesonide", "inhaled", False),
        ("prednisolone eye drops", "prednisolone", "eye", False),
        ("Tacrolimus ointment 0.1%", "tacrolimus", "topical", False),
    ],
)
def test_a_local_form_is_no_systemic_treatment(drug, name, route, systemic):
    told = read_treatment(drug)
    assert (told.only("drug", "treatments"), told.only("route", "treatments")) == (name, route)
    assert told.only("systemic", "treatments") is systemic
    assert told.warnings() == []


def test_the_route_column_goes_before_what_the_name_implies():
    assert read_treatment("Pulmicort", route="oral").only("systemic", "treatments") is True
    assert read_treatment("Pulmicort", route="unknown").only("systemic", "treatments") is False
    assert read_treatment("budesonide", route="Inhaler").only("route", "treatments") == "inhaled"


@pytest.mark.parametrize("code", ["rxnorm:19831", "RxNorm:19831", "omop:939259"])
def test_an_ingredient_that_is_swallowed_and_inhaled_alike_needs_its_route(code):
    told = read_treatment(code)
    assert told.only("systemic", "treatments") is None
    assert told.warnings() == ["route_unknown"]
    assert read_treatment(code, route="oral").only("systemic", "treatments") is True
    assert read_treatment(code, route="inhalation").only("systemic", "treatments") is False
    assert read_treatment(code, indication="AIH").only("systemic", "treatments") is True


def test_an_unknown_drug_is_set_aside_and_counted():
    told = read(treatments=[treatment("snake oil"), treatment("snake oil", start="2021-01-01")])
    assert told.reasons() == ["unknown_drug"] * 2
    assert told.reading.unknown_codes.rows() == [("treatments", "drug", "snake oil", 2)]


@pytest.mark.parametrize(
    ("unit", "read_as"),
    [("mg/day", "mg/day"), ("mg/d", "mg/day"), ("MG/Tag", "mg/day"), ("mg/kg/d", "mg/kg/day"), ("mg/kg", "mg/kg")],
)
def test_a_dose_has_a_unit(unit, read_as):
    told = read_treatment("azathioprine", dose="50", dose_unit=unit)
    assert (told.only("dose", "treatments"), told.only("dose_unit", "treatments")) == (50.0, read_as)


def test_a_dose_without_a_unit_is_unknown_and_the_row_kept():
    told = read_treatment("azathioprine", dose="50")
    assert (told.only("dose", "treatments"), told.only("dose_unit", "treatments")) == (None, None)
    assert told.warnings() == ["dose_without_unit"]


@pytest.mark.parametrize("unit", ["ug/kg/min", "mg", "tablets"])
def test_a_unit_that_is_no_daily_dose_is_not_guessed(unit):
    told = read_treatment("azathioprine", dose="50", dose_unit=unit)
    assert told.only("dose", "treatments") is None
    assert sorted(told.warnings()) == ["dose_without_unit", "unknown_word"]


def test_a_dose_of_zero_is_zero():
    assert read_treatment("azathioprine", dose="0", dose_unit="mg/d").only("dose", "treatments") == 0.0


def test_a_negative_dose_is_set_aside():
    assert read_treatment("azathioprine", dose="-5", dose_unit="mg/d").reasons() == ["negative"]


def test_an_unreadable_dose_is_emptied():
    told = read_treatment("azathioprine", dose="2x50", dose_unit="mg/d")
    assert told.only("dose", "treatments") is None
    assert told.warnings() == ["not_a_number"]


def test_an_end_before_the_start_is_set_aside():
    assert read_treatment("azathioprine", end="2019-12-31").reasons() == ["end_before_start"]
    assert read_treatment("azathioprine", end="2020-01-01").reasons() == []


@pytest.mark.parametrize(
    ("end", "reason"),
    [("ongoing", "not_a_date"), ("31.12.2020", "date_format_undeclared"), ("9999-12-31", "impossible_year")],
)
def test_an_unreadable_end_never_becomes_still_taken(end, reason):
    assert read_treatment("azathioprine", end=end).reasons() == [reason]


def test_a_planned_end_may_lie_ahead_but_a_start_may_not():
    assert read_treatment("azathioprine", end="2024-12-31").reasons() == []
    assert read_treatment("azathioprine", start="2024-12-31").reasons() == ["in_future"]


def test_a_stop_reason_is_never_guessed():
    assert read_treatment("azathioprine").only("stop_reason", "treatments") == "unknown"
    assert (
        read_treatment("azathioprine", stop_reason="Non-Response").only("stop_reason", "treatments") == "non_response"
    )
    told = read_treatment("azathioprine", stop_reason="felt like it")
    assert told.only("stop_reason", "treatments") == "unknown"
    assert told.warnings() == ["unknown_word"]


@pytest.mark.parametrize(
    ("written", "sex"),
    [
        ("F", "female"),
        ("weiblich", "female"),
        ("M", "male"),
        ("Mann", "male"),
        ("divers", "other"),
        ("", "unknown"),
        ("?", "unknown"),
    ],
)
def test_sex_in_many_words(written, sex):
    told = read(patients=[ANNA | {"sex": written}])
    assert told.only("sex", "patients") == sex
    assert told.warnings() == []


def test_a_code_for_sex_is_not_guessed():
    told = read(patients=[ANNA | {"sex": "1"}])
    assert told.only("sex", "patients") == "unknown"
    assert told.warnings() == ["unknown_word"]


def event(what: str, **more: str | None) -> dict[str, object]:
    return {"patient_id": "P1", "date": "2020-01-01", "event": what} | more


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Liver transplantation", "liver_transplant"),
        ("LTx", "liver_transplant"),
        ("Tod", "death"),
        ("ASCITES", "ascites"),
    ],
)
def test_events_in_many_words(written, meant):
    assert read(events=[event(written)]).only("event", "events") == meant


def test_an_unknown_event_is_set_aside_with_what_is_accepted():
    told = read(events=[event("haircut")])
    assert told.reasons() == ["unknown_word"]
    assert "liver_transplant" in told.reading.quarantine["explanation"][0]


@pytest.mark.parametrize(
    ("written", "meant"), [("Y", "yes"), ("1", "yes"), ("true", "yes"), ("0", "no"), ("nein", "no"), (None, "unknown")]
)
def test_yes_and_no_in_many_words(written, meant):
    assert read(events=[event("infection", serious=written)]).only("serious", "events") == meant


def test_a_drug_that_is_blamed_is_kept_even_if_the_vocabulary_does_not_know_it():
    told = read(events=[event("adverse_event", related_drug="Imurek"), event("infection", related_drug="herbal tea")])
    assert [row["related_drug"] for row in told.kept("events")] == ["azathioprine", "herbal tea"]
    assert told.warnings() == ["unknown_drug"]


def biopsy(**more: str | None):
    return read(biopsies=[{"patient_id": "P1", "date": "2020-01-01"} | more])


@pytest.mark.parametrize(
    ("hai", "read_as", "warning"),
    [("0", 0, []), ("18", 18, []), ("19", None, ["out_of_range"]), ("3.5", None, ["not_whole"]), ("4.0", 4, [])],
)
def test_hai_is_a_whole_number_from_0_to_18(hai, read_as, warning):
    told = biopsy(hai=hai)
    assert told.only("hai", "biopsies") == read_as
    assert told.warnings() == warning


@pytest.mark.parametrize(
    ("stage", "scale", "read_as", "warning"),
    [
        ("4", "metavir", 4, []),
        ("F3", "METAVIR", 3, []),
        ("5", "metavir", None, ["out_of_range"]),
        ("6", "Ishak", 6, []),
        ("4B", "laennec", 4, ["stage_letter_dropped"]),
        ("3", None, None, ["stage_without_scale"]),
        ("much", "ishak", None, ["not_a_number"]),
        (None, "ishak", None, []),
    ],
)
def test_a_stage_is_on_its_scale(stage, scale, read_as, warning):
    told = biopsy(fibrosis_stage=stage, fibrosis_scale=scale)
    assert told.only("fibrosis_stage", "biopsies") == read_as
    assert told.warnings() == warning


def test_histology_is_yes_no_or_unknown():
    told = biopsy(rosettes="ja", emperipolesis="absent")
    assert [told.only(name, "biopsies") for name in ("rosettes", "emperipolesis", "portal_hepatitis")] == [
        "yes",
        "no",
        "unknown",
    ]


def test_genotypes_keep_what_they_say():
    told = read(
        genotypes=[{"patient_id": "P1", "date": "2020-01-01", "gene": "TPMT", "diplotype": "*1/*3A", "phenotype": "IM"}]
    )
    assert told.only("diplotype", "genotypes") == "*1/*3A"
    assert told.only("phenotype", "genotypes") == "intermediate"
    assert told.only("zygosity", "genotypes") == "unknown"
    assert told.only("classification", "genotypes") is None


@pytest.mark.parametrize(("sex", "warned"), [("male", ["pregnancy_of_a_man"]), ("female", []), ("unknown", [])])
def test_a_pregnancy_of_a_man_is_kept_and_named(sex, warned):
    pregnancy = {"patient_id": "P1", "date": "2020-01-01", "event": "pregnancy_start"}
    told = read(patients=[{"patient_id": "P1", "sex": sex}], events=[pregnancy])
    assert told.only("event", "events") == "pregnancy_start"
    assert told.warnings() == warned
