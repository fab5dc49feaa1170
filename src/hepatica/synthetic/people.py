"""Who the invented patients are: age, sex, centre, dates, type and variant of the disease, weight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepatica.synthetic.draws import Draws, Flags, Floats, Stream, Whole
from hepatica.synthetic.model import Model

BLOCK_PATIENTS = 2000
YEAR = 365.25
TYPES = ("1", "2", "seronegative")
VARIANTS = ("none", "PBC", "PSC")
PBC, PSC = 1, 2

# The first letters of every invented pseudonym.
PREFIX = "SYN-"


def is_synthetic(patient_id: str) -> bool:
    """Say whether a pseudonym is that of an invented patient."""
    return patient_id.startswith(PREFIX)


@dataclass(frozen=True)
class People:
    """One block's patients; dates in days since 1970-01-01, `index` the first day of immunosuppression.

    An untreated patient (`treated` false) has the diagnosis as `index`, from which the days of the story count.
    """

    number: Whole
    centre: Whole
    female: Flags
    child: Flags
    birth: Whole
    diagnosis: Whole
    index: Whole
    treated: Flags
    aih_type: Whole
    variant: Whole
    ethnicity: Whole
    size: Floats

    @property
    def n(self) -> int:
        """Return how many patients the block has."""
        return len(self.number)

    @property
    def age(self) -> Floats:
        """Return the age at diagnosis in years."""
        return (self.diagnosis - self.birth) / YEAR

    def by_age(self, shares: dict[str, float]) -> Floats:
        """Return each patient's share where children and adults (at diagnosis) differ."""
        return np.where(self.child, shares["child"], shares["adult"])

    def age_on(self, patient: Whole, day: Whole) -> Floats:
        """Return the age in years of patients on days since 1970-01-01."""
        return (day - self.birth[patient]) / YEAR


def patient_ids(number: Whole) -> list[str]:
    """Return the pseudonyms: they begin with SYN- so that nobody takes them for people."""
    return [f"{PREFIX}{value + 1:08d}" for value in number.tolist()]


def make_people(model: Model, draws: Draws, centres: int) -> People:
    """Return the patients of a block."""
    s, n = draws.of("people"), BLOCK_PATIENTS
    child = s.chance(n, model["people.child_share"])
    age_days = np.rint(_ages(model, s, child) * YEAR).astype(np.int64)
    diagnosis = _diagnosis_days(model, s, n)
    treated = ~s.chance(n, model["people.untreated_share"])
    delay = s.days((-5, model["calendar.treatment_delay_days"]), n)
    aih_type, variant = _kinds(model, s, child)
    female = s.chance(n, model["people.female_share"])
    return People(
        number=np.arange(draws.block * n, (draws.block + 1) * n),
        centre=(s.uniform(n) * centres).astype(np.int64),
        female=female,
        child=child,
        birth=diagnosis - age_days,
        diagnosis=diagnosis,
        index=np.where(treated, diagnosis + delay, diagnosis),
        treated=treated,
        aih_type=aih_type,
        variant=variant,
        ethnicity=s.pick(n, model.shares("people.ethnicity")[1]),
        size=s.normal(n),
    )


def _ages(model: Model, s: Stream, child: Flags) -> Floats:
    """Return ages at diagnosis in years: children around one peak, adults around two."""
    n = len(child)
    low, high = model["people.adult_age_range"]
    young = s.chance(n, model["people.young_adult_share"])
    first, second = model["people.young_adult_age"], model["people.older_adult_age"]
    mean, sd = np.where(young, first[0], second[0]), np.where(young, first[1], second[1])
    # A twentieth of a year off 18, so that no rounding to days makes a child of an adult.
    adult = np.clip(mean + sd * s.normal(n), low + 0.05, high)
    return np.where(child, _triangular(s.uniform(n), 1, model["people.child_age_peak"], low - 0.05), adult)


def _triangular(u: Floats, low: float, peak: float, high: float) -> Floats:
    """Return the triangular distribution's values at the quantiles u."""
    share = (peak - low) / (high - low)
    rising = low + np.sqrt(u * (high - low) * (peak - low))
    falling = high - np.sqrt((1 - u) * (high - low) * (high - peak))
    return np.where(u < share, rising, falling)


def _diagnosis_days(model: Model, s: Stream, n: int) -> Whole:
    """Return the days of diagnosis: more in later years, as registries grow."""
    first, last = model.day("calendar.first_diagnosis"), model.day("calendar.last_diagnosis")
    share: Floats = s.uniform(n) ** model["calendar.growth"]
    return (first + (last - first) * share).astype(np.int64)


def _kinds(model: Model, s: Stream, child: Flags) -> tuple[Whole, Whole]:
    """Return the serological type and the variant."""
    n = len(child)
    by_age = {
        name: np.where(child, model[f"people.{name}_share"]["child"], model[f"people.{name}_share"]["adult"])
        for name in ("type_2", "psc", "pbc")
    }
    type_2 = s.chance(n, by_age["type_2"])
    seronegative = s.chance(n, model["people.seronegative_share"])
    aih_type = np.where(type_2, 1, np.where(seronegative, 2, 0))
    psc, pbc = by_age["psc"], by_age["pbc"]
    u = s.uniform(n)
    return aih_type, np.where(u < psc, PSC, np.where(u < psc + pbc, PBC, 0))


def weight_kg(model: Model, people: People, patient: Whole, age: Floats) -> Floats:
    """Return the weight in kg of patients at ages: children grow, adults keep theirs."""
    size = people.size[patient]
    growing = np.interp(age, model["people.growth_age_years"], model["people.growth_weight_kg"])
    female, male = model["people.female_weight_kg"], model["people.male_weight_kg"]
    woman = people.female[patient]
    adult = np.where(woman, female[0], male[0]) + np.where(woman, female[1], male[1]) * size
    young = growing * np.exp(model["people.child_weight_log_sd"] * size)
    # From 14 to 22 years the child's weight goes over into the adult's.
    share = np.clip((age - 14) / 8, 0, 1)
    return np.asarray(np.clip((1 - share) * young + share * adult, 3, 160))
