"""The audit: recomputes every reported figure from its inputs and says what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from hepatica.evidence import kinds_comparisons, kinds_models, kinds_shares
from hepatica.evidence.library import Figure, figures, study
from hepatica.evidence.recomputation import Number, Recomputation, VerdictWord, joined

KINDS: Mapping[str, Callable[..., Recomputation]] = {
    "proportion": kinds_shares.proportion,
    "proportion_interval": kinds_shares.proportion_interval,
    "possible_percentage": kinds_shares.possible_percentage,
    "denominator_of_percentage": kinds_shares.denominator_of_percentage,
    "share_of_which": kinds_shares.share_of_which,
    "implied_denominator": kinds_shares.implied_denominator,
    "total": kinds_shares.total,
    "doubling_dilution": kinds_shares.doubling_dilution,
    "p_value": kinds_comparisons.p_value,
    "risk_difference": kinds_comparisons.risk_difference,
    "odds_ratio": kinds_comparisons.odds_ratio,
    "risk_ratio": kinds_comparisons.risk_ratio,
    "number_needed_to_treat": kinds_comparisons.number_needed_to_treat,
    "difference_of_means": kinds_comparisons.difference_of_means,
    "likelihood_ratios": kinds_models.likelihood_ratios,
    "predictive_values": kinds_models.predictive_values,
    "cutoff_consistency": kinds_models.cutoff_consistency,
    "log_coefficient": kinds_models.log_coefficient,
    "percent_change": kinds_models.percent_change,
    "ratio_of_values": kinds_models.ratio_of_values,
    "mortality_ratio": kinds_models.mortality_ratio,
    "patient_level": kinds_models.patient_level,
}

INPUT_WORDS: Mapping[str, str] = {
    "count": "the count",
    "of": "the denominator",
    "at_most": "the size of the group",
    "mean": "the mean",
    "sd": "the standard deviations",
    "n": "the group sizes",
    "before": "the value before",
    "after": "the value after",
    "numerator": "the numerator",
    "denominator": "the denominator",
    "parts": "one of the parts",
    "total": "the total",
}


@dataclass(frozen=True)
class Verdict:
    """What came of one figure: as printed, as recomputed, the verdict, and why in words."""

    study: str
    figure: str
    says: str
    printed: str
    recomputed: str
    verdict: VerdictWord
    remark: str
    explanation: str
    status: str
    verified: bool
    numbers: Mapping[str, Number]


def check_figure(figure: Figure) -> Verdict:
    """Recomputes one figure; not recomputable where the source does not give what it takes."""
    missing = missing_inputs(figure.inputs)
    result = _not_given(missing) if missing else KINDS[figure.kind](**figure.inputs)
    derived = " Derived from printed figures, not printed itself." if figure.status == "D" else ""
    return Verdict(
        study=figure.study,
        figure=figure.id,
        says=figure.says,
        printed=figure.printed,
        recomputed=result.recomputed,
        verdict=result.verdict,
        remark=result.remark,
        explanation=result.explanation + derived,
        status=figure.status,
        verified=figure.verified,
        numbers=dict(result.numbers),
    )


def missing_inputs(inputs: Mapping[str, Any]) -> list[str]:
    """The names of the inputs that the source does not give (null), each once, in their order."""
    names: list[str] = []
    for name, value in inputs.items():
        names.extend(_missing_within(name, value))
    return list(dict.fromkeys(names))


def _missing_within(name: str, value: object) -> list[str]:
    if value is None:
        return [name]
    if isinstance(value, Mapping):
        return missing_inputs(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [found for item in value for found in _missing_within(name, item)]
    return []


def _not_given(missing: Sequence[str]) -> Recomputation:
    words = joined(list(dict.fromkeys(INPUT_WORDS[name] for name in missing)))
    return Recomputation(
        recomputed="",
        verdict="not_recomputable",
        explanation=f"The source does not give {words}.",
        remark=f"without {words}",
    )


@cache
def _checked() -> tuple[Verdict, ...]:
    return tuple(check_figure(figure) for figure in figures())


def evidence_check() -> list[Verdict]:
    """Recomputes every figure of the library: an audit of the literature that the advice rests on."""
    return list(_checked())


def verdict(study_id: str, figure_id: str) -> Verdict:
    """The verdict on one figure of one study; UsageError if there is none of that name."""
    return check_figure(study(study_id).figure(figure_id))
