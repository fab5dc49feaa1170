"""Treatment as rows of bars: which line of therapy, which drugs, at which dose, when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hepatica.pictures.theme import FAINT, LIGHT, LINE_COLOURS
from hepatica.report.time_axis import DAY, TimeAxis, moment, text_px
from hepatica.report.wording import number, regimen, word
from hepatica.vocabulary import drugs

if TYPE_CHECKING:
    from datetime import date

    from hepatica.pictures.drawing import Row
    from hepatica.report.patient_view import PatientView

# Of a row: the height of the highest dose's bar, and the least height, so that a low dose is seen.
ROOM, LEAST = 20, 6
DRUG, APART = "#9ecae1", FAINT
LINE_WORDS = {1: "1st line", 2: "2nd line", 3: "3rd line", None: "companions only"}


@dataclass(frozen=True)
class Given:
    """One period of a drug at one dose, as drawn: inclusive days, cut at the end of the picture."""

    drug: str
    start: date
    end: date
    ongoing: bool
    dose: float | None
    dose_unit: str
    apart: str
    indication: str
    stop_reason: str

    @property
    def name(self) -> str:
        """Return the drug, marked with why it is no part of the treatment of AIH, if it is none."""
        return f"{self.drug} ({self.apart})" if self.apart else self.drug

    @property
    def dose_words(self) -> str:
        """Return the dose with its unit, or that it is unknown."""
        if self.dose is None:
            return "dose unknown"
        return f"{number(self.dose)} {self.dose_unit or '(unit unknown)'}"


def given(view: PatientView) -> list[Given]:
    """Return the periods of treatment up to the end of the picture, earliest start first."""
    rows = sorted(view.rows("treatments"), key=lambda row: (row["start"], row["drug"], row["end"] or view.end))
    return [_given(row, view.end) for row in rows if row["start"] <= view.end]


def _given(row: Row, last: date) -> Given:
    """Return a treatment row as drawn; without an end, or with one still to come, it is going on."""
    ongoing = row["end"] is None or row["end"] > last
    return Given(
        drug=row["drug"],
        start=row["start"],
        end=last if ongoing else row["end"],
        ongoing=ongoing,
        dose=row["dose"],
        dose_unit=row["dose_unit"] or "",  # said as "(unit unknown)" beside a dose
        apart=_apart(row),
        indication=row["indication"],
        stop_reason=row["stop_reason"],
    )


def _apart(row: Row) -> str:
    """Return why a row is no part of the treatment of AIH: local, for something else, another drug; else nothing.

    Companions count whatever they were given for, as in the course.
    """
    drug = drugs().get(row["drug"])
    if row["systemic"] is False:
        return "local"
    if drug is None or not (drug.immunosuppressant or drug.companion):
        return "other drug"
    elsewhere = row["indication"] in ("extrahepatic", "transplant")
    return str(row["indication"]) if elsewhere and not drug.companion else ""


@dataclass(frozen=True)
class Lane:
    """A row of the panel: its title with the range of doses, and its bars."""

    title: str
    bars: list[Row]


def line_lanes(view: PatientView, axis: TimeAxis) -> list[Lane]:
    """Return the row of regimens with their line of therapy; none where there was no regimen."""
    bars = [_regimen_bar(row, view.end, axis) for row in view.rows("regimens")]
    return [Lane("line of therapy", bars)] if bars else []


def _regimen_bar(row: Row, last: date, axis: TimeAxis) -> Row:
    end = min(row["end"] or last, last)
    line = LINE_WORDS.get(row["line"], f"line {row['line']}")
    return {
        **_span(row["start"], end),
        "high": ROOM,
        "colour": LINE_COLOURS.get(str(row["line"]), LIGHT),
        "dash": [1, 0],
        "text": _fitting((f"{line}: {regimen(row['drugs'])}", line, line_number(row["line"])), row["start"], end, axis),
        "going": "",
        "what": f"{line}: {regimen(row['drugs'])}",
        "period": _period(row["start"], row["end"]),
        "dose": "",
        "why": "",
    }


def line_number(line: int | None) -> str:
    """Return a line of therapy as its number; companions alone are a dash."""
    return "–" if line is None else str(line)


def drug_lanes(periods: list[Given], axis: TimeAxis) -> list[Lane]:
    """Return a row per drug, those for AIH first, each in the order in which it was begun."""
    names = dict.fromkeys(period.name for period in sorted(periods, key=lambda period: bool(period.apart)))
    return [_drug_lane([period for period in periods if period.name == name], axis) for name in names]


def _drug_lane(periods: list[Given], axis: TimeAxis) -> Lane:
    highest: dict[str, float] = {}
    for period in periods:
        if period.dose is not None:
            highest[period.dose_unit] = max(highest.get(period.dose_unit, 0.0), period.dose)
    bars = [_drug_bar(period, highest.get(period.dose_unit, 0.0), axis) for period in periods]
    return Lane(f"{periods[0].name}{_range(periods)}", bars)


def _range(periods: list[Given]) -> str:
    """Return the doses given, lowest to highest; nothing where units differ or no dose is known."""
    doses = [period.dose for period in periods if period.dose is not None]
    units = {period.dose_unit for period in periods if period.dose is not None}
    if not doses or len(units) != 1:
        return ""
    low, high = number(min(doses)), number(max(doses))
    return f" {low if low == high else f'{low}–{high}'} {units.pop()}".rstrip()


def _drug_bar(period: Given, highest: float, axis: TimeAxis) -> Row:
    """Return a bar as high as the dose; an unknown dose is an open, dashed bar of full height."""
    known = period.dose is not None and highest > 0
    share = period.dose / highest if period.dose is not None and highest > 0 else 1.0
    short = "?" if period.dose is None else number(period.dose)
    stopped = "" if period.ongoing else f"stopped: {word(period.stop_reason)}"
    return {
        **_span(period.start, period.end),
        "high": LEAST + (ROOM - LEAST) * share,
        "colour": "white" if not known else APART if period.apart else DRUG,
        "dash": [1, 0] if known else [3, 2],
        "text": _fitting((period.dose_words, short), period.start, period.end, axis),
        "going": "▸" if period.ongoing else "",
        "what": period.name,
        "period": _period(period.start, None if period.ongoing else period.end),
        "dose": period.dose_words,
        "why": ", ".join(part for part in (f"indication: {word(period.indication)}", stopped) if part),
    }


def _span(start: date, end: date) -> Row:
    """Return a bar's two ends; the last day is inclusive, so the bar reaches to the next."""
    return {"day": moment(start), "end": moment(end + DAY)}


def _period(start: date, end: date | None) -> str:
    return f"{start} to {end}" if end is not None else f"since {start}"


def _fitting(texts: tuple[str, ...], start: date, end: date, axis: TimeAxis) -> str:
    """Return the longest of the texts that fits into a bar; none fits into a short one."""
    room = axis.px(end + DAY) - axis.px(start) - 6
    return next((text for text in texts if text_px(text) <= room), "")
