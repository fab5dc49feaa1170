"""What an audit says of one patient and one question: as the protocol, not as the protocol, unknown, not applicable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hepatica.course.definitions import day_date
from hepatica.guidance.protocols.answers import NONE, Answer

AS_PROTOCOL, NOT_AS_PROTOCOL = "as_protocol", "not_as_protocol"
UNKNOWN, NOT_APPLICABLE = "unknown", "not_applicable"
PROTOCOL_SILENT = "the protocol's answer is not known"
NOT_ASKED = "the protocol does not ask for it"
NO_LONGER_FOLLOWED = "died, or lost to follow-up"
YES_NO = {True: "yes", False: "no", None: "unknown"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, what was found in the record, why it is not known or does not apply, and whether it was done.

    `done` (yes, no, unknown) is for tests and drugs, whatever the protocol asks; empty elsewhere.
    """

    answer: str
    found: str = ""
    reason: str = ""
    done: str = ""


def not_applicable(reason: str) -> Verdict:
    """Return that the question does not arise for a patient."""
    return Verdict(NOT_APPLICABLE, reason=reason)


def unknown(reason: str, found: str = "") -> Verdict:
    """Return that it is not known, and why."""
    return Verdict(UNKNOWN, found, reason)


def of_truth(holds: bool | None, found: str, reason: str) -> Verdict:
    """Return the answer to whether the protocol was kept; the reason is for where it is not known."""
    if holds is None:
        return unknown(reason, found)
    return Verdict(AS_PROTOCOL if holds else NOT_AS_PROTOCOL, found)


def of_policy(
    policy: Answer[str], wanted: dict[str, bool | None], done: bool | None, found: str, not_recorded: str
) -> Verdict:
    """Return the answer for something that is done or not done.

    `wanted` says of each word of the policy whether it is to be done (None: only with an indication that no record
    holds); a word that is not in it, and "none", ask for nothing.
    """
    word = YES_NO[done]
    if policy.value is None and policy.state != NONE:
        return Verdict(UNKNOWN, found, PROTOCOL_SILENT, word)
    if policy.value is None or policy.value not in wanted:
        return Verdict(NOT_APPLICABLE, found, NOT_ASKED, word)
    due = wanted[policy.value]
    if due is None:
        return Verdict(UNKNOWN, found, "whether there was an indication is not recorded", word)
    if done is None:
        return Verdict(UNKNOWN, found, not_recorded, word)
    return Verdict(AS_PROTOCOL if done == due else NOT_AS_PROTOCOL, found, done=word)


def of_alternatives(alternatives: Iterable[tuple[bool | None, bool | None]], found: str, reason: str) -> Verdict:
    """Return the answer where several ranges may apply, given as pairs of (it applies, it is kept).

    Kept is any range that applies; not kept is none of them; unknown where one that may apply may be kept.
    """
    pairs = list(alternatives)
    if (True, True) in pairs:
        return Verdict(AS_PROTOCOL, found)
    if all(applies is False for applies, _ in pairs):
        return Verdict(NOT_APPLICABLE, found, "the protocol says nothing for a patient like this")
    may_be_kept = any(applies is not False and kept is not False for applies, kept in pairs)
    if may_be_kept or not any(applies for applies, _ in pairs):
        return unknown(reason, found)
    return Verdict(NOT_AS_PROTOCOL, found)


def both(one: bool | None, other: bool | None) -> bool | None:
    """Return AND as Kleene has it: False decides, unknown stays unknown."""
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def silent(answer: Answer[Any], found: str = "") -> Verdict:
    """Return the verdict where the protocol has no value to audit against: nothing is asked, or it is not known."""
    if answer.state == NONE:
        return Verdict(NOT_APPLICABLE, found, NOT_ASKED)
    return unknown(PROTOCOL_SILENT, found)


def shown_day(day: int) -> str:
    """Return a day as an ISO date."""
    return day_date(day).isoformat()
