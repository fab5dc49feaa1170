"""Advice in words, for a terminal or a letter: safety first, and what is not verified is marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hepatica.guidance.advice_parts import Advice, Caution, OptionAdvice, QuestionAdvice, SourceAdvice
from hepatica.guidance.decision_table import NOT_APPLICABLE, UNKNOWN
from hepatica.guidance.evidence_lines import EvidenceLine
from hepatica.guidance.explanations import Need
from hepatica.guidance.score_words import range_words

NOT_VERIFIED = "[not verified]"
LEVEL_WORDS = {
    "stop": "STOP",
    "act": "act",
    "consider": "consider",
    "keep": "keep",
    "none": "nothing to do",
    UNKNOWN: "unknown",
    NOT_APPLICABLE: "does not apply",
}
URGENT = ("stop", "act", "consider")  # with their evidence in the text; the object always holds it
EFFECT_WORDS = {"blocks": "NOT for this patient", "caution": "caution", UNKNOWN: "not known", "clears": "checked"}


def advice_text(advice: Advice, stands: Sequence[str] = ()) -> str:
    """Return the advice as text: in short, then answered questions by urgency, open ones, those that do not apply.

    `stands` are sentences on where the patient stands; they come before all advice.
    """
    lines = [f"{advice.patient_id}, as of {advice.as_of}, protocol {advice.protocol}", advice.notice]
    lines += [advice.note] if advice.note else []
    lines += ["", *stands] if stands else []
    lines += [f"Missing: {'; '.join(advice.missing)}"] if advice.missing else []
    short = in_short(advice)
    lines += ["", "In short", *(f"  {line}" for line in short)] if short else []
    for entry in advice.questions:
        if entry.level != NOT_APPLICABLE:
            lines += ["", *_question(entry)]
    lines += ["", *_scores(advice)] if advice.scores else []
    lines += ["", *_needed(advice)] if advice.needed else []
    silent = [entry.title for entry in advice.questions if entry.level == NOT_APPLICABLE]
    if silent:
        lines += ["", "Does not apply: " + " · ".join(silent)]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Pressing:
    """A question that stops or asks to act: its level, its title, and what is said; `verified` if every source is."""

    level: str
    title: str
    says: tuple[str, ...]
    verified: bool


def pressing(advice: Advice) -> list[Pressing]:
    """Return what cannot wait: what the sources say that stop; where none stops, the first that asks to act."""
    found = []
    for entry in advice.questions:
        if entry.level in ("stop", "act"):
            answers = [answer for answer in entry.answers if answer.level == entry.level]
            said = answers if entry.level == "stop" else answers[:1]
            says = tuple(dict.fromkeys(answer.says for answer in said))
            found.append(Pressing(entry.level, entry.title, says, all(answer.verified for answer in said)))
    return found


def open_safety(advice: Advice) -> list[str]:
    """Return the safety questions that cannot be answered."""
    return [entry.title for entry in advice.questions if entry.safety and entry.level == UNKNOWN]


def in_short(advice: Advice) -> list[str]:
    """Return one line for each question that stops or asks to act, and which safety questions are open."""
    lines = [
        f"{LEVEL_WORDS[one.level]}: {one.title} {' '.join(one.says)}" + ("" if one.verified else f" {NOT_VERIFIED}")
        for one in pressing(advice)
    ]
    open_ = open_safety(advice)
    return [*lines, f"not known: {' · '.join(open_)}"] if open_ else lines


def _scores(advice: Advice) -> Iterator[str]:
    """Yield the scores, each in a line; `hepatica score NAME --from SOURCE --patient ID` tells the items' sources."""
    yield "Scores, from the record (hepatica score NAME --from SOURCE --patient ID shows each item's rows)"
    for score in advice.scores:
        result = score.result
        mark = "" if result.verified else f" {NOT_VERIFIED}"
        yield f"  {result.title}{mark}: {range_words(result)}"


def _needed(advice: Advice) -> Iterator[str]:
    """Yield what is missing for any question: what it is, how to come to know it, and how many rules wait for it."""
    yield "What is missing, and what it would answer"
    for one in advice.needed:
        mark = "SAFETY · " if one.safety else ""
        yield f"  {mark}{one.label}: {one.obtain} ({one.reason}) → {'; '.join(one.questions)}"


def _question(entry: QuestionAdvice) -> Iterator[str]:
    mark = "SAFETY · " if entry.safety else ""
    yield f"{mark}{entry.title} [{LEVEL_WORDS[entry.level]}]"
    if entry.sources_disagree:
        yield "  The sources disagree:"
    for answer in entry.answers:
        if answer.outcome not in (NOT_APPLICABLE, UNKNOWN):
            yield from _source(answer)
    yield from _open(entry)
    for line in entry.centre:
        mark = "" if line.verified else f" {NOT_VERIFIED}"
        note = f" ({line.note})" if line.note else ""
        yield f"  {line.whose}{mark}: {line.asks} {line.answer}{note}"


def _open(entry: QuestionAdvice) -> Iterator[str]:
    """Yield what is needed, once for all sources that wait for the same."""
    waiting: dict[str, list[str]] = {}
    for answer in entry.answers:
        if answer.outcome == UNKNOWN:
            waiting.setdefault(_needs(answer.needs), []).append(answer.rule)
    for needs, names in waiting.items():
        yield f"  {', '.join(names)}: unknown, needs {needs}"


def _source(answer: SourceAdvice) -> Iterator[str]:
    about = [answer.jurisdiction, answer.valid_from]
    about += [f"superseded by {answer.superseded_by}"] if answer.superseded_by else []
    where = f" ({', '.join(part for part in about if part)})" if any(about) else ""
    mark = "" if answer.verified else f" {NOT_VERIFIED}"
    yield f"  {answer.rule}{where}{mark}: {answer.says}"
    if "default, not of" in answer.item:
        yield f"    {answer.item}"
    if answer.because:
        yield f"    because {'; '.join(answer.because)}"
    for option in answer.options:
        yield from _option(option, with_evidence=answer.level in URGENT)


def _option(option: OptionAdvice, *, with_evidence: bool) -> Iterator[str]:
    strength = f" ({option.strength})" if option.strength else ""
    yield f"    option: {option.do}{strength}"
    for caution in option.cautions:
        yield f"      {_caution(caution)}"
    for fact in (*option.shows, *option.mind):
        yield f"      mind: {fact}"
    for line in option.evidence if with_evidence else ():
        yield f"      evidence: {_evidence(line)}"


def _caution(caution: Caution) -> str:
    mark = "" if caution.verified else f" {NOT_VERIFIED}"
    said = caution.says or f"needs {_needs(caution.needs)}"
    because = f" ({'; '.join(caution.because)})" if caution.because else ""
    return f"{EFFECT_WORDS[caution.effect]}, {caution.rule}{mark}: {said}{because}"


def _needs(needs: tuple[Need, ...]) -> str:
    return "; ".join(f"{need.label} ({need.reason}; {need.obtain})" for need in needs)


def _evidence(line: EvidenceLine) -> str:
    mark = "" if line.verified else f" {NOT_VERIFIED}"
    figure = " ".join(part for part in (line.printed, f"({line.interval})" if line.interval else "") if part)
    about = ", ".join(part for part in (line.design, line.population) if part)
    return f"{line.reference}: {line.says}{': ' + figure if figure else ''}{' · ' + about if about else ''}{mark}"
