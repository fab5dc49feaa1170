"""Why: each milestone of one patient with the rows behind it, and for each unknown what would decide it and by when."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date

from hepatica.course.biochemistry import Evaluation, undecided
from hepatica.course.definitions import Definitions, day_date, day_number, definitions
from hepatica.course.one_patient import patient_of_record
from hepatica.course.patient import Reading
from hepatica.course.protocol import Protocol, formulary, protocol
from hepatica.course.response import (
    NON_RESPONSE,
    NOT_APPLICABLE,
    NOT_ASSESSABLE,
    PENDING,
    RESPONSE,
    Response,
    fall,
)
from hepatica.course.state import current_regimen, histological_remission
from hepatica.course.story import Reader, Story, story
from hepatica.course.worklist import required_results
from hepatica.errors import UsageError
from hepatica.record import Record


@dataclass(frozen=True, slots=True)
class Evidence:
    """A row of the record behind a conclusion: its table, its place in the source, and what it says."""

    table: str
    file: str | None
    line: int | None
    key: str | None
    text: str

    @property
    def place(self) -> str:
        """Return the place in the source's own terms."""
        if self.key:
            return f"{self.file} {self.key}"
        return f"{self.file} line {self.line}"


@dataclass(frozen=True, slots=True)
class Milestone:
    """One conclusion: what it is, its value, why, the rows behind it, and what would decide it where it is unknown."""

    name: str
    value: str
    because: list[str] = field(default_factory=list)
    rows: list[Evidence] = field(default_factory=list)
    unknown_needs: str | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the milestone as plain values."""
        return asdict(self)


def explain(
    record: Record,
    patient_id: str,
    defined: Definitions | None = None,
    as_of: date | None = None,
    practice: Protocol | None = None,
) -> list[Milestone]:
    """Return the milestones of one patient with the rows behind each. Raises `UsageError` for an unknown patient."""
    on = as_of if as_of is not None else date.today()  # noqa: DTZ011  (the centre's calendar day)
    alone = record.of_patients([patient_id])
    reader = Reader(defined or definitions(), practice or protocol(), formulary(), day_number(on))
    if alone.patients.is_empty():
        raise UsageError(f"patient {patient_id}", "is not in this source", "check the patient_id in patients")
    return milestones(story(patient_of_record(alone, on), reader), alone)


def milestones(told: Story, record: Record) -> list[Milestone]:
    """Return what happened, in the order of a clinic letter."""
    rows = _Rows(record, day_date(told.as_of))
    found = [_index(told, rows), *_regimens(told, rows)]
    if told.response is not None:
        answer = told.response
        found += [_early(told, answer, rows), _cbr_date(told, answer, rows), _by_window(told, answer, rows)]
        found += [_now(told, rows), _loss(answer, rows), _relapse(answer, rows)]
    return [*found, _histology(told, rows), _metabolites(told, rows), *_outcomes(told, rows), *_overdue(told)]


class _Rows:
    """Finds a row of the record by its number, and says it in words."""

    def __init__(self, record: Record, as_of: date) -> None:
        self._record = record
        self._as_of = as_of
        self._known: dict[str, dict[int, dict[str, object]]] = {}

    def row(self, table: str, number: int) -> dict[str, object]:
        if table not in self._known:
            self._known[table] = {row["row"]: row for row in self._record.table(table).iter_rows(named=True)}
        return self._known[table][number]

    def evidence(self, table: str, number: int) -> Evidence:
        row = self.row(table, number)
        if table == "treatments":
            text = _treatment_text(row, self._as_of)
        else:
            text = (_result_text if table == "measurements" else _fact_text)(row)
        file, line, key = row["file"], row["line"], row["key"]
        return Evidence(
            table,
            str(file) if file is not None else None,
            line if isinstance(line, int) else None,
            str(key) if key is not None else None,
            text,
        )


def _result_text(row: dict[str, object]) -> str:
    """Return a result against its limit: ALT 30 U/L ≤ 40 U/L (laboratory's limit)."""
    shown = f"{row['comparator'] or ''}{_number(row['value'])}" if row["value"] is not None else str(row["text"])
    text = f"{row['date']} {row['analyte']} {shown} {row['unit'] or ''}".rstrip()
    limit, x, sign = row["upper_limit"], row["x_uln"], row["comparator"] or ""
    if isinstance(limit, float) and isinstance(x, float):
        relation = _relation(x, str(sign))
        whose = {"row": "laboratory's limit", "centre": "centre's limit", "default": "default limit"}
        text += (
            f" {relation} {_number(limit)} ({whose.get(str(row['limit_from']), 'limit')}; {sign}{multiple(x)} × ULN)"
        )
    elif row["analyte"] in ("ALT", "AST", "IGG"):
        text += " (no upper limit known)"
    return text


def _relation(x_uln: float, sign: str) -> str:
    """Return how a result stands to its limit; a bound beyond it decides nothing ("<40" with a limit of 35)."""
    if sign.startswith("<") and x_uln > 1:
        return "undecided at"
    if sign.startswith(">") and (x_uln < 1 or (x_uln == 1 and sign == ">=")):
        return "undecided at"
    return ">" if x_uln > 1 or sign == ">" else "≤"


def multiple(x_uln: float) -> str:
    """Return a multiple of the upper limit: 0.51, 12.3, 104; 1.004 stays 1.004, since 1.00 would be normal.

    Definition sets turn at whole multiples (1 normal, 2 or 3 relapse), so none of these may be reached by rounding.
    """
    if x_uln >= 9.995:
        return f"{x_uln:.3g}" if x_uln < 999.5 else f"{x_uln:.0f}"
    short, turn = f"{x_uln:.2f}", round(x_uln)
    return short if (float(short) <= turn) == (x_uln <= turn) else f"{x_uln:.6g}"


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _treatment_text(row: dict[str, object], as_of: date) -> str:
    """Return a period of treatment; an end after the as-of date does not exist yet."""
    dose = f" {_number(row['dose'])} {row['dose_unit']}" if row["dose"] is not None else ", dose unknown"
    taken = f"{row['drug']}{dose}"
    if isinstance(row["end"], date) and row["end"] <= as_of:
        return f"{taken}, {row['start']} to {row['end']}, for {row['indication']}, stopped: {row['stop_reason']}"
    return f"{taken}, since {row['start']}, for {row['indication']}"


def _fact_text(row: dict[str, object]) -> str:
    skipped = {"row", "patient_id", "file", "line", "key", "date"}
    said = [f"{name} {value}" for name, value in row.items() if name not in skipped and value not in (None, "unknown")]
    return f"{row.get('date', '')} {', '.join(said)}".strip()


def _on(day: int | None) -> str:
    return str(day_date(day)) if day is not None else "never"


def _index(told: Story, rows: _Rows) -> Milestone:
    if told.index_row is None:
        return Milestone(
            "index date",
            "none",
            ["no systemic immunosuppressant for AIH is recorded; the response is not applicable"],
            unknown_needs="the first immunosuppressant with its start, if there was one",
        )
    return Milestone(
        "index date",
        _on(told.index),
        ["start of the first systemic immunosuppressant for AIH"],
        [rows.evidence("treatments", told.index_row.row)],
    )


def _regimens(told: Story, rows: _Rows) -> list[Milestone]:
    found = []
    now = current_regimen(told)
    for number, regimen in enumerate(told.regimens, start=1):
        taken = [t for e in told.taken if e.drug in regimen.drugs for t in e.rows]
        behind = [t for t in taken if t.start <= regimen.end and (t.end is None or t.end >= regimen.start)]
        line = f"line {regimen.line}" if regimen.line is not None else "no line (companions only)"
        found.append(
            Milestone(
                f"regimen {number}",
                f"{regimen.name}, {_on(regimen.start)} to {'now' if regimen is now else _on(regimen.end)}",
                [line],
                [rows.evidence("treatments", t.row) for t in behind],
            )
        )
    return found


def _readings(evaluation: Evaluation, rows: _Rows) -> list[Evidence]:
    behind = (evaluation.alt_reading, evaluation.ast_reading, evaluation.igg_reading)
    return [rows.evidence("measurements", reading.row) for reading in behind if reading is not None]


def _status_words(evaluation: Evaluation, d: Definitions) -> list[str]:
    words = {True: "normal", False: "abnormal", None: "unknown"}
    said = [f"transaminases {words[evaluation.transaminases]}"]
    if d.igg_required:
        said.append(f"IgG {words[evaluation.igg]}")
    return said


def _early(told: Story, answer: Response, rows: _Rows) -> Milestone:
    d, index = told.definitions, answer.index
    first, last = index + d.early_from_day, index + d.early_to_day
    needs = None
    if answer.early == PENDING:
        needs = f"an ALT (else AST) between {_on(first)} and {_on(last)}"
    elif answer.early == NOT_ASSESSABLE:
        baseline = f"a baseline between {_on(index - d.baseline_days)} and {_on(index)}"
        needs = f"{baseline}, and the same enzyme between {_on(first)} and {_on(last)}"
    because = [_fall_words(answer.early_readings, answer.early, d)]
    if answer.early_reason:
        because = [answer.early_reason.replace("_", " ")]
    behind = [rows.evidence("measurements", reading.row) for reading in answer.early_readings]
    return Milestone("response at 4 weeks", answer.early, because, behind, needs)


def _fall_words(used: list[Reading], answer: str, d: Definitions) -> str:
    """Return how far the enzyme fell or rose; where a value is censored, how far at least or at most."""
    if answer == NOT_APPLICABLE:
        return "the baseline is not above the upper limit"
    asked = f"a fall of at least {d.early_fall:.0%} is a response"
    if answer not in (RESPONSE, NON_RESPONSE):
        return asked
    baseline, later = used
    least, most = fall(baseline.low, later.high), fall(baseline.high, later.low)
    told = least if answer == RESPONSE else most
    if told < 0:
        return f"rose by {'' if least == most else 'at least '}{-told:.0%}; {asked}"
    bound = "" if least == most else ("at least " if answer == RESPONSE else "at most ")
    return f"fell by {bound}{_share(told, d.early_fall)}; {asked}"


def _share(fallen: float, turn: float) -> str:
    """Return a fall in percent: 49.6 % stays so, since 50 would be a response."""
    short = round(fallen, 2)
    return f"{short:.0%}" if (short >= turn) == (fallen >= turn) else f"{100 * fallen:.6g}%"


def _cbr_date(told: Story, answer: Response, rows: _Rows) -> Milestone:
    if answer.cbr is None:
        return Milestone("CBR", "not reached so far", ["no evaluation with normal transaminases and IgG together"])
    because = _status_words(answer.cbr, told.definitions)
    return Milestone("CBR", f"on {_on(answer.cbr.day)}", because, _readings(answer.cbr, rows))


def _by_window(told: Story, answer: Response, rows: _Rows) -> Milestone:
    d = told.definitions
    start, end = answer.window_end - d.assess_days, answer.window_end
    because, needs = [], None
    if answer.by_window_reason:
        because = [answer.by_window_reason.replace("_", " ")]
    elif answer.by_window_evaluation is not None:
        day = _on(answer.by_window_evaluation.day)
        because = [f"judged on {day}", *_status_words(answer.by_window_evaluation, d)]
    if answer.unjudged:
        results = " and ".join(required_results(d))
        needs = f"{results} within {d.pair_days} days of each other between {_on(start)} and {_on(end)}"
    behind = _readings(answer.by_window_evaluation, rows) if answer.by_window_evaluation is not None else []
    return Milestone(f"CBR by {d.response_window_text()}", answer.by_window, because, behind, needs)


def _now(told: Story, rows: _Rows) -> Milestone:
    d = told.definitions
    value = {True: "yes", False: "no", None: "unknown"}[told.now.cbr]
    needs = None
    if told.now.cbr is None:
        results = " and ".join(undecided(told.now, d))
        needs = f"{results} of the last {d.pair_days} days before {_on(told.as_of)}, uncensored and with a limit"
    return Milestone(
        f"in CBR on {_on(told.as_of)}", value, _status_words(told.now, d), _readings(told.now, rows), needs
    )


def _loss(answer: Response, rows: _Rows) -> Milestone:
    if answer.cbr is None:
        return Milestone("loss of CBR", NOT_APPLICABLE, ["CBR was not reached"])
    if answer.loss is None:
        return Milestone("loss of CBR", "none", ["no confirmed evaluation out of CBR since"])
    because = [f"confirmed by {answer.loss_confirmed_by}"]
    return Milestone("loss of CBR", f"on {_on(answer.loss.day)}", because, _readings(answer.loss, rows))


def _relapse(answer: Response, rows: _Rows) -> Milestone:
    if answer.cbr is None:
        return Milestone("relapse", NOT_APPLICABLE, ["CBR was not reached"])
    if answer.relapse is None:
        return Milestone("relapse", "none", ["no result above the relapse limit since"])
    because = [f"{answer.relapse_of} above the relapse limit"]
    return Milestone(
        "relapse",
        f"on {_on(answer.relapse.day)}",
        because,
        [rows.evidence("measurements", answer.relapse.row)],
    )


def _histology(told: Story, rows: _Rows) -> Milestone:
    value = histological_remission(told)
    if not told.patient.biopsies:
        return Milestone(
            "histological remission", value, ["no biopsy is recorded"], unknown_needs="a biopsy with its HAI"
        )
    needs = "the HAI of the latest biopsy" if value == "unknown" else None
    because = [f"HAI below {told.definitions.remission_hai_below} of 18 is remission"]
    return Milestone(
        "histological remission",
        value,
        because,
        [rows.evidence("biopsies", told.patient.biopsies[-1].row)],
        needs,
    )


def _metabolites(told: Story, rows: _Rows) -> Milestone:
    pair = told.metabolites.latest
    needs: str | None = None
    if pair is None:
        needs = f"TGN and MMP at least {told.definitions.steady_days} days after the last dose change"
        return Milestone("thiopurine metabolites", "unknown", [told.metabolites.reason], unknown_needs=needs)
    behind = [level.row for level in (pair.tgn, pair.mmp) if level is not None]
    needs = pair.reason if pair.pattern == "unknown" else None
    because = [f"latest TGN at steady state, {_on(pair.tgn.day)}"]
    return Milestone(
        "thiopurine metabolites",
        pair.pattern,
        because,
        [rows.evidence("measurements", row) for row in behind],
        needs,
    )


def _outcomes(told: Story, rows: _Rows) -> list[Milestone]:
    found = told.outcomes
    cirrhosis = Milestone(
        "cirrhosis",
        found.cirrhosis + (f", first seen {_on(found.cirrhosis_day)}" if found.cirrhosis_day is not None else ""),
        [f"at diagnosis: {found.cirrhosis_at_diagnosis}"],
        [rows.evidence(_table_of(found.cirrhosis_row), found.cirrhosis_row.row)] if found.cirrhosis_row else [],
        "a staged biopsy, or the event cirrhosis" if found.cirrhosis == "unknown" else None,
    )
    named = (
        ("decompensation", found.decompensation),
        ("hepatocellular carcinoma", found.hcc),
        ("liver transplant", found.transplant),
        ("death", found.death),
        ("lost to follow-up", found.lost),
    )
    happened = [
        Milestone(name, f"on {_on(event.day)}", [], [rows.evidence("events", event.row)])
        for name, event in named
        if event is not None
    ]
    return [cirrhosis, *happened, Milestone("last seen", _on(told.patient.last_seen))]


def _table_of(fact: object) -> str:
    return "biopsies" if type(fact).__name__ == "Biopsy" else "events"


def _overdue(told: Story) -> list[Milestone]:
    return [
        Milestone(
            f"overdue: {late.item.name.replace('_', ' ')}",
            ", ".join(late.analytes),
            [f"due {_on(late.due)}; last {_on(late.last)}", f"source: {late.item.source}"],
        )
        for late in told.overdue
    ]
