"""Dated events: complications, transplant, death, side effects, infections, pregnancies, other diseases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hepatica.record.tables import CAUSES, EVENTS, YES_NO
from hepatica.synthetic.draws import Draws, Flags, Floats, Stream, Whole
from hepatica.synthetic.first_line import BUDESONIDE, NONE
from hepatica.synthetic.later_lines import DRUG, DRUGS, LaterLines
from hepatica.synthetic.losses import DISEASES
from hepatica.synthetic.model import Model
from hepatica.synthetic.other_prescriptions import anti_tnf_drug
from hepatica.synthetic.people import YEAR
from hepatica.synthetic.response import NEVER
from hepatica.synthetic.rows import join, keep
from hepatica.synthetic.story import Story

EMPTY = -1
EVENT = {name: code for code, name in enumerate(EVENTS)}
YES, NO, _ = range(len(YES_NO))
LIVER, OTHER_CAUSE, UNKNOWN_CAUSE = range(len(CAUSES))
_STEROID_EFFECTS = ("Weight gain, grade 2", "Osteoporosis, grade 2", "Hyperglycemia, grade 2", "Insomnia, grade 1")
_PARTNER_EFFECTS = (
    *("Nausea, grade 2", "Vomiting, grade 2"),
    *("White blood cell decreased, grade 3", "Pancreatitis, grade 3"),
)
_SERIOUS_EFFECTS = ("Sepsis, grade 3", "Febrile neutropenia, grade 3", "Vomiting, grade 3")
_INFECTIONS = ("Urinary tract infection, grade 2", "Lung infection, grade 3", "Shingles, grade 2")
_DECOMPENSATION = ("ascites", "variceal_bleeding", "encephalopathy")
_RISE = "Alanine aminotransferase increased, grade 1"
DETAILS = (
    *_STEROID_EFFECTS,
    *_PARTNER_EFFECTS,
    *_SERIOUS_EFFECTS,
    *_INFECTIONS,
    _RISE,
    *DISEASES,
    "nitrofurantoin",
)
EVENT_DRUGS = (*DRUGS, "nitrofurantoin")


@dataclass(frozen=True)
class Happenings:
    """Rows of events: day after the index date, and codes (-1: empty)."""

    patient: Whole
    t: Whole
    event: Whole
    detail: Whole
    serious: Whole
    drug: Whole
    cause: Whole


def _rows(
    who: Flags,
    t: Whole,
    event: str,
    *,
    detail: Whole | int = EMPTY,
    serious: Whole | int = EMPTY,
    drug: Whole | int = EMPTY,
    cause: Whole | int = EMPTY,
) -> Happenings:
    """Return one event for each patient in `who`; all arguments by patient."""
    patient = np.flatnonzero(who & (t < NEVER))
    codes = (np.broadcast_to(code, who.shape)[patient].astype(np.int64) for code in (detail, serious, drug, cause))
    return Happenings(patient, t[patient], np.full(len(patient), EVENT[event]), *codes)


def _one_of(s: Stream, n: int, words: tuple[str, ...]) -> Whole:
    """Return for each of n one of the words, as a code of DETAILS."""
    return DETAILS.index(words[0]) + (s.uniform(n) * len(words)).astype(np.int64)


def make_happenings(model: Model, draws: Draws, story: Story) -> Happenings:
    """Return the events of a block up to the end of what can be known."""
    s = draws.of("events")
    rows = join(
        [
            *_liver(model, s, story),
            *_ends(story),
            *_side_effects(model, s, story),
            *_trial(model, s, story),
            *_life(model, s, story),
            *_before(model, s, story),
        ]
    )
    people = story.people
    born = people.birth[rows.patient] < people.index[rows.patient] + rows.t
    return keep(rows, born & (rows.t <= story.outcomes.end[rows.patient]))


def _liver(model: Model, s: Stream, story: Story) -> list[Happenings]:
    """Return cirrhosis, decompensation, cancer, acute severe presentation, and the way to transplant."""
    outcomes, presentation, n = story.outcomes, story.presentation, story.people.n
    at_diagnosis = story.people.diagnosis - story.people.index
    everybody = np.ones(n, dtype=np.bool_)
    native = outcomes.native_end
    cirrhosis = np.where(presentation.cirrhosis, at_diagnosis, outcomes.cirrhosis)
    failing = np.where(outcomes.death_liver, np.minimum(outcomes.death, outcomes.transplant), outcomes.transplant)
    failure = np.where(failing < NEVER, failing - s.days(model["outcomes.decompensation_days"], n), NEVER)
    share = model["outcomes.decompensation_before_liver_death"]
    fails = s.chance(n, share) & (outcomes.cirrhosis < failure) & (failure > 1)
    how = s.pick(n, model.shares("outcomes.decompensation")[1])
    listing = outcomes.transplant - s.days(model["outcomes.listing_days"], n)
    listed = (outcomes.transplant < NEVER) & (outcomes.transplant > 5)
    coma = presentation.acute_severe & s.chance(n, model["outcomes.acute_severe_encephalopathy"])
    return [
        _rows(cirrhosis <= native, cirrhosis, "cirrhosis"),
        *(_rows(fails & (how == k), failure, name) for k, name in enumerate(_DECOMPENSATION)),
        _rows(outcomes.hcc <= native, outcomes.hcc, "hcc"),
        _rows(presentation.acute_severe, at_diagnosis, "acute_severe_presentation"),
        _rows(coma, np.maximum(at_diagnosis, 0), "encephalopathy"),
        _rows(listed, np.maximum(listing, 1), "transplant_listing"),
        _rows(everybody, outcomes.transplant, "liver_transplant"),
    ]


def _ends(story: Story) -> list[Happenings]:
    """Return death and loss to follow-up; who is lost is not known to have died later."""
    outcomes = story.outcomes
    cause = np.where(outcomes.death_liver, LIVER, OTHER_CAUSE)
    dies = (outcomes.death <= outcomes.lost) & (outcomes.death <= outcomes.extract)
    lost = (outcomes.lost < outcomes.death) & (outcomes.lost <= outcomes.extract)
    return [
        _rows(dies, outcomes.death, "death", cause=cause),
        _rows(lost, outcomes.lost, "lost_to_follow_up"),
    ]


def _side_effects(model: Model, s: Stream, story: Story) -> list[Happenings]:
    """Return side effects of the steroid, of what goes with it, and of anti-TNF."""
    n, arm, lines, losses = story.people.n, story.first_line.arm, story.lines, story.losses
    rates = model["safety.any_adverse_event"]
    budesonide = arm == BUDESONIDE
    steroid = np.where(budesonide, DRUG["budesonide"], DRUG["prednisolone"])
    suffers = (arm != NONE) & s.chance(n, np.where(budesonide, rates["budesonide"], rates["prednisolone"]))
    when = s.days(model["safety.steroid_effect_days"], n)
    infliximab, adalimumab = anti_tnf_drug(losses)
    anti_tnf = np.where(adalimumab, DRUG["adalimumab"], DRUG["infliximab"])
    return [
        _rows(suffers, when, "adverse_event", detail=_one_of(s, n, _STEROID_EFFECTS), serious=NO, drug=steroid),
        _rows(
            lines.intolerance < NEVER,
            lines.intolerance,
            "adverse_event",
            detail=_one_of(s, n, _PARTNER_EFFECTS),
            serious=NO,
            drug=lines.partner,
        ),
        _rows(
            infliximab | adalimumab,
            losses.rise,
            "adverse_event",
            detail=DETAILS.index(_RISE),
            serious=NO,
            drug=anti_tnf,
        ),
    ]


def _trial(model: Model, s: Stream, story: Story) -> list[Happenings]:
    """Return the trial's serious adverse events, within its 24 weeks."""
    n, partner = story.people.n, story.lines.partner
    rates = model["safety.trial_serious"]
    rate = np.where(partner == DRUG["mycophenolate"], rates["mycophenolate"], rates["azathioprine"])
    serious = story.first_line.randomised & s.chance(n, rate)
    when = s.days((model["safety.trial_serious_from_day"], model["visits.trial_week_24"]), n)
    return [_rows(serious, when, "adverse_event", detail=_one_of(s, n, _SERIOUS_EFFECTS), serious=YES, drug=partner)]


def _life(model: Model, s: Stream, story: Story) -> list[Happenings]:
    """Return infections, pregnancies, and contraception with mycophenolate."""
    n, people = story.people.n, story.people
    infection = (s.exponential(n) / model["safety.infection_per_year"] * YEAR).astype(np.int64)
    pregnancy = (s.exponential(n) / model["safety.pregnancy_per_year"] * YEAR).astype(np.int64)
    age = people.age_on(np.arange(n), people.index + pregnancy)
    mycophenolate = first_day_of_mycophenolate(story.lines)
    bears = people.female & _within(age, model["safety.pregnancy_age"]) & (mycophenolate == NEVER)
    birth = np.where(bears, pregnancy + model["safety.pregnancy_days"], NEVER)
    age_then = people.age_on(np.arange(n), people.index + mycophenolate)
    advised = people.female & _within(age_then, model["safety.contraception_age"])
    advised &= s.chance(n, model["safety.contraception"])
    serious = np.where(s.chance(n, model["safety.serious_infection"]), YES, NO)
    return [
        _rows(infection < NEVER, infection, "infection", detail=_one_of(s, n, _INFECTIONS), serious=serious),
        _rows(bears, pregnancy, "pregnancy_start"),
        _rows(bears, birth, "pregnancy_end"),
        _rows(advised, mycophenolate, "contraception"),
    ]


def _within(age: Floats, limits: Sequence[float]) -> Flags:
    """Return who is of an age between two limits."""
    return np.asarray((age >= limits[0]) & (age <= limits[1]))


def first_day_of_mycophenolate(lines: LaterLines) -> Whole:
    """Return the first day of mycophenolate in any line."""
    code = DRUG["mycophenolate"]
    later: Whole = np.where(lines.drug == code, lines.start, NEVER).min(axis=1)
    first = np.where(lines.partner == code, lines.partner_start, NEVER)
    instead = np.where(lines.substitute == code, lines.substitute_start, NEVER)
    return np.minimum(np.minimum(first, instead), later)


def _before(model: Model, s: Stream, story: Story) -> list[Happenings]:
    """Return what came before the diagnosis: other autoimmune diseases, a hepatotoxic drug."""
    n, disease = story.people.n, story.losses.disease
    known = -s.days((10, 3000), n)
    drug = s.chance(n, model["safety.hepatotoxic_drug"])
    begun = -s.days((40, 360), n)
    name, code = DETAILS.index("nitrofurantoin"), EVENT_DRUGS.index("nitrofurantoin")
    return [
        _rows(disease >= 0, known, "extrahepatic_disease", detail=DETAILS.index(DISEASES[0]) + disease),
        _rows(drug, begun, "hepatotoxic_drug_start", detail=name, drug=code),
    ]
