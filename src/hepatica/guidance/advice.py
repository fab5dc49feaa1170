"""Advice: for each question what the sources answer for one patient, why, what is missing, and which options there are.

Sources stand side by side and are never blended. Options are no orders; each has its evidence and what speaks against
it in this patient. Advice is off until the notice is accepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hepatica.course.protocol import DEFAULT_PROTOCOL
from hepatica.errors import UsageError
from hepatica.guidance.advice_parts import Advice, Caution, Needed, OptionAdvice, QuestionAdvice, SourceAdvice
from hepatica.guidance.centre_practice import centre_lines
from hepatica.guidance.decision_table import NOT_APPLICABLE, UNKNOWN
from hepatica.guidance.evidence_lines import evidence_line
from hepatica.guidance.explanations import Answer, Need, shown
from hepatica.guidance.files import own_file
from hepatica.guidance.findings import Findings, findings_of
from hepatica.guidance.rules import Option, Rule, rules
from hepatica.guidance.score_words import scores_told
from hepatica.record import Record

NOTICE = (
    "Research and education, not a medical device. These are options with their evidence for a professional's own "
    "judgement, not orders; the basis of every answer can be reviewed."
)
# From the most urgent; an unanswered safety question comes before advice on treatment.
URGENCY = ("stop", "act", "consider", "keep", "none")
SILENT = "silent"
# What the outcome of a check does to an option.
EFFECT_OF = {"stop": "blocks", "act": "caution", "consider": "caution", "keep": "clears", "none": "clears"}
EFFECTS = ("blocks", "caution", UNKNOWN, "clears")


def refuse_without_notice(*, accepted_notice: bool) -> None:
    """Raise UsageError where the notice was not accepted: advice is off by default."""
    if not accepted_notice:
        raise UsageError("advice", f"is off. {NOTICE}", "accept this notice to switch it on (accepted_notice=True)")


def questions_asked(questions: Iterable[str] | None) -> list[str]:
    """Return the questions that are asked: those named, else all but the checks; UsageError for one that is unknown."""
    known = own_file("questions.yaml")["questions"]
    if questions is None:
        return [name for name, entry in known.items() if not entry.get("check", False)]
    asked = list(questions)
    for name in asked:
        if name not in known:
            raise UsageError("advice", f"there is no question {name!r}", f"use one of: {', '.join(known)}")
    return asked


def advice(
    state_row: Mapping[str, Any],
    *,
    protocol: str = DEFAULT_PROTOCOL,
    accepted_notice: bool,
    questions: Iterable[str] | None = None,
    record: Record | None = None,
) -> Advice:
    """Return the advice for one patient from the row of a standing (`standing(record, tables)`), safety first.

    Unknown answers say what they need; with the patient's record, scores name the rows behind each item. UsageError
    where the notice is not accepted, or a question does not exist.
    """
    refuse_without_notice(accepted_notice=accepted_notice)
    note = scope_note(state_row)
    asked = [] if state_row.get("dead") == "yes" else questions_asked(questions)
    patient = _Patient(findings_of(state_row), protocol)
    found = [patient.question(name) for name in asked]
    told = tuple(sorted((entry for entry in found if entry.answers), key=urgency))
    return Advice(
        patient_id=str(state_row["patient_id"]),
        as_of=state_row["as_of"].isoformat(),
        protocol=protocol,
        notice=NOTICE,
        note=note,
        missing=_missing(state_row),
        questions=told,
        needed=needed(told),
        scores=scores_told(patient.found, record) if told else (),
    )


def needed(questions: Iterable[QuestionAdvice]) -> tuple[Needed, ...]:
    """Return what is missing for any question, each finding once: safety first, then what answers most."""
    found: dict[str, list[tuple[QuestionAdvice, SourceAdvice, Need]]] = {}
    for entry in questions:
        counting = [answer for answer in entry.answers if not superseded(answer, entry.answers)]
        for answer in counting:
            for need in answer.needs:
                found.setdefault(need.finding, []).append((entry, answer, need))
    return tuple(sorted(map(_needed, found.values()), key=lambda one: (not one.safety, -len(one.rules), one.finding)))


def _needed(waiting: list[tuple[QuestionAdvice, SourceAdvice, Need]]) -> Needed:
    need = waiting[0][2]
    return Needed(
        finding=need.finding,
        label=need.label,
        reason=need.reason,
        obtain=need.obtain,
        safety=any(entry.safety for entry, _, _ in waiting),
        questions=tuple(dict.fromkeys(entry.title for entry, _, _ in waiting)),
        rules=tuple(answer.rule for _, answer, _ in waiting),
    )


def scope_note(state_row: Mapping[str, Any]) -> str:
    """Say where advice ends: none after a death; after a transplant only what holds for any immunosuppression."""
    if state_row.get("dead") == "yes":
        return "The patient has died; there is no advice."
    if state_row.get("transplanted") == "yes":
        return "The liver was transplanted; only rules that hold for immunosuppression in general are asked."
    return ""


def _missing(state_row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what is missing to know the response now, and what monitoring is overdue."""
    texts = [str(state_row.get(column) or "") for column in ("missing", "overdue")]
    return tuple(part for text in texts for part in text.split("; ") if part)


class _Patient:
    """One patient under one protocol: every rule is asked at most once."""

    def __init__(self, found: Findings, protocol: str) -> None:
        self.found = found
        self.protocol = protocol
        self.rules = rules(protocol)
        self.transplanted = found.state.get("transplanted") == "yes"
        self.answers: dict[str, Answer] = {}

    def answer(self, rule: Rule) -> Answer:
        """Return a rule's answer."""
        if rule.name not in self.answers:
            self.answers[rule.name] = rule.answer(self.found)
        return self.answers[rule.name]

    def asked(self, question: str) -> list[Rule]:
        """Return the rules of a question that hold for this patient's liver."""
        return [
            rule
            for rule in self.rules.values()
            if rule.question == question and (rule.after_transplant or not self.transplanted)
        ]

    def question(self, name: str) -> QuestionAdvice:
        """Return the answers of a question's sources, those that count first."""
        known = own_file("questions.yaml")["questions"][name]
        asked = self.asked(name)
        given = [self.source(rule) for rule in asked]
        answers = sorted(given, key=lambda answer: (superseded(answer, given), *source_urgency(answer)))
        counting = [answer for answer in answers if not superseded(answer, answers)]
        return QuestionAdvice(
            question=name,
            title=known["title"],
            safety=any(rule.safety for rule in asked),
            level=min((answer.level for answer in counting), key=level_rank, default=NOT_APPLICABLE),
            sources_disagree="stances" in known and disagree(counting),
            answers=tuple(answers),
            centre=centre_lines(name, self.protocol),
        )

    def source(self, rule: Rule) -> SourceAdvice:
        """Return what one rule says of this patient."""
        answer = self.answer(rule)
        meaning = answer.meaning
        return SourceAdvice(
            rule=rule.name,
            source=rule.source.id,
            citation=rule.source.citation,
            item=rule.item,
            jurisdiction=rule.source.jurisdiction,
            valid_from=rule.source.valid_from,
            superseded_by=rule.source.superseded_by,
            verified=rule.verified and (meaning is None or meaning.verified),
            read=rule.source.read,
            signed=rule.signed,
            outcome=answer.outcome,
            level=meaning.level if meaning is not None else answer.outcome,
            stances=meaning.stances if meaning is not None else (),
            says=meaning.says if meaning is not None else "",
            because=answer.because,
            needs=answer.needs,
            options=tuple(self.option(option) for option in meaning.options) if meaning is not None else (),
            departs=rule.departs,
        )

    def option(self, option: Option) -> OptionAdvice:
        """Return an option with what its checks say of this patient."""
        checks = [rule for question in option.checks for rule in self.asked(question)]
        cautions = tuple(self.caution(rule) for rule in checks if self.answer(rule).outcome != NOT_APPLICABLE)
        return OptionAdvice(
            do=option.do,
            strength=option.strength,
            blocked=any(caution.effect == "blocks" for caution in cautions),
            evidence=tuple(evidence_line(reference) for reference in option.evidence),
            cautions=tuple(sorted(cautions, key=lambda caution: EFFECTS.index(caution.effect))),
            shows=tuple(shown(name, self.found) for name in option.shows),
            mind=option.mind,
        )

    def caution(self, rule: Rule) -> Caution:
        """Return what a check says of this patient."""
        answer = self.answer(rule)
        meaning = answer.meaning
        effect = EFFECT_OF[meaning.level] if meaning is not None else UNKNOWN
        says = meaning.says if meaning is not None else ""
        return Caution(rule.question, rule.name, effect, says, answer.because, answer.needs, rule.verified)


def superseded(answer: SourceAdvice, answers: Iterable[SourceAdvice]) -> bool:
    """Say whether a later edition of the source answers the same question."""
    return bool(answer.superseded_by) and any(other.source == answer.superseded_by for other in answers)


def disagree(answers: Iterable[SourceAdvice]) -> bool:
    """Say whether no stance is compatible with all sources that take one."""
    taken = [set(answer.stances) for answer in answers if answer.stances and SILENT not in answer.stances]
    return len(taken) > 1 and not set.intersection(*taken)


def level_rank(level: str) -> int:
    """Return how urgent a level is, 0 first; unknown comes after what is known to be done."""
    return (*URGENCY[:3], UNKNOWN, *URGENCY[3:], NOT_APPLICABLE).index(level)


def source_urgency(answer: SourceAdvice) -> tuple[int, str]:
    """Return the place of an answer within its question."""
    return level_rank(answer.level), answer.rule


def urgency(entry: QuestionAdvice) -> tuple[int, int, int]:
    """Return the place of a question: safety that stops, acts, or is open; then the rest by urgency."""
    place = list(own_file("questions.yaml")["questions"]).index(entry.question)
    rank = level_rank(entry.level)
    open_safety = entry.safety and rank <= level_rank(UNKNOWN)
    return (0 if open_safety else 1, rank, place)
