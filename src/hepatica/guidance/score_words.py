"""A score of one patient, filled from the record: the result, where each item comes from, what is still needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from hepatica.errors import UsageError
from hepatica.guidance.findings import Findings, findings
from hepatica.guidance.score_rows import EvidenceRow, rows_behind
from hepatica.guidance.scored import ItemValue, items_of
from hepatica.guidance.scores import Score, ScoreResult, scores
from hepatica.guidance.scores.score_files import filled_from_record
from hepatica.record import Record


@dataclass(frozen=True)
class ItemSource:
    """Where an item of a score comes from: the finding with its day, or why it is unknown and what it needs."""

    item: str
    meaning: str
    finding: str
    said: str
    because: str
    measured: str
    rows: tuple[EvidenceRow, ...]
    unknown: str
    obtain: str


@dataclass(frozen=True)
class PatientScore:
    """A score of one patient with the source of each item."""

    result: ScoreResult
    sources: tuple[ItemSource, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the score as plain values."""
        return {**self.result.to_dict(), "from_record": [asdict(item) for item in self.sources]}


def scores_told(found: Findings, record: Record | None = None) -> tuple[PatientScore, ...]:
    """Return the scores that are told of a patient: those that ask for nothing else, and those whose case it is."""
    told = [name for name, said in filled_from_record().items() if _asked(said, found)]
    return tuple(patient_score(name, found, record) for name in told)


def _asked(said: Mapping[str, Any], found: Findings) -> bool:
    words = {True: "yes", False: "no"}
    return all(
        found.get(name) in [words.get(word, word) for word in wanted] for name, wanted in said.get("asked", {}).items()
    )


def patient_score(
    name: str, found: Findings, record: Record | None = None, given: Mapping[str, Any] | None = None
) -> PatientScore:
    """Return one score of a patient; an item that the record does not hold is unknown, and says what it needs.

    With the patient's record each item names its rows. `given` are values that count instead of the record's.
    UsageError for a score that no record can fill, or a value that the score refuses.
    """
    if name not in filled_from_record():
        known = ", ".join(filled_from_record())
        raise UsageError(f"score {name}", "no record can fill it", f"give its items, or use one of {known}")
    told = dict(given or {})
    asked, values = scores()[name], {**score_values(name, found.state), **told}
    result = asked.evaluate(values)
    because = {item.name: item.because for item in result.items}
    filled = items_of(name, findings)
    sources = tuple(
        _given(asked, item, because[item])
        if item in told
        else _source(asked, item, filled.get(item), found, record, because[item])
        for item in asked.items
    )
    return PatientScore(result, sources)


def score_values(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a patient's standing gives for a score's items; what it does not know is left out."""
    given = {item: filled.of(row) for item, filled in items_of(name, findings).items()}
    return {item: value for item, value in given.items() if value is not None}


def _given(asked: Score, item: str, because: str) -> ItemSource:
    return ItemSource(item, asked.items[item].meaning, "", "given, not from the record", because, "", (), "", "")


def _source(
    asked: Score, item: str, filled: ItemValue | None, found: Findings, record: Record | None, because: str
) -> ItemSource:
    meaning = asked.items[item].meaning
    if filled is None:
        return ItemSource(item, meaning, "", "", because, "", (), "no column of the record holds it", meaning)
    finding, row = filled.finding, found.state
    measured = found.get(finding.date) if finding.date is not None else None
    value = finding.term.of(row)
    return ItemSource(
        item=item,
        meaning=meaning,
        finding=finding.name,
        said="" if value is None else f"{finding.label}: {_shown(value, finding.unit)}",
        because=because,
        measured="" if measured is None else measured.isoformat(),
        rows=rows_behind(finding, record, row) if record is not None and value is not None else (),
        unknown=_unknown(filled, value, row),
        obtain="" if filled.of(row) is not None else finding.obtain,
    )


def _shown(value: Any, unit: str) -> str:
    said = f"{value:g}" if isinstance(value, int | float) else str(value).replace("_", " ")
    return said if unit in ("", "1") or not isinstance(value, int | float) else f"{said} {unit}"


def _unknown(filled: ItemValue, value: Any, row: Mapping[str, Any]) -> str:
    """Say why an item is unknown; empty where it is known."""
    score = filled.finding.score
    if value is None and score:
        return range_words(scores()[score].evaluate(score_values(score, row)))
    if value is None:
        return "not known"
    if filled.of(row) is not None:
        return ""
    if filled.too_old(row):
        return f"older than {filled.within_days} days"
    return "outside what the score takes"


def total_words(result: ScoreResult) -> str:
    """Return a score's total or range with its unit: "7 points", "5 to 8 points"; empty for a classification."""
    if result.low is None or result.high is None:
        return ""
    ends = dict.fromkeys(f"{end:.{result.decimals}f}" for end in (result.low, result.high))
    return f"{' to '.join(ends)} {result.unit}".strip()


def range_words(result: ScoreResult) -> str:
    """Return a score's total or range, its meaning, and what is missing: "5 to 8 points (definite or probable)"."""
    total = total_words(result)
    possible = " or ".join(name.replace("_", " ") for name in result.possible_categories)
    missing = f"missing: {', '.join(result.missing)}".replace("_", " ") if result.missing else ""
    outcome = f"{total} ({possible})" if total and possible else total or possible
    return "; ".join(part for part in (outcome, missing) if part)


def sources_text(score: PatientScore) -> str:
    """Return where each item comes from, a line each: the finding with its day and rows, or what it needs."""
    lines = ["  from the record:"]
    for item in score.sources:
        measured = f", {item.measured}" if item.measured else ""
        needs = f"{item.unknown}; needs {item.obtain}" if item.obtain else item.unknown
        said = "; ".join(part for part in (f"{item.said}{measured}" if item.said else "", needs) if part)
        rows = "".join(f" [{_place(row)}]" for row in item.rows)
        lines.append(f"    {item.item}: {said}{rows}")
    return "\n".join(lines)


def _place(row: EvidenceRow) -> str:
    place = [row.file, None if row.line is None else f"line {row.line}", row.key]
    return f"{row.says}: {', '.join(str(part) for part in place if part)}"
