"""The time axis that all panels of a course share, and where a label finds room on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import altair as alt

from hepatica.pictures.theme import DAYS_A_MONTH, FONT_SIZE, LETTER_PX

if TYPE_CHECKING:
    from collections.abc import Iterable

TICK_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)
TICK_PX = {"%b %Y": 58, "%Y": 40}
DAY = timedelta(days=1)


def moment(day: date) -> str:
    """Return a day as the midnight that the chart's own clock understands."""
    return f"{day.isoformat()}T00:00:00"


@dataclass(frozen=True)
class TimeAxis:
    """The days from `first` to `last`, drawn `width` px wide."""

    first: date
    last: date
    width: int
    compact: bool = False  # on a phone: names stand inside the picture, not beside it

    def px(self, day: date) -> float:
        """Return where a day stands, in px from the left end."""
        return (day - self.first).days / max((self.last - self.first).days, 1) * self.width

    @property
    def middle(self) -> date:
        """Return the day in the middle."""
        return self.first + (self.last - self.first) / 2

    def hidden(self, field: str = "day") -> alt.X:
        """Return the x channel without a drawn axis."""
        return alt.X(f"{field}:T", scale=self._scale(), axis=None)

    def _scale(self) -> alt.Scale:
        return alt.Scale(domainMin=_date_time(self.first), domainMax=_date_time(self.last), nice=False)

    def x(self, field: str = "day", *, labels: bool = True) -> alt.X:
        """Return the x channel over a field of days; panels above the last carry ticks without labels."""
        step, pattern = self._ticks()
        unit = {"interval": "month", "step": step} if step < 12 else {"interval": "year", "step": step // 12}
        axis = alt.Axis(
            title="Date" if labels else None,
            format=pattern,
            tickCount=unit,
            labels=labels,
            ticks=labels,
            labelOverlap=True,
        )
        return alt.X(f"{field}:T", scale=self._scale(), axis=axis)

    def _ticks(self) -> tuple[int, str]:
        """Return the months between ticks and their format, so that labels stand apart."""
        months = (self.last - self.first).days / DAYS_A_MONTH
        for step in TICK_MONTHS:
            pattern = "%b %Y" if step < 12 else "%Y"
            if months / step * TICK_PX[pattern] <= self.width:
                return step, pattern
        return TICK_MONTHS[-1], "%Y"


def time_axis(days: Iterable[date], end: date, width: int, *, compact: bool = False) -> TimeAxis:
    """Return an axis over the days with a margin at both ends; without days, over the year before `end`."""
    known = [*days, end]
    first = min(known) if len(known) > 1 else end - timedelta(days=365)
    last = max(known)
    margin = timedelta(days=max((last - first).days // 40, 7))
    return TimeAxis(first - margin, last + margin, width, compact)


def text_px(text: str) -> float:
    """Return about how wide a text is, in px."""
    return len(text) * LETTER_PX


@dataclass(frozen=True)
class Label:
    """A text that wants to stand at a day; a lower `rank` is placed first."""

    day: date
    text: str
    rank: int


@dataclass(frozen=True)
class Place:
    """Where a label stands: its lane from the top, which side of its day, or not written at all."""

    lane: int
    side: str
    written: bool


def lay_out(labels: list[Label], axis: TimeAxis, lanes: int) -> list[Place]:
    """Return a place for each label so that none covers another; without room only its mark stands."""
    taken: list[list[tuple[float, float]]] = [[] for _ in range(lanes)]
    places: dict[int, Place] = {}
    for number in sorted(range(len(labels)), key=lambda n: (labels[n].rank, labels[n].day)):
        places[number] = _first_room(labels[number], axis, taken)
    return [places[number] for number in range(len(labels))]


def _first_room(label: Label, axis: TimeAxis, taken: list[list[tuple[float, float]]]) -> Place:
    """Take the first lane with room right of the day, or left of it."""
    x, wide = axis.px(label.day), text_px(label.text) + FONT_SIZE
    for lane, spans in enumerate(taken):
        for side, span in (("left", (x - 5, x + wide)), ("right", (x - wide, x + 5))):
            inside = span[0] >= -FONT_SIZE and span[1] <= axis.width + FONT_SIZE
            if inside and all(span[1] < other[0] or span[0] > other[1] for other in spans):
                spans.append(span)
                return Place(lane, side, written=True)
    return _mark_only(x, taken)


def _mark_only(x: float, taken: list[list[tuple[float, float]]]) -> Place:
    """Return a place for the mark alone: a lane where no text is, else the last lane."""
    span = (x - 5, x + 5)
    for lane, spans in enumerate(taken):
        if all(span[1] < other[0] or span[0] > other[1] for other in spans):
            spans.append(span)
            return Place(lane, "left", written=False)
    return Place(len(taken) - 1, "left", written=False)


def _date_time(day: date) -> alt.DateTime:
    """Return a day in the form that an end of a chart's axis takes."""
    return alt.DateTime(year=day.year, month=day.month, date=day.day)
