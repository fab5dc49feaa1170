"""One patient's course in words: where the patient stands, what is unknown, and the picture for a screen reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hepatica.report import biochemistry_panel, gap_panel, milestone_strip
from hepatica.report.treatment_rows import Given, given
from hepatica.report.wording import UNKNOWN, counted, number, ordinal, percent_of, reason, regimen, said, word

if TYPE_CHECKING:
    from hepatica.report.drawing import Row
    from hepatica.report.patient_view import PatientView

ANALYTES = (("ALT", "alt"), ("AST", "ast"), ("IgG", "igg"))


def standing(view: PatientView) -> list[str]:
    """Return where the patient stands on the as-of date, one sentence for each question of a visit."""
    state = view.one("state")
    sentences = [_who(state), _treatment(state), *_response(state, view), _latest(state), _metabolites(state)]
    return [*sentences, _liver(state), *_safety(state)]


def _who(state: Row) -> str:
    age = UNKNOWN if state["age"] is None else f"{state['age']} years"
    sex = "sex unknown" if said(state["sex"]) == UNKNOWN else str(state["sex"])
    parts = [
        f"{sex}, age {age}",
        f"AIH type {said(state['aih_type'])}",
        f"variant syndrome {said(state['variant'])}",
        f"diagnosis {said(state['diagnosis_date'])}",
        f"centre {said(state['centre'])}",
    ]
    return "Who: " + "; ".join(parts) + "."


def _treatment(state: Row) -> str:
    """Return the regimen with its line and since when; without treatment, since when not."""
    if state["index_date"] is None:
        return "Treatment: no immunosuppressant for AIH is recorded; the response is not applicable."
    began = f"treated since {state['index_date']} ({counted(state['days_since_index'], 'day')})"
    if not state["regimen"]:
        free = state["treatment_free_days"]
        off = "" if free is None else f" for {counted(free, 'day')}"
        stopped = f"; last stopped {said(state['last_stopped_drug'])}, reason {word(state['last_stop_reason'])}"
        return f"Treatment: on no immunosuppressant{off}; {began}{stopped}."
    line = "companions only" if state["line"] is None else f"{ordinal(state['line'])} line"
    since = f"since {said(state['regimen_start'])} ({counted(state['days_on_regimen'], 'day')})"
    return f"Treatment: {regimen(state['regimen'])}, {line}, {since}; {began}. {_doses(state)}".rstrip()


def _doses(state: Row) -> str:
    """Return the doses of what is taken; a dose that is not recorded is unknown."""
    parts = []
    if state["thiopurine"]:
        by_weight = "weight unknown"
        if state["thiopurine_dose_mg_kg"] is not None:
            by_weight = f"{number(state['thiopurine_dose_mg_kg'])} mg/kg/day"
        dose = _quantity(state["thiopurine_dose_mg_day"], "mg/day")
        parts.append(f"{state['thiopurine']} {dose} ({by_weight})")
    if state["steroid"]:
        dose = _quantity(state["steroid_prednisolone_mg_day"], "mg/day as prednisolone")
        parts.append(f"{regimen(state['steroid'])} {dose}")
    if "mycophenolate" in state["regimen"]:
        parts.append(f"mycophenolate {_quantity(state['mycophenolate_dose_mg_day'], 'mg/day')}")
    return f"Doses: {'; '.join(parts)}." if parts else ""


def _quantity(value: float | None, unit: str) -> str:
    return "dose unknown" if value is None else f"{number(value)} {unit}"


def _response(state: Row, view: PatientView) -> list[str]:
    """Return what became of the target: by the end of the window, since, and now."""
    if state["index_date"] is None:
        return []
    span = view.standards.definitions.response_window_text()
    why = f" ({reason(state['cbr_by_6_months_reason'])})" if state["cbr_by_6_months_reason"] else ""
    early = f" ({reason(state['response_4_weeks_reason'])})" if state["response_4_weeks_reason"] else ""
    first = f", first reached on {state['cbr_date']}" if state["cbr_date"] is not None else ", not reached so far"
    by_window = f"Complete biochemical response (CBR) by {span}: {word(state['cbr_by_6_months'])}{why}{first}."
    after = [
        f"{name} on {state[column]}"
        for name, column in (("CBR lost", "loss_of_cbr_date"), ("relapse", "relapse_date"))
        if state[column] is not None
    ]
    since = f" Since then: {'; '.join(after)}." if after else ""
    return [
        f"{by_window} Response at 4 weeks: {word(state['response_4_weeks'])}{early}.",
        f"In CBR on {view.as_of}: {word(state['in_cbr'])}.{since}{_share(state)}",
    ]


def _share(state: Row) -> str:
    """Return the share of follow-up in CBR with the days that it rests on."""
    if state["cbr_fraction"] is None:
        return ""
    share = percent_of(state["cbr_fraction"])
    return f" In CBR for {share} of the {counted(state['cbr_fraction_known_days'], 'day')} with a known status."


def _latest(state: Row) -> str:
    parts = [_latest_of(state, name, code) for name, code in ANALYTES]
    return f"Latest results: {'; '.join(parts)}."


def _latest_of(state: Row, name: str, code: str) -> str:
    """Return the latest result against its limit, with its date; it may be only a bound."""
    if state[f"{code}_date"] is None:
        return f"{name} {UNKNOWN}"
    sign = state[f"{code}_comparator"] or ""  # no comparator is an exact value
    value = UNKNOWN if state[f"{code}_xuln"] is None else f"{sign}{number(state[f'{code}_xuln'])} ×ULN"
    return f"{name} {value} on {state[f'{code}_date']}"


def _metabolites(state: Row) -> str:
    pattern, why = word(state["metabolite_pattern"]), state["metabolite_pattern_reason"]
    because = f" ({reason(why)})" if why else ""
    if state["metabolite_date"] is None:
        return f"Thiopurine metabolites: {pattern}{because}."
    values = f"6-TGN {said(state['tgn'])}, 6-MMP {said(state['mmp'])} {said(state['metabolite_unit'])}"
    return f"Thiopurine metabolites on {state['metabolite_date']}: {values}; pattern {pattern}{because}."


def _liver(state: Row) -> str:
    biopsy = f"histological remission {word(state['histological_remission'])}"
    return f"Liver: cirrhosis {word(state['cirrhosis'])}; {biopsy}; latest HAI {said(state['last_hai'])}."


def _safety(state: Row) -> list[str]:
    """Return what a prescriber must not overlook: pregnancy, a transplant, a death, decompensation."""
    happened = [("pregnant", "pregnant"), ("decompensated", "decompensated"), ("transplanted", "liver transplanted")]
    found = [name for column, name in [*happened, ("dead", "has died")] if state[column] == "yes"]
    return [f"Mind: {', '.join(found)}."] if found else []


def unknowns(view: PatientView) -> list[str]:
    """Return what is not known and since when: gaps, results without a limit, what the state says is missing."""
    state = view.one("state")
    found = [gap.words[0].upper() + gap.words[1:] + "." for gap in gap_panel.gaps(view)]
    bare = biochemistry_panel.without_limit(view)
    if bare:
        found.append(f"{counted(bare, 'result')} of ALT, AST, or IgG without an upper limit of normal: not judged.")
    if not biochemistry_panel.results(view):
        found.append("No ALT, AST, or IgG result that can be held against a limit is recorded.")
    if view.index_date is None:
        found.append("No start of an immunosuppressant for AIH is recorded.")
    missing = [("Missing for the response now", state["missing"]), ("Overdue", state["overdue"])]
    return [f"{name}: {word(text)}." for name, text in missing if text] + found


def chart_description(view: PatientView) -> str:
    """Return the picture of the course as one paragraph for people who do not see it."""
    state = view.one("state")
    parts = [f"Course of {view.patient_id} up to {view.end}."]
    parts += [_analyte_words(view, name) for name, _ in ANALYTES]
    parts += [f"Complete biochemical response now: {word(state['in_cbr'])}."]
    found = [f"{one.day} {one.detail}" for one in milestone_strip.happenings(view)]
    parts += [f"Milestones: {'; '.join(found)}." if found else "No milestone."]
    drugs = _drug_words(given(view))
    parts += [f"Treatment: {'; '.join(drugs)}." if drugs else "No treatment recorded."]
    missing = [gap.words for gap in gap_panel.gaps(view)]
    return " ".join([*parts, f"Unknown: {'; '.join(missing)}." if missing else ""]).strip()


def _analyte_words(view: PatientView, name: str) -> str:
    """Return how many results an analyte has, the highest, and the last, as multiples of the upper limit."""
    rows = [row for row in biochemistry_panel.results(view) if row["name"] == name]
    if not rows:
        return f"{name}: no result with a limit."
    highest, last = max(rows, key=_height), rows[-1]
    return f"{name}: {counted(len(rows), 'result')}, highest {_result_words(highest)}, last {_result_words(last)}."


def _height(row: Row) -> float:
    height: float = row["x_uln"]
    return height


def _result_words(row: dict[str, Any]) -> str:
    return f"{row['comparator'] or ''}{number(row['x_uln'])} ×ULN on {row['date']}"


def _drug_words(periods: list[Given]) -> list[str]:
    """Return each drug with its first and last day."""
    words = []
    for name in dict.fromkeys(period.name for period in periods):
        own = [period for period in periods if period.name == name]
        end = "now" if any(period.ongoing for period in own) else str(max(period.end for period in own))
        words.append(f"{name} {own[0].start} to {end}, last {own[-1].dose_words}")
    return words
