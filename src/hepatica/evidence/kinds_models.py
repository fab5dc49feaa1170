"""Recomputation of test accuracy, coefficients, changes, and what only patient-level data could give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import log

from hepatica.evidence import accuracy
from hepatica.evidence.printed import printed
from hepatica.evidence.recomputation import Number, Recomputation, decide, joined, shown


def _share(percent: str) -> float:
    return float(printed(percent).value) / 100


def likelihood_ratios(
    *, sensitivity: str, specificity: str, positive: str, negative: str, youden: str
) -> Recomputation:
    """Whether likelihood ratios and Youden's index follow from sensitivity and specificity (in %)."""
    sens, spec = _share(sensitivity), _share(specificity)
    plus, minus = accuracy.likelihood_ratios(sens, spec)
    index = accuracy.youden(sens, spec)
    if plus is None or minus is None:
        return Recomputation(
            recomputed="undefined",
            verdict="not_recomputable",
            explanation=f"At {sensitivity} % and {specificity} % a likelihood ratio does not exist.",
        )
    words = f"LR+ {shown(plus, 2)}, LR− {shown(minus, 2)}, Youden {shown(index, 2)}"
    return Recomputation(
        recomputed=words,
        verdict=decide(
            holds=printed(positive).rounded_from(plus)
            and printed(negative).rounded_from(minus)
            and printed(youden).rounded_from(round(index, 9))  # 0.76 + 0.78 - 1 is a decimal; binary misses it
        ),
        explanation=f"Sensitivity {sensitivity} % and specificity {specificity} % give {words}.",
        numbers={"positive": plus, "negative": minus, "youden": index},
    )


def predictive_values(*, sensitivity: str, specificity: str, values: Sequence[Mapping[str, str]]) -> Recomputation:
    """Whether positive predictive values follow from sensitivity, specificity, and a prevalence (in %)."""
    numbers: dict[str, Number] = {}
    holds, words = True, []
    for row in values:
        found = accuracy.positive_predictive_value(_share(sensitivity), _share(specificity), _share(row["prevalence"]))
        holds = holds and found is not None and printed(row["ppv"]).rounded_from(found)
        numbers[f"ppv_at_{row['prevalence']}"] = found
        words.append(f"{'undefined' if found is None else shown(found, 2)} at {row['prevalence']} %")
    return Recomputation(
        recomputed="; ".join(words),
        verdict=decide(holds=holds),
        explanation=f"A positive test is right in a share of {joined(words)} prevalence.",
        numbers=numbers,
    )


def cutoff_consistency(*, sensitivity: str, specificity: str, above: str, predictive: str, of: int) -> Recomputation:
    """Whether a reported share above a cut-off and the share of those with the outcome can both be true."""
    sens, spec = _share(sensitivity), _share(specificity)
    found = accuracy.prevalences_behind(sens, spec, printed(above), printed(predictive))
    claim = f"{above} % above the cut-off and {predictive} % of these with the outcome"
    if found is None:
        return Recomputation(
            recomputed="no prevalence fits",
            verdict="not_reproduced",
            explanation=(
                f"With sensitivity {sensitivity} % and specificity {specificity} %, {claim} exclude each other."
            ),
        )
    middle = (found.low + found.high) / 2
    negative = accuracy.negative_predictive_value(sens, spec, middle)
    shares = [accuracy.share_positive(sens, spec, edge) for edge in (found.low, found.high)]
    return Recomputation(
        recomputed=f"prevalence {shown(found.low, 3)} to {shown(found.high, 3)}, about {middle * of:.0f} of {of}",
        verdict="reproduced",
        explanation=(
            f"{claim[0].upper()}{claim[1:]} agree with sensitivity {sensitivity} % and specificity {specificity} % "
            f"where {shown(100 * found.low, 1)} to {shown(100 * found.high, 1)} % have the outcome, "
            f"about {middle * of:.0f} of {of}"
            + ("." if negative is None else f"; negative predictive value {shown(negative, 2)}.")
        ),
        remark="consistent with each other; the counts are not given",
        numbers={
            "prevalence_low": found.low,
            "prevalence_high": found.high,
            "implied_count": round(middle * of),
            "share_above_low": shares[0],
            "share_above_high": shares[1],
            "ppv_low": accuracy.positive_predictive_value(sens, spec, found.low),
            "ppv_high": accuracy.positive_predictive_value(sens, spec, found.high),
            "npv": negative,
        },
    )


def log_coefficient(*, ratio: str, coefficient: str) -> Recomputation:
    """Whether a coefficient is the logarithm of a printed odds or hazard ratio, within both roundings."""
    of_ratio, claimed = printed(ratio), printed(coefficient)
    value = log(of_ratio.value)
    low, high = log(of_ratio.low), log(of_ratio.high)
    holds = low <= claimed.high and claimed.low <= high
    verb = "is" if holds else "is not"
    return Recomputation(
        recomputed=f"ln {ratio} = {shown(value, 3)}",
        verdict=decide(holds=holds),
        explanation=(
            f"ln {ratio} = {shown(value, 3)} ({shown(low, 3)} to {shown(high, 3)} given the rounding): "
            f"the coefficient {coefficient} {verb} the logarithm of that ratio."
        ),
        remark="the coefficient is the logarithm of the ratio" if holds else "",
        numbers={"log": value},
    )


def percent_change(*, before: float, after: float, percent: str) -> Recomputation:
    """Whether the change from one mean to another, in percent, is the printed one."""
    change = (Fraction(str(after)) / Fraction(str(before)) - 1) * 100
    return Recomputation(
        recomputed=f"{shown(float(change), 1)} %",
        verdict=decide(holds=printed(percent).rounded_from(change)),
        explanation=f"From {before:g} to {after:g} is a change of {shown(float(change), 1)} %.",
        numbers={"percent": float(change)},
    )


def ratio_of_values(*, numerator: float, denominator: float, ratio: str) -> Recomputation:
    """Whether one value over another is the printed ratio."""
    value = Fraction(str(numerator)) / Fraction(str(denominator))
    return Recomputation(
        recomputed=shown(float(value), 3),
        verdict=decide(holds=printed(ratio).rounded_from(value)),
        explanation=f"{numerator:g} over {denominator:g} is {shown(float(value), 3)}.",
        numbers={"ratio": float(value)},
    )


def mortality_ratio(*, better: str, worse: str, ratio: str) -> Recomputation:
    """Whether the ratio of two mortalities follows from two survivals (in %); it is no hazard ratio."""
    low, high = 100 - printed(better).value, 100 - printed(worse).value
    if low == 0:
        return Recomputation(
            recomputed="undefined", verdict="not_recomputable", explanation="Nobody died in the better group."
        )
    value = high / low
    return Recomputation(
        recomputed=shown(float(value), 2),
        verdict=decide(holds=printed(ratio).rounded_from(value)),
        explanation=(
            f"Survival {better} v {worse} % is mortality {float(low):g} v {float(high):g} %, "
            f"a ratio of {shown(float(value), 2)}; this is no hazard ratio."
        ),
        numbers={"ratio": float(value)},
    )


def patient_level(*, estimate: str, needs: Sequence[str]) -> Recomputation:
    """An estimate that only the patients' own data can give, with what it would need."""
    return Recomputation(
        recomputed="",
        verdict="not_recomputable",
        explanation=f"{estimate[0].upper()}{estimate[1:]} needs {joined(list(needs))}, which the source does not give.",
    )
