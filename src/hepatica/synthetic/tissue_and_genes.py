"""Biopsies (activity, features, fibrosis) and genetic results, as pathologist and laboratory report them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepatica.record.tables import FIBROSIS_SCALES, HISTOLOGY, PHENOTYPES, YES_NO
from hepatica.synthetic.centres import Centres
from hepatica.synthetic.draws import Draws, Flags, Floats, Stream, Whole
from hepatica.synthetic.first_line import NONE
from hepatica.synthetic.model import Model
from hepatica.synthetic.people import PBC, PSC
from hepatica.synthetic.response import NEVER, REFRACTORY
from hepatica.synthetic.rows import join, keep
from hepatica.synthetic.story import Story

YES, NO, UNKNOWN = range(len(YES_NO))
# The stage of cirrhosis on each scale, the highest stage without it, and the scales' order.
_CIRRHOSIS = {"ishak": 6, "metavir": 4, "ludwig": 4, "laennec": 4}
_DIPLOTYPES = {
    "TPMT": (("*1/*1",), ("*1/*3A", "*1/*3C", "*1/*2"), ("*3A/*3A", "*3A/*3C")),
    "NUDT15": (("*1/*1",), ("*1/*3", "*1/*2"), ("*3/*3",)),
}
_ACTIVE, _MOST_ACTIVE = 4, 18  # the activity index: under 4 is histological remission, 18 the highest
GENES = ("TPMT", "NUDT15", "STAT1")
DIPLOTYPES = tuple(word for gene in ("TPMT", "NUDT15") for level in _DIPLOTYPES[gene] for word in level)
STAT1_VARIANT = "c.821G>A"
_PHENOTYPE = [PHENOTYPES.index(name) for name in ("normal", "intermediate", "poor")]


@dataclass(frozen=True)
class Biopsies:
    """Rows of biopsies: day after the index date, HISTOLOGY as codes of YES_NO (rows x 7), hai, stage, scale code."""

    patient: Whole
    t: Whole
    features: Whole
    hai: Whole
    stage: Whole
    scale: Whole


@dataclass(frozen=True)
class GeneticResults:
    """Rows of genetic results: day after the index date, codes of gene, diplotype, phenotype (-1: empty)."""

    patient: Whole
    t: Whole
    gene: Whole
    diplotype: Whole
    phenotype: Whole


def make_biopsies(model: Model, draws: Draws, story: Story, centres: Centres) -> Biopsies:
    """Return the biopsies at diagnosis, before withdrawal, and under treatment."""
    s, n = draws.of("biopsies"), story.people.n
    at_diagnosis = (
        story.people.diagnosis
        - story.people.index
        - (s.uniform(n) * model["presentation.biopsy_days_before"]).astype(np.int64)
    )
    withdrawal, wait = story.losses.withdrawal, model["presentation.biopsy_before_withdrawal_days"]
    before = np.where(withdrawal < NEVER, withdrawal - wait, NEVER)
    later = s.days(model["presentation.rebiopsy_days"], n)
    parts = [
        _biopsies(model, s, story, centres, s.chance(n, model["presentation.biopsied_share"]), at_diagnosis),
        _biopsies(model, s, story, centres, before < NEVER, before),
        _biopsies(model, s, story, centres, s.chance(n, model["presentation.rebiopsied_share"]), later),
    ]
    rows = join(parts)
    return keep(rows, rows.t < story.outcomes.native_end[rows.patient])


def in_response(story: Story, t: Whole) -> Flags:
    """Return which patients are in complete response on their day t."""
    losses = story.losses
    lost = ((t[:, None] >= losses.start) & (t[:, None] < losses.end)).any(axis=1)
    relapsed = (t >= losses.withdrawal_relapse) & (t < losses.withdrawal_relapse_end)
    return (t >= story.lines.cbr) & ~lost & ~relapsed


def _biopsies(model: Model, s: Stream, story: Story, centres: Centres, who: Flags, t: Whole) -> Biopsies:
    """Return one biopsy for each patient in `who` on day t."""
    quiet = in_response(story, t)
    hai = _activity(model, s, quiet)
    stage = _stage(s, story, centres, t)
    features = _features(model, s, story, hai)
    patient = np.flatnonzero(who)
    scale = centres.scale[story.people.centre]
    return keep(Biopsies(np.arange(len(t)), t, features, hai, stage, scale), patient)


def _activity(model: Model, s: Stream, quiet: Flags) -> Whole:
    """Return the histological activity index, which lags behind the blood only a little."""
    n = len(quiet)
    mean, sd = model["presentation.hai"]
    active = np.clip(np.rint(mean + sd * s.normal(n)), _ACTIVE, _MOST_ACTIVE)
    calm = np.floor(s.uniform(n) * 4)
    return np.where(quiet, calm, active).astype(np.int64)


def _stage(s: Stream, story: Story, centres: Centres, t: Whole) -> Whole:
    """Return the stage of fibrosis on the centre's scale."""
    most = np.array([_CIRRHOSIS[name] for name in FIBROSIS_SCALES])[centres.scale[story.people.centre]]
    cirrhosis = story.presentation.cirrhosis | (t >= story.outcomes.cirrhosis)
    without = np.floor(s.uniform(len(t)) * np.where(most == _CIRRHOSIS["ishak"], 5, 4))
    return np.where(cirrhosis, most, without).astype(np.int64)


def _features(model: Model, s: Stream, story: Story, hai: Whole) -> Whole:
    """Return what the pathologist sees, the likelier the more active the disease is."""
    active, quiet = hai >= _ACTIVE, model["presentation.histology_quiet"]
    variant, other = np.isin(story.people.variant, [PBC, PSC]), model["presentation.other_pathology"]
    when_active = model["presentation.histology_active"]
    shares: list[Floats] = [np.where(active, when_active[name], quiet) for name in HISTOLOGY[:-1]]
    shares.append(np.where(variant, other["variant"], other["others"]))
    seen = s.uniform(len(HISTOLOGY), len(hai)) < np.stack(shares)
    return np.where(seen, YES, NO).T


def make_genetic_results(model: Model, draws: Draws, story: Story) -> GeneticResults:
    """Return the results of those that were tested, within weeks of the diagnosis."""
    s, n = draws.of("genetic_tests"), story.people.n
    tested = s.chance(n, model["genotypes.tpmt_tested"]) & (story.first_line.arm != NONE)
    both = tested & s.chance(n, model["genotypes.nudt15_tested"])
    t = s.days(model["genotypes.tested_days"], n)
    child = story.people.child & (story.response.latent_class == REFRACTORY)
    stat1 = child & s.chance(n, model["genotypes.stat1_in_refractory_children"])
    rows = join(
        [
            keep(_pharmacogene(model, s, "TPMT", story.presentation.tpmt, t), np.flatnonzero(tested)),
            keep(_pharmacogene(model, s, "NUDT15", story.presentation.nudt15, t), np.flatnonzero(both)),
            keep(_stat1(t + model["genotypes.stat1_after_days"]), np.flatnonzero(stat1)),
        ]
    )
    return keep(rows, rows.t < story.outcomes.end[rows.patient])


def _stat1(t: Whole) -> GeneticResults:
    """Return a STAT1 gain of function for everybody; its variant stands in the table."""
    n, nothing = len(t), np.full(len(t), -1)
    return GeneticResults(np.arange(n), t, np.full(n, GENES.index("STAT1")), nothing, nothing)


def _pharmacogene(model: Model, s: Stream, gene: str, alleles: Whole, t: Whole) -> GeneticResults:
    """Return everybody's diplotype and phenotype of one gene."""
    n = len(alleles)
    first = s.pick(n, model["genotypes.no_function_diplotypes"])
    words = np.full((3, 3), 0)
    for level, names in enumerate(_DIPLOTYPES[gene]):
        codes = [DIPLOTYPES.index(name) for name in names]
        words[level] = [codes[min(place, len(codes) - 1)] for place in range(3)]
    phenotype = np.array(_PHENOTYPE)[alleles]
    return GeneticResults(np.arange(n), t, np.full(n, GENES.index(gene)), words[alleles, first], phenotype)
