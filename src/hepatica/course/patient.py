"""One patient's compact record: what the story reads. Days are whole days since 1970-01-01.

Every fact carries `row`, its row number in the record's table, so that a conclusion can name the rows behind it.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Reading:
    """A day's ALT, AST, or IgG: the highest multiple of the upper limit that day.

    `low` and `high` bound the multiple (equal where the value is exact; `<10` is 0 to just below, `>30` has no end;
    no upper limit known = 0 to infinity). `x_uln` is the number shown, `amount` the lowest that the value can be in
    its unit (g/L for IgG).
    """

    day: int
    low: float
    high: float
    x_uln: float | None
    comparator: str | None
    amount: float | None
    row: int


@dataclass(slots=True)
class Level:
    """A thiopurine metabolite (TGN or MMP) in its own unit."""

    day: int
    value: float
    comparator: str | None
    unit: str
    row: int


@dataclass(slots=True)
class Latest:
    """The latest result of any analyte; `text` where the result is a word or a titre."""

    day: int
    value: float | None
    comparator: str | None
    text: str | None
    unit: str | None
    row: int


@dataclass(slots=True)
class Treatment:
    """A row of a drug at a dose; `end` is None while it is still taken, `systemic` where the route is not known."""

    drug: str
    start: int
    end: int | None
    dose: float | None
    dose_unit: str | None
    stop_reason: str
    indication: str
    systemic: bool | None
    row: int


@dataclass(slots=True)
class Event:
    """A dated event."""

    day: int
    event: str
    detail: str | None
    cause: str
    row: int


@dataclass(slots=True)
class Biopsy:
    """A liver biopsy."""

    day: int
    hai: int | None
    fibrosis_stage: int | None
    fibrosis_scale: str | None
    row: int


@dataclass(slots=True)
class Genotype:
    """A genetic result that says how a drug is metabolised."""

    day: int
    gene: str
    diplotype: str | None
    phenotype: str | None
    row: int


@dataclass(slots=True)
class Patient:
    """Who the patient is, and everything known on or before the as-of date, each list sorted by day.

    Treatments are sorted by start, drug, end, and dose; what is unknown, and an open end, last.
    """

    patient_id: str
    birth: int | None
    birth_partial: bool
    sex: str
    centre: str | None
    diagnosis: int | None
    aih_type: str
    variant: str
    row: int
    last_seen: int | None
    alt: list[Reading] = field(default_factory=list)
    ast: list[Reading] = field(default_factory=list)
    igg: list[Reading] = field(default_factory=list)
    tgn: list[Level] = field(default_factory=list)
    mmp: list[Level] = field(default_factory=list)
    latest: dict[str, Latest] = field(default_factory=dict)
    treatments: list[Treatment] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    biopsies: list[Biopsy] = field(default_factory=list)
    genotypes: list[Genotype] = field(default_factory=list)


# A patient of whom nothing is known: shows which columns a row has.
NOBODY = Patient("", None, False, "unknown", None, None, "unknown", "unknown", 0, None)
