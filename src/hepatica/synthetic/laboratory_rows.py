"""All results of a block as printed rows: analyte, value, unit, and limits of the centre's laboratory on that day."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hepatica.synthetic.activity import Activity
from hepatica.synthetic.centres import ANALYTES, Centres
from hepatica.synthetic.core_values import Printed
from hepatica.synthetic.draws import Codes, Draws, Flags, Floats, Stream, Whole
from hepatica.synthetic.metabolites import Metabolism, MetaboliteLevels, metabolite_levels
from hepatica.synthetic.missingness import Kept
from hepatica.synthetic.model import Model
from hepatica.synthetic.other_values import ROUTINE, Findings, Levels, findings_at, on_drug, routine_visits, values_at
from hepatica.synthetic.printed import NOTHING, code_of_steps, code_of_word, steps
from hepatica.synthetic.rows import join, keep
from hepatica.synthetic.special_values import body_measures, serology
from hepatica.synthetic.story import Story
from hepatica.synthetic.treatment_plan import Plan
from hepatica.synthetic.visits import Visits

ANALYTE = {name: code for code, name in enumerate(ANALYTES)}
_SIX_MONTHS = 183


@dataclass(frozen=True)
class Results:
    """Rows of results: visit, and codes of analyte, printed value, unit, and limits (-1: nothing printed)."""

    visit: Codes
    analyte: Codes
    value: Codes
    unit: Codes
    lower: Codes
    upper: Codes

    @classmethod
    def of(cls, *columns: Whole) -> Results:
        """Return rows of columns, in half the space."""
        return cls(*(column.astype(np.int32) for column in columns))


@dataclass(frozen=True)
class Subject:
    """What is measured, where, and what of it is in the centre's data."""

    story: Story
    centres: Centres
    plan: Plan
    visits: Visits
    metabolism: Metabolism
    kept: Kept


def measure(model: Model, draws: Draws, subject: Subject, core: dict[str, Printed], activity: Activity) -> Results:
    """Return the results of a block that are in the centre's data, ordered by visit and analyte."""
    story, visits = subject.story, subject.visits
    found = findings_at(model, story, subject.plan, visits, activity)
    routine, special = draws.of("other_values"), draws.of("special_values")
    parts = [_core_rows(subject, analyte, printed) for analyte, printed in core.items()]
    parts += [
        _modelled(model, routine, subject, analyte, routine_visits(model, routine, visits), found)
        for analyte in ROUTINE
    ]
    parts += [_word_rows(subject, *words) for words in serology(model, special, story, visits)]
    parts += [_level_rows(subject, levels) for levels in body_measures(model, special, story, visits)]
    parts += [
        _modelled(model, special, subject, analyte, at, found)
        for analyte, at in _rare_visits(model, special, story, visits).items()
    ]
    levels = metabolite_levels(model, special, story, subject.metabolism, subject.plan, visits)
    parts += _metabolite_rows(model, subject, levels)
    results = join(parts)
    # No visit has two results of one analyte, so that the order is one.
    return keep(results, np.argsort(results.visit * np.int32(len(ANALYTES)) + results.analyte))


def _rare_visits(model: Model, s: Stream, story: Story, visits: Visits) -> dict[str, Whole]:
    """Return at which visits rare analytes are measured."""
    patient, chance = visits.patient, s.uniform(4, visits.n)
    native = visits.t < story.outcomes.transplant[patient]
    cirrhosis = native & (visits.t >= story.outcomes.cirrhosis[patient])
    later = native & (visits.t >= _SIX_MONTHS)
    level = model["visits.drug_level"]
    measured = {
        "LSM": later & (chance[0] < model["visits.elastography"]),
        "AFP": cirrhosis & (chance[1] < model["visits.alphafetoprotein"]),
        "TACROLIMUS": on_drug(story, visits, "tacrolimus") & native & (chance[2] < level),
        "INFLIXIMAB": on_drug(story, visits, "infliximab") & native & (chance[3] < level / 2),
        "CERULOPLASMIN": visits.first,
    }
    return {analyte: np.flatnonzero(at) for analyte, at in measured.items()}


def _kept(subject: Subject, analyte: str) -> Flags:
    """Return at which visits an analyte is in the centre's data."""
    return subject.kept.of(analyte, ANALYTE[analyte])


def _core_rows(subject: Subject, analyte: str, printed: Printed) -> Results:
    """Return ALT, AST, or IgG at every visit where it is in the data."""
    at = np.flatnonzero(_kept(subject, analyte))
    return _rows(subject, analyte, at, code_of_steps(printed.count[at], printed.decimals[at]))


def _modelled(model: Model, s: Stream, subject: Subject, analyte: str, at: Whole, found: Findings) -> Results:
    """Return an analyte that follows from the findings, at the visits `at`."""
    at, value = values_at(model[f"analytes.{analyte}"], s, at, _kept(subject, analyte), found)
    return _in_print(subject, analyte, at, value)


def _level_rows(subject: Subject, levels: Levels) -> Results:
    """Return given values where they are in the data."""
    here = _kept(subject, levels.analyte)[levels.visit]
    return _in_print(subject, levels.analyte, levels.visit[here], levels.value[here])


def _in_print(subject: Subject, analyte: str, at: Whole, value: Floats) -> Results:
    """Return values (canonical unit) in the unit and to the decimal that the laboratory prints."""
    laboratory = subject.centres.laboratories[analyte]
    number = subject.visits.laboratory[at]
    decimals = laboratory.decimals[number]
    return _rows(subject, analyte, at, code_of_steps(steps(value * laboratory.factor[number], decimals), decimals))


def _rows(subject: Subject, analyte: str, at: Whole, code: Whole) -> Results:
    """Return rows with the laboratory's unit and limits."""
    laboratory = subject.centres.laboratories[analyte]
    number, group = subject.visits.laboratory[at], subject.visits.group[at]
    lower, upper = laboratory.lower_code[number, group], laboratory.upper_code[number, group]
    return Results.of(at, np.full(len(at), ANALYTE[analyte]), code, laboratory.unit[number], lower, upper)


def _word_rows(subject: Subject, analyte: str, at: Whole, word: Whole) -> Results:
    """Return rows whose result is a titre or a word: without unit and limits."""
    here = _kept(subject, analyte)[at]
    at, nothing = at[here], np.full(int(here.sum()), NOTHING)
    return Results.of(at, np.full(len(at), ANALYTE[analyte]), word[here], nothing, nothing, nothing)


def _metabolite_rows(model: Model, subject: Subject, levels: MetaboliteLevels) -> list[Results]:
    """Return 6-TGN and 6-MMP, below the assay's limit as the laboratory prints it."""
    limits = model["metabolites.detection_limit"]
    levels = keep(levels, _kept(subject, "TGN")[levels.visit])
    parts = []
    for analyte, value in (("TGN", levels.tgn), ("MMP", levels.mmp)):
        rows = _in_print(subject, analyte, levels.visit, value)
        low = levels.hidden | (value < limits[analyte])
        hidden = np.where(low, code_of_word(f"<{limits[analyte]}"), rows.value)
        parts.append(replace(rows, value=hidden.astype(np.int32)))
    return parts
