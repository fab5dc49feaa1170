"""Whether a dose is in a protocol's range, in mg or mg/kg; without the weight only as far as it can be said."""

from __future__ import annotations

from dataclasses import dataclass

from hepatica.course.patient import Treatment
from hepatica.course.protocol import formulary
from hepatica.guidance.protocols.answers import ANY, Dose, Taper
from hepatica.guidance.protocols.audited import AuditedPatient
from hepatica.guidance.protocols.questions import choice_of, protocol_data
from hepatica.guidance.protocols.verdicts import both

PER_DAY, PER_KG = "mg/day", "mg/kg/day"


@dataclass(frozen=True, slots=True)
class Amount:
    """A daily dose of prednisolone as far as it is known: mg, mg per kg, and the weight in kg."""

    mg: float | None
    mg_kg: float | None
    weight: float | None

    def text(self) -> str:
        """Return the dose in words."""
        known = [(self.mg, PER_DAY), (self.mg_kg, PER_KG)]
        said = [f"{round(number, 2):g} {unit}" for number, unit in known if number is not None]
        return " = ".join(said) if said else "dose unknown"


def tolerance() -> float:
    """Return the share by which a dose may lie beyond the ends of a range."""
    share: float = protocol_data("questions.yaml")["audit"]["dose_tolerance"]
    return share


def steroid_amount(rows: list[Treatment], weight: float | None) -> Amount:
    """Return the dose of steroid rows together in prednisolone; unknown where one has no dose a day."""
    equivalent = formulary().prednisolone_equivalent
    total = {PER_DAY: 0.0, PER_KG: 0.0}
    for row in rows:
        factor = equivalent.get(row.drug)
        if row.dose is None or row.dose_unit not in total or factor is None:
            return Amount(None, None, weight)
        total[row.dose_unit] += row.dose * factor
    return amount(total[PER_DAY], total[PER_KG], weight)


def amount(mg: float, mg_kg: float, weight: float | None) -> Amount:
    """Return a dose given partly in mg and partly in mg/kg, each in both where the weight is known."""
    if weight is not None:
        return Amount(mg + mg_kg * weight, mg_kg + mg / weight, weight)
    return Amount(mg if mg_kg == 0 else None, mg_kg if mg == 0 else None, None)


def in_range(given: Amount, dose: Dose) -> bool | None:
    """Say whether a dose is in a range, both ends and the tolerance included; None where the weight would decide."""
    if dose.unit == PER_DAY:
        return None if given.mg is None else _between(given.mg, dose.low, dose.high)
    if given.weight is not None and given.mg is not None:
        return _between(given.mg, _capped(dose.low * given.weight, dose), _capped(dose.high * given.weight, dose))
    if given.mg is not None:
        too_much = dose.at_most_mg_day is not None and given.mg > dose.at_most_mg_day * (1 + tolerance())
        return False if too_much else None
    if given.mg_kg is None:
        return None
    if given.mg_kg > dose.high * (1 + tolerance()):
        return False
    return None if dose.at_most_mg_day is not None else _between(given.mg_kg, dose.low, dose.high)


def _capped(mg: float, dose: Dose) -> float:
    return mg if dose.at_most_mg_day is None else min(mg, dose.at_most_mg_day)


def _between(number: float, low: float, high: float) -> bool:
    return low * (1 - tolerance()) <= number <= high * (1 + tolerance())


def low_enough(given: Amount, taper: Taper) -> bool | None:
    """Say whether a dose is not above the one that a taper leads to; None where the dose or the weight is unknown."""
    number = given.mg if taper.to_unit == PER_DAY else given.mg_kg
    return None if number is None else number <= taper.to_high * (1 + tolerance())


def applies(entry: Dose | Taper, patient: AuditedPatient, paediatric: str) -> bool | None:
    """Say whether a range is meant for a patient: the age group, the first line, and the weight it was printed for."""
    return both(_age_fits(entry.age_group, paediatric), _line_fits(entry.given_with, patient))


def weight_fits(taper: Taper, weight: float | None) -> bool | None:
    """Say whether a taper that was printed for one weight is meant for a patient of another."""
    if taper.weight_kg is None:
        return True
    if weight is None:
        return None
    return abs(weight - taper.weight_kg) <= tolerance() * taper.weight_kg


def _age_fits(age_group: str, paediatric: str) -> bool | None:
    if age_group == "all":
        return True
    if paediatric not in ("yes", "no"):
        return None
    return (age_group == "children") == (paediatric == "yes")


def _line_fits(given_with: str, patient: AuditedPatient) -> bool | None:
    """Say whether the patient's first line is the one that a range is for; None while a drug may still join it."""
    if given_with == ANY:
        return True
    return None if patient.first_line_open() else choice_of(patient.first_line_parts()) == given_with
