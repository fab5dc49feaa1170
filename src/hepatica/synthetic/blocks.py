"""One block of patients from beginning to end: the truth, and what the centre would send, before it is written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from hepatica.synthetic.activity import make_activity
from hepatica.synthetic.centres import Centres, make_centres
from hepatica.synthetic.core_values import Printed, print_core
from hepatica.synthetic.draws import Draws
from hepatica.synthetic.happenings import Happenings, make_happenings
from hepatica.synthetic.laboratory_rows import Results, Subject, measure
from hepatica.synthetic.metabolites import make_metabolism
from hepatica.synthetic.missingness import decide_kept
from hepatica.synthetic.model import Model, load_model
from hepatica.synthetic.other_prescriptions import prescribe_others
from hepatica.synthetic.people import patient_ids
from hepatica.synthetic.prescriptions import Prescriptions, cut
from hepatica.synthetic.rows import in_order, join
from hepatica.synthetic.special_values import hbsag_positive
from hepatica.synthetic.story import Story, make_story
from hepatica.synthetic.tissue_and_genes import Biopsies, GeneticResults, make_biopsies, make_genetic_results
from hepatica.synthetic.treatment_rows import prescribe
from hepatica.synthetic.visits import make_visits


@dataclass(frozen=True)
class Settings:
    """What decides on a cohort: the model, the seed, how many centres, and whether values go missing."""

    model: Model
    seed: int
    centre_count: int
    centres: Centres
    missingness: str


@dataclass(frozen=True)
class Block:
    """One block: the truth (`subject.story`), and the rows of each table in the patients' order."""

    settings: Settings
    number: int
    subject: Subject
    core: dict[str, Printed]
    results: Results
    prescriptions: Prescriptions
    happenings: Happenings
    biopsies: Biopsies
    genetic_results: GeneticResults

    @cached_property
    def ids(self) -> pa.Array:
        """Return the pseudonyms of the block's patients."""
        return pa.array(patient_ids(self.story.people.number))

    @property
    def story(self) -> Story:
        """Return the truth about the block's patients."""
        return self.subject.story


def make_settings(*, seed: int, centres: int, missingness: str) -> Settings:
    """Return what decides on a cohort, with the model that comes with Hepatica."""
    model = load_model()
    return Settings(model, seed, centres, make_centres(model, seed, centres), missingness)


def make_block(settings: Settings, number: int) -> Block:
    """Return block `number`; it depends on nothing but the settings and its number."""
    model, centres = settings.model, settings.centres
    draws = Draws(settings.seed, number)
    story = make_story(model, draws, centres, settings.centre_count)
    plan, for_liver = prescribe(model, draws, story)
    visits = make_visits(model, draws, story, centres)
    kept = decide_kept(model, draws, story, visits, settings.missingness)
    subject = Subject(story, centres, plan, visits, make_metabolism(model, draws, story), kept)
    activity = make_activity(model, draws, story, visits)
    core = print_core(centres, visits, activity)
    hbsag = hbsag_positive(model, draws.of("special_values"), story, visits)
    others = prescribe_others(model, draws, story, plan, hbsag)
    return Block(
        settings=settings,
        number=number,
        subject=subject,
        core=core,
        results=measure(model, draws, subject, core, activity),
        prescriptions=_known(story, join([for_liver, others])),
        happenings=in_order(make_happenings(model, draws, story), "patient", "t", "event"),
        biopsies=in_order(make_biopsies(model, draws, story, centres), "patient", "t"),
        genetic_results=in_order(make_genetic_results(model, draws, story), "patient", "t", "gene"),
    )


def _known(story: Story, rows: Prescriptions) -> Prescriptions:
    """Return the treatments that can be known, in the patients' order."""
    outcomes = story.outcomes
    dead = outcomes.death <= np.minimum(outcomes.lost, outcomes.extract)
    rows = cut(rows, outcomes.end, outcomes.native_end, ended=dead)
    return in_order(rows, "patient", "start", "drug", "route")
