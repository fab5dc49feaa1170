"""The truth files: per patient what is true, each change of treatment, each spell of active disease."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np
import pyarrow as pa
import yaml

from hepatica.synthetic.assessability import VERDICTS, complete_status, status_as_sent, verdict
from hepatica.synthetic.blocks import Block
from hepatica.synthetic.cells import EMPTY, coded, dates, of_patients, rounded, whole, yes
from hepatica.synthetic.core_values import relapse_signs, response_status
from hepatica.synthetic.draws import Flags, Whole
from hepatica.synthetic.first_line import ARMS
from hepatica.synthetic.losses import COURSES
from hepatica.synthetic.people import PSC
from hepatica.synthetic.response import CLASSES, NEVER
from hepatica.synthetic.truth_details import changes_of, spells_of

_RELAPSE_IGG_GRAMS = 20.0  # the course's definition of relapse, for this truth
_TRIAL_DAYS = (160, 172)


@cache
def truth_columns() -> dict[str, dict[str, str]]:
    """Return the columns of each truth file with their meaning."""
    text = files("hepatica.synthetic").joinpath("truth_columns.yaml").read_text(encoding="utf-8")
    columns: dict[str, dict[str, str]] = yaml.safe_load(text)
    return columns


def truth_of(block: Block, patients: int) -> dict[str, pa.Table]:
    """Return the truth tables of a block's first `patients` patients."""
    return {
        "patients": _patients(block).slice(0, patients),
        "changes": changes_of(block, patients),
        "spells": spells_of(block, patients),
    }


def _patients(block: Block) -> pa.Table:
    """Return one row per patient with all that is true."""
    story = block.story
    people, presentation = story.people, story.presentation
    centres = tuple(f"Synthetic centre {number + 1}" for number in range(block.settings.centre_count))
    columns = {
        "patient_id": of_patients(block.ids, np.arange(people.n)),
        "centre": coded(people.centre, centres),
        "index_date": dates(people.index, people.treated),
        "sex": coded(np.where(people.female, 0, 1), ("female", "male")),
        "age_at_diagnosis": rounded(people.age, 2),
        "cirrhosis_at_diagnosis": yes(presentation.cirrhosis),
        "psc": yes(people.variant == PSC),
        "acute_severe": yes(presentation.acute_severe),
        "alt_xuln": rounded(presentation.alt, 3),
        "igg_xuln": rounded(presentation.igg, 3),
        **_treatment(block),
        **_response(block),
        **_later(block),
        **_outcomes(block),
    }
    return pa.table({name: columns[name] for name in truth_columns()["patients"]})


def _treatment(block: Block) -> dict[str, pa.Array]:
    """Return the first line, how it was chosen, and the true probabilities of response under either steroid."""
    first, response = block.story.first_line, block.story.response
    return {
        "arm": coded(first.arm, ARMS),
        "randomised": yes(first.randomised),
        "budesonide_probability": rounded(first.budesonide_probability, 5),
        "latent_class": coded(response.latent_class, CLASSES),
        "course_class": coded(block.story.losses.course, COURSES),
        **{name: rounded(value, 5) for name, value in response.probability.items()},
    }


def _response(block: Block) -> dict[str, pa.Array]:
    """Return the response on complete data, and what the values that are sent say of it."""
    story, visits, settings = block.story, block.subject.visits, block.settings
    extract = settings.model.day("calendar.extract")
    native = visits.t <= story.outcomes.transplant[visits.patient]
    normal = response_status(block.core)
    first = _first_visit(block, normal & native & (visits.t > 0) & story.people.treated[visits.patient])
    signs = relapse_signs(settings.centres, visits, block.core, _RELAPSE_IGG_GRAMS)
    relapse = _first_visit(block, signs & native & (visits.t > first[visits.patient]))
    complete, as_sent = (
        verdict(story, visits, status, extract)
        for status in (complete_status(normal), status_as_sent(visits, block.core, block.subject.kept))
    )
    return {
        "true_cbr_by_6_months": coded(complete, VERDICTS),
        "true_cbr_date": _days(block, first),
        "true_relapse_date": _days(block, relapse),
        "cbr_by_6_months_as_sent": coded(as_sent, VERDICTS),
        "trial_remission_24_weeks": _trial_remission(block),
    }


def _first_visit(block: Block, here: Flags) -> Whole:
    """Return each patient's first visit among some, in days; NEVER without any."""
    visits = block.subject.visits
    first = np.full(block.story.people.n, NEVER)
    np.minimum.at(first, visits.patient[here], visits.t[here])
    return first


def _trial_remission(block: Block) -> pa.Array:
    """Return for the randomised whether ALT and IgG are normal at 24 weeks."""
    visits, n = block.subject.visits, block.story.people.n
    in_window = (visits.t >= _TRIAL_DAYS[0]) & (visits.t <= _TRIAL_DAYS[1])
    at = np.flatnonzero(in_window & block.story.first_line.randomised[visits.patient])
    normal = ~(block.core["ALT"].high | block.core["IGG"].high)
    state = np.full(n, EMPTY)
    state[visits.patient[at]] = normal[at]
    return yes(state == 1, state != EMPTY)


def _later(block: Block) -> dict[str, pa.Array]:
    """Return what happens to the response, and how thiopurines are turned over."""
    story, metabolism = block.story, block.subject.metabolism
    losses = story.losses
    return {
        "allopurinol_date": _days(block, losses.allopurinol),
        "allopurinol_response": yes(losses.allopurinol_responded, losses.allopurinol < NEVER),
        "withdrawal_date": _days(block, losses.withdrawal),
        "withdrawal_relapse_date": _days(block, losses.withdrawal_relapse),
        "anti_tnf_date": _days(block, losses.anti_tnf),
        "anti_tnf_rise_date": _days(block, losses.rise),
        "metabolites_monitored": yes(metabolism.monitored),
        "mean_tgn": rounded(metabolism.tgn, 1),
        "mean_mmp": rounded(metabolism.mmp, 1),
        "tpmt_alleles": whole(story.presentation.tpmt),
        "nudt15_alleles": whole(story.presentation.nudt15),
    }


def _outcomes(block: Block) -> dict[str, pa.Array]:
    """Return cirrhosis, cancer, transplant, death, loss, and the latent days to them."""
    outcomes = block.story.outcomes
    alive_until = np.minimum(outcomes.death, outcomes.extract)
    days = {
        "cirrhosis": outcomes.cirrhosis,
        "hcc": outcomes.hcc,
        "transplant": outcomes.transplant,
        "death": outcomes.death,
        "lost": outcomes.lost,
    }
    latent = {name: days[name] for name in ("death", "transplant", "cirrhosis")}
    return {
        **{f"{name}_date": _days(block, day, alive_until) for name, day in days.items()},
        "death_liver": yes(outcomes.death_liver, outcomes.death <= outcomes.extract),
        "last_day": dates(block.story.people.index + outcomes.end),
        **{f"latent_{name}_days": whole(day, day < NEVER) for name, day in latent.items()},
    }


def _days(block: Block, days: Whole, limit: Whole | None = None) -> pa.Array:
    """Return days after the index date as dates, where they come not after the limit (the last day known)."""
    last = block.story.outcomes.end if limit is None else limit
    return dates(block.story.people.index + days, (days < NEVER) & (days <= last))
