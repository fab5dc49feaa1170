"""What is measured once or rarely: autoantibodies and viral markers, body measures, drug levels, elastography."""

from __future__ import annotations

import numpy as np

from hepatica.synthetic.draws import Flags, Stream, Whole
from hepatica.synthetic.model import Model
from hepatica.synthetic.other_values import Levels
from hepatica.synthetic.people import PBC, weight_kg
from hepatica.synthetic.printed import code_of_word
from hepatica.synthetic.story import Story
from hepatica.synthetic.visits import Visits

_TYPE_1, _TYPE_2 = 0, 1
_ADULT = 18
_GROWN_GIRL = 15


def serology(model: Model, s: Stream, story: Story, visits: Visits) -> list[tuple[str, Whole, Whole]]:
    """Return autoantibodies and viral markers at the first visit: analyte, visit, code of the printed word."""
    first = np.flatnonzero(visits.first)
    kind = story.people.aih_type[visits.patient[first]]
    type_1, n = kind == _TYPE_1, len(first)
    titres, shares = model.shares("presentation.titres")
    titre = np.array([code_of_word(word) for word in titres])[s.pick(n, shares)]
    negative = np.full(n, code_of_word("<1:40"))
    presence = np.array([code_of_word("negative"), code_of_word("positive")])
    ana = type_1 & s.chance(n, model["presentation.ana_positive"])
    sma = type_1 & (s.chance(n, model["presentation.sma_positive"]) | ~ana)
    ama = (story.people.variant == PBC)[visits.patient[first]]
    sla = type_1 & s.chance(n, model["presentation.sla_positive"])
    hbsag = s.chance(n, model["presentation.hbsag_positive"])
    return [
        ("ANA", first, np.where(ana, titre, negative)),
        ("SMA", first, np.where(sma, titre[::-1], negative)),
        ("LKM1", first, np.where(kind == _TYPE_2, titre, negative)),
        ("AMA", first, np.where(ama, titre, negative)),
        ("SLA", first, presence[sla.astype(np.int64)]),
        ("HBSAG", first, presence[hbsag.astype(np.int64)]),
        ("HCV_RNA", first, np.full(n, presence[0])),
    ]


def hbsag_positive(model: Model, s: Stream, story: Story, visits: Visits) -> Flags:
    """Return which patients carry hepatitis B, as the serology says."""
    positive = np.zeros(story.people.n, dtype=np.bool_)
    for analyte, visit, code in serology(model, s, story, visits):
        if analyte == "HBSAG":
            positive[visits.patient[visit]] = code == code_of_word("positive")
    return positive


def body_measures(model: Model, s: Stream, story: Story, visits: Visits) -> list[Levels]:
    """Return weights (children at many visits, adults at the first) and heights at the first."""
    child = visits.age < _ADULT
    weighed = np.flatnonzero(visits.first | (child & s.chance(visits.n, model["visits.child_weight"])))
    who = visits.patient[weighed]
    weight = weight_kg(model, story.people, who, visits.age[weighed]) * np.exp(
        model["values.weight_log_sd"] * s.normal(len(weighed))
    )
    first = np.flatnonzero(visits.first)
    people, patient = story.people, visits.patient[first]
    grown = np.interp(visits.age[first], model["people.growth_age_years"], model["people.growth_height_cm"])
    shorter = people.female[patient] & (visits.age[first] >= _GROWN_GIRL)
    spread = np.exp(model["values.height_log_sd"] * s.normal(len(first)))
    height = (grown - model["values.shorter_women_cm"] * shorter) * spread
    return [Levels("WEIGHT", weighed, weight), Levels("HEIGHT", first, height)]
