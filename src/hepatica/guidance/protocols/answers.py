"""What a protocol may answer: a value with its source and status, or one of the words unknown, none, other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

KNOWN, UNKNOWN, NONE, OTHER = "known", "unknown", "none", "other"
ANY = "any"
T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """The answer to one question. `value` is None unless `state` is known.

    unknown: nobody has said or read it. none: there is no such policy or limit. other: another answer than those that
    the source printed, which one was not published. `said_by` names the protocol whose file says it.
    """

    question: str
    state: str
    value: T | None = None
    source: str = ""
    status: str = ""
    verified: bool = False
    note: str = ""
    said_by: str = ""

    @property
    def known(self) -> bool:
        """Return whether there is a value."""
        return self.state == KNOWN


@dataclass(frozen=True, slots=True)
class Dose:
    """A range of daily doses, mg/day or mg/kg/day of prednisolone or azathioprine, both ends included.

    `age_group` is adults, children, or all; `given_with` a first line or any; `at_most_mg_day` caps a dose per kg;
    `after_days` counts from the start of the steroid.
    """

    low: float
    high: float
    unit: str
    age_group: str
    given_with: str
    at_most_mg_day: float | None
    after_days: int | None
    status: str
    note: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a printed taper: from that day on, so many mg of prednisolone (and azathioprine) a day."""

    after_days: int
    mg_day: float
    azathioprine_mg_day: float | None


@dataclass(frozen=True, slots=True)
class Taper:
    """The steroid dose that is reached, and within how many days of the start; `weight_kg` if it is for one weight."""

    to_low: float
    to_high: float
    to_unit: str
    days_low: int | None
    days_high: int
    age_group: str
    given_with: str
    steps: tuple[Step, ...]
    weight_kg: float | None
    status: str
    note: str


@dataclass(frozen=True, slots=True)
class TargetWindow:
    """A 6-TGN target in one unit, both ends included; units are never converted into each other."""

    unit: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Interval:
    """So often, in days, until that day; without `until_day` until an unknown day, or for good if it is the last."""

    low: int
    high: int
    until_day: int | None


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit."""

    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Activity:
    """Limits of disease activity: transaminases or IgG above so many times the upper limit, HAI above."""

    transaminases_xuln_above: float | None
    igg_xuln_above: float | None
    hai_above: int | None


@dataclass(frozen=True, slots=True)
class Goal:
    """What has to be normal, by when (None: not said), and whether autoantibodies have to be low, too."""

    normal: tuple[str, ...]
    by_months: int | None
    low_antibodies: bool | None


@dataclass(frozen=True, slots=True)
class EarlyFall:
    """A fall of transaminases by less than this share within so many days is a non-response."""

    fall_below: float
    within_days: int


@dataclass(frozen=True, slots=True)
class Remission:
    """Histological remission: a hepatitis activity index (0-18) below this."""

    hai_below: int


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What has to be fulfilled before treatment is stopped; None where nothing is said."""

    treatment_months: int | None
    remission_months: int | None
    hai_at_most: int | None
    biopsy: str | None
    low_antibodies: bool | None
