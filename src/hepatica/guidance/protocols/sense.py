"""What a schema cannot say of a protocol: whether it makes sense.

Low below high, an end after its start, doses that someone could take, words that the vocabulary knows, answers that do
not contradict each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from hepatica.evidence import studies
from hepatica.guidance.protocols.questions import CENTRE, GUIDELINE, SURVEY, kind_of, parts_of, protocol_data, questions
from hepatica.vocabulary import analytes, drugs

Step = str | int
DOSE_QUESTIONS = {
    "steroid_start": "steroid",
    "azathioprine_start": "azathioprine",
    "azathioprine_maintenance": "azathioprine",
}
SWAP = "swap them, or correct one"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that makes no sense: its place as steps into the file, what it is, and the remedy."""

    place: tuple[Step, ...]
    what: str
    remedy: str


def nonsense(own: dict[str, Any], whole: dict[str, Any]) -> Iterator[Finding]:
    """Return what makes no sense in a file's own values; `whole` are they with all that they extend."""
    for question in questions():
        if question in own:
            yield from _provenance(question, own[question], own)
    yield from _drug_lists(own)
    for question, kind in DOSE_QUESTIONS.items():
        for place, dose in _items(own, question):
            yield from _dose(place, dose, kind)
    for place, taper in _items(own, "steroid_taper"):
        yield from _taper(place, taper)
    yield from _windows(own)
    yield from _intervals(own)
    yield from _monitoring(own)
    yield from _contradictions(own, whole)


def _answer(values: dict[str, Any], question: str) -> Any:
    """Return what stands as the answer to a question; None where the file does not have it."""
    return values[question]["answer"] if question in values else None


def _items(own: dict[str, Any], question: str) -> Iterator[tuple[tuple[Step, ...], dict[str, Any]]]:
    """Return the items of an answer that is a list, each with its place."""
    answer = _answer(own, question)
    if isinstance(answer, list):
        for number, item in enumerate(answer):
            yield (question, "answer", number), item


def _provenance(question: str, entry: dict[str, Any], own: dict[str, Any]) -> Iterator[Finding]:
    """A guideline's answer names its study in the evidence library, and is verified only where it was read."""
    kind, answer = kind_of(own), entry["answer"]
    status = entry.get("status", own.get("status", ""))
    if kind != CENTRE and entry.get("verified", own["verified"]) and status != "C":
        what = f"is verified, but its status is {status or 'not given'}"
        yield Finding((question,), what, "verified needs status C: the source or its abstract was read")
    if kind not in (GUIDELINE, SURVEY):
        return
    if answer != "unknown" and not status:
        yield Finding((question,), "has no status", f"add status: one of {', '.join(_statuses())}")
    source = entry.get("source", own["source"])
    if not any(source in (study.id, *study.aliases) for study in studies().values()):
        remedy = "name a study of the evidence library (`hepatica evidence list`)"
        yield Finding((question, "source"), f"{source!r} is no study of the evidence library", remedy)


def _statuses() -> list[str]:
    return list(protocol_data("questions.yaml")["statuses"])


def _drug_lists(own: dict[str, Any]) -> Iterator[Finding]:
    """Second and third line name drugs or classes that make a regimen."""
    known = {name for name, drug in drugs().items() if drug.immunosuppressant}
    known |= {drug.drug_class for drug in drugs().values() if drug.immunosuppressant} | {"other"}
    for question in ("second_line", "third_line"):
        answer = _answer(own, question)
        for number, word in enumerate(answer if isinstance(answer, list) else []):
            if word not in known:
                remedy = "use the vocabulary's name of an immunosuppressant (mycophenolate), its class, or other"
                yield Finding((question, "answer", number), f"{word!r} is no immunosuppressant that is known", remedy)


def _dose(place: tuple[Step, ...], dose: dict[str, Any], kind: str) -> Iterator[Finding]:
    if dose["low"] > dose["high"]:
        yield Finding(place, f"the low end {dose['low']:g} is above the high end {dose['high']:g}", SWAP)
    limit = protocol_data("questions.yaml")["doses_refused_above"][kind][dose["unit"]]
    if dose["high"] > limit:
        what = f"{dose['high']:g} {dose['unit']} of {kind} is more than anybody is given ({limit:g})"
        yield Finding(place, what, "check the number and the unit (mg/day or mg/kg/day)")
    if "at_most_mg_day" in dose and dose["unit"] == "mg/day" and dose["at_most_mg_day"] < dose["high"]:
        what = f"at most {dose['at_most_mg_day']:g} mg, but up to {dose['high']:g} mg"
        yield Finding(place, what, "give the lower of the two as high")


def _taper(place: tuple[Step, ...], taper: dict[str, Any]) -> Iterator[Finding]:
    to, days, steps = taper["to"], taper["over_days"], taper.get("steps", [])
    if to["low"] > to["high"]:
        yield Finding((*place, "to"), f"the low end {to['low']:g} is above the high end {to['high']:g}", SWAP)
    if days.get("low", 0) > days["high"]:
        what = f"ends on day {days['high']}, before it starts to be reached on day {days['low']}"
        yield Finding((*place, "over_days"), what, SWAP)
    for number, (step, following) in enumerate(pairwise(steps), start=1):
        if following["after_days"] <= step["after_days"]:
            what = f"begins on day {following['after_days']}, not after day {step['after_days']} of the step before"
            yield Finding((*place, "steps", number), what, "put the steps in order of their days")
    if steps and steps[-1]["after_days"] > days["high"]:
        what = f"the last step begins on day {steps[-1]['after_days']}, after the taper's end on day {days['high']}"
        yield Finding((*place, "steps"), what, "correct over_days or the steps")
    limit = protocol_data("questions.yaml")["doses_refused_above"]["steroid"][to["unit"]]
    if to["high"] > limit:
        what = f"{to['high']:g} {to['unit']} of steroid is more than anybody is given ({limit:g})"
        yield Finding((*place, "to"), what, "check the number and the unit (mg/day or mg/kg/day)")


def _windows(own: dict[str, Any]) -> Iterator[Finding]:
    """6-TGN targets: low below high, one for each unit, and within what is plausible for 6-TGN."""
    sections = [
        (("metabolites", number, "tgn_target"), item["unit"], item["tgn_target"])
        for number, item in enumerate(own.get("metabolites", []))
    ]
    targets = [(place, item["unit"], item) for place, item in _items(own, "metabolite_target")]
    for found in (sections, targets):
        seen: set[str] = set()
        for place, unit, window in found:
            if unit in seen:
                yield Finding(place, f"a second target in {unit}", "give one target for each unit")
            seen.add(unit)
            yield from _window(place, window)


def _window(place: tuple[Step, ...], window: dict[str, Any]) -> Iterator[Finding]:
    if window["low"] >= window["high"]:
        what = f"the low end {window['low']:g} is not below the high end {window['high']:g}"
        yield Finding(place, what, SWAP)
    plausible = analytes()["TGN"].usual
    if plausible is not None and max(window["low"], window["high"]) > plausible[1]:
        yield Finding(place, f"no 6-TGN is expected above {plausible[1]:g}", "check the number and the unit")


def _intervals(own: dict[str, Any]) -> Iterator[Finding]:
    last = 0
    for place, item in _items(own, "liver_tests"):
        every = item["every_days"]
        if every["low"] > every["high"]:
            yield Finding(place, f"every {every['low']} to {every['high']} days: the low end is above the high", SWAP)
        until = item.get("until_day")
        if until is not None and until <= last:
            yield Finding(place, f"ends on day {until}, before it starts on day {last}", "put the days in order")
        last = until if until is not None else last


def _monitoring(own: dict[str, Any]) -> Iterator[Finding]:
    """Monitoring: names once, and phases that follow each other; only the last may be without an end."""
    names: set[str] = set()
    for number, item in enumerate(own.get("monitoring", [])):
        if item["name"] in names:
            yield Finding(("monitoring", number), f"a second item {item['name']!r}", "name each item once")
        names.add(item["name"])
        last = 0
        for phase_number, phase in enumerate(item["phases"]):
            place = ("monitoring", number, "phases", phase_number)
            until = phase.get("until_day")
            if until is None and phase_number + 1 < len(item["phases"]):
                yield Finding(place, "has no until_day, but is not the last phase", "add until_day")
            elif until is not None and until <= last:
                yield Finding(place, f"ends on day {until}, before it starts on day {last}", "put the days in order")
            last = until if until is not None else last


def _contradictions(own: dict[str, Any], whole: dict[str, Any]) -> Iterator[Finding]:
    """Answers that cannot all be true, told where the file itself gives one of them."""
    if _answer(whole, "tpmt_before_azathioprine") == "routine" and (
        _answer(whole, "tpmt_available") == "not_available" and {"tpmt_available", "tpmt_before_azathioprine"} & {*own}
    ):
        what = "TPMT before azathioprine is routine, but the test is not available"
        yield Finding(("tpmt_before_azathioprine",), what, "correct one of the two")
    first, second = _answer(whole, "first_line"), _answer(whole, "second_line")
    if isinstance(first, list) and isinstance(second, list) and {"first_line", "second_line"} & {*own}:
        always = frozenset.intersection(*(parts_of(choice) for choice in first))
        for number, drug in enumerate(second):
            if drug in always:
                what = f"{drug} is already part of every first line"
                yield Finding(("second_line", "answer", number), what, "name the drug that follows")
    yield from _two_targets(own, whole)


def _two_targets(own: dict[str, Any], whole: dict[str, Any]) -> Iterator[Finding]:
    """A target that is written as an answer must be the one that the course reads for the same unit."""
    if kind_of(own) in (GUIDELINE, SURVEY):
        return  # what the course reads stands in for them
    read = {item["unit"]: item["tgn_target"] for item in whole["metabolites"]}
    for place, item in _items(own, "metabolite_target"):
        course = read.get(item["unit"])
        if course is None or (course["low"], course["high"]) != (item["low"], item["high"]):
            what = f"another target than `metabolites` has for {item['unit']}, which is what the course reads"
            yield Finding(place, what, "write the target in `metabolites`, and leave metabolite_target out")
