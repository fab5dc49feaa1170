"""The six promises of every rule, checked on any rule file.

1. Its cases hold. 2. Among fully known patients there is no gap and no conflict. 3. A later result never overturns an
answer. 4. Unknown is said only when the missing result could matter. 5. One patient and the cohort agree. 6. Every
limit has a case exactly at the limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hepatica.errors import UsageError
from hepatica.guidance.cells import Compared
from hepatica.guidance.decision_table import UNKNOWN, Decision
from hepatica.guidance.patients_of_table import MOST, Patient, TablePatients, case_findings
from hepatica.guidance.problems import Problem
from hepatica.guidance.references import broken_references
from hepatica.guidance.rules import Rule, read_rule

SHOWN = 3  # so many examples of one kind of problem are told


def check_rule(path_or_rule: Path | str | Rule) -> list[Problem]:
    """Return what is wrong with a rule: its references, then the six promises; empty where all is well.

    A file is checked under its own examples of a protocol's limits, so that its cases hold in every centre.
    """
    if isinstance(path_or_rule, Rule):
        return _problems(path_or_rule)
    path = Path(path_or_rule)
    if not path.is_file():
        raise UsageError(str(path), "there is no such file", "give the path of a rule file")
    try:
        rule = read_rule(path.read_text(encoding="utf-8"), path.name)
    except UsageError as error:
        return [Problem(error.where, "readable", f"{error.what} (remedy: {error.remedy})")]
    except UnicodeDecodeError:
        return [Problem(path.name, "readable", "the file is not UTF-8 text (remedy: save it as UTF-8)")]
    return _problems(rule)


def _problems(rule: Rule) -> list[Problem]:
    found = list(broken_references(rule))
    if found:
        return found
    patients = TablePatients(rule.table)
    if len(patients) > MOST:
        return [
            Problem(rule.name, "small", f"{len(patients)} combinations of findings (at most {MOST}); split the rule")
        ]
    return [
        *_cases_hold(rule),
        *_cases_at_limits(rule),
        *_enumerated(rule.name, patients),
        *_cohort_agrees(rule.name, patients),
    ]


def _cases_hold(rule: Rule) -> Iterator[Problem]:
    """Promise 1."""
    for number, case in enumerate(rule.cases, start=1):
        where = f"{rule.name}, cases[{number}] {case.name!r}"
        try:
            answer = rule.answer(case_findings(rule, case, where))
        except UsageError as error:
            yield Problem(error.where, "cases hold", f"{error.what} (remedy: {error.remedy})")
            continue
        if answer.outcome != case.expect:
            why = f" because {'; '.join(answer.because)}" if answer.because else ""
            yield Problem(where, "cases hold", f"expected {case.expect}, the table says {answer.outcome}{why}")
        needs = {need.finding for need in answer.needs}
        if case.needs is not None and needs != set(case.needs):
            wanted, got = ", ".join(case.needs) or "nothing", ", ".join(sorted(needs)) or "nothing"
            yield Problem(where, "cases hold", f"expected to need {wanted}, the table needs {got}")


def _cases_at_limits(rule: Rule) -> Iterator[Problem]:
    """Promise 6."""
    table = rule.table
    for place, name in dict.fromkeys(_compared_with(rule)):
        finding = table.inputs[place].name
        numbers = rule.limits[name].by_unit
        at_limit = [
            case
            for case in rule.cases
            if case.given.get(finding) in numbers.values()
            and (case.unit is None or numbers.get(case.unit) == case.given[finding])
        ]
        if not at_limit:
            limit = " or ".join(rule.limits[name].said(unit) for unit in numbers)
            yield Problem(rule.name, "cases at limits", f"no case has {finding} exactly at {name} ({limit})")


def _compared_with(rule: Rule) -> Iterator[tuple[int, str]]:
    """Yield every input with every limit that it is compared with."""
    for asks in (rule.table.applies, *(row.asks for row in rule.table.rows)):
        for place, cell in asks:
            if isinstance(cell, Compared):
                yield from ((place, limit.name) for _, limit in cell.comparisons)


def _enumerated(name: str, patients: TablePatients) -> list[Problem]:
    """Promises 2, 3, and 4, on every patient that the table can tell apart."""
    found: dict[str, list[Problem]] = {}
    for patient, decision in patients.decisions.items():
        broken = _broken(patients, patient, decision)
        if broken is not None:
            promise, what = broken
            told = f"{what} for {patients.described(patient)}"
            found.setdefault(promise, []).append(Problem(name, promise, told))
    return [problem for kind in found.values() for problem in _few(kind)]


def _broken(patients: TablePatients, patient: Patient, decision: Decision) -> tuple[str, str] | None:
    """Return the promise that a patient breaks and how; None where all hold."""
    possible = patients.reached[patient]
    if len({patients.table.rows[row].then for row in decision.rows}) > 1:
        return "no conflict", f"rows {' and '.join(str(row + 1) for row in decision.rows)} contradict"
    if None not in patient:
        return ("no gap", "no row holds") if decision.outcome == UNKNOWN else None
    if decision.outcome == UNKNOWN and len(possible) == 1:
        return "unknown only when it matters", f"always {', '.join(possible)}, yet unknown,"
    if decision.outcome != UNKNOWN and possible != {decision.outcome}:
        others = ", ".join(sorted(possible - {decision.outcome}))
        return "never overturned", f"{decision.outcome} may become {others}"
    return None


def _few(problems: list[Problem]) -> list[Problem]:
    """Return the first problems of a kind, and how many more there are."""
    if len(problems) <= SHOWN:
        return problems
    first = problems[0]
    return [*problems[:SHOWN], Problem(first.where, first.promise, f"and {len(problems) - SHOWN} more such patients")]


def _cohort_agrees(name: str, patients: TablePatients) -> list[Problem]:
    """Promise 5, on the same patients."""
    table = patients.table
    together = table.decided_on(patients.cohort()).rows()
    problems = []
    for (patient, alone), (outcome, needs) in zip(patients.decisions.items(), together, strict=True):
        needed = ",".join(table.inputs[place].name for place in alone.needs)
        if (alone.outcome, needed) != (outcome, needs):
            what = f"alone {alone.outcome} ({needed}), in the cohort {outcome} ({needs})"
            problems.append(Problem(name, "cohort agrees", f"{what} for {patients.described(patient)}"))
    return _few(problems)
