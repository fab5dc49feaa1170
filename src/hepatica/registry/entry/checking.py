"""What the record's own check says of one row before it is kept: the same words as of a row in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.utils.html import conditional_escape
from django.utils.translation import gettext as _

from hepatica.record.checking import check_tables
from hepatica.record.tables import TABLES
from hepatica.registry.engine.registry_tables import RegistryTables
from hepatica.registry.engine.standards import standards_of
from hepatica.registry.models import MODELS, Centre
from hepatica.sources.account import Account
from hepatica.sources.raw_tables import empty_raw

NEW = "the row of this form"
# What the check of a row looks at besides the rows of its own table: who the patient is, and whether they died.
READ_WITH = ("patients", "events")


@dataclass(frozen=True)
class Judgement:
    """Why a row cannot be used (nothing, where it can), and what is odd about it."""

    problems: list[dict[str, Any]]
    oddities: list[dict[str, Any]]


def judge_new_patient(centre: Centre, cells: Mapping[str, str]) -> Judgement:
    """Judge a patient's row that is not here yet."""
    return _judge({"patients": _raw("patients", {**cells, "centre": centre.code})}, centre)


def judge(table: str, patient: Any, cells: Mapping[str, str], replaced: int | None = None) -> Judgement:
    """Judge a row among the other rows of its patient; `replaced` is the number of the row that it corrects."""
    here = RegistryTables((patient.centre_id,), (patient.pk,))
    frames = {name: pl.concat(list(here.blocks(name, Account()))) for name in dict.fromkeys((*READ_WITH, table))}
    singular = MODELS[table]._meta.model_name
    others = frames[table]
    if replaced is not None:
        own = rf"(^|, ){singular} {replaced}$"
        others = others.filter(pl.col("key").str.contains(own).not_())
    row = _raw(table, {**cells, "patient_id": cells.get("patient_id") or patient.patient_id})
    return _judge({**frames, table: pl.concat([others, row])}, patient.centre, table)


def _judge(frames: dict[str, pl.DataFrame], centre: Centre, table: str = "patients") -> Judgement:
    used = standards_of(centre)
    record, reading = check_tables(frames, today=used.as_of, settings=used.reading)
    own = pl.col("key") == NEW
    problems, oddities = (found.filter(own).to_dicts() for found in (reading.quarantine, reading.warnings))
    if not problems and record.table(table).filter(own).is_empty():
        # A correction of one of the two would leave the other as it is, and it would count.
        problems.append(_said(_("The same row is here already: typed twice, it would stand twice.")))
    if table == "measurements":
        oddities += _other_results_of_the_day(record.measurements)
    return Judgement(problems, oddities)


def _other_results_of_the_day(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """Say which other results of the same analyte and unit are here for the day of this form's row."""
    own = pl.col("key") == NEW
    others = rows.filter(~own).join(rows.filter(own), on=("patient_id", "date", "analyte", "unit"), how="semi")
    told = [_result(one) for one in others.to_dicts()]
    words = _("Another result of this day is here already: %(results)s. Each of them counts.")
    return [_said(words % {"results": ", ".join(told)})] if told else []


def _result(one: dict[str, Any]) -> str:
    """Return a result as it is read: a number with its unit, or the word or titre that it is."""
    return str(one["text"] or f"{one['comparator'] or ''}{one['value']:.6g} {one['unit']}".removesuffix(" 1"))


def _said(words: str) -> dict[str, Any]:
    """Return a finding about a whole row, said in the language of the page."""
    return {"column": "", "value": "", "explanation": conditional_escape(words)}


def _raw(table: str, cells: Mapping[str, str]) -> pl.DataFrame:
    """Return one row as it would stand in a file; an empty cell is missing."""
    row = {name: cells.get(name) if cells.get(name) != "" else None for name in TABLES[table].names}
    return pl.DataFrame([{**row, "file": None, "line": None, "key": NEW}], schema=empty_raw(table).schema)
