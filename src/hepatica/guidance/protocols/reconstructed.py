"""SYNTHETIC centres, rebuilt from the published counts of the European paediatric survey.

The survey published how many centres do what, not which centre does what. So each question's answers are dealt to the
centres in an order of its own, drawn anew with each seed: which answers go together in one of these centres means
nothing, except where the paper counted one among another (the second line among those with a first line, routine TPMT
among those that have the test).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from typing import Any

from hepatica.course.extending import Layer
from hepatica.course.protocol import DEFAULT_PROTOCOL, protocol_layers
from hepatica.errors import UsageError
from hepatica.evidence import Study, study
from hepatica.guidance.protocols.answers import UNKNOWN
from hepatica.guidance.protocols.practice import Practice, practice_of
from hepatica.guidance.protocols.questions import protocol_data
from hepatica.guidance.protocols.survey import SURVEY, in_group

Values = dict[str, Any]


def reconstructed_centres(seed: int = 0) -> list[Practice]:
    """Return SYNTHETIC centres whose answers add up to the published counts; every seed gives the same counts."""
    return [_practice(values) for values in reconstructed_protocols(seed)]


def reconstructed_protocols(seed: int = 0) -> list[Values]:
    """Return the same SYNTHETIC centres as protocol files' values, each of which says what it is."""
    published, draw = study(protocol_data(SURVEY)["study"]), random.Random(seed)  # noqa: S311 (no secret: an order)
    number = published.figure("first_line").inputs["total"]
    centres = [_empty_centre(place, published) for place in range(1, number + 1)]
    for deal in protocol_data(SURVEY)["deals"]:
        among = [values for values in centres if in_group(_practice(values), deal.get("among"))]
        for values, answer in zip(among, _deck(deal, published, len(among), draw), strict=True):
            values[deal["question"]] = {"answer": answer}
    return centres


def _empty_centre(place: int, published: Study) -> Values:
    """Return a centre that has not answered anything yet."""
    return {
        "name": f"synthetic_centre_{place:02}",
        "extends": DEFAULT_PROTOCOL,
        "kind": "survey",
        "synthetic": True,
        "title": f"SYNTHETIC centre {place}, reconstructed from published counts; no real centre",
        "population": "children",
        "ages": "children",
        "source": published.id,
        "status": "digest",
        "verified": False,
        "version": 1,
    }


def _practice(values: Values) -> Practice:
    own = {name: value for name, value in values.items() if name != "extends"}
    return practice_of((Layer(values["name"], own), *_default_layers()))


@cache
def _default_layers() -> tuple[Layer, ...]:
    return protocol_layers(DEFAULT_PROTOCOL)


def _deck(deal: Values, published: Study, size: int, draw: random.Random) -> list[Any]:
    """Return one answer for each centre, in a drawn order; the counts have to fit."""
    answers = [spec["answer"] for spec in deal["answers"] for _ in range(_count(spec, published))]
    if len(answers) > size:
        raise UsageError(SURVEY, f"{deal['question']}: {len(answers)} answers for {size} centres", "correct the deal")
    answers += [deal.get("rest", UNKNOWN)] * (size - len(answers))
    draw.shuffle(answers)
    return answers


def _count(spec: Values, published: Study) -> int:
    """Return how many centres give an answer: a figure's count, a part of its total, or the others of its group."""
    figure = published.figure(spec["others_of"] if "others_of" in spec else spec["count"])
    if "others_of" in spec:
        return int(figure.inputs["of"]) - int(figure.inputs["count"])
    return int(figure.inputs["parts"][spec["part"]] if "part" in spec else figure.inputs["count"])


def counts_not_published() -> Iterator[str]:
    """Return the pairs of questions whose joint answers the survey did not publish, as "question, question"."""
    deals = protocol_data(SURVEY)["deals"]
    joint = {frozenset((deal["question"], deal["among"]["question"])) for deal in deals if "among" in deal}
    names = list(dict.fromkeys(deal["question"] for deal in deals))
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            if frozenset((one, other)) not in joint:
                yield f"{one}, {other}"
