"""Patients for advice, in the language of the course's cases: genotypes added, and the advice read in short."""

from __future__ import annotations

from course_cases import canonical, on, record, result

from hepatica.course import derive
from hepatica.guidance.advice import advice
from hepatica.guidance.facts import standing
from hepatica.record import Record


def genotype(gene: str, **more) -> dict:
    return {"gene": gene, "date": on(0), **more}


NORMAL = (genotype("TPMT", phenotype="normal"), genotype("NUDT15", diplotype="*1/*1"))


def weight(day: int, kg: float) -> dict:
    return result("WEIGHT", day, kg, unit="kg", limit=None)


def creatinine(day: int, value: float) -> dict:
    return result("CREATININE", day, value, unit="umol/L", limit=None)


def blood(analyte: str, day: int, value: float) -> dict:
    return result(analyte, day, value, unit="10^9/L", limit=None)


def told(*args, genotypes: tuple[dict, ...] = NORMAL, **more) -> Record:
    """A record with genotypes."""
    plain = record(*args, **more)
    tables = {name: getattr(plain, name) for name in ("patients", "measurements", "treatments", "events", "biopsies")}
    return Record.of(**tables, genotypes=canonical("genotypes", list(genotypes)))


def stands(record_: Record, day: int) -> dict:
    """Where the one patient of a record stands on a day: what rules read."""
    return standing(record_, derive(record_, as_of=on(day))).row(0, named=True)


def advised(record_: Record, day: int, **more):
    """The whole chain: record, course, advice."""
    return advice(stands(record_, day), accepted_notice=True, **more)


def question(found, name: str):
    return next(entry for entry in found.questions if entry.question == name)


def answer(found, rule: str):
    name = rule.partition(".")[0]
    return next(entry for entry in question(found, name).answers if entry.rule == rule)
