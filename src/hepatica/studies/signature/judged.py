"""How well a model tells the classes, from scores of samples that it never saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hepatica.studies.result import Number
from hepatica.studies.signature.models import MIDDLE, Model
from hepatica.studies.signature.preparation import learned
from hepatica.studies.signature.validation import Nested, Samples, area, folds_of, nested
from hepatica.studies.statistics.inputs import Numbers, Truths
from hepatica.studies.statistics.proportions import Proportion, wilson
from hepatica.studies.statistics.roc import Auc, auc_delong


@dataclass(frozen=True)
class Judged:
    """A model's scores (each sample's mean over the repetitions), the areas, and what the middle score calls.

    `chosen` are the settings that the inner folds chose, over all outer folds; `weights` the metabolites' weights.
    """

    disease: Truths
    score: Numbers
    auc: Auc
    by_repeat: Numbers
    sensitivity: Proportion
    specificity: Proportion
    settings: tuple[str, ...]
    chosen: tuple[int, ...]
    weights: Numbers

    def predictive(self, prevalence: float) -> tuple[float | None, float | None]:
        """Return the positive and negative predictive value where so many are diseased; None where nobody is called."""
        sick, well = self.sensitivity.share * prevalence, (1 - self.specificity.share) * (1 - prevalence)
        missed, cleared = prevalence - sick, (1 - prevalence) - well
        return (
            sick / (sick + well) if sick + well else None,
            cleared / (cleared + missed) if cleared + missed else None,
        )

    def numbers(self, name: str) -> dict[str, Number]:
        """Return the figures under flat names."""
        return {
            f"{name}.auc": self.auc.auc,
            f"{name}.auc_lower": self.auc.lower,
            f"{name}.auc_upper": self.auc.upper,
            f"{name}.auc_repeats_low": float(self.by_repeat.min()),
            f"{name}.auc_repeats_high": float(self.by_repeat.max()),
            f"{name}.auc_repeats_mean": float(self.by_repeat.mean()),
            f"{name}.sensitivity": self.sensitivity.share,
            f"{name}.sensitivity_lower": self.sensitivity.lower,
            f"{name}.sensitivity_upper": self.sensitivity.upper,
            f"{name}.specificity": self.specificity.share,
            f"{name}.specificity_lower": self.specificity.lower,
            f"{name}.specificity_upper": self.specificity.upper,
        }


def judged(model: Model, samples: Samples, plan: Mapping[str, Any]) -> Judged:
    """Return how a model does under nested cross-validation, repeated with other folds."""
    runs = [nested(model, folds_of(samples, plan, plan["seed"] + n), samples.disease) for n in range(plan["repeats"])]
    return _judged(model, samples.disease, runs)


def external(model: Model, first: Samples, second: Samples, definition: Mapping[str, Any]) -> Judged:
    """Return how the model of all samples of the first table does on the second, which it never saw."""
    plan = definition["validation"]
    inner = nested(model, folds_of(first, plan, plan["seed"]), first.disease)
    setting = int(np.median(inner.chosen))
    train, test = learned(first.values, second.values, first.preparation)
    fitted = model.fitted(train, first.disease)
    found = Nested(fitted.scores(test)[:, setting], (setting,), fitted.weights(setting)[np.newaxis])
    return _judged(model, second.disease, [found])


def _judged(model: Model, disease: Truths, runs: list[Nested]) -> Judged:
    score = np.mean([run.scores for run in runs], axis=0)
    called = score > MIDDLE
    return Judged(
        disease=disease,
        score=score,
        auc=auc_delong(disease, score),
        by_repeat=np.array([area(disease, run.scores) for run in runs]),
        sensitivity=wilson(int((called & disease).sum()), int(disease.sum())),
        specificity=wilson(int((~called & ~disease).sum()), int((~disease).sum())),
        settings=model.settings,
        chosen=tuple(place for run in runs for place in run.chosen),
        weights=np.concatenate([run.weights for run in runs]),
    )
