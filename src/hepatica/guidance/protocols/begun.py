"""Audit of what was begun: the tests before azathioprine, the first dose of steroid, first, second, and third line."""

from __future__ import annotations

from hepatica.guidance.protocols.answers import OTHER, Answer
from hepatica.guidance.protocols.audited import AuditedPatient
from hepatica.guidance.protocols.dose_ranges import applies, in_range, low_enough, steroid_amount, weight_fits
from hepatica.guidance.protocols.practice import Practice
from hepatica.guidance.protocols.questions import parts_of
from hepatica.guidance.protocols.verdicts import (
    AS_PROTOCOL,
    NOT_AS_PROTOCOL,
    Verdict,
    both,
    not_applicable,
    of_alternatives,
    of_policy,
    of_truth,
    shown_day,
    silent,
    unknown,
)
from hepatica.vocabulary import drugs

TEST_WANTED: dict[str, bool | None] = {"routine": True}


def tpmt_first(patient: AuditedPatient, asked: Practice) -> Verdict:
    """Was TPMT known before azathioprine? Genotype or enzyme activity, at the latest on azathioprine's first day."""
    return _tested_first(patient, "TPMT", asked.tpmt_before_azathioprine)


def nudt15_first(patient: AuditedPatient, asked: Practice) -> Verdict:
    """Was NUDT15 known before azathioprine, at the latest on its first day?"""
    return _tested_first(patient, "NUDT15", asked.nudt15_before_azathioprine)


def _tested_first(patient: AuditedPatient, gene: str, policy: Answer[str]) -> Verdict:
    """Judge a test before azathioprine; where the centre has nobody's result, a missing one is unknown, not undone."""
    start = min((exposure.start for exposure in patient.counted if exposure.drug == "azathioprine"), default=None)
    if start is None:
        return not_applicable("never on azathioprine")
    before = [day for day in patient.tests.get(gene, []) if day <= start]
    if before:
        found = f"{gene} {shown_day(max(before))}, azathioprine {shown_day(start)}"
        return of_policy(policy, TEST_WANTED, done=True, found=found, not_recorded="")
    found = f"no {gene} result before azathioprine {shown_day(start)}"
    done = False if gene in patient.records.genes else None
    return of_policy(policy, TEST_WANTED, done, found, f"the centre has no {gene} result of anyone")


def first_line(patient: AuditedPatient, asked: Practice) -> Verdict:
    """Was the first line one of those that the protocol names? Open until its last day, if a drug may still join."""
    if patient.index is None:
        return not_applicable("no immunosuppressant for AIH")
    accepted, found = asked.first_line.value, "+".join(sorted(patient.initial_drugs()))
    if accepted is None:
        return silent(asked.first_line, found)
    parts = patient.first_line_parts()
    named = [parts_of(choice) for choice in accepted]
    if not patient.first_line_open():
        return of_truth(parts in named, found, "")
    ends = patient.first_line_ends()
    if any(parts <= choice for choice in named) and ends is not None:
        return unknown(f"a drug may still join until {shown_day(ends)}", found)
    return Verdict(NOT_AS_PROTOCOL, found)


def second_line(patient: AuditedPatient, asked: Practice) -> Verdict:
    """Was a drug of the protocol's second line the first that followed the first line?"""
    return _later_line(patient, 2, asked.second_line)


def third_line(patient: AuditedPatient, asked: Practice) -> Verdict:
    """Was a drug of the protocol's third line the first that followed the second line?"""
    return _later_line(patient, 3, asked.third_line)


def _later_line(patient: AuditedPatient, line: int, named: Answer[tuple[str, ...]]) -> Verdict:
    """Judge the drugs that were new in the first regimen of a line (or of a higher one)."""
    at = next((n for n, row in enumerate(patient.regimens) if (row["line"] or 0) >= line), None)  # companions: no line
    if at is None:
        return not_applicable(f"no line {line}")
    before = {drug for row in patient.regimens[:at] for drug in row["drugs"].split("+")} | patient.initial_drugs()
    new = {drug for drug in patient.regimens[at]["drugs"].split("+") if drugs()[drug].immunosuppressant} - before
    if not new:
        return unknown("which drug was new is not known")
    found = f"{'+'.join(sorted(new))} from {patient.regimens[at]['start'].isoformat()}"
    if named.value is None:
        return silent(named, found)
    if any({drug, drugs()[drug].drug_class} & set(named.value) for drug in new):
        return Verdict(AS_PROTOCOL, found)
    if OTHER in named.value:
        return unknown("the protocol has further drugs that are not known", found)
    return Verdict(NOT_AS_PROTOCOL, found)


def steroid_start(patient: AuditedPatient, asked: Practice) -> Verdict:
    """Was the first dose of predniso(lo)ne in the protocol's range, in mg or, where the weight is known, in mg/kg?"""
    first = patient.first_steroid_day()
    if first is None:
        return not_applicable("no predniso(lo)ne in the first line")
    given = steroid_amount(patient.steroid_rows(first), patient.weight_near(first))
    found = f"{given.text()} on {shown_day(first)}"
    if asked.steroid_start.value is None:
        return silent(asked.steroid_start, found)
    paediatric = patient.state["paediatric_onset"]
    judged = [(applies(dose, patient, paediatric), in_range(given, dose)) for dose in asked.steroid_start.value]
    return of_alternatives(judged, found, "the dose, the weight, the age, or the first line is not known")


def steroid_taper(patient: AuditedPatient, asked: Practice) -> Verdict:
    """Was the first steroid down to the taper's dose on the day that the taper says?"""
    first = patient.first_steroid_day()
    if first is None:
        return not_applicable("no predniso(lo)ne in the first line")
    if asked.steroid_taper.value is None:
        return silent(asked.steroid_taper)
    until = patient.as_of if patient.gone_since is None else patient.gone_since
    over = [taper for taper in asked.steroid_taper.value if first + taper.days_high <= until]
    if not over:
        return not_applicable("the taper is not over, or was not before the end of follow-up")
    judged, found = [], []
    for taper in over:
        day = first + taper.days_high
        weight = patient.weight_near(day)
        given = steroid_amount(patient.steroid_rows(day), weight)
        meant = both(applies(taper, patient, patient.state["paediatric_onset"]), weight_fits(taper, weight))
        judged.append((meant, low_enough(given, taper)))
        found.append(f"{given.text()} on day {taper.days_high}, {shown_day(day)}")
    said = "; ".join(dict.fromkeys(found))
    return of_alternatives(judged, said, "the dose, the weight, the age, or the first line is not known")
