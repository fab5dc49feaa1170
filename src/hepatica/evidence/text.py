"""The library in words, and as rows for terminal, JSON, and page."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict

from hepatica.evidence.audit import Verdict, check_figure, evidence_check
from hepatica.evidence.library import STATUS_WORDS, Citation, Study, studies
from hepatica.evidence.recomputation import VERDICT_WORDS, Number

UNVERIFIED = "NOT VERIFIED"
Row = dict[str, Number]


def citation_text(citation: Citation) -> str:
    """A reference as printed under an article; what is not confirmed is left out."""
    place = f"{citation.volume}:{citation.pages}" if citation.volume and citation.pages else citation.volume
    year = f"{citation.year}" if citation.year is not None else "year not confirmed"
    issue = f"{citation.journal or 'journal not confirmed'} {year}" + (f";{place}" if place else "")
    parts = [citation.authors or "Authors not confirmed", citation.title, issue]
    names = {"doi": citation.doi, "PMID": citation.pmid, "": citation.pmcid, "trial": citation.trial}
    parts += [f"{name} {value}".strip() for name, value in names.items() if value]
    # Some parts end in a full stop of their own ("et al.").
    return ". ".join(part.removesuffix(".") for part in parts if part) + "."


def verification_text(study: Study) -> str:
    """Whether the paper was read, in words."""
    mark = "Verified" if study.verified else UNVERIFIED
    return f"{mark} ({study.status}, {STATUS_WORDS[study.status]}). Read: {study.read}"


def verdict_text(found: Verdict) -> str:
    """One figure with its verdict, in two or three lines."""
    remark = f" ({found.remark})" if found.remark else ""
    tag = found.status if found.verified or found.status == "D" else f"{found.status}, not verified"
    return (
        f"{found.figure}: {found.says}\n"
        f"  printed: {found.printed} [{tag}]\n"
        f"  {VERDICT_WORDS[found.verdict]}{remark}: {found.explanation}"
    )


def study_text(study: Study) -> str:
    """A study on one page: citation, design, patients, endpoints with definitions, figures with verdicts, caveats."""
    blocks = [
        f"{study.id}: {study.subject}\n{citation_text(study.citation)}\n{verification_text(study)}",
        f"Design: {study.design}\nPopulation: {study.population}",
    ]
    if study.citation.update:
        blocks.append(f"Update: {study.citation.update}")
    arms = [f"  {arm.name}: n = {'not given' if arm.n is None else arm.n}" for arm in study.arms]
    endpoints = [f"  {item.code} ({item.name}): {item.definition} [{item.status}]" for item in study.endpoints]
    statements = [f"  {item.says} [{item.status}]" for item in study.statements]
    shown = [_indented(verdict_text(check_figure(figure))) for figure in study.figures]
    caveats = [f"  {caveat}" for caveat in study.caveats]
    for title, lines in (
        ("Arms", arms),
        ("Endpoints", endpoints),
        ("States", statements),
        ("Figures", shown),
        ("Caveats", caveats),
    ):
        if lines:
            blocks.append("\n".join([f"{title}:", *lines]))
    return "\n\n".join(blocks) + "\n"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def study_rows() -> list[Row]:
    """One row per study, for a list."""
    return [
        {
            "id": study.id,
            "subject": study.subject,
            "citation": citation_text(study.citation),
            "year": study.citation.year,
            "design": study.design,
            "figures": len(study.figures),
            "status": study.status,
            "verified": study.verified,
        }
        for study in studies().values()
    ]


def study_document(study: Study) -> dict[str, object]:
    """A study with the verdicts on its figures, ready for JSON."""
    return {**asdict(study), "verdicts": [asdict(check_figure(figure)) for figure in study.figures]}


def verdict_rows() -> list[Row]:
    """One row per figure: study, figure, printed, recomputed, verdict, remark, explanation, how sure the figure is."""
    return [
        {
            "study": found.study,
            "figure": found.figure,
            "says": found.says,
            "printed": found.printed,
            "recomputed": found.recomputed,
            "verdict": found.verdict,
            "remark": found.remark,
            "explanation": found.explanation,
            "status": found.status,
            "verified": found.verified,
        }
        for found in evidence_check()
    ]


def verdict_counts() -> dict[str, int]:
    """How many figures got each verdict; every verdict is named, also with none."""
    counted = Counter(found.verdict for found in evidence_check())
    return {word: counted[word] for word in VERDICT_WORDS}
