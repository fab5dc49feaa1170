"""All rules on drawn patients: one patient and the cohort agree, and knowing less never overturns an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from random import Random

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hepatica.guidance.cells import OPERATORS, Compared, Reading, ReadingExpr
from hepatica.guidance.decision_table import UNKNOWN
from hepatica.guidance.facts import standing_schema
from hepatica.guidance.findings import findings, findings_of, terms, with_findings
from hepatica.guidance.limits import Limit
from hepatica.guidance.rules import rules
from hepatica.guidance.terms import Cell, Months, NeverRecorded

AS_OF = date(2024, 6, 30)
COLUMNS = standing_schema()
YES_NO = ("yes", "no", "unknown")
DRUGS = """azathioprine mercaptopurine tioguanine prednisolone budesonide mycophenolate tacrolimus ciclosporin sirolimus
infliximab rituximab baricitinib allopurinol febuxostat mesalazine ribavirin omeprazole colestyramine fluconazole
clarithromycin rifampicin probenecid""".split()  # noqa: SIM905 (one word after the other reads better)
WORDS = {
    "sex": ("female", "male", "other", "unknown"),
    "variant": ("none", "PBC", "PSC", "unknown"),
    "in_cbr": (*YES_NO, "not_applicable"),
    "cbr_by_6_months": ("achieved", "not_achieved", "pending", "not_assessable", "not_applicable", "unknown"),
    "response_4_weeks": ("response", "non_response", "pending", "not_assessable", "not_applicable"),
    "insufficient_response": (*YES_NO, "not_applicable"),
    "hbsag": ("positive", "negative", "unknown"),
    "metabolite_unit": ("pmol/8x10^8 RBC", "pmol/0.2 mL"),
    "last_stopped_drug": ("azathioprine", "prednisolone", "mycophenolate"),
    "last_stop_reason": ("intolerance", "adverse_event", "non_response", "remission", "other", "unknown"),
    "thiopurine": ("azathioprine", "mercaptopurine", "tioguanine", "azathioprine+mercaptopurine", ""),
    "overdue": ("", "blood_count: LEUKOCYTES"),
    "missing": ("", "IgG within 30 days"),
}
PHENOTYPES = ("poor", "intermediate", "possible_intermediate", "normal", "indeterminate", "unknown")
DIPLOTYPES = ("*1/*1", "*1/*3A", "*3A/*3C", "*1/*2", "*1/*99", "nonsense")
ENDINGS = {"comparator": ("<", "<=", ">", ">="), "phenotype": PHENOTYPES, "diplotype": DIPLOTYPES}
# What belongs to one value is taken away with it; alone it would be another value, not an unknown one.
TOGETHER = {
    "alt_xuln": ("alt_comparator",), "ast_xuln": ("ast_comparator",), "igg_xuln": ("igg_comparator",),
    "igg_g_l": ("igg_comparator",), "alt_comparator": ("alt_xuln",), "ast_comparator": ("ast_xuln",),
    "igg_comparator": ("igg_xuln", "igg_g_l"), "tpmt_phenotype": ("tpmt_diplotype",),
    "nudt15_phenotype": ("nudt15_diplotype",), "metabolite_pattern": ("mmp_tgn_ratio",),
    "bilirubin_comparator": ("bilirubin",),
}  # fmt: skip


def limits_of(column: str) -> list[float]:
    return sorted({
        number
        for rule in rules().values()
        for asks in (rule.table.applies, *(row.asks for row in rule.table.rows))
        for place, cell in asks
        if rule.table.inputs[place].name == column
        for _, limit in getattr(cell, "comparisons", ())
        for number in limit.by_unit.values()
    })  # fmt: skip


NUMBERS = {name: limits_of(name) for name, finding in findings().items() if finding.kind == "number"}


TITRES = ("negative", "positive", "<1:20", "<1:40", "1:10", "1:20", "1:40", "1:80", "1:160", ">1:640")
CHOICES = {name: finding.choices for name, finding in findings().items() if finding.choices}


def drugs(dice: Random) -> str:
    return "+".join(sorted(dice.sample(DRUGS, dice.randint(0, 4))))


def cell_of(name: str, kind: pl.DataType, dice: Random) -> object:  # noqa: PLR0911 (one return a kind)
    if name in ("current_drugs", "regimen"):
        return drugs(dice)
    if dice.random() < 0.25:
        return None
    ending = name.rpartition("_")[2]
    if ending in ENDINGS:
        return dice.choice(ENDINGS[ending]) if dice.random() < 0.3 or ending != "comparator" else None
    if isinstance(kind, pl.Date):
        return AS_OF - timedelta(days=dice.choice([dice.randint(0, 60), dice.randint(0, 2200)]))
    if isinstance(kind, pl.Float64 | pl.Int64):
        return number(name, kind, dice)
    if name in ("ana", "sma", "lkm1"):
        return dice.choice(TITRES)
    return dice.choice(WORDS.get(name) or ((*CHOICES[name], "unknown") if name in CHOICES else YES_NO))


def number(name: str, kind: pl.DataType, dice: Random) -> float:
    near = [value for limit in NUMBERS.get(name, []) for value in (limit - 0.1, limit, limit + 0.1, limit * 2)]
    value = dice.choice([*near, 0.0, 0.5, 1.0, 2.0, 3.0, 12.0, 45.0, 140.0])
    return round(value) if isinstance(kind, pl.Int64) else value


def columns_read() -> list[str]:
    """The columns of the state that some finding reads; the others stay empty."""
    named = {name for finding in findings().values() for name in _columns_in(finding)}
    return [name for name in COLUMNS if name in named]


def _columns_in(finding) -> set[str]:
    return {*finding.term.expr().meta.root_names(), finding.date, finding.unit_from, finding.comparator} - {None}


READ = columns_read()


def state_of(seed: int) -> dict:
    """A row as the record could make it, as far as its columns hang together; the same seed, the same row."""
    dice = Random(seed)  # noqa: S311 (no secret)
    row = dict.fromkeys(COLUMNS) | {name: cell_of(name, COLUMNS[name], dice) for name in READ}
    row |= {"patient_id": "p", "as_of": AS_OF}
    row["tpmt_phenotype"] = "unknown" if row["tpmt_diplotype"] is not None else row["tpmt_phenotype"]
    row["nudt15_phenotype"] = "unknown" if row["nudt15_diplotype"] is not None else row["nudt15_phenotype"]
    pattern = dice.choice(("undetectable", "low_low", "low_high", "target", "high_tgn", "unknown"))
    row["metabolite_pattern"] = pattern
    row["mmp_tgn_ratio"] = None if pattern == "undetectable" else row["mmp_tgn_ratio"]
    if row["line"] is not None:
        row["line"] = dice.randint(1, 4)
    return row


def states() -> st.SearchStrategy[dict]:
    return st.integers(0, 2**32).map(state_of)


def frame(rows: list[dict]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


SETTINGS = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@settings(SETTINGS, max_examples=25)
@given(st.lists(states(), min_size=1, max_size=12))
def test_findings_of_one_patient_are_those_of_the_cohort(rows: list[dict]):
    state = frame(rows)
    together = with_findings(state, findings()).collect().select(list(findings())).to_dicts()
    alone = [{name: findings_of(row)[name] for name in findings()} for row in state.iter_rows(named=True)]
    assert together == alone


@settings(SETTINGS, max_examples=12)
@given(st.lists(states(), min_size=4, max_size=24))
def test_every_rule_answers_one_patient_as_it_answers_the_cohort(rows: list[dict]):
    state = frame(rows)
    patients = [findings_of(row) for row in state.iter_rows(named=True)]
    for rule in rules().values():
        together = [(outcome, needs) for _, _, outcome, needs in rule.answers(state).iter_rows()]
        alone = [rule.answer(patient) for patient in patients]
        assert together == [(a.outcome, ",".join(need.finding for need in a.needs)) for a in alone], rule.name


def without(row: dict, column: str) -> dict:
    beside = (f"{column}_comparator", column.removesuffix("_comparator"))
    return {**row, **dict.fromkeys((column, *TOGETHER.get(column, ()), *(name for name in beside if name in row)))}


def searched_for(term: object) -> set[str]:
    """The columns of a term in which nothing means none: the whole record was searched for a day, and has none."""
    if isinstance(term, NeverRecorded):
        return {term.column}
    parts = [getattr(term, one.name) for one in fields(term)] if is_dataclass(term) else []
    parts += [*term.values()] if isinstance(term, Mapping) else [*term] if isinstance(term, tuple) else []
    return set().union(*map(searched_for, parts))


NOTHING_MEANS_NONE = set().union(*map(searched_for, terms().values()))


def test_what_the_record_is_searched_for_is_found_in_the_terms():
    assert {"relapse_date", "last_thiopurine_stop", "allopurinol_stop"} <= NOTHING_MEANS_NONE < set(COLUMNS)


@settings(SETTINGS, max_examples=40)
@given(states(), st.data())
def test_knowing_less_turns_an_answer_into_itself_or_unknown(row: dict, data: st.DataObject):
    known = [name for name, value in row.items() if value is not None]
    known = [name for name in known if name not in {"patient_id", "as_of", "centre"} | NOTHING_MEANS_NONE]
    column = data.draw(st.sampled_from(sorted(known)))
    before, after = findings_of(row), findings_of(without(row, column))
    for rule in rules().values():
        knew, knows = rule.answer(before).outcome, rule.answer(after).outcome
        assert knows in (knew, UNKNOWN), (rule.name, column, knew, knows)


@pytest.mark.parametrize("name", sorted(rules()))
def test_an_answer_is_explained_and_an_unknown_says_what_it_needs(name: str):
    empty = findings_of({**dict.fromkeys(COLUMNS), "as_of": AS_OF})
    answer = rules()[name].answer(empty)
    assert answer.outcome == UNKNOWN
    assert answer.needs
    assert all(need.reason and need.obtain and need.label for need in answer.needs)


def test_every_derived_finding_is_unknown_where_nothing_is_known():
    empty = findings_of({**dict.fromkeys(COLUMNS), "as_of": AS_OF})
    assert {name for name in terms() if empty[name] is not None} == set()


NEAR = (0.5, 0.999, 1.0, 1.001, 2.0)


@pytest.mark.parametrize("comparator", ["<", "<=", ">", ">="])
@pytest.mark.parametrize("sign", ["<", "<=", ">", ">="])
@pytest.mark.parametrize("printed", NEAR)
def test_a_censored_result_answers_only_what_every_value_it_may_be_answers(sign: str, comparator: str, printed: float):
    cell = Compared(((sign, Limit("limit", {"x ULN": 1.0}, "test", verified=False)),))
    may_be = [value / 10_000 for value in range(1, 40_000) if OPERATORS[comparator](value / 10_000, printed)]
    answers = {OPERATORS[sign](value, 1.0) for value in may_be}
    expected = answers.pop() if len(answers) == 1 else None
    assert cell.holds(Reading(printed, "x ULN", comparator)) is expected
    values = pl.DataFrame({"value": [printed], "comparator": [comparator]})
    reading = ReadingExpr(pl.col("value"), None, "x ULN", pl.col("comparator"))
    assert values.select(cell.expr(reading)).item() is expected


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2023, 1, 31), date(2023, 2, 28), 1),
        (date(2023, 1, 30), date(2023, 2, 27), 0),
        (date(2022, 8, 31), date(2023, 2, 28), 6),
        (date(2021, 6, 15), date(2023, 6, 14), 23),
        (date(2021, 6, 15), date(2023, 6, 15), 24),
        (date(2024, 2, 29), date(2025, 2, 28), 12),
        (date(1990, 11, 3), date(2024, 12, 31), 409),
    ],
)
def test_months_are_completed_calendar_months(start: date, end: date, months: int):
    term = Months(Cell("start"), Cell("end"))
    assert term.of({"start": start, "end": end}) == months
    assert pl.DataFrame({"start": [start], "end": [end]}).select(term.expr()).item() == months
