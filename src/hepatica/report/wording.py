"""How a value is said to a person: unknown is said, numbers are short, codes become words."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from typing import Any, Final

from hepatica.course.explain import multiple
from hepatica.vocabulary import analytes

UNKNOWN: Final = "unknown"

_ACRONYMS: Final = {
    "aih": "AIH",
    "alp": "ALP",
    "alt": "ALT",
    "ama": "AMA",
    "ana": "ANA",
    "auc": "AUC",
    "ast": "AST",
    "cbr": "CBR",
    "crp": "CRP",
    "ggt": "GGT",
    "hai": "HAI",
    "hbsag": "HBsAg",
    "hcc": "HCC",
    "id": "ID",
    "iga": "IgA",
    "igg": "IgG",
    "igm": "IgM",
    "inr": "INR",
    "lkm1": "LKM1",
    "lsm": "liver stiffness",
    "mmp": "6-MMP",
    "nudt15": "NUDT15",
    "pbc": "PBC",
    "ppi": "PPI",
    "psc": "PSC",
    "rsd": "RSD",
    "rucam": "RUCAM",
    "sma": "SMA",
    "tgn": "6-TGN",
    "tpmt": "TPMT",
    "vip": "VIP",
}
_UNITS: Final = {
    "xuln": "(×ULN)",
    "kg": "(kg)",
    "kpa": "(kPa)",
}
_PHRASES: Final = {
    "igg_g_l": "IgG (g/L)",
    "thiopurine_dose_mg_day": "thiopurine dose (mg/day)",
    "thiopurine_dose_mg_kg": "thiopurine dose (mg/kg/day)",
    "steroid_prednisolone_mg_day": "steroid (mg prednisolone/day)",
    "mycophenolate_dose_mg_day": "mycophenolate dose (mg/day)",
    "mmp_tgn_ratio": "6-MMP / 6-TGN ratio",
    "cbr_by_6_months": "CBR by 6 months",
    "regimen_no": "no.",
    "asks": "Question",
    "came_from": "Came from",
    "cut_off": "Cut-off",
    "detectable": "Detectable share",
    "df": "Degrees of freedom",
    "label": "Name",
    "missing_percent": "Missing, %",
    "rsd_percent": "RSD, %",
    "with_loss": "Total, with those lost",
    "n": "n",
    "hr": "Hazard ratio",
    "p": "p",
    "p_mann_whitney": "p (Mann-Whitney)",
    "p_paired_t": "p (paired t)",
    "p_wilcoxon": "p (Wilcoxon)",
    "pls_da": "PLS-DA",
    "q_benjamini_hochberg": "q (Benjamini-Hochberg)",
    "std_error": "Standard error",
    "x_uln": "×ULN",
}


def said(value: object) -> str:
    """Return a value as a person reads it: missing is "unknown", dates ISO 8601, numbers short."""
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, float):
        return number(value)
    return str(value)


def number(value: float) -> str:
    """Return a number with four significant digits at most and no trailing zeros; not-a-number is unknown."""
    if value != value:  # noqa: PLR0124 - the definition of not-a-number
        return UNKNOWN
    if abs(value) >= 1000:
        return f"{value:.0f}"
    return f"{value:.4g}"


def word(code: object) -> str:
    """Return a code as words: `not_achieved` is "not achieved", missing is "unknown"."""
    return said(code).replace("_", " ")


def reason(code: object) -> str:
    """Return the code of a reason as words: `igg_missing` is "IgG missing"."""
    return " ".join(_ACRONYMS.get(part, part) for part in said(code).split("_"))


def analyte(code: str) -> str:
    """Return an analyte as clinicians write it: ALT, IgG, platelets; a code that is not ours as it is."""
    known = analytes().get(code)
    return _ACRONYMS.get(code.lower()) or (code if known is None else known.name)


@cache
def analyte_words() -> dict[str, str]:
    """Return the word of each analyte whose code is the first word of its name: LEUKOCYTES are leukocytes."""
    named = {code: code.lower() for code, one in analytes().items() if re.match(rf"{code}\b", one.name, re.IGNORECASE)}
    return {**named, **{code: _ACRONYMS[code.lower()] for code in ("IGA", "IGG", "IGM")}}


def with_analytes(text: str) -> str:
    """Return a text in which codes of analytes are as clinicians write them: "ALT, IGG" is "ALT, IgG"."""
    return re.sub(r"\b[A-Z][A-Z0-9_]{2,}\b", lambda code: analyte_words().get(code[0], code[0]), text)


def unit_words(code: str) -> str:
    """Return a unit as it is printed: `umol/L` is µmol/L, `10*9/L` is 10⁹/L, and what has no unit has a dash."""
    if code == "1":
        return "–"
    powers = code.replace("10*12", "10¹²").replace("10*9", "10⁹").replace("[iU]", "IU").replace("{copies}", "copies")
    return f"µ{powers[1:]}" if powers.startswith(("umol", "ug")) else powers


def heading(column: str) -> str:
    """Return a column's name as a heading: `alt_xuln` is "ALT (×ULN)"."""
    if column in _PHRASES:
        return _PHRASES[column]
    parts = [_ACRONYMS.get(part) or _UNITS.get(part) or part for part in column.split("_")]
    text = " ".join(parts)
    return text[0].upper() + text[1:] if parts[0] == column.split("_", maxsplit=1)[0] else text


def regimen(drugs: object) -> str:
    """Return a regimen's drugs; empty is "no immunosuppressant", missing is unknown."""
    if drugs is None:
        return UNKNOWN
    return str(drugs).replace("+", " + ") or "no immunosuppressant"


# Cells that are empty because nothing happened, as far as the record goes; they are not called unknown.
_NOTHING_HAPPENED: Final = {
    "cbr_date": "not reached",
    "loss_of_cbr_date": "none recorded",
    "relapse_date": "none recorded",
    "decompensation_date": "none recorded",
    "hcc_date": "none recorded",
    "transplant_date": "none recorded",
    "death_date": "none recorded",
    "lost_to_follow_up_date": "none recorded",
    "end": "goes on",
    "from": "now",
    "line": "–",
    "missing": "nothing",
    "overdue": "nothing",
    "regimen": "none",
    "current_drugs": "none",
    "thiopurine": "none",
    "steroid": "none",
    "last_stopped_drug": "none",
}
# What a person reads as it was written: never a code of ours.
_VERBATIM: Final = ("patient_id", "centre", "unit", "metabolite_unit", "file", "key", "code", "value", "why")


def column_words(column: str, value: object) -> str:
    """Return a derived value as a person reads it, by its column; an empty date of what did not happen says so."""
    if value is None or value == "":
        return "–" if column.endswith(("reason", "comparator")) else _NOTHING_HAPPENED.get(column, UNKNOWN)
    if column in ("drugs", "regimen", "current_drugs"):
        return regimen(value)
    if column in ("what", "overdue"):
        return with_analytes(word(value) if column == "overdue" else str(value))
    if column.endswith(("xuln", "x_uln")) and isinstance(value, float) and value == value:  # noqa: PLR0124
        return multiple(value)
    if column.endswith("reason"):
        return reason(value)
    return said(value) if column in _VERBATIM else word(value)


def counted(count: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun in the right number: "1 row", "2 rows"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def percent(part: int, whole: int) -> str:
    """Return a share with its denominator's size in mind: whole per cent, "–" without a denominator."""
    return f"{100 * part / whole:.0f} %" if whole else "–"


def percent_of(share: float) -> str:
    """Return a share as whole per cent."""
    return f"{100 * share:.0f} %"


def ordinal(number_: int) -> str:
    """Return a line of therapy as an ordinal: 1st, 2nd, 3rd, 4th."""
    return {1: "1st", 2: "2nd", 3: "3rd"}.get(number_, f"{number_}th")


def place(row: Any) -> str:
    """Return where a row stands in its source: file and line, or file and the source's own key."""
    file = said(row["file"] if isinstance(row, dict) else row.file)
    line, key = (row["line"], row["key"]) if isinstance(row, dict) else (row.line, row.key)
    parts = [file, *([f"line {line}"] if line is not None else []), *([str(key)] if key else [])]
    return ", ".join(parts)
