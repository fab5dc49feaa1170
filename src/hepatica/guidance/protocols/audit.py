"""Practice audited against a protocol: as the protocol, not as the protocol, unknown, with the patients behind each.

The whole cohort is audited at once: what a centre records of nobody says nothing about any of its patients.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import polars as pl

from hepatica.course.definitions import Definitions, definitions
from hepatica.course.protocol import Monitoring
from hepatica.guidance.protocols.audited import AuditedPatient, audited_patients
from hepatica.guidance.protocols.begun import (
    first_line,
    nudt15_first,
    second_line,
    steroid_start,
    steroid_taper,
    third_line,
    tpmt_first,
)
from hepatica.guidance.protocols.ongoing import (
    metabolites_measured,
    monitored,
    ppi_with_steroid,
    schedule_unknown,
    steroid_now,
)
from hepatica.guidance.protocols.practice import ALL_AGES, Practice
from hepatica.guidance.protocols.verdicts import (
    AS_PROTOCOL,
    NOT_APPLICABLE,
    NOT_AS_PROTOCOL,
    UNKNOWN,
    Verdict,
    not_applicable,
)
from hepatica.guidance.protocols.wording import answer_text
from hepatica.record import Record

ALL_CENTRES = "all centres"
AUDIT_FINDINGS = pl.Schema(
    {
        "check": pl.String(),
        "asks": pl.String(),
        "expected": pl.String(),
        "patient_id": pl.String(),
        "centre": pl.String(),
        "answer": pl.String(),
        "done": pl.String(),
        "found": pl.String(),
        "reason": pl.String(),
    }
)
GROUPS = (AS_PROTOCOL, NOT_AS_PROTOCOL, UNKNOWN)


Judge = Callable[[AuditedPatient, Practice], Verdict]
ONSET, NOW = "paediatric_onset", "paediatric"
# Each judges the protocol's answer to a question; whether the patient is a child is asked of the onset, or of now.
_JUDGES: dict[str, tuple[str, str, Judge, str]] = {
    "tpmt_before_azathioprine": (
        "tpmt_before_azathioprine", "Was TPMT known before azathioprine?", tpmt_first, ONSET),
    "nudt15_before_azathioprine": (
        "nudt15_before_azathioprine", "Was NUDT15 known before azathioprine?", nudt15_first, ONSET),
    "first_line": ("first_line", "Was the first line the protocol's?", first_line, ONSET),
    "second_line": ("second_line", "Was the second line the protocol's?", second_line, ONSET),
    "third_line": ("third_line", "Was the third line the protocol's?", third_line, ONSET),
    "steroid_start": ("steroid_start", "Was the first dose of predniso(lo)ne in its range?", steroid_start, ONSET),
    "steroid_taper": ("steroid_taper", "Was the first steroid down by the end of the taper?", steroid_taper, ONSET),
    "steroid_now": ("steroid_taper", "Is a steroid taken for longer down to the taper's dose?", steroid_now, NOW),
    "ppi_with_steroid": (
        "ppi_with_steroid", "Is a proton pump inhibitor taken with the steroid?", ppi_with_steroid, NOW),
    "metabolites_measured": (
        "metabolites_measured", "Was 6-TGN measured on the thiopurine?", metabolites_measured, NOW),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Check:
    """One question of an audit: its name, itself in words, what the protocol expects, how a patient is judged.

    `child` is the column of the state that says whether the patient is a child for this question.
    """

    name: str
    asks: str
    expected: str
    judge: Judge
    child: str


def audit(
    state: pl.DataFrame,
    regimens: pl.DataFrame,
    record: Record,
    practice: Practice,
    defined: Definitions | None = None,
) -> pl.DataFrame:
    """Return for each check, over all centres and by centre, how many patients are treated as the protocol says.

    of = as_protocol + not_as_protocol + unknown; not_applicable are those to whom the question does not arise; percent
    is of those whose answer is known. done, not_done, and done_unknown count tests and drugs among all to whom the
    question arises, whatever the protocol asks. The `_patients` columns list who is behind each count.

    State and regimens are those that `derive` makes of this record with `practice.protocol` (for the lines) and
    `defined` (for the windows; the IAIHG set of 2022 where it is not given). Raises `UsageError` where they are not of
    one date or of the same patients.
    """
    return audit_counts(audit_findings(state, regimens, record, practice, defined))


def audit_findings(
    state: pl.DataFrame,
    regimens: pl.DataFrame,
    record: Record,
    practice: Practice,
    defined: Definitions | None = None,
) -> pl.DataFrame:
    """Return the audit patient by patient, one row a check and patient (`AUDIT_FINDINGS`), with what was found."""
    checks = list(audit_checks(practice))
    windows = defined if defined is not None else definitions()
    rows = []
    for patient in audited_patients(state, regimens, record, windows):
        for check in checks:
            said = _judged(check, patient, practice)
            who = (patient.patient.patient_id, patient.centre)
            rows.append((check.name, check.asks, check.expected, *who, said.answer, said.done, said.found, said.reason))
    found = pl.DataFrame(rows, schema=AUDIT_FINDINGS, orient="row")
    order = pl.Enum([check.name for check in checks])
    return found.sort(pl.col("check").cast(order), "patient_id")


def _judged(check: Check, patient: AuditedPatient, practice: Practice) -> Verdict:
    """Return what a check says of a patient, as far as the protocol is for patients of that age."""
    said = check.judge(patient, practice)
    child = patient.state[check.child]
    if practice.ages == ALL_AGES:
        return said
    if child == "unknown":
        reason = f"the protocol is for {practice.ages}, the age is not known"
        return said if said.answer == NOT_APPLICABLE else replace(said, answer=UNKNOWN, reason=reason)
    if (child == "yes") != (practice.ages == "children"):
        return not_applicable(f"the protocol is for {practice.ages}")
    return said


def audit_counts(findings: pl.DataFrame) -> pl.DataFrame:
    """Return the counts of audit findings, over all centres first, then centre by centre."""
    everybody = _counted(findings.with_columns(centre=pl.lit(ALL_CENTRES)))
    by_centre = _counted(findings).sort("centre", maintain_order=True)
    names = findings["check"].unique(maintain_order=True).to_list()
    return pl.concat([everybody, by_centre]).sort(pl.col("check").cast(pl.Enum(names)), maintain_order=True)


def _counted(findings: pl.DataFrame) -> pl.DataFrame:
    """Return one row a check and centre: the groups, their sum, and the patients of each."""
    answer, done = pl.col("answer"), pl.col("done")
    counts = {group: (answer == group).sum() for group in (*GROUPS, NOT_APPLICABLE)}
    deeds = {"done": "yes", "not_done": "no", "done_unknown": "unknown"}
    counts |= {name: (done == word).sum() for name, word in deeds.items()}
    who = {f"{group}_patients": pl.col("patient_id").filter(answer == group) for group in GROUPS}
    grouped = findings.group_by("check", "asks", "expected", "centre", maintain_order=True)
    table = grouped.agg(**{name: count.cast(pl.Int64) for name, count in counts.items()}, **who)
    known = pl.col(AS_PROTOCOL) + pl.col(NOT_AS_PROTOCOL)
    # 0 of 0 known is no percentage: null, where a division would give NaN
    percent = pl.when(known > 0).then(100 * pl.col(AS_PROTOCOL) / known)
    return table.select(
        "check", "asks", "expected", "centre", *GROUPS, NOT_APPLICABLE, *deeds, *who,
        of=known + pl.col(UNKNOWN), percent=percent,
    ).select(
        "check", "asks", "expected", "centre", "of", *GROUPS, NOT_APPLICABLE, "percent", *deeds, *who
    )  # fmt: skip


def audit_checks(practice: Practice) -> Iterator[Check]:
    """Return the questions that practice is audited with, and what this protocol expects."""
    for name, (question, asks, judge, child) in _JUDGES.items():
        yield Check(name, asks, answer_text(practice.answer(question)), judge, child)
    if practice.monitoring is None:
        yield Check("monitoring", "Is monitoring up to date?", "unknown", schedule_unknown, NOW)
        return
    for item in practice.monitoring:
        for analyte in item.analytes:
            name, asks = f"{item.name}.{analyte}", f"Is {analyte} up to date?"
            yield Check(name, asks, _schedule(item), monitored(item, analyte), NOW)


def _schedule(item: Monitoring) -> str:
    """Return a monitoring schedule in words."""
    phases = [
        f"every {phase.every_days} days" + ("" if phase.until_day is None else f" until day {phase.until_day}")
        for phase in item.phases
    ]
    return f"{', then '.join(phases)}, {item.grace_days} days of grace"
