"""The columns that guidance adds to the state: one row per patient, in the state's order."""

from __future__ import annotations

from functools import cache

import polars as pl

from hepatica.guidance.files import own_file
from hepatica.record.tables import HISTOLOGY

DAY, WORD, NUMBER = pl.Date(), pl.String(), pl.Float64()
Columns = dict[str, tuple[pl.DataType, str]]

_OTHER: Columns = {
    "rise_date": (DAY, "day on which ALT left its normal range last; null where the latest is normal"),
    "biopsy_date": (DAY, "first biopsy, if taken before or within 90 days of the start of treatment"),
    **{name: (WORD, f"{name.replace('_', ' ')} of that biopsy") for name in HISTOLOGY},
    "last_hai_date": (DAY, "day of the latest biopsy"),
    "stat1": (WORD, "gain_of_function, other_pathogenic, no_pathogenic_variant, unknown"),
    "stat1_date": (DAY, "its day"),
    "acute_severe_recorded": (WORD, "whether an acute severe presentation is recorded"),
    "acute_severe_date": (DAY, "its day"),
    "encephalopathy_date": (DAY, "latest recorded encephalopathy"),
    "ascites_date": (DAY, "latest recorded ascites"),
    "portal_hypertension_date": (DAY, "latest recorded portal hypertension or varices"),
    "bleeding_date": (DAY, "latest recorded variceal bleeding"),
    "pancreatitis_on_thiopurine": (WORD, "whether pancreatitis on a thiopurine is recorded"),
    "pancreatitis_date": (DAY, "its day"),
    "pancreatitis_drug": (WORD, "the thiopurine it happened on"),
    "infection_recorded": (WORD, "whether an infection is recorded"),
    "serious_infection": (WORD, "whether the latest recorded infection was serious"),
    "infection_date": (DAY, "its day"),
    "other_immune_disease": (WORD, "yes where another immune disease is recorded, else unknown"),
    "other_immune_disease_date": (DAY, "first day of one"),
    "other_immune_disease_names": (WORD, "their names"),
    "hepatotoxic_drug_recorded": (WORD, "whether the start of a hepatotoxic drug is recorded"),
    "hepatotoxic_drug_date": (DAY, "latest recorded start of a hepatotoxic drug"),
    "hepatotoxic_drug_last": (DAY, "its last day so far, where it is a prescription"),
    "hepatotoxic_drug_before_treatment": (DAY, "latest start of one up to the first immunosuppressant for AIH"),
    "cbr_since": (DAY, "first day of the present unbroken complete biochemical response"),
    "cbr_since_comparator": (WORD, ">= where it may have begun before: results are missing for too long"),
    "line_reached": (NUMBER, "highest line of therapy so far"),
    "line_start": (DAY, "first day of the latest stay on that line"),
    "stopped_drugs": (WORD, "immunosuppressants for AIH that ended and are not taken now, when, and why"),
    "failed_drugs": (WORD, "those that ended for non-response, intolerance, or an adverse event, joined by +"),
    "ended_drugs": (WORD, "those that ended for another reason or none that is recorded, joined by +"),
    "allopurinol_start": (DAY, "first day of the present allopurinol"),
    "thiopurine_before_allopurinol": (WORD, "thiopurine and dose before it"),
    "thiopurine_percent_of_before": (NUMBER, "present thiopurine dose in percent of that dose"),
    "last_thiopurine_stop_reason": (WORD, "why the last thiopurine ended, where none is taken"),
    "last_thiopurine_stop": (DAY, "the last day of it"),
    "thiopurine_dose_since": (DAY, "since when the present thiopurine dose holds, alone or with allopurinol as now"),
    "allopurinol_stop": (DAY, "last day of allopurinol where the thiopurine kept its dose since"),
    "thiopurine_at_levels": (WORD, "thiopurine and dose on the day of the latest metabolites"),
    "anti_cd20_last": (DAY, "last day of rituximab"),
    "anti_tnf": (WORD, "the anti-TNF that began last"),
    "anti_tnf_start": (DAY, "its first day"),
    "anti_tnf_stop": (DAY, "its last day; null while it goes on"),
    "anti_tnf_courses": (NUMBER, "how often it was begun"),
    "result_to_save_open": (WORD, "whether an endpoint can still be saved"),
    "result_to_save": (WORD, "results that keep an endpoint assessable"),
    "result_to_save_why": (WORD, "what they decide"),
    "result_to_save_from": (DAY, "first day on which they count"),
    "result_to_save_by": (DAY, "last day on which they count"),
    "result_to_retrieve_open": (WORD, "whether old results would make a passed endpoint assessable"),
    "result_to_retrieve": (WORD, "old results that would make a passed endpoint assessable"),
    "result_to_retrieve_why": (WORD, "what they decide"),
    "result_to_retrieve_from": (DAY, "first day on which they count"),
    "result_to_retrieve_by": (DAY, "last day on which they count"),
}


@cache
def further_columns() -> Columns:
    """Return every column that guidance adds to the state, with its type and meaning."""
    said = own_file("facts/facts.yaml")
    found: Columns = {}
    for name, entry in {**said["measured"], **said["antibodies"]}.items():
        number = entry["take"] in ("value", "x_uln") or (entry["take"] == "titre" and name in said["measured"])
        found[name] = (NUMBER if number else WORD, entry["meaning"])
        if number:
            found[f"{name}_comparator"] = (WORD, "< or > where it is censored")
        if "unit" in entry:
            found[f"{name}_unit"] = (WORD, "its unit")
        found[f"{name}_date"] = (DAY, "its day")
    return found | _OTHER
