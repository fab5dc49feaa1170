"""The tables and columns of the OMOP common data model 5.3 and 5.4 that the record is read from."""

from __future__ import annotations

# Columns that hold the number of a row, a person, or a concept. Everything else is taken as it is written.
TABLES: dict[str, tuple[str, ...]] = {
    "person": (
        "person_id", "gender_concept_id", "year_of_birth", "month_of_birth", "day_of_birth", "birth_datetime",
        "care_site_id", "person_source_value", "gender_source_value", "race_source_value", "ethnicity_source_value",
    ),
    "care_site": ("care_site_id", "care_site_name", "care_site_source_value"),
    "measurement": (
        "measurement_id", "person_id", "measurement_concept_id", "measurement_date", "measurement_datetime",
        "operator_concept_id", "value_as_number", "value_as_concept_id", "unit_concept_id", "range_low", "range_high",
        "measurement_source_value", "unit_source_value", "value_source_value",
    ),
    "observation": (
        "observation_id", "person_id", "observation_concept_id", "observation_date", "value_as_string",
        "observation_source_value", "unit_source_value", "qualifier_source_value", "value_source_value",
        "observation_event_id", "obs_event_field_concept_id",
    ),
    "condition_occurrence": (
        "condition_occurrence_id", "person_id", "condition_concept_id", "condition_start_date",
        "condition_source_value", "visit_occurrence_id",
    ),
    "procedure_occurrence": (
        "procedure_occurrence_id", "person_id", "procedure_concept_id", "procedure_date", "procedure_source_value",
    ),
    "drug_exposure": (
        "drug_exposure_id", "person_id", "drug_concept_id", "drug_exposure_start_date", "drug_exposure_end_date",
        "verbatim_end_date", "stop_reason", "quantity", "days_supply", "sig", "route_concept_id",
        "drug_source_value", "route_source_value",
    ),
    "death": ("person_id", "death_date", "cause_concept_id", "cause_source_value"),
    "visit_occurrence": ("visit_occurrence_id", "visit_concept_id"),
    "note": ("note_id", "note_text", "note_source_value", "note_event_id"),
    "concept": ("concept_id", "concept_name", "domain_id", "vocabulary_id", "concept_code"),
    "concept_ancestor": ("ancestor_concept_id", "descendant_concept_id", "min_levels_of_separation"),
    "drug_strength": ("drug_concept_id", "ingredient_concept_id", "amount_value", "amount_unit_concept_id"),
    "cdm_source": ("cdm_source_name", "cdm_etl_reference", "cdm_version", "vocabulary_version"),
}  # fmt: skip
REQUIRED = {"person": ("person_id",)}
# Columns without which a table cannot be used.
NEEDED = {
    "measurement": ("person_id", "measurement_concept_id", "measurement_date"),
    "condition_occurrence": ("person_id", "condition_concept_id", "condition_start_date"),
    "procedure_occurrence": ("person_id", "procedure_concept_id", "procedure_date"),
    "drug_exposure": ("person_id", "drug_concept_id", "drug_exposure_start_date"),
    "observation": ("person_id", "observation_concept_id", "observation_date"),
    "death": ("person_id", "death_date"),
    "concept_ancestor": ("ancestor_concept_id", "descendant_concept_id"),
    "concept": ("concept_id", "vocabulary_id", "concept_code"),
} | REQUIRED
# Tables that say nothing that the record holds; their rows are counted.
UNREAD = (
    "visit_occurrence", "visit_detail", "specimen", "note", "note_nlp", "device_exposure", "episode",
    "payer_plan_period",
)  # fmt: skip
WHOLE_NUMBERS = ("year_of_birth", "month_of_birth", "day_of_birth", "min_levels_of_separation")


def is_number(column: str) -> bool:
    """Return whether a column holds a whole number to join or select by."""
    return (column.endswith("_id") and column not in {"domain_id", "vocabulary_id"}) or column in WHOLE_NUMBERS
