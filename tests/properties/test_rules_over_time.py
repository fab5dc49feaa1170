"""Rules on invented patients over time: knowing less never turns an answer into another; ancestry changes nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from hepatica.course import derive
from hepatica.guidance.decision_table import UNKNOWN
from hepatica.guidance.facts import STANDING_TABLES, standing
from hepatica.guidance.findings import findings_of
from hepatica.guidance.rules import rules
from hepatica.record import Record
from hepatica.sources import open_source
from hepatica.synthetic import synthesize

DAYS = (date(2016, 6, 30), date(2019, 6, 30), date(2022, 6, 30), date(2024, 12, 31))
PATIENTS = 25


@pytest.fixture(scope="module")
def record(tmp_path_factory) -> Record:
    folder = tmp_path_factory.mktemp("invented") / "centre"
    synthesize(patients=PATIENTS, seed=11, out=Path(folder), file_format="parquet")
    found, _ = open_source(str(folder)).read()
    return found


def standings(record: Record, day: date) -> pl.DataFrame:
    return standing(record, derive(record, as_of=day, tables=STANDING_TABLES))


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_taking_any_known_finding_away_leaves_the_answer_or_unknown(record: Record, day: date):
    """Putting it back is the same test read backwards: what is unknown may be answered, an answer never changes."""
    answered = 0
    for row in standings(record, day).iter_rows(named=True):
        found = findings_of(row)
        for rule in rules().values():
            knew = rule.table.decide(found).outcome
            answered += knew != UNKNOWN
            for entry in rule.table.inputs:
                if found.get(entry.name) is not None:
                    knows = rule.table.decide({**found, entry.name: None}).outcome
                    assert knows in (knew, UNKNOWN), (rule.name, entry.name, knew, knows)
    assert answered > PATIENTS * len(rules()) / 4  # the property is no property of silence


@pytest.mark.parametrize("day", DAYS[1:3], ids=str)
def test_one_patient_stands_alone_as_in_the_cohort(record: Record, day: date):
    together = standings(record, day)
    for patient_id in together["patient_id"].head(8):
        alone = standings(record.of_patients([patient_id]), day)
        assert alone.equals(together.filter(pl.col("patient_id") == patient_id)), patient_id


def test_ethnicity_changes_no_standing(record: Record):
    other = record.patients.with_columns(ethnicity=pl.lit("something else"))
    frames = {name: record.table(name) for name in ("measurements", "treatments", "events", "biopsies", "genotypes")}
    changed = Record.of(patients=other, **frames)
    assert standings(changed, DAYS[-1]).equals(standings(record, DAYS[-1]))
    assert not {"ethnicity", "race"} & set(standings(record, DAYS[-1]).columns)


@pytest.mark.parametrize("table", ["measurements", "biopsies", "genotypes"])
def test_a_result_that_nobody_entered_is_no_result(record: Record, table: str):
    """Without a whole table of results nothing is answered that rests on it, and no other answer is invented."""
    frames = {name: record.table(name) for name in ("measurements", "treatments", "events", "biopsies", "genotypes")}
    frames[table] = frames[table].clear()
    bare = Record.of(patients=record.patients, **frames)
    before = {row["patient_id"]: findings_of(row) for row in standings(record, DAYS[-1]).iter_rows(named=True)}
    levels = ("thiopurine_level", "stiffness", "cytopenia", "hepatitis_b", "diagnosis", "tacrolimus_level")
    for row in standings(bare, DAYS[-1]).iter_rows(named=True):
        found = findings_of(row)
        for rule in rules().values():
            if rule.question in levels and rule.name != "thiopurine_level.centre":
                knew, knows = (rule.table.decide(one).outcome for one in (before[row["patient_id"]], found))
                assert knows in (knew, UNKNOWN), (rule.name, knew, knows)
