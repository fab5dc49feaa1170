"""How the disease presents itself: activity, cirrhosis, autoantibodies, genes that decide on thiopurines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepatica.synthetic.draws import Draws, Flags, Floats, Stream, Whole
from hepatica.synthetic.model import Model
from hepatica.synthetic.people import People

NORMAL, INTERMEDIATE, POOR = 0, 1, 2


@dataclass(frozen=True)
class Presentation:
    """The disease at diagnosis; `alt`, `ast`, `igg` in multiples of the upper limit.

    `tpmt` and `nudt15` count the alleles without function (0 normal, 1 intermediate, 2 poor).
    """

    cirrhosis: Flags
    acute_severe: Flags
    alt: Floats
    ast: Floats
    igg: Floats
    extrahepatic: Flags
    tpmt: Whole
    nudt15: Whole


def make_presentation(model: Model, draws: Draws, people: People) -> Presentation:
    """Return the disease at diagnosis of a block's patients."""
    s, n = draws.of("presentation"), people.n
    acute_severe = s.chance(n, model["presentation.acute_severe_share"])
    cirrhosis = s.chance(n, people.by_age(model["presentation.cirrhosis_share"])) & ~acute_severe
    alt = _alt(model, s, acute_severe)
    ratio = model["presentation.ast_to_alt"]
    mean, sd = model["presentation.igg_log_xuln"]
    return Presentation(
        cirrhosis=cirrhosis,
        acute_severe=acute_severe,
        alt=alt,
        ast=alt
        * np.where(cirrhosis, ratio["cirrhosis"], ratio["no_cirrhosis"])
        * np.exp(ratio["log_sd"] * s.normal(n)),
        igg=np.clip(np.exp(mean + sd * s.normal(n)), *model["presentation.igg_range_xuln"]),
        extrahepatic=s.chance(n, people.by_age(model["presentation.extrahepatic_share"])),
        tpmt=_alleles(draws.of("genotypes"), np.full(n, model["genotypes.tpmt_no_function_allele"])),
        nudt15=_nudt15(model, s, people),
    )


def _alt(model: Model, s: Stream, acute_severe: Flags) -> Floats:
    """Return ALT at diagnosis in multiples of the upper limit."""
    usual, severe = model["presentation.alt_log2_xuln"], model["presentation.alt_log2_xuln_acute_severe"]
    mean = np.where(acute_severe, severe[0], usual[0])
    sd = np.where(acute_severe, severe[1], usual[1])
    low, high = model["presentation.alt_range_xuln"]
    return np.asarray(np.clip(np.exp2(mean + sd * s.normal(len(acute_severe))), low, high))


def _alleles(s: Stream, frequency: Floats) -> Whole:
    """Return how many of two alleles have no function (Hardy-Weinberg)."""
    n = len(frequency)
    return s.chance(n, frequency).astype(np.int64) + s.chance(n, frequency)


def _nudt15(model: Model, s: Stream, people: People) -> Whole:
    """Return the NUDT15 no-function alleles, which are frequent in Asia."""
    frequency = model["genotypes.nudt15_no_function_allele"]
    names, _ = model.shares("people.ethnicity")
    asian = people.ethnicity == names.index("Asian")
    return _alleles(s, np.where(asian, frequency["Asian"], frequency["others"]))
