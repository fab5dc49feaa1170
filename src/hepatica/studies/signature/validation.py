"""Nested cross-validation: the setting is chosen in inner folds, the model judged on samples it never saw.

And the permutation test: the whole procedure on classes that were shuffled among the patients.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hepatica.errors import UsageError
from hepatica.studies.signature.models import Model
from hepatica.studies.signature.preparation import prepared
from hepatica.studies.statistics.inputs import Numbers, Places, Truths


@dataclass(frozen=True)
class Samples:
    """What is cross-validated: values on the scale of the analysis, the class, and who is who."""

    values: Numbers
    disease: Truths
    groups: Numbers | None
    preparation: Mapping[str, Any]


@dataclass(frozen=True)
class Fold:
    """One outer fold, prepared, with its inner folds prepared: nothing in it depends on the classes' values."""

    train: Places
    test: Places
    outer: tuple[Numbers, Numbers]
    inner: tuple[tuple[Places, Places, Numbers, Numbers], ...]


@dataclass(frozen=True)
class Nested:
    """The out-of-fold score of each sample, and for each outer fold the setting chosen and the weights."""

    scores: Numbers
    chosen: tuple[int, ...]
    weights: Numbers


@dataclass(frozen=True)
class Permuted:
    """The area under the curve as observed, and under shuffled classes; p counts the observed among them."""

    observed: float
    shuffled: Numbers

    @property
    def p(self) -> float:
        """Return the share of arrangements that do at least as well."""
        return float((1 + np.sum(self.shuffled >= self.observed)) / (1 + len(self.shuffled)))


def folds_of(samples: Samples, plan: Mapping[str, Any], seed: int, *, by_class: bool = True) -> list[Fold]:
    """Return the outer folds of one repetition, prepared; all samples of a patient are in one fold.

    `by_class` balances the classes over the folds. The permutation test may not do so: its folds must not know them.
    Raises UsageError if a class has fewer samples than folds.
    """
    most = min(int(samples.disease.sum()), int((~samples.disease).sum()))
    if most < max(plan["outer_folds"], plan["inner_folds"]):
        raise UsageError("validation", f"a class has only {most} samples", "use fewer folds, or more samples")
    return [
        Fold(
            train,
            test,
            prepared(samples.values, train, test, samples.preparation),
            tuple(_inner(samples, train, plan["inner_folds"], seed, by_class=by_class)),
        )
        for train, test in _split(
            samples, np.arange(len(samples.disease)), plan["outer_folds"], seed, by_class=by_class
        )
    ]


def _inner(
    samples: Samples, train: Places, number: int, seed: int, *, by_class: bool
) -> Iterator[tuple[Places, Places, Numbers, Numbers]]:
    for learn, judge in _split(samples, train, number, seed, by_class=by_class):
        yield learn, judge, *prepared(samples.values, learn, judge, samples.preparation)


def _split(
    samples: Samples, places: Places, number: int, seed: int, *, by_class: bool
) -> Iterator[tuple[Places, Places]]:
    disease = samples.disease[places]
    dealt = (
        _dealt(disease, number, seed, by_class=by_class)
        if samples.groups is None
        else _dealt_by_patient(disease, samples.groups[places], number, seed, by_class=by_class)
    )
    for fold in range(number):
        yield places[dealt != fold], places[dealt == fold]


def _dealt(disease: Truths, number: int, seed: int, *, by_class: bool) -> Places:
    """Return each sample's fold, as scikit-learn deals them: all alike, or first one class and then the other."""
    # The older generator is the one whose folds scikit-learn's users know.
    generator = np.random.RandomState(seed)
    fold = np.empty(len(disease), dtype=np.intp)
    turn = np.arange(len(disease)) % number
    if not by_class:
        order = np.arange(len(disease))
        generator.shuffle(order)
        fold[order] = np.sort(turn)
        return fold
    first = disease == disease[0]
    for side, turns in ((first, turn[: first.sum()]), (~first, turn[first.sum() :])):
        folds = np.sort(turns)
        generator.shuffle(folds)
        fold[side] = folds
    return fold


def _dealt_by_patient(disease: Truths, groups: Numbers, number: int, seed: int, *, by_class: bool) -> Places:
    """Return each sample's fold; all samples of a patient are in one."""
    from sklearn.model_selection import GroupKFold, StratifiedGroupKFold  # noqa: PLC0415 - loads slowly, seldom needed

    kind: Any = StratifiedGroupKFold if by_class else GroupKFold
    fold = np.empty(len(disease), dtype=np.intp)
    for place, (_, test) in enumerate(kind(number, shuffle=True, random_state=seed).split(disease, disease, groups)):
        fold[test] = place
    return fold


def nested(model: Model, folds: list[Fold], disease: Truths) -> Nested:
    """Return the out-of-fold scores; within each outer fold the inner folds choose the setting by their area."""
    scores = np.full(len(disease), np.nan)
    chosen, weights = [], []
    for fold in folds:
        best = _best_setting(model, fold, disease)
        train, test = fold.outer
        fitted = model.fitted(train, disease[fold.train])
        scores[fold.test] = fitted.scores(test)[:, best]
        chosen.append(best)
        weights.append(fitted.weights(best))
    return Nested(scores, tuple(chosen), np.array(weights))


def _best_setting(model: Model, fold: Fold, disease: Truths) -> int:
    """Return the setting with the highest area over all inner folds; the simplest of several."""
    judged = np.concatenate([judge for _, judge, _, _ in fold.inner])
    scores = np.concatenate([model.fitted(train, disease[learn]).scores(test) for learn, _, train, test in fold.inner])
    areas = [area(disease[judged], column) for column in scores.T]
    return int(np.argmax(np.round(areas, 12)))


def area(disease: Truths, score: Numbers) -> float:
    """Return the area under the ROC curve: how often a diseased sample scores above a healthy one."""
    order = np.sort(score[~disease])
    below = np.searchsorted(order, score[disease], "left")
    ties = np.searchsorted(order, score[disease], "right") - below
    return float(np.mean(below + ties / 2) / len(order)) if len(order) else float("nan")


def permuted(model: Model, samples: Samples, plan: Mapping[str, Any], seed: int) -> Permuted:
    """Return the permutation test of the whole nested procedure; patients, not samples, exchange their classes."""
    folds = folds_of(samples, plan, seed, by_class=False)
    generator = np.random.default_rng(seed)
    shuffled = []
    for _ in range(plan["permutations"]):
        disease = _shuffled(samples, generator)
        shuffled.append(area(disease, nested(model, folds, disease).scores))
    return Permuted(area(samples.disease, nested(model, folds, samples.disease).scores), np.array(shuffled))


def _shuffled(samples: Samples, generator: np.random.Generator) -> Truths:
    """Return the classes shuffled among the patients (all samples of one keep one class)."""
    if samples.groups is None:
        return generator.permutation(samples.disease)
    _, first, whose = np.unique(samples.groups, return_index=True, return_inverse=True)
    return np.asarray(generator.permutation(samples.disease[first])[np.ravel(whose)], dtype=np.bool_)
