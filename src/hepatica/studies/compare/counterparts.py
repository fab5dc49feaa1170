"""Who has a counterpart: patients of whose kind nobody had the other treatment cannot be compared, by any weighting."""

from __future__ import annotations

from typing import Any

import polars as pl

from hepatica.studies.attrition import Flow
from hepatica.studies.compare.arms import INTERVENTION, WORDS
from hepatica.studies.compare.estimate import UNKNOWN, usable
from hepatica.studies.compare.words import covariate_words

STEP = "counterpart"
Kind = tuple[str, str]  # a covariate and one of its levels: ("cirrhosis", "yes")


def with_counterparts(flow: Flow, met: pl.DataFrame, definition: dict[str, Any]) -> Flow:
    """Return the way on without patients of whose kind everybody who can be analysed began the same treatment.

    Kinds are the levels of the covariates that are words (cirrhosis, sex, centre). They are looked for again after each
    round, since a kind can lose its other arm with them. Where nobody would be left, nobody is left out: the score is
    then refused with its reason. No step is added where everybody has a counterpart.
    """
    named = [name for name in definition["covariates"] if name in WORDS]
    analysed = flow.patients.join(met.filter(pl.col("met") != UNKNOWN), on="patient_id").filter(
        usable(definition["covariates"])
    )
    alone: dict[Kind, str] = {}
    while found := _alone(analysed, named):
        analysed = analysed.filter(~_of_kinds(list(found)))
        alone |= found
    if not alone or analysed["arm"].n_unique() < 2:
        return flow
    reason = pl.coalesce(
        pl.when(_of_kinds([kind])).then(pl.lit(f"{_kind_words(kind)}: all began {definition['arms'][arm]['label']}"))
        for kind, arm in alone.items()
    )
    return flow.keep(STEP, "Somebody like them began the other treatment", ~_of_kinds(list(alone)), out=reason)


def left_out_note(before: Flow, after: Flow, definition: dict[str, Any]) -> tuple[str, ...]:
    """Return whom the result does not hold for, where anybody was left out."""
    step = after.steps[-1]
    if step.key != STEP:
        return ()
    lost = before.patients.join(after.patients, on="patient_id", how="anti")
    of_intervention = int((lost["arm"] == INTERVENTION).sum())
    reasons = "; ".join(why for _, why in step.reasons)
    arm = definition["arms"][INTERVENTION]["label"]
    told = (
        f"{step.out:,} patients are left out ({of_intervention:,} of them on {arm}): nobody like them with a known "
        f"response began the other treatment ({reasons}). The result says nothing of such patients."
    )
    return (told,)


def _alone(analysed: pl.DataFrame, named: list[str]) -> dict[Kind, str]:
    """Return the kinds of patients of which only one arm has any, and which arm."""
    found: dict[Kind, str] = {}
    for name in named:
        if analysed[name].n_unique() < 2:
            continue  # everybody is of one kind: it tells nobody apart
        arms = analysed.group_by(name).agg(pl.col("arm").unique()).sort(name)
        found |= {(name, level): given[0] for level, given in arms.iter_rows() if len(given) == 1}
    return found


def _of_kinds(kinds: list[Kind]) -> pl.Expr:
    return pl.any_horizontal(pl.col(name) == level for name, level in kinds)


def _kind_words(kind: Kind) -> str:
    return covariate_words(": ".join(kind))
