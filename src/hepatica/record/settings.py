"""How a centre writes its data, as far as it has declared it. What is not declared is never guessed."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass, field

import polars as pl

from hepatica.errors import UsageError

# A centre's own reference limits: for whom, when, and in which unit. An empty centre means every centre of the
# source, an empty age_from from birth, an empty age_to without end, empty validity always. Ages are years, from
# inclusive, to exclusive; valid_from and valid_to are both inclusive.
LIMITS_SCHEMA = pl.Schema(
    {
        "centre": pl.String(),
        "analyte": pl.String(),
        "sex": pl.String(),
        "age_from": pl.Float64(),
        "age_to": pl.Float64(),
        "valid_from": pl.Date(),
        "valid_to": pl.Date(),
        "lower": pl.Float64(),
        "upper": pl.Float64(),
        "unit": pl.String(),
    }
)
# The date formats that can be declared, as a strptime pattern. Day and month may be written with one digit.
DATE_FORMATS = {
    "DD.MM.YYYY": "%d.%m.%Y",
    "DD/MM/YYYY": "%d/%m/%Y",
    "DD-MM-YYYY": "%d-%m-%Y",
    "MM/DD/YYYY": "%m/%d/%Y",
    "MM-DD-YYYY": "%m-%d-%Y",
    "YYYY/MM/DD": "%Y/%m/%d",
    "YYYYMMDD": "%Y%m%d",
    "DD-MON-YYYY": "%d-%b-%Y",
    "DD MON YYYY": "%d %b %Y",
}
# Excel's serial day numbers (45356 = 2024-03-05); Excel for Mac once counted from 1904.
EXCEL_FORMATS = {"EXCEL": "1899-12-30", "EXCEL-1904": "1904-01-01"}
_CONTRADICTIONS = (("DD/MM/YYYY", "MM/DD/YYYY"), ("DD-MM-YYYY", "MM-DD-YYYY"), ("EXCEL", "EXCEL-1904"))


@dataclass(frozen=True)
class ReadingSettings:
    """What a centre has declared about its data: date formats besides ISO 8601, decimal comma, time zone, limits.

    `time_zone` (an IANA name such as Europe/Berlin) turns a timestamp with a zone into the centre's day; without it
    the day counts as it is written. Raises UsageError for an unknown or contradictory declaration.
    """

    date_formats: tuple[str, ...] = ()
    decimal_comma: bool = False
    time_zone: str | None = None
    limits: pl.DataFrame = field(default_factory=LIMITS_SCHEMA.to_frame)

    def __post_init__(self) -> None:
        """Hold the declaration to what can be read."""
        for name in self.date_formats:
            if name.upper() not in DATE_FORMATS and name.upper() not in EXCEL_FORMATS:
                accepted = ", ".join((*DATE_FORMATS, *EXCEL_FORMATS))
                raise UsageError("date format", f"{name} is not known", f"declare one of {accepted}")
        self._refuse_contradictions()
        if self.time_zone is not None and self.time_zone not in zoneinfo.available_timezones():
            raise UsageError("time zone", f"{self.time_zone} is not known", "use an IANA name such as Europe/Berlin")

    def _refuse_contradictions(self) -> None:
        declared = {name.upper() for name in self.date_formats}
        for one, other in _CONTRADICTIONS:
            if {one, other} <= declared:
                raise UsageError(
                    "date format",
                    f"{one} and {other} contradict each other (03/04/2024 would be two days)",
                    "declare one of them, or read the two files separately",
                )
