"""The evidence library with its audit, and the rules in English with their cases. Nothing here is about a patient."""

from __future__ import annotations

from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from hepatica.course import protocol_files
from hepatica.course.protocol import DEFAULT_PROTOCOL
from hepatica.errors import UsageError
from hepatica.evidence.audit import check_figure
from hepatica.evidence.library import Study, studies
from hepatica.evidence.library import study as study_named
from hepatica.evidence.recomputation import VERDICT_WORDS
from hepatica.evidence.text import citation_text, verdict_counts, verification_text
from hepatica.guidance.rule_text import rule_in_english, rules_in_english
from hepatica.guidance.rules import rule as rule_named
from hepatica.registry.access.needs import needs


@needs("evidence.read")
def evidence(request: HttpRequest) -> HttpResponse:
    """List the studies of the library, each with how its printed figures were judged."""
    counted = verdict_counts()
    counts = [(words, counted[word]) for word, words in VERDICT_WORDS.items()]
    shown = {"studies": [_line(one) for one in studies().values()], "counts": counts}
    return render(request, "registry/evidence.html", shown)


def _line(one: Study) -> dict[str, object]:
    """Return a study's line: what it is, and how many of its figures got which verdict."""
    verdicts = [check_figure(figure).verdict for figure in one.figures]
    judged = [(words, verdicts.count(word)) for word, words in VERDICT_WORDS.items() if word in verdicts]
    return {"study": one, "citation": citation_text(one.citation), "judged": judged}


@needs("evidence.read")
def evidence_study(request: HttpRequest, article: str) -> HttpResponse:
    """Show a study: citation, design, endpoints with their definitions, every figure with its verdict, caveats."""
    try:
        found = study_named(article)
    except UsageError as unknown:
        raise Http404("no such study") from unknown
    shown = {
        "study": found,
        "citation": citation_text(found.citation),
        "verification": verification_text(found),
        "verdicts": [{**vars(one), "words": VERDICT_WORDS[one.verdict]} for one in map(check_figure, found.figures)],
    }
    return render(request, "registry/evidence_study.html", shown)


@needs("evidence.read")
def rules(request: HttpRequest) -> HttpResponse:
    """List the rules by question, under the limits of a protocol."""
    chosen = _protocol(request)
    known = rules_in_english(chosen)
    questions = [(question, list(group)) for question, group in groupby(known, key=lambda one: one.question)]
    shown = {
        "questions": questions,
        "count": len(known),
        "verified": sum(one.verified for one in known),
        "protocol": chosen,
        "protocols": protocol_files(),
    }
    return render(request, "registry/rules.html", shown)


@needs("evidence.read")
def rule(request: HttpRequest, rule_name: str) -> HttpResponse:
    """Show a rule in English: its limits, what it says when, its source and who read it, and its cases."""
    chosen = _protocol(request)
    try:
        found = rule_in_english(rule_named(rule_name, chosen))
    except UsageError as unknown:
        raise Http404("no such rule") from unknown
    return render(request, "registry/rule.html", {"rule": found, "protocol": chosen})


def _protocol(request: HttpRequest) -> str:
    """Return the protocol that is asked for; 404 for one that does not come with Hepatica."""
    chosen = request.GET.get("protocol") or DEFAULT_PROTOCOL
    if chosen not in protocol_files():
        raise Http404("no such protocol")
    return chosen
