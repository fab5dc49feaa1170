"""What becomes of the patients: cirrhosis, cancer, transplant, death, loss to follow-up.

From the landmark at six months on, death and transplant each have a constant hazard, multiplied by the published
ratios for no response, cirrhosis at diagnosis, and PSC. Before it only acute severe hepatitis kills.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepatica.synthetic.draws import Draws, Flags, Floats, Stream, Whole
from hepatica.synthetic.model import Model
from hepatica.synthetic.people import PSC, YEAR, People
from hepatica.synthetic.presentation import Presentation
from hepatica.synthetic.response import EARLY, NEVER, UNTREATED, Response

LANDMARK = 184  # six calendar months are never longer


@dataclass(frozen=True)
class Outcomes:
    """Days after the index date; `death`, `transplant`, `cirrhosis` are true days, also those after the extract.

    `end` is the last day that the centre can know anything of: death, loss to follow-up, or the extract;
    `native_end` the last day with the own liver. `cirrhosis` is 0 where present at diagnosis.
    """

    no_response: Flags
    death: Whole
    death_liver: Flags
    transplant: Whole
    cirrhosis: Whole
    hcc: Whole
    lost: Whole
    extract: Whole

    @property
    def end(self) -> Whole:
        """Return the last day of which anything can be known."""
        return np.minimum(np.minimum(self.death, self.lost), self.extract)

    @property
    def native_end(self) -> Whole:
        """Return the last day of which anything can be known about the own liver."""
        return np.minimum(self.end, self.transplant)


def make_outcomes(
    model: Model, draws: Draws, people: People, presentation: Presentation, response: Response
) -> Outcomes:
    """Return what becomes of a block's patients."""
    s, n = draws.of("outcomes"), people.n
    no_response = (response.latent_class != EARLY) & (response.latent_class != UNTREATED)
    hazard = _relative_hazard(model, people, presentation, no_response)
    century = (people.birth + model["outcomes.oldest_age"] * YEAR - people.index).astype(np.int64)
    death = np.minimum(_after_landmark(s, model["outcomes.death_per_year"] * hazard), century)
    transplant = _after_landmark(s, model["outcomes.transplant_per_year"] * hazard)
    death, transplant = _acute_severe(model, s, presentation.acute_severe, death, transplant)
    too_old = people.age_on(np.arange(n), people.index + transplant) >= model["outcomes.transplant_under_age"]
    transplant = np.where(too_old | (transplant >= death), NEVER, transplant)
    cirrhosis = _cirrhosis(model, s, presentation, no_response)
    hcc = cirrhosis + _waiting(s, np.full(n, model["outcomes.hcc_per_year_of_cirrhosis"]))
    lost = model["outcomes.lost_from_day"] + _waiting(s, np.full(n, model["outcomes.lost_per_year"]))
    liver = s.chance(n, model["outcomes.liver_death_share"]) & (death < century)
    extract = model.day("calendar.extract") - people.index
    return Outcomes(no_response, death, liver, transplant, cirrhosis, hcc.clip(max=NEVER), lost, extract)


def _relative_hazard(model: Model, people: People, presentation: Presentation, no_response: Flags) -> Floats:
    """Return each patient's hazard of death against that of the reference patient."""
    ratios = model["outcomes.hazard_ratio"]
    return np.asarray(
        ratios["no_response"] ** no_response.astype(np.float64)
        * ratios["cirrhosis"] ** presentation.cirrhosis.astype(np.float64)
        * ratios["psc"] ** (people.variant == PSC).astype(np.float64)
    )


def _waiting(s: Stream, per_year: Floats) -> Whole:
    """Return days until something with a constant hazard happens."""
    return np.minimum(s.exponential(len(per_year)) / per_year * YEAR, NEVER).astype(np.int64)


def _after_landmark(s: Stream, per_year: Floats) -> Whole:
    """Return days until something happens that cannot happen before the landmark."""
    return np.minimum(LANDMARK + 1 + _waiting(s, per_year), NEVER)


def _acute_severe(model: Model, s: Stream, acute_severe: Flags, death: Whole, transplant: Whole) -> tuple[Whole, Whole]:
    """Return days of death and transplant with those that acute severe hepatitis causes early."""
    n = len(death)
    transplanted = acute_severe & s.chance(n, model["outcomes.acute_severe_transplant"])
    transplant = np.where(transplanted, s.days(model["outcomes.acute_severe_transplant_days"], n), transplant)
    dies = acute_severe & ~transplanted & s.chance(n, model["outcomes.acute_severe_death"])
    return np.where(dies, s.days(model["outcomes.acute_severe_death_days"], n), death), transplant


def _cirrhosis(model: Model, s: Stream, presentation: Presentation, no_response: Flags) -> Whole:
    """Return the day from which there is cirrhosis: 0 where present at diagnosis."""
    ratio = model["outcomes.cirrhosis_ratio_no_response"] ** no_response.astype(np.float64)
    later = _after_landmark(s, model["outcomes.cirrhosis_per_year"] * ratio)
    return np.where(presentation.cirrhosis, 0, later)
