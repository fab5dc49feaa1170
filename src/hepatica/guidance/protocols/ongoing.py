"""Audit of what goes on: the steroid's taper, the proton pump inhibitor, metabolites, and what is overdue."""

from __future__ import annotations

from collections.abc import Callable

from hepatica.course.monitoring import IMMUNOSUPPRESSED, overdue
from hepatica.course.protocol import Monitoring, formulary
from hepatica.guidance.protocols.audited import PPI, AuditedPatient
from hepatica.guidance.protocols.dose_ranges import Amount, applies, low_enough, weight_fits
from hepatica.guidance.protocols.practice import Practice
from hepatica.guidance.protocols.questions import part_of
from hepatica.guidance.protocols.verdicts import (
    AS_PROTOCOL,
    NO_LONGER_FOLLOWED,
    NOT_AS_PROTOCOL,
    PROTOCOL_SILENT,
    Verdict,
    both,
    not_applicable,
    of_alternatives,
    of_policy,
    shown_day,
    silent,
    unknown,
)

METABOLITES_WANTED: dict[str, bool | None] = {"routine": True, "on_indication": None}
PPI_WANTED: dict[str, bool | None] = {"routine": True, "by_risk_factor": None, "by_symptom": None, "never": False}


def steroid_now(patient: AuditedPatient, asked: Practice) -> Verdict:
    """Is a steroid that has been taken for longer than the taper says at, or below, the taper's dose?"""
    if patient.gone:
        return not_applicable(NO_LONGER_FOLLOWED)
    if not any(part_of(drug) == "steroid" for drug in patient.state["steroid"].split("+")):
        return not_applicable("on no predniso(lo)ne")
    days = patient.state["days_on_steroid"]
    given = _steroid_now(patient)
    found = f"{given.text()} on day {days}"
    if asked.steroid_taper.value is None:
        return silent(asked.steroid_taper, found)
    over = [taper for taper in asked.steroid_taper.value if days > taper.days_high]
    if not over:
        return not_applicable("the taper is not over")
    judged = [
        (
            both(applies(taper, patient, patient.state["paediatric"]), weight_fits(taper, given.weight)),
            low_enough(given, taper),
        )
        for taper in over
    ]
    return of_alternatives(judged, found, "the dose, the weight, the age, or the first line is not known")


def _steroid_now(patient: AuditedPatient) -> Amount:
    """Return the steroid dose of the as-of date; budesonide has no equivalent, so it is unknown."""
    mg, weight = patient.state["steroid_prednisolone_mg_day"], patient.weight_near(patient.as_of)
    return Amount(mg, mg / weight if mg is not None and weight is not None else None, weight)


def ppi_with_steroid(patient: AuditedPatient, asked: Practice) -> Verdict:
    """Is a proton pump inhibitor taken with the steroid? Unknown where the centre records none of anybody."""
    if patient.gone:
        return not_applicable(NO_LONGER_FOLLOWED)
    if not patient.state["steroid"]:
        return not_applicable("on no steroid")
    class_of = formulary().class_of
    taken = sorted(drug for drug in patient.state["current_drugs"].split("+") if class_of.get(drug) == PPI)
    done = True if taken else (False if PPI in patient.records.drug_classes else None)
    found = f"{'+'.join(taken) or 'no proton pump inhibitor'} with {patient.state['steroid']}"
    return of_policy(asked.ppi_with_steroid, PPI_WANTED, done, found, "the centre records nobody's")


def metabolites_measured(patient: AuditedPatient, asked: Practice) -> Verdict:
    """Was 6-TGN measured on the current thiopurine, once it had been taken for long enough to be at steady state?"""
    if patient.gone:
        return not_applicable(NO_LONGER_FOLLOWED)
    class_of = formulary().class_of
    since = [e.start for e in patient.taken if e.ongoing and class_of.get(e.drug) == "thiopurine"]
    if not since:
        return not_applicable("on no thiopurine")
    start = min(since)
    if patient.as_of - start < patient.definitions.steady_days:
        return not_applicable("the thiopurine was begun too recently")
    measured = [level.day for level in patient.patient.tgn if level.day >= start]
    done = True if measured else (False if "TGN" in patient.records.analytes else None)
    last = f"6-TGN {shown_day(max(measured))}" if measured else "no 6-TGN"
    found = f"{last}, thiopurine since {shown_day(start)}"
    return of_policy(asked.metabolites_measured, METABOLITES_WANTED, done, found, "the centre has no 6-TGN of anyone")


def monitored(item: Monitoring, analyte: str) -> Callable[[AuditedPatient, Practice], Verdict]:
    """Return the check whether one result of a monitoring item is overdue, days of grace included.

    Judged as of the last day that the centre's records know of: a result due after it is unknown, not overdue.
    """

    def check(patient: AuditedPatient, asked: Practice) -> Verdict:
        if patient.gone:
            return not_applicable(NO_LONGER_FOLLOWED)
        if not _is_on(patient, item.drug_class):
            return not_applicable(f"not {_on_what(item)}")
        if analyte not in patient.records.analytes:
            return unknown(f"the centre has no {analyte} of anyone")
        last = patient.patient.latest.get(analyte)
        found = f"last {analyte} {shown_day(last.day)}" if last is not None else f"no {analyte}"
        if not _late(patient, asked, item, analyte, patient.as_of):
            return Verdict(AS_PROTOCOL, found)
        end = patient.records.last_day
        if end is None or not _late(patient, asked, item, analyte, min(end, patient.as_of)):
            return unknown("it was due after the last day in the centre's records", found)
        return Verdict(NOT_AS_PROTOCOL, found)

    return check


def _late(patient: AuditedPatient, asked: Practice, item: Monitoring, analyte: str, day: int) -> bool:
    """Say whether a result was overdue on a day."""
    found = overdue(patient.patient, patient.taken, formulary(), asked.protocol, day)
    return any(late.item == item and analyte in late.analytes for late in found)


def schedule_unknown(patient: AuditedPatient, asked: Practice) -> Verdict:
    """Say of everybody on treatment that the protocol's schedule is not known."""
    if patient.gone:
        return not_applicable(NO_LONGER_FOLLOWED)
    if asked.monitoring is not None or not _is_on(patient, IMMUNOSUPPRESSED):
        return not_applicable("on no immunosuppressant")
    return unknown(PROTOCOL_SILENT)


def _is_on(patient: AuditedPatient, drug_class: str) -> bool:
    """Say whether a patient is on a class of drugs on the as-of date."""
    told = formulary()
    return any(
        exposure.ongoing
        and (
            exposure.drug in told.immunosuppressants
            if drug_class == IMMUNOSUPPRESSED
            else told.class_of.get(exposure.drug) == drug_class
        )
        for exposure in patient.taken
    )


def _on_what(item: Monitoring) -> str:
    words = item.drug_class.replace("_", " ")
    return words if item.drug_class == IMMUNOSUPPRESSED else f"on a {words}"
