"""The invented centres: their habits of treatment, and what their laboratories print."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepatica.record.tables import FIBROSIS_SCALES
from hepatica.synthetic.draws import CENTRE_BLOCK, Flags, Floats, Stream, Whole
from hepatica.synthetic.model import Model
from hepatica.synthetic.printed import NOTHING, code_of_steps, steps

# All analytes that the model prints. The first three decide on response and come first.
ANALYTES = (
    *("ALT", "AST", "IGG", "ALP", "GGT", "BILIRUBIN", "ALBUMIN", "INR", "PLATELETS", "LEUKOCYTES", "NEUTROPHILS"),
    *("HAEMOGLOBIN", "CREATININE", "SODIUM", "TGN", "MMP", "TACROLIMUS", "INFLIXIMAB", "LSM", "AFP", "WEIGHT"),
    *("HEIGHT", "ANA", "SMA", "LKM1", "SLA", "AMA", "HBSAG", "HCV_RNA", "CERULOPLASMIN"),
)
# Whom a limit is for: adults by sex, children by age.
GROUPS = ("woman", "man", "child under 4", "child from 4", "child from 10")
_TREATMENT_HABITS, _LABORATORY_HABITS = 0, 1


@dataclass(frozen=True)
class Laboratory:
    """What one analyte looks like in every laboratory.

    The unit (a code), its factor from the canonical unit, decimals, and limits by laboratory and group in steps of
    the last decimal (-1: none is printed).
    """

    unit: Whole
    factor: Floats
    decimals: Whole
    lower: Whole
    upper: Whole
    lower_code: Whole
    upper_code: Whole


@dataclass(frozen=True)
class Centres:
    """The centres' habits. Each has two laboratories (2 x centre, 2 x centre + 1), the second from `change` on."""

    steroid_alone_in_children: Flags
    trial: Flags
    budesonide: Floats
    coded: Flags
    change: Whole
    scale: Whole
    laboratories: dict[str, Laboratory]
    units: tuple[str, ...]

    def laboratory_of(self, centre: Whole, day: Whole) -> Whole:
        """Return the number of the laboratory that measures for a centre on a day."""
        return 2 * centre + (day >= self.change[centre])


def make_centres(model: Model, seed: int, count: int) -> Centres:
    """Return the habits of centres; centre 1 is plain (usual units, our own codes, in the trial)."""
    habits = np.stack([_habits(seed, centre) for centre in range(count)])
    change_from, change_to = model.day("calendar.first_diagnosis"), model.day("calendar.extract")
    changes = (habits[:, 3] < 0.5) & (np.arange(count) > 0)
    words = tuple(dict.fromkeys(unit[0] for units in model.laboratories["units"].values() for unit in units))
    return Centres(
        steroid_alone_in_children=habits[:, 0] < _habit_share(model),
        trial=(habits[:, 1] < model["first_line.trial_centre"]) | (np.arange(count) == 0),
        budesonide=(2 * habits[:, 2] - 1) * np.sqrt(3) * model["first_line.budesonide_centre_sd"],
        coded=(habits[:, 4] < 0.2) & (np.arange(count) > 0),
        change=np.where(changes, change_from + (change_to - change_from) * habits[:, 5], 1 << 30).astype(np.int64),
        scale=(habits[:, 6] * len(FIBROSIS_SCALES)).astype(np.int64) * (np.arange(count) > 0),
        laboratories=_laboratories(model, seed, count, words),
        units=words,
    )


def _habits(seed: int, centre: int) -> Floats:
    """Return the numbers that decide on one centre's habits, the same however many centres there are."""
    return Stream(seed, CENTRE_BLOCK + 2 * centre + _TREATMENT_HABITS, "centres").uniform(8)


def _habit_share(model: Model) -> float:
    """Return how many centres have the habit of steroid alone, so that its share of all children comes out."""
    share, kept = float(model["first_line.child_steroid_alone"]), float(model["first_line.habit_kept"])
    return (share - (1 - kept)) / (2 * kept - 1)


def _laboratories(model: Model, seed: int, count: int, words: tuple[str, ...]) -> dict[str, Laboratory]:
    """Return what every laboratory prints for every analyte."""
    draws = np.stack(
        [
            Stream(seed, CENTRE_BLOCK + 2 * centre + _LABORATORY_HABITS, "centres").uniform(2, 2, len(ANALYTES))
            for centre in range(count)
        ]
    ).reshape(2 * count, 2, len(ANALYTES))
    draws[0] = 0.0
    found = {}
    for number, analyte in enumerate(ANALYTES):
        units = model.laboratories["units"].get(analyte)
        if units is not None:
            # A laboratory that prints one enzyme in µkat/L prints all of them so.
            family = next(n for n, other in enumerate(ANALYTES) if _last_unit(model, other) == units[-1][0])
            chosen = np.column_stack([draws[:, 0, family], draws[:, 1, number]])
            found[analyte] = _laboratory(model, analyte, chosen, words)
    return found


def _last_unit(model: Model, analyte: str) -> str | None:
    """Return the least usual unit of an analyte."""
    units = model.laboratories["units"].get(analyte)
    return None if units is None else str(units[-1][0])


def _laboratory(model: Model, analyte: str, draws: Floats, words: tuple[str, ...]) -> Laboratory:
    """Return what the laboratories print for one analyte; two draws each decide on unit and limits."""
    units = model.laboratories["units"][analyte]
    # Seven of ten laboratories print the first, usual unit.
    other = 1 + ((draws[:, 0] - 0.7) / 0.3 * (len(units) - 1)).astype(np.int64)
    choice = np.where((draws[:, 0] < 0.7) | (len(units) == 1), 0, other)
    decimals = np.array([unit[2] for unit in units], dtype=np.int64)[choice]
    factor = np.array([unit[1] for unit in units], dtype=np.float64)[choice]
    code = np.array([words.index(unit[0]) for unit in units], dtype=np.int64)[choice]
    limits = [_in_steps(limit, factor, decimals) for limit in _limits(model, analyte, draws[:, 1])]
    words_of = [np.where(limit < 0, NOTHING, code_of_steps(limit, decimals[:, None])) for limit in limits]
    return Laboratory(code, factor, decimals, *limits, *words_of)


def _in_steps(limit: Floats, factor: Floats, decimals: Whole) -> Whole:
    """Return canonical limits (NaN: none) as printed, in steps."""
    printed = steps(np.nan_to_num(limit) * factor[:, None], np.broadcast_to(decimals[:, None], limit.shape))
    return np.where(np.isnan(limit), NOTHING, printed)


def _limits(model: Model, analyte: str, draw: Floats) -> tuple[Floats, Floats]:
    """Return lower and upper canonical limits by laboratory and group; NaN where none is printed."""
    shape = (len(draw), len(GROUPS))
    fixed = model.laboratories["fixed"].get(analyte, [None, None])
    lower, upper = (np.full(shape, np.nan if limit is None else float(limit)) for limit in fixed)
    alternatives = model.laboratories["upper_limits"].get(analyte)
    if alternatives:
        chosen = np.array(alternatives, dtype=np.float64)[(draw * len(alternatives)).astype(np.int64)]
        share = model.laboratories["child_share"].get(analyte, [1.0, 1.0, 1.0])
        upper = np.column_stack([chosen, chosen[:, :1] * np.array(share)])
    return lower, upper


def group_of(female: Flags, age: Floats) -> Whole:
    """Return the group of GROUPS that a limit is for, by sex and age in years."""
    adult = np.where(female, 0, 1)
    child = np.where(age < 4, 2, np.where(age < 10, 3, 4))
    return np.where(age < 18, child, adult)
