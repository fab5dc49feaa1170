"""One patient's course in words: where the patient stands, what is unknown, and the picture for a screen reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hepatica.course.explain import multiple
from hepatica.report import biochemistry_panel, gap_panel, milestone_strip
from hepatica.report.treatment_rows import Given, given
from hepatica.report.wording import UNKNOWN, counted, number, ordinal, percent_of, reason, regimen, said, word

if TYPE_CHECKING:
    from hepatica.pictures.drawing import Row
    from hepatica.report.patient_view import PatientView

ANALYTES = (("ALT", "alt"), ("AST", "ast"), ("IgG", "igg"))


def standing(view: PatientView) -> list[str]:
    """Return where the patient stands on the as-of date, one sentence for each question of a visit."""
    state = view.one("state")
    sentences = [_who(state, view), *_ended(view), _treatment(state, view), *_response(state, view), _latest(state)]
    return [*sentences, _metabolites(state), _liver(state), *_safety(state)]


def _who(state: Row, view: PatientView) -> str:
    sex = "sex unknown" if said(state["sex"]) == UNKNOWN else str(state["sex"])
    parts = [
        f"{sex}, {_age(state, view)}",
        f"AIH type {said(state['aih_type'])}",
        f"variant syndrome {said(state['variant'])}",
        f"diagnosis {said(state['diagnosis_date'])}",
        f"centre {said(state['centre'])}",
    ]
    return "Who: " + "; ".join(parts) + "."


def _age(state: Row, view: PatientView) -> str:
    """Return the age on the as-of date; of who has died, the age then."""
    if view.died is None:
        return f"age {UNKNOWN}" if state["age"] is None else f"age {state['age']} years"
    born = [row["birth_date"] for row in view.rows("patients") if row["birth_date"] is not None]
    if not born:
        return f"died on {view.died}, age {UNKNOWN}"
    birthday_to_come = (view.died.month, view.died.day) < (born[0].month, born[0].day)
    return f"died on {view.died} aged {view.died.year - born[0].year - birthday_to_come} years"


def _ended(view: PatientView) -> list[str]:
    """Return since when the native liver is no longer there, so that nobody reads later results as its own."""
    outcomes = view.one("outcomes")
    if outcomes["transplant_date"] is None:
        return []
    return [f"Liver transplant on {outcomes['transplant_date']}: the course of the native liver ends there."]


def _treatment(state: Row, view: PatientView) -> str:
    """Return the regimen with its line and since when; without treatment, since when not."""
    if state["index_date"] is None:
        return "Treatment: no immunosuppressant for AIH is recorded; the response is not applicable."
    if view.died is not None:
        return f"Treatment: for AIH from {state['index_date']}; the last regimens stand in the table below."
    began = f"treated since {state['index_date']} ({counted(state['days_since_index'], 'day')})"
    if not state["regimen"]:
        free = state["treatment_free_days"]
        off = "" if free is None else f" for {counted(free, 'day')}"
        stopped = f"; last stopped {said(state['last_stopped_drug'])}, reason {word(state['last_stop_reason'])}"
        return f"Treatment: on no immunosuppressant for AIH{off}; {began}{stopped}. {_doses(state, view)}".rstrip()
    line = "companions only" if state["line"] is None else f"{ordinal(state['line'])} line"
    since = f"since {said(state['regimen_start'])} ({counted(state['days_on_regimen'], 'day')})"
    return f"Treatment: {regimen(state['regimen'])}, {line}, {since}; {began}. {_doses(state, view)}".rstrip()


def _doses(state: Row, view: PatientView) -> str:
    """Return what is taken now with its dose, and what is taken besides; a dose not recorded is unknown."""
    taken = [period for period in given(view) if period.ongoing]
    regimen_now = [
        f"{period.drug} {period.dose_words}{_by_weight(period, state)}" for period in taken if not period.apart
    ]
    besides = [f"{period.name} {period.dose_words}" for period in taken if period.apart]
    found = [("Doses", regimen_now), ("Besides", besides)]
    return " ".join(f"{name}: {'; '.join(dict.fromkeys(words))}." for name, words in found if words)


def _by_weight(period: Given, state: Row) -> str:
    """Return a thiopurine's dose by weight, and a steroid's in prednisolone; nothing for other drugs."""
    if period.drug == state["thiopurine"]:
        by_weight = state["thiopurine_dose_mg_kg"]
        return " (weight unknown)" if by_weight is None else f" ({number(by_weight)} mg/kg/day)"
    equivalent = state["steroid_prednisolone_mg_day"]
    if period.drug == state["steroid"] != "prednisolone" and equivalent is not None:
        return f" ({number(equivalent)} mg/day as prednisolone)"
    return ""


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
    now = "" if view.native_end < view.as_of else f"In CBR on {view.as_of}: {_now(state)}."
    later = f"{now}{since}{_share(state)}".strip()
    return [
        f"{by_window} Response at 4 weeks: {word(state['response_4_weeks'])}{early}.",
        *([later] if later else []),
    ]


def _now(state: Row) -> str:
    """Return whether the patient is in CBR now; where that is unknown, when it was last known."""
    status = word(state["in_cbr"])
    if status != UNKNOWN or state["last_known_cbr_date"] is None:
        return status
    return f"{status}, last known on {state['last_known_cbr_date']}: {word(state['last_known_cbr'])}"


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
    value = UNKNOWN if state[f"{code}_xuln"] is None else f"{sign}{multiple(state[f'{code}_xuln'])} ×ULN"
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
    """Return what a prescriber must not overlook."""
    found = [
        name
        for column, name in (("pregnant", "pregnant"), ("decompensated", "decompensated"))
        if state[column] == "yes"
    ]
    return [f"Mind: {', '.join(found)}."] if found else []


def unknowns(view: PatientView) -> list[str]:
    """Return what is not known: for the response now, overdue, without a limit, not measured for too long."""
    state = view.one("state")
    found = []
    if state["missing"] and view.native_end == view.as_of:
        found.append(f"Missing for the response now: {state['missing']}.")
    if state["overdue"] and view.died is None:
        found.append(f"Overdue: {word(state['overdue'])}.")
    bare = biochemistry_panel.without_limit(view)
    if bare:
        found.append(f"{counted(bare, 'result')} of ALT, AST, or IgG without an upper limit of normal: not judged.")
    if not biochemistry_panel.results(view):
        found.append("No ALT, AST, or IgG result that can be held against a limit is recorded.")
    if view.index_date is None:
        found.append("No start of an immunosuppressant for AIH is recorded.")
    return found + _gap_words(view)


def _gap_words(view: PatientView) -> list[str]:
    """Return for each analyte how often and how long it was not measured, and the longest such time."""
    found, longest = gap_panel.gaps(view), view.standards.definitions.carry_days
    words = []
    for name in dict.fromkeys(gap.analyte for gap in found):
        own = [gap for gap in found if gap.analyte == name]
        most = max(own, key=lambda gap: gap.days)
        times = "" if len(own) == 1 else f", {counted(sum(gap.days for gap in own), 'day')} in all"
        words.append(
            f"No {name} for more than {longest} days: {counted(len(own), 'time')}{times}; "
            f"longest {most.start} to {most.end} ({counted(most.days, 'day')})."
        )
    return words


def chart_description(view: PatientView) -> str:
    """Return the picture of the course as one paragraph for people who do not see it."""
    state = view.one("state")
    parts = [f"Course of {view.patient_id} up to {view.end}."]
    parts += [_analyte_words(view, name) for name, _ in ANALYTES]
    parts += [f"Complete biochemical response now: {_now(state)}."]
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
    return f"{row['comparator'] or ''}{multiple(row['x_uln'])} ×ULN on {row['date']}"


def _drug_words(periods: list[Given]) -> list[str]:
    """Return each drug with its first and last day."""
    words = []
    for name in dict.fromkeys(period.name for period in periods):
        own = [period for period in periods if period.name == name]
        end = "now" if any(period.ongoing for period in own) else str(max(period.end for period in own))
        words.append(f"{name} {own[0].start} to {end}, last {own[-1].dose_words}")
    return words
