"""Pooled evidence: what studies say together, by fixed and random effects, with how far they differ."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp
from pathlib import Path
from typing import Any

import polars as pl

from hepatica.errors import SourceError, UsageError
from hepatica.evidence import Study, read_study, studies
from hepatica.pictures import forest, funnel
from hepatica.studies.definition import Definition
from hepatica.studies.release import Open
from hepatica.studies.result import Figure, Findings, Number, Sheet
from hepatica.studies.statistics.pooling import (
    Heterogeneity,
    Pooled,
    Prediction,
    egger,
    fixed,
    heterogeneity,
    prediction_interval,
    random,
)
from hepatica.studies.synthesis.entries import RATIOS, Entry, entry_of

LIBRARY = "library"
# Egger's test with fewer studies says nothing; the usual advice is ten.
ENOUGH_FOR_EGGER = 10
# With fewer studies the variance between them is hardly known.
FEW = 5
WORDS = {
    "odds_ratio": "odds ratio",
    "risk_ratio": "risk ratio",
    "risk_difference": "risk difference",
    "hazard_ratio": "hazard ratio",
    "share": "share",
}


@dataclass(frozen=True)
class Library:
    """The studies that can be pooled."""

    studies: Mapping[str, Study]


def open_input(where: str, definition: Definition) -> Library:
    """Return the evidence library, with the studies of a folder of one's own beside it."""
    _ = definition
    if where == LIBRARY:
        return Library(studies())
    folder = Path(where).expanduser()
    if not folder.is_dir():
        raise SourceError(where, "is no folder of studies", f"give {LIBRARY}, or a folder of studies as YAML")
    own = [read_study(path.read_text(encoding="utf-8"), path.name) for path in sorted(folder.glob("*.yaml"))]
    return Library({**studies(), **{one.id: one for one in own}})


def fingerprint(source: Library) -> str:
    """Return the SHA-256 of every study of the library."""
    told = {name: repr(one) for name, one in sorted(source.studies.items())}
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def analyse(source: Library, definition: Definition) -> Findings:
    """Return the pooled effect of the studies that the definition names.

    Raises:
        UsageError: a study's counts are missing, ambiguous, or contradict each other.
    """
    measure = definition["measure"]
    entries = [entry_of(told, measure, source.studies) for told in definition["studies"]]
    labels = [entry.label for entry in entries]
    if again := {label for label in labels if labels.count(label) > 1}:
        raise UsageError("studies", f"{again.pop()} is there twice", "a study counts once")
    pooled = _pooled(entries, definition)
    return Findings(
        sheets={
            "effects": Sheet(_effects(entries, pooled, definition), "The effect of each study, and of all", Open()),
            **_heterogeneity_sheet(pooled),
            "studies": Sheet(_studies(entries), "What each study rests on", Open()),
            "funnel": Sheet(_precision(entries, pooled), "Effect and standard error of each study", Open(), drawn=True),
        },
        figures=_figures(definition),
        numbers=_numbers(entries, pooled, measure),
        methods=(_methods(entries, definition),),
        notes=tuple(_notes(entries, pooled)),
    )


@dataclass(frozen=True)
class _Sum:
    """All that is said of the studies together; None where one study alone, or a fixed effect, cannot say it."""

    fixed: Pooled
    random: Pooled
    differ: Heterogeneity | None
    predicted: Prediction | None


def _pooled(entries: list[Entry], definition: Definition) -> _Sum:
    effect, error = [one.effect for one in entries], [one.std_error for one in entries]
    model, level = definition["model"], definition["confidence"]
    mean = random(effect, error, method=model["random"], hksj=model["hartung_knapp"], confidence=level)
    if len(entries) == 1:
        return _Sum(fixed(effect, error, confidence=level), mean, None, None)
    differ = heterogeneity(effect, error, method=model["random"], confidence=level)
    return _Sum(fixed(effect, error, confidence=level), mean, differ, prediction_interval(mean, confidence=level))


def _shown(measure: str, value: float) -> float:
    """Return a pooled value on the scale that people read."""
    if measure in RATIOS:
        return exp(value)
    return 1 / (1 + exp(-value)) if measure == "share" else value


def _effects(entries: list[Entry], pooled: _Sum, definition: Definition) -> pl.DataFrame:
    measure = definition["measure"]
    level = fixed([0.0], [1.0], confidence=definition["confidence"]).upper
    rows: list[dict[str, Any]] = [
        _row(measure, one.label, "estimate", one.effect, one.effect - level * one.std_error,
             one.effect + level * one.std_error, weight)
        for one, weight in zip(entries, pooled.random.weights, strict=True)
    ]  # fmt: skip
    for label, one in (("fixed effect", pooled.fixed), ("random effects", pooled.random)):
        rows.append(_row(measure, label, "pooled", one.effect, one.lower, one.upper, None))
    if pooled.predicted is not None:
        ends = (pooled.predicted.lower, pooled.predicted.upper)
        rows.append(_row(measure, "expected of a new study", "prediction", pooled.random.effect, *ends, None))
    return pl.DataFrame(rows)


def _row(
    measure: str, label: str, kind: str, effect: float, lower: float, upper: float, weight: float | None
) -> dict[str, Any]:
    return {
        "label": label,
        "kind": kind,
        "estimate": _shown(measure, effect),
        "lower": _shown(measure, lower),
        "upper": _shown(measure, upper),
        "weight": weight,
    }


def _studies(entries: list[Entry]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "label": one.label,
                "design": one.design,
                "endpoint": one.endpoint,
                "events": one.counts.events if one.counts else None,
                "of": one.counts.of if one.counts else None,
                "control_events": one.counts.control_events if one.counts else None,
                "control_of": one.counts.control_of if one.counts else None,
                "came_from": one.came_from,
                "verified": one.verified,
            }
            for one in entries
        ],
        infer_schema_length=None,
    )


def _heterogeneity_sheet(pooled: _Sum) -> dict[str, Sheet]:
    """Return how much the studies differ, where there are several."""
    found = pooled.differ
    if found is None:
        return {}
    rows = [
        ("Cochran's Q", found.q, None, None, found.df, found.p),
        ("tau2, the variance between studies", found.tau2, found.tau2_lower, found.tau2_upper, None, None),
        ("I2, its share of all variance (0 to 1)", found.i2, found.i2_lower, found.i2_upper, None, None),
    ]
    columns = {
        "measure": pl.String, "estimate": pl.Float64, "lower": pl.Float64, "upper": pl.Float64, "df": pl.Int64,
        "p": pl.Float64,
    }  # fmt: skip
    return {"heterogeneity": Sheet(pl.DataFrame(rows, schema=columns, orient="row"), "How the studies differ", Open())}


def _precision(entries: list[Entry], pooled: _Sum) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "study": [one.label for one in entries],
            "effect": [one.effect for one in entries],
            "std_error": [one.std_error for one in entries],
            "pooled": [pooled.random.effect] * len(entries),
        }
    )


def _figures(definition: Definition) -> dict[str, Figure]:
    measure, words = definition["measure"], WORDS[definition["measure"]]
    ratio = measure in RATIOS
    favours = tuple(definition["favours"]) if definition["favours"] else None
    title = f"{words.capitalize()}{' (log scale)' if ratio else ''}"
    pooling_scale = f"Log {words}" if ratio else ("Logit of the share" if measure == "share" else title)
    return {
        "forest": Figure(
            "What the studies say",
            f"Each study's {words} with its interval, then the pooled ones, and what is expected of a new study.",
            ("effects",),
            lambda tables, width: forest(
                tables["effects"], effect_title=title, ratio=ratio, favours=favours, width=width
            ),
        ),
        "funnel": Figure(
            "Effect and precision",
            "Studies by effect and standard error; small ones all on one side suggest that others are missing.",
            ("funnel",),
            lambda tables, width: funnel(
                tables["funnel"], pooled=tables["funnel"]["pooled"][0], effect_title=pooling_scale, width=width
            ),
        ),
    }


def _numbers(entries: list[Entry], pooled: _Sum, measure: str) -> dict[str, Number]:
    numbers: dict[str, Number] = {"studies": len(entries)}
    for name, one in (("fixed", pooled.fixed), ("random", pooled.random)):
        numbers |= {
            f"{name}.{measure}": _shown(measure, one.effect),
            f"{name}.lower": _shown(measure, one.lower),
            f"{name}.upper": _shown(measure, one.upper),
            f"{name}.p": one.p,
        }
    if pooled.differ is not None and pooled.predicted is not None:
        numbers |= {
            "heterogeneity.q": pooled.differ.q,
            "heterogeneity.p": pooled.differ.p,
            "heterogeneity.i2": pooled.differ.i2,
            "heterogeneity.tau2": pooled.differ.tau2,
            "heterogeneity.tau2_lower": pooled.differ.tau2_lower,
            "heterogeneity.tau2_upper": pooled.differ.tau2_upper,
            "prediction.lower": _shown(measure, pooled.predicted.lower),
            "prediction.upper": _shown(measure, pooled.predicted.upper),
        }
    if len(entries) >= ENOUGH_FOR_EGGER:
        found = egger([one.effect for one in entries], [one.std_error for one in entries])
        numbers |= {"egger.slope": found.slope, "egger.p": found.p}
    return numbers


def _methods(entries: list[Entry], definition: Definition) -> str:
    model = definition["model"]
    between = {"reml": "restricted maximum likelihood", "dl": "DerSimonian and Laird"}[model["random"]]
    knapp = "with Hartung and Knapp's t interval" if model["hartung_knapp"] else "with a normal interval"
    return (
        f"The {WORDS[definition['measure']]} of {len(entries)} studies was pooled with fixed and random effects; "
        f"the variance between studies was estimated by {between}, {knapp}. Heterogeneity is Cochran's Q, I2, and tau2 "
        f"with its Q-profile interval; the prediction interval says where a new study is expected. Intervals are "
        f"{100 * definition['confidence']:g} %. Effects printed with a 95 % interval were given the standard error "
        "that it implies."
    )


def _notes(entries: list[Entry], pooled: _Sum) -> list[str]:
    notes = []
    if len(entries) == 1:
        notes.append("One study: nothing is pooled, and how studies differ cannot be known.")
    elif len(entries) < FEW:
        notes.append(
            f"{len(entries)} studies: the variance between studies is hardly known "
            "(look at the interval of tau2), and the random-effects interval may be too narrow."
        )
    endpoints = {one.endpoint for one in entries}
    if len(endpoints) > 1:
        notes.append(
            f"The studies' endpoints differ, and pooling does not make them one: {'; '.join(sorted(endpoints))}."
        )
    designs = {one.design for one in entries}
    if len(designs) > 1:
        notes.append(f"The studies' designs differ: {'; '.join(sorted(designs))}. A cohort's effect may be confounded.")
    if corrected := [one.label for one in entries if one.corrected]:
        notes.append(f"One half was added to each cell because one is empty: {', '.join(corrected)}.")
    if unread := [one.label for one in entries if not one.verified]:
        notes.append(f"Not verified against the primary text: {', '.join(unread)}.")
    if len(entries) < ENOUGH_FOR_EGGER:
        notes.append(
            f"Fewer than {ENOUGH_FOR_EGGER} studies: small-study effects were not tested; the funnel is shown."
        )
    if pooled.differ is not None and pooled.fixed.p < 0.05 <= pooled.random.p:
        notes.append(
            "The fixed effect differs from none, the random-effects mean does not: the studies differ too much."
        )
    return notes
