"""State: one row per patient as of a date. The only table that guidance reads.

Words are yes / no / unknown (response columns: not_applicable without an index date); numbers and dates are null
where unknown. Days are day numbers here; the cohort turns them into dates.
"""

from __future__ import annotations

from hepatica.course.exposures import Exposure, dose_row
from hepatica.course.known import Cell, known_columns
from hepatica.course.outcomes import age_on, paediatric
from hepatica.course.patient import Latest, Treatment
from hepatica.course.regimens import Regimen
from hepatica.course.response import NOT_APPLICABLE
from hepatica.course.story import Story

StateRow = dict[str, Cell]
WORDS = {True: "yes", False: "no", None: "unknown"}


def state(told: Story) -> StateRow:
    """Return the state row of one patient."""
    row: StateRow = {"as_of": told.as_of}
    row.update(known_columns(told.patient))
    row.update(told_columns(told))
    return row


def told_columns(told: Story) -> StateRow:
    """Return the columns of the state that the story tells; the others are `known`."""
    row: StateRow = {}
    _who(row, told)
    _treatment(row, told)
    _doses(row, told)
    _response(row, told)
    _metabolites(row, told)
    _safety(row, told)
    _outcomes(row, told)
    row["missing"] = "; ".join(missing_now(told))
    row["overdue"] = "; ".join(f"{item.item.name}: {', '.join(item.analytes)}" for item in told.overdue)
    return row


def _who(row: StateRow, told: Story) -> None:
    patient = told.patient
    row["age"] = age_on(patient.birth, told.as_of)
    row["paediatric"] = paediatric(patient, told.as_of)
    row["paediatric_onset"] = told.outcomes.paediatric_onset
    row["index_date"] = told.index
    row["days_since_index"] = told.as_of - told.index if told.index is not None else None


def current_regimen(told: Story) -> Regimen | None:
    """Return the regimen that holds on the as-of day: still going on, or with its last day then."""
    last = told.regimens[-1] if told.regimens else None
    return last if last is not None and last.end == told.as_of else None


def _treatment(row: StateRow, told: Story) -> None:
    regimen = current_regimen(told)
    row["regimen"] = regimen.name if regimen is not None else ""
    row["line"] = regimen.line if regimen is not None else None
    row["regimen_start"] = regimen.start if regimen is not None else None
    row["days_on_regimen"] = told.as_of - regimen.start if regimen is not None else None
    stopped = _last_stopped(told)
    row["last_stopped_drug"] = stopped.drug if stopped is not None else None
    row["last_stop_reason"] = stopped.stop_reason if stopped is not None else None
    row["treatment_free_days"] = treatment_free_days(told)


def _last_stopped(told: Story) -> Treatment | None:
    """Return the last row of the immunosuppressant for AIH that ended last."""
    over = [exposure for exposure in told.counted if not exposure.ongoing]
    last = max(over, key=lambda exposure: (exposure.end, exposure.drug), default=None)
    if last is None:
        return None
    return max(last.rows, key=lambda treatment: (treatment.end or 0, treatment.start))


def treatment_free_days(told: Story) -> int | None:
    """Return the days since the last immunosuppressant for AIH ended; 0 while on one, unknown without an index date."""
    if not told.counted:
        return None
    if any(exposure.ongoing for exposure in told.counted):
        return 0
    return told.as_of - max(exposure.end for exposure in told.counted)


def _doses(row: StateRow, told: Story) -> None:
    weight = told.patient.latest.get("WEIGHT")
    class_of = told.reader.formulary.class_of
    now = [exposure for exposure in told.taken if exposure.end == told.as_of]
    row["current_drugs"] = "+".join(sorted({exposure.drug for exposure in now}))
    thiopurines = [exposure for exposure in now if class_of.get(exposure.drug) == "thiopurine"]
    thiopurine = thiopurines[0] if len(thiopurines) == 1 else None
    row["thiopurine"] = "+".join(exposure.drug for exposure in thiopurines)
    dose = _daily_mg(thiopurine, told.as_of, weight)
    row["thiopurine_dose_mg_day"] = dose
    heavy = weight.value if weight is not None and weight.value else None
    row["thiopurine_dose_mg_kg"] = dose / heavy if dose is not None and heavy is not None else None
    at = dose_row(thiopurine, told.as_of) if thiopurine is not None else None
    row["days_on_thiopurine_dose"] = told.as_of - _dose_since(thiopurine, at) if thiopurine and at else None
    steroids = [exposure for exposure in now if class_of.get(exposure.drug) == "glucocorticoid"]
    row["steroid"] = "+".join(sorted(exposure.drug for exposure in steroids))
    row["steroid_prednisolone_mg_day"] = _prednisolone(steroids, told, weight)
    row["days_on_steroid"] = told.as_of - min(e.start for e in steroids) if steroids else None
    mycophenolate = [exposure for exposure in now if class_of.get(exposure.drug) == "mycophenolate"]
    row["mycophenolate_dose_mg_day"] = (
        _daily_mg(mycophenolate[0], told.as_of, weight) if len(mycophenolate) == 1 else None
    )


def _daily_mg(exposure: Exposure | None, day: int, weight: Latest | None) -> float | None:
    """Return the dose of a day in mg; per kg only where the weight is known."""
    at = dose_row(exposure, day) if exposure is not None else None
    if at is None or at.dose is None:
        return None
    if at.dose_unit == "mg/day":
        return at.dose
    if at.dose_unit == "mg/kg/day" and weight is not None and weight.value is not None:
        return at.dose * weight.value
    return None


def _dose_since(exposure: Exposure, at: Treatment) -> int:
    """Return since when the dose of a row has held: the first of the rows before it with the same dose and unit."""
    since = at.start
    for treatment in reversed(exposure.rows):
        if treatment.start <= at.start:
            if (treatment.dose, treatment.dose_unit) != (at.dose, at.dose_unit):
                break
            since = min(since, treatment.start)
    return since


def _prednisolone(steroids: list[Exposure], told: Story, weight: Latest | None) -> float | None:
    """Return the steroid dose in mg of prednisolone a day: 0 on none, unknown for budesonide."""
    equivalent = told.reader.formulary.prednisolone_equivalent
    total = 0.0
    for exposure in steroids:
        dose, factor = _daily_mg(exposure, told.as_of, weight), equivalent.get(exposure.drug)
        if dose is None or factor is None:
            return None
        total += dose * factor
    return total


def _response(row: StateRow, told: Story) -> None:
    row.update(response_columns(told))
    answer = told.response
    row["days_since_cbr"] = told.as_of - answer.cbr.day if answer is not None and answer.cbr is not None else None


def response_columns(told: Story) -> StateRow:
    """Return the columns that the response table and the state share."""
    answer = told.response
    shared: StateRow = {"histological_remission": histological_remission(told)}
    if answer is None:
        shared["histological_remission"] = NOT_APPLICABLE
        shared.update(
            in_cbr=NOT_APPLICABLE, last_known_cbr=NOT_APPLICABLE, last_known_cbr_date=None, cbr_date=None,
            cbr_by_6_months=NOT_APPLICABLE, cbr_by_6_months_reason="",
            response_4_weeks=NOT_APPLICABLE, response_4_weeks_reason="", insufficient_response=NOT_APPLICABLE,
            loss_of_cbr_date=None, relapse_date=None, cbr_fraction=None, cbr_fraction_known_days=None,
        )  # fmt: skip
        return shared
    last = answer.last_known
    shared.update(
        in_cbr=WORDS[told.now.cbr],
        last_known_cbr=WORDS[last.cbr if last is not None else None],
        last_known_cbr_date=last.day if last is not None else None,
        cbr_date=answer.cbr.day if answer.cbr is not None else None,
        cbr_by_6_months=answer.by_window,
        cbr_by_6_months_reason=answer.by_window_reason,
        response_4_weeks=answer.early,
        response_4_weeks_reason=answer.early_reason,
        insufficient_response=answer.insufficient,
        loss_of_cbr_date=answer.loss.day if answer.loss is not None else None,
        relapse_date=answer.relapse.day if answer.relapse is not None else None,
        cbr_fraction=answer.fraction,
        cbr_fraction_known_days=answer.fraction_known_days,
    )
    return shared


def histological_remission(told: Story) -> str:
    """Return yes/no from the latest biopsy's HAI; unknown without a biopsy or without its HAI."""
    hai = told.patient.biopsies[-1].hai if told.patient.biopsies else None
    return WORDS[hai < told.definitions.remission_hai_below if hai is not None else None]


def _metabolites(row: StateRow, told: Story) -> None:
    levels = told.metabolites
    pair = levels.latest
    row["tgn"] = pair.tgn.value if pair is not None else None
    row["tgn_comparator"] = pair.tgn.comparator if pair is not None else None
    row["mmp"] = pair.mmp.value if pair is not None and pair.mmp is not None else None
    row["mmp_comparator"] = pair.mmp.comparator if pair is not None and pair.mmp is not None else None
    row["mmp_tgn_ratio"] = pair.ratio if pair is not None else None
    row["metabolite_unit"] = pair.tgn.unit if pair is not None else None
    row["metabolite_date"] = pair.tgn.day if pair is not None else None
    row["metabolite_pattern"] = pair.pattern if pair is not None else "unknown"
    row["metabolite_pattern_reason"] = pair.reason if pair is not None else levels.reason
    row["tgn_mean"] = levels.mean
    row["tgn_time_weighted"] = levels.time_weighted
    row["tgn_count"] = levels.count


def _safety(row: StateRow, told: Story) -> None:
    pregnant = _recorded_as_pregnant(told)
    potential = "yes" if pregnant else _child_bearing(told, row["age"])
    row["child_bearing_potential"] = potential
    row["pregnant"] = "yes" if pregnant else ("no" if potential == "no" else "unknown")
    row["contraception"] = "yes" if any(e.event == "contraception" for e in told.patient.events) else "unknown"


def _child_bearing(told: Story, age: Cell) -> str:
    """Say whether the patient may become pregnant: a woman of child-bearing age."""
    if told.patient.sex == "male":
        return "no"
    if told.patient.sex != "female" or not isinstance(age, int):
        return "unknown"
    return WORDS[told.definitions.child_bearing_from <= age <= told.definitions.child_bearing_to]


def _recorded_as_pregnant(told: Story) -> bool:
    """Say whether a pregnancy was recorded that has not ended and not lasted for longer than one can.

    It counts whatever the recorded age or sex: one of the two is then wrong, and it need not be the pregnancy.
    """
    start = end = None
    for event in told.patient.events:
        if event.event == "pregnancy_start":
            start = event.day
        elif event.event == "pregnancy_end":
            end = event.day
    if start is None or (end is not None and end >= start):
        return False
    return told.as_of - start <= told.definitions.pregnancy_days


def _outcomes(row: StateRow, told: Story) -> None:
    found = told.outcomes
    row["cirrhosis"] = found.cirrhosis
    row["decompensated"] = "yes" if found.decompensation is not None else "unknown"
    row["transplanted"] = "yes" if found.transplant is not None else "unknown"
    row["dead"] = "yes" if found.death is not None else "unknown"
    row["follow_up_days"] = found.follow_up_days


def missing_now(told: Story) -> list[str]:
    """Return what is missing to know the response today, in words."""
    if told.response is None or told.now.cbr is not None:
        return []
    d, now = told.definitions, told.now
    lacking = []
    if now.alt_reading is None and d.alt_required:
        lacking.append("ALT")
    if now.ast_reading is None and d.ast_required:
        lacking.append("AST")
    if now.igg_reading is None and d.igg_required:
        lacking.append("IgG")
    if lacking:
        return [f"{name} within {d.pair_days} days" for name in lacking]
    return ["a result that decides (the latest is censored or has no upper limit)"]
