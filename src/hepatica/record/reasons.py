"""Why a row is in quarantine or odd: each reason is a fixed word to count by, with a sentence and the remedy."""

from __future__ import annotations

import polars as pl

from hepatica.record.tables import TABLES

# {column} is the column that the reason was found in.
REASONS: dict[str, str] = {
    **{
        f"missing_{name}": f"{name} is empty; the row cannot be used without it: fill it in at the source"
        for table in TABLES.values()
        for name in table.required
    },
    # dates
    "not_a_date": "{column} is not a date: write it as 2024-03-05",
    "partial_date": "{column} needs the day as well: write it as 2024-03-05",
    "impossible_date": "{column} is a day that no calendar has: correct it at the source",
    "date_format_undeclared": "{column} can be read in more than one way: write 2024-03-05, or declare the date format",
    "impossible_year": "{column} is in a year that cannot be: correct it, or leave it empty if it is a placeholder",
    "in_future": "{column} is in the future: correct it at the source",
    "before_birth": "{column} is before the patient's birth: correct one of the two dates",
    "end_before_start": "end is before start: correct one of the two dates",
    "after_death": "{column} is after the recorded death: correct one of the two dates",
    # who
    "unknown_patient": "the patient is not in patients: add the patient, or correct the patient_id",
    "duplicate_patient": "the patient stands in patients twice with different content: keep one of the two rows",
    # codes and words
    "unknown_analyte": "the analyte is not in the vocabulary: map it to one of its codes, or add it",
    "unknown_drug": "the drug is not in the vocabulary: map it to one of its names or codes, or add it",
    "unknown_word": "{column} is not one of the words that are understood",
    # numbers
    "not_a_number": "{column} is not a number",
    "not_finite": "{column} is not a number that can be computed with: correct it, or leave it empty",
    "not_whole": "{column} must be a whole number",
    "out_of_range": "{column} is outside its scale",
    "decimal_comma_undeclared": "{column} has a comma (1,234 may be 1.234 or 1234): declare the comma, or write none",
    "decimal_point_ambiguous": "{column} has a point although the decimal comma is declared: write 1234 or 1,234",
    "negative": "{column} is below zero, which it cannot be: correct it at the source",
    # results, units, limits
    "not_a_result": "value is no result: leave the row out, or correct it; comments have no place in value",
    "wrong_kind_of_result": "this analyte is not reported in this way",
    "missing_unit": "unit is empty; a value without its unit is not interpreted: add it",
    "unit_not_accepted": "this analyte is not accepted in this unit",
    "limits_out_of_order": "lower_limit is above upper_limit: correct the limits",
    "limit_not_positive": "upper_limit is not above zero, so the multiple of the upper limit is unknown for this row",
    "implausible": "value is outside what is plausible: correct the value or its unit",
    "unusual": "value is unusual: kept, check it at the source",
    "sudden_change": "value is many times the patient's result before or after it: kept, check both at the source",
    "two_units": "this analyte stands in different units for this patient: kept, check that each is right",
    "titre_not_doubling": "the titre is no step of the usual dilution series: kept, check it at the source",
    "titre_as_number": "a titre is written as a plain number: kept, read as 1:number",
    # treatments, events, and biopsies
    "dose_without_unit": "the dose has no unit that is understood, so it is unknown: give mg/day, mg/kg/day, or mg/kg",
    "route_unknown": "this code does not tell tablets from inhalers: kept, systemic unknown; add the route",
    "pregnancy_of_a_man": "a pregnancy of a patient recorded as male: kept, correct the sex or the event",
    "stage_without_scale": "the stage has no scale, so it is unknown: give ishak, metavir, ludwig, or laennec",
    "stage_letter_dropped": "the letter of the stage is not kept",
}
# The type of a column's own problem: one byte a row.
PROBLEM = pl.Enum(list(REASONS))


def sentence(reason: str, column: str) -> str:
    """Return what is wrong and the remedy, in one sentence."""
    return REASONS[reason].replace("{column}", column)
