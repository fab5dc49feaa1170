"""Evidence lines: what of a study an option rests on, as the evidence library holds and recomputes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from hepatica.evidence import Figure, Study, check_figure, citation_text, study
from hepatica.guidance.references import missing_evidence
from hepatica.guidance.rule_sources import rule_sources

# The interval that belongs to a figure, by its name in the recomputation; for a difference of shares it is Newcombe's.
INTERVALS = ("newcombe", "wilson", "odds_ratio")


@dataclass(frozen=True)
class EvidenceLine:
    """One piece of evidence: the study with its design and size, what it says, the effect as printed and recomputed."""

    reference: str
    citation: str
    design: str
    population: str
    says: str
    printed: str
    interval: str
    verdict: str
    status: str
    verified: bool
    caveats: tuple[str, ...]


@cache
def evidence_line(reference: str) -> EvidenceLine:
    """Return the evidence that a rule refers to ("efe_2025/cr_after_second_line", "lamb_2019/shunter", "easl_2015").

    A reference that the library does not hold is a broken rule, which its promises name.
    """
    problem = missing_evidence(reference)
    if problem:
        return EvidenceLine(reference, "", "", "", problem, "", "", "", "", verified=False, caveats=())
    name, _, part = reference.partition("/")
    source = rule_sources().get(name)
    if source is not None and not source.study:
        says = f"{source.title} ({source.jurisdiction})" if source.jurisdiction else source.title
        sure = source.may_verify
        return EvidenceLine(reference, source.citation, "", "", says, "", "", "", source.status, sure, ())
    return _of_study(reference, study(name), part)


def _of_study(reference: str, held: Study, part: str) -> EvidenceLine:
    figure = next((entry for entry in held.figures if entry.id == part), None)
    if figure is not None:
        return _of_figure(reference, held, figure)
    statement = next((entry for entry in held.statements if entry.id == part), None)
    endpoint = next((entry for entry in held.endpoints if entry.code == part), None)
    if statement is not None:
        return _line(reference, held, statement.says, statement.status)
    if endpoint is not None:
        return _line(reference, held, f"{endpoint.name}: {endpoint.definition}", endpoint.status)
    return _line(reference, held, held.subject, held.status)


def _line(reference: str, held: Study, says: str, status: str) -> EvidenceLine:
    return EvidenceLine(
        reference=reference,
        citation=citation_text(held.citation),
        design=held.design,
        population=held.population,
        says=says,
        printed="",
        interval="",
        verdict="",
        status=status,
        verified=held.verified and status == "C",
        caveats=held.caveats,
    )


def _of_figure(reference: str, held: Study, figure: Figure) -> EvidenceLine:
    checked = check_figure(figure)
    return EvidenceLine(
        reference=reference,
        citation=citation_text(held.citation),
        design=held.design,
        population=held.population,
        says=figure.says,
        printed=figure.printed,
        interval=_interval(checked.numbers),
        verdict=checked.verdict,
        status=figure.status,
        verified=figure.verified,
        caveats=held.caveats,
    )


def _interval(numbers: Mapping[str, object]) -> str:
    """Return the 95 % interval that the library computes for a figure; empty where there is none."""
    for name in INTERVALS:
        low, high = numbers.get(f"{name}_low"), numbers.get(f"{name}_high")
        if isinstance(low, int | float) and isinstance(high, int | float):
            return f"95 % interval {low:.3g} to {high:.3g} ({name.replace('_', ' ')})"
    return ""
