"""Advice for a cohort says what the advice for each patient says."""

from __future__ import annotations

import polars as pl
from advice_cases import genotype, stands, told, weight
from course_cases import alt, ast, drug, event, igg, mmp, tgn

from hepatica.guidance.advice import advice, disagree, superseded
from hepatica.guidance.advice_table import COLUMNS, advice_table
from hepatica.guidance.facts import standing_schema

LEVELS = [tgn(250, 228), mmp(250, 900)]
BLOODS = [alt(0, 400), ast(0, 300), igg(0, 24), alt(250, 90), ast(250, 60), igg(250, 15), weight(0, 60), *LEVELS]
DRUGS = [drug("prednisolone", 0, dose=10), drug("azathioprine", 14, dose=100)]
PATIENTS = [
    told(BLOODS, DRUGS),
    told(BLOODS[:3]),
    told(BLOODS, DRUGS, events=[event("death", 251)]),
    told(BLOODS, DRUGS, events=[event("liver_transplant", 251)]),
    told(BLOODS, [*DRUGS, drug("allopurinol", 200, dose=100)], genotypes=(genotype("TPMT", phenotype="poor"),)),
    told(BLOODS, [drug("mycophenolate", 0, dose=1500)]),
]


def cohort() -> pl.DataFrame:
    rows = [{**stands(record, 260), "patient_id": f"p{number}"} for number, record in enumerate(PATIENTS)]
    return pl.DataFrame(rows, schema=standing_schema(), orient="row")


def test_one_row_per_patient_and_question():
    state_ = cohort()
    table = advice_table(state_, accepted_notice=True)
    assert tuple(table.columns) == COLUMNS
    assert table.select("patient_id", "question").is_duplicated().sum() == 0
    assert table.height == state_.height * table["question"].n_unique()
    assert table.null_count().sum_horizontal().item() == 0


def test_the_table_agrees_with_the_advice_for_each_patient():
    state_ = cohort()
    table = advice_table(state_, accepted_notice=True)
    for row in state_.iter_rows(named=True):
        alone = {entry.question: entry for entry in advice(row, accepted_notice=True).questions}
        for told_ in table.filter(pl.col("patient_id") == row["patient_id"]).iter_rows(named=True):
            entry = alone.get(told_["question"])
            level = entry.level if entry is not None else "not_applicable"
            assert told_["level"] == level, told_
            if entry is not None:
                counting = [answer for answer in entry.answers if not superseded(answer, entry.answers)]
                assert told_["sources_disagree"] == entry.sources_disagree == (
                    entry.sources_disagree and disagree(counting))  # fmt: skip
                needs = {need.finding for answer in counting for need in answer.needs}
                assert set(filter(None, told_["needs"].split(","))) == needs
                said = {
                    f"{a.rule.partition('.')[2]}: {a.outcome}" for a in entry.answers if a.outcome != "not_applicable"
                }
                assert set(filter(None, told_["answer"].split("; "))) == said
                assert told_["verified"] == all(
                    a.verified for a in entry.answers if a.outcome not in ("unknown", "not_applicable"))  # fmt: skip
