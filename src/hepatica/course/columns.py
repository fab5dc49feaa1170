"""The derived tables: their columns, types, and what each means. The handbook prints this."""

from __future__ import annotations

import polars as pl

DAY, WORD, NUMBER, WHOLE = pl.Date(), pl.String(), pl.Float64(), pl.Int64()

_RESPONSE: dict[str, tuple[pl.DataType, str]] = {
    "cbr_date": (DAY, "first evaluation in complete biochemical response (CBR)"),
    "cbr_by_6_months": (WORD, "achieved, not_achieved, pending, not_assessable, not_applicable"),
    "cbr_by_6_months_reason": (WORD, "why it is not assessable"),
    "response_4_weeks": (WORD, "response, non_response, pending, not_assessable, not_applicable"),
    "response_4_weeks_reason": (WORD, "why it is not assessable"),
    "insufficient_response": (WORD, "yes if the endpoint was judged and not achieved"),
    "in_cbr": (WORD, "CBR status on the as-of date"),
    "last_known_cbr": (WORD, "CBR status at the last evaluation at which it was known"),
    "last_known_cbr_date": (DAY, "the day of that evaluation"),
    "loss_of_cbr_date": (DAY, "first confirmed evaluation out of CBR after cbr_date"),
    "relapse_date": (DAY, "first day after cbr_date above the relapse limit"),
    "histological_remission": (WORD, "latest biopsy's HAI below the limit"),
    "treatment_free_days": (WHOLE, "days since the last immunosuppressant for AIH ended; 0 while on one"),
    "cbr_fraction": (NUMBER, "share of the days after the window in CBR, of those with a known status"),
    "cbr_fraction_known_days": (WHOLE, "days after the window with a known status"),
}

_RESULTS = {
    "tacrolimus": "tacrolimus trough, ug/L",
    "ciclosporin": "ciclosporin trough, ug/L",
    "infliximab_level": "infliximab trough, mg/L",
    "leukocytes": "leukocytes, 10^9/L",
    "neutrophils": "neutrophils, 10^9/L",
    "platelets": "platelets, 10^9/L",
    "creatinine": "creatinine, umol/L",
    "bilirubin": "bilirubin, umol/L",
    "albumin": "albumin, g/L",
    "inr": "INR",
    "sodium": "sodium, mmol/L",
    "lsm_kpa": "liver stiffness, kPa",
}
_RESULT_COLUMNS: dict[str, tuple[pl.DataType, str]] = {}
for _name, _meaning in _RESULTS.items():
    _RESULT_COLUMNS[_name] = (NUMBER, f"latest {_meaning}")
    _RESULT_COLUMNS[f"{_name}_comparator"] = (WORD, "< or > where it is censored")
    _date = "lsm_date" if _name == "lsm_kpa" else f"{_name}_date"
    _RESULT_COLUMNS[_date] = (DAY, "its date")

DERIVED_TYPES: dict[str, dict[str, tuple[pl.DataType, str]]] = {
    "state": {
        "patient_id": (WORD, "the patient"),
        "as_of": (DAY, "the date as of which the row holds"),
        "age": (WHOLE, "completed years on the as-of date"),
        "paediatric": (WORD, "under 18 on the as-of date"),
        "paediatric_onset": (WORD, "under 18 at the diagnosis (else at the index date)"),
        "sex": (WORD, "female, male, other, unknown"),
        "centre": (WORD, "the treating centre"),
        "variant": (WORD, "variant syndrome"),
        "aih_type": (WORD, "serological type"),
        "diagnosis_date": (DAY, "diagnosis of AIH"),
        "index_date": (DAY, "start of the first immunosuppressant for AIH"),
        "days_since_index": (WHOLE, "days from the index date to the as-of date"),
        "regimen": (WORD, "drugs by alphabet joined by +; empty when on none"),
        "line": (WHOLE, "line of therapy: the highest tier of the regimen's drugs"),
        "regimen_start": (DAY, "first day of the regimen"),
        "days_on_regimen": (WHOLE, "days from its start to the as-of date"),
        "last_stopped_drug": (WORD, "the immunosuppressant for AIH that ended last"),
        "last_stop_reason": (WORD, "why it ended, as recorded"),
        "weight_kg": (NUMBER, "latest weight"),
        "thiopurine": (WORD, "thiopurine taken"),
        "thiopurine_dose_mg_day": (NUMBER, "its dose, mg/day"),
        "thiopurine_dose_mg_kg": (NUMBER, "its dose, mg/kg/day; unknown without a weight"),
        "days_on_thiopurine_dose": (WHOLE, "days on this dose"),
        "steroid": (WORD, "glucocorticoids taken"),
        "steroid_prednisolone_mg_day": (
            NUMBER,
            "in mg of prednisolone a day; 0 on none, unknown for budesonide",
        ),
        "days_on_steroid": (WHOLE, "days since the current steroid exposure began"),
        "mycophenolate_dose_mg_day": (NUMBER, "mycophenolate dose, mg/day"),
        "current_drugs": (WORD, "all systemic drugs taken, any indication"),
        "alt_xuln": (NUMBER, "latest ALT, multiple of the upper limit of normal (xULN)"),
        "alt_comparator": (WORD, "< or > where it is censored"),
        "alt_date": (DAY, "its date"),
        "ast_xuln": (NUMBER, "latest AST, xULN"),
        "ast_comparator": (WORD, "< or > where it is censored"),
        "ast_date": (DAY, "its date"),
        "igg_xuln": (NUMBER, "latest IgG, xULN"),
        "igg_comparator": (WORD, "< or > where it is censored"),
        "igg_date": (DAY, "its date"),
        "igg_g_l": (NUMBER, "latest IgG, g/L"),
        **_RESPONSE,
        "days_since_cbr": (WHOLE, "days from cbr_date to the as-of date"),
        "last_hai": (WHOLE, "HAI of the latest biopsy"),
        "tgn": (NUMBER, "6-TGN of the latest pair at steady state"),
        "tgn_comparator": (WORD, "< or > where it is censored"),
        "mmp": (NUMBER, "6-MMP of that pair"),
        "mmp_comparator": (WORD, "< or > where it is censored"),
        "mmp_tgn_ratio": (NUMBER, "MMP over TGN"),
        "metabolite_unit": (WORD, "the unit of both"),
        "metabolite_date": (DAY, "date of that TGN"),
        "metabolite_pattern": (
            WORD,
            "undetectable, low_low, low_high, target, target_high_mmp, high_tgn, unknown",
        ),
        "metabolite_pattern_reason": (WORD, "why it is unknown"),
        "tgn_mean": (NUMBER, "mean of the TGN values at steady state"),
        "tgn_time_weighted": (NUMBER, "their trapezoid mean over time"),
        "tgn_count": (WHOLE, "how many values"),
        **_RESULT_COLUMNS,
        "hbsag": (WORD, "positive, negative, unknown"),
        "child_bearing_potential": (WORD, "a woman of child-bearing age"),
        "pregnant": (WORD, "pregnant on the as-of date"),
        "contraception": (WORD, "contraception recorded"),
        "tpmt_diplotype": (WORD, "latest TPMT diplotype"),
        "tpmt_phenotype": (WORD, "TPMT phenotype as reported"),
        "nudt15_diplotype": (WORD, "latest NUDT15 diplotype"),
        "nudt15_phenotype": (WORD, "NUDT15 phenotype as reported"),
        "cirrhosis": (WORD, "yes, no (a biopsy below it), unknown"),
        "decompensated": (WORD, "yes after ascites, variceal bleeding, or encephalopathy; else unknown"),
        "transplanted": (WORD, "yes after a transplant; else unknown"),
        "dead": (WORD, "yes after a death; else unknown"),
        "last_seen": (DAY, "latest dated fact"),
        "follow_up_days": (WHOLE, "days from the index date (else diagnosis) to last_seen"),
        "missing": (WORD, "what is missing to know the response now"),
        "overdue": (WORD, "what the protocol's monitoring schedule wanted by a day that has passed"),
    },
    "regimens": {
        "patient_id": (WORD, "the patient"),
        "regimen_no": (WHOLE, "1, 2, … in order of time"),
        "start": (DAY, "first day"),
        "end": (DAY, "last day; null while it goes on"),
        "drugs": (WORD, "drugs by alphabet joined by +"),
        "line": (WHOLE, "line of therapy; null for companions alone"),
        "days": (WHOLE, "length in days, both ends included, to the as-of date while it goes on"),
    },
    "response": {
        "patient_id": (WORD, "the patient"),
        "as_of": (DAY, "the date as of which the row holds"),
        "index_date": (DAY, "start of the first immunosuppressant for AIH"),
        **_RESPONSE,
    },
    "evaluations": {
        "patient_id": (WORD, "the patient"),
        "date": (DAY, "a day after the index date with ALT, AST, or IgG"),
        "days_since_index": (WHOLE, "days from the index date"),
        "alt_xuln": (NUMBER, "the day's ALT, xULN; null if not measured that day"),
        "ast_xuln": (NUMBER, "the day's AST, xULN"),
        "igg_xuln": (NUMBER, "the day's IgG, xULN"),
        "transaminases_normal": (WORD, "status from the latest values within the pair window"),
        "igg_normal": (WORD, "the same for IgG"),
        "cbr": (WORD, "both"),
    },
    "metabolites": {
        "patient_id": (WORD, "the patient"),
        "date": (DAY, "date of the TGN"),
        "tgn": (NUMBER, "6-TGN"),
        "mmp": (NUMBER, "6-MMP of the same unit within 14 days"),
        "unit": (WORD, "the unit of both"),
        "mmp_tgn_ratio": (NUMBER, "MMP over TGN"),
        "steady_state": (WORD, "drawn at steady state on a thiopurine"),
        "pattern": (WORD, "pattern under the protocol's thresholds for that unit"),
        "reason": (WORD, "why it is unknown"),
    },
    "outcomes": {
        "patient_id": (WORD, "the patient"),
        "index_date": (DAY, "start of the first immunosuppressant for AIH"),
        "cirrhosis": (WORD, "yes, no (a biopsy below it), unknown"),
        "cirrhosis_date": (DAY, "first day it was seen"),
        "cirrhosis_at_diagnosis": (WORD, "seen within 90 days of the index date"),
        "decompensation_date": (DAY, "first ascites, variceal bleeding, or encephalopathy"),
        "hcc_date": (DAY, "hepatocellular carcinoma"),
        "transplant_date": (DAY, "liver transplant"),
        "death_date": (DAY, "death"),
        "death_cause": (WORD, "liver, other, unknown"),
        "lost_to_follow_up_date": (DAY, "lost to follow-up"),
        "last_seen": (DAY, "latest dated fact"),
        "follow_up_days": (WHOLE, "days from the index date (else diagnosis) to last_seen"),
        "paediatric_onset": (WORD, "under 18 at the diagnosis (else at the index date)"),
    },
    "worklist": {
        "patient_id": (WORD, "the patient"),
        "centre": (WORD, "the treating centre"),
        "kind": (
            WORD,
            "safety (a rule stops or asks to act), endpoint (can be saved), overdue, retrieve (an old result can help)",
        ),
        "what": (WORD, "the result that is needed"),
        "why": (WORD, "what it decides"),
        "from": (DAY, "first day on which it counts"),
        "by": (DAY, "last day on which it counts, or the day it was due"),
    },
}

DERIVED: dict[str, dict[str, str]] = {
    table: {column: meaning for column, (_, meaning) in columns.items()} for table, columns in DERIVED_TYPES.items()
}


def schema(table: str) -> pl.Schema:
    """Return the schema of a derived table."""
    return pl.Schema({column: kind for column, (kind, _) in DERIVED_TYPES[table].items()})
