"""Hypothesis strategies that draw whole records: few patients, dates and values around every boundary.

Values, limits, gaps and lengths are those at which a definition changes its answer, and their neighbours.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from hepatica.record import Record
from independent.stories import Story, record_of

# fmt: off
BASES = (date(2023, 8, 31), date(2024, 8, 31), date(2023, 11, 30), date(2024, 2, 29), date(2024, 3, 15))
# Days after the index date: the edges of the windows of 90, 14-42, 30, 92, and 183 days.
EDGES = (-91, -90, -89, -31, -30, -1, 0, 1, 12, 13, 14, 15, 24, 27, 28, 29, 32, 41, 42, 43, 44, 60, 84, 85,
         91, 92, 93)
AROUND_SIX_MONTHS = (-93, -92, -91, -31, -30, -1, 0, 1, 30, 31, 91, 92, 93, 150, 182, 183, 184, 214, 250)
MULTIPLES = (0.3, 0.5, 0.999999999, 1.0, 1.0000000001, 1.000000001, 1.2, 2.0, 2.4, 2.999999999, 3.0,
             3.000000001)
ROUND = (0.5, 1.0, 1.2, 2.0, 3.0, 4.0)
HIGH_MULTIPLES = (4.0, 4.8, 5.0, 8.0, 10.0)
IGG_VALUES = (8.0, 12.0, 15.99, 16.0, 16.01, 19.0, 19.99, 20.0, 20.01, 24.0, 25.0, 32.0)
ENZYME_LIMITS = (40.0, 40.0, 40.0, 35.0, 48.0, None)
IGG_LIMITS = (16.0, 16.0, 16.0, 20.0, 22.0, None)
SIGNS = (None, None, None, None, None, None, "<", "<=", ">", ">=")
UNITS = ("pmol/8x10^8 RBC", "pmol/8x10^8 RBC", "pmol/0.2 mL")
TGN_VALUES = (50.0, 100.0, 222.0, 223.0, 300.0, 450.0, 451.0)
MMP_VALUES = (50.0, 100.0, 1000.0, 2000.0, 4459.0, 4460.0, 5699.0, 5700.0, 9000.0)
FIRST_DRUGS = ("azathioprine", "azathioprine", "prednisolone", "prednisolone", "budesonide", "mercaptopurine",
               "tacrolimus")
DRUGS = ("prednisolone", "prednisolone", "azathioprine", "azathioprine", "mycophenolate", "mercaptopurine",
         "tacrolimus", "infliximab", "baricitinib", "methylprednisolone", "ursodeoxycholic_acid", "allopurinol",
         "febuxostat")
LENGTHS = (0, 4, 6, 11, 12, 13, 14, 29, 60, 61, 150, 300, None, None)  # last day minus first day; None = open
GAPS = (-10, 0, 0, 1, 12, 13, 14, 28, 29, 30, 31, 32, 60)  # days without the drug before its next row
STARTS = (0, 0, 1, 5, 13, 14, 30, 41, 42, 43, 60, 100, 150, 181, 183, 200, 250)
DOSES = (None, 25.0, 50.0, 50.0, 100.0)
DOSE_UNITS = ("mg/day", "mg/day", "mg/day", "mg/kg/day")
EVENTS = ("liver_transplant", "death", "lost_to_follow_up", "cirrhosis")
# fmt: on


def six_months_after(day: date) -> date:
    """Return the same day of the month six months later, or that month's last day."""
    year, month = (day.year, day.month + 6) if day.month <= 6 else (day.year + 1, day.month - 6)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def days_around(index: date) -> st.SearchStrategy[date]:
    """Draw a day near one of the edges of the windows that hang on an index date."""
    half_year = (six_months_after(index) - index).days
    offsets = [*EDGES, *(half_year + edge for edge in AROUND_SIX_MONTHS)]
    return st.sampled_from(offsets).map(lambda offset: index + timedelta(offset))


usually = st.sampled_from((True,) * 9 + (False,))


def often(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw nothing one time in four."""
    return st.integers(0, 3).flatmap(lambda n: strategy if n else st.none())


exact = st.tuples(st.sampled_from(MULTIPLES + HIGH_MULTIPLES), st.sampled_from(ENZYME_LIMITS), st.none())
# Censored results come at round numbers: a neighbour at the ninth decimal is below what x_uln resolves.
censored = st.tuples(st.sampled_from(ROUND), st.sampled_from(ENZYME_LIMITS), st.sampled_from(("<", "<=", ">", ">=")))
enzyme = st.one_of(exact, exact, exact, censored)
igg = st.tuples(st.sampled_from(IGG_VALUES), st.sampled_from(IGG_LIMITS), st.sampled_from(SIGNS))
GOOD = ((0.5, 40.0, None), (0.5, 40.0, None), (12.0, 16.0, None))
BAD = ((4.0, 40.0, None), None, (12.0, 16.0, None))
any_panel = st.tuples(often(enzyme), often(enzyme), often(igg))
panel = st.one_of(st.just(GOOD), any_panel, any_panel, st.just(BAD))
# A usual beginning: high before treatment, then falling, then judged around month 6.
before = st.tuples(st.sampled_from((-90, -30, -1, 0)), st.tuples(enzyme, often(enzyme), often(igg)))
week_four = st.tuples(st.sampled_from((14, 27, 28, 29, 42)), st.tuples(enzyme, often(enzyme), often(igg)))
month_six = st.tuples(st.sampled_from((95, 120, 150, 181, 182, 184)), panel)
beginning = st.tuples(before, week_four, month_six)


def tell_panel(story: Story, day: date, results: tuple[Any, Any, Any]) -> None:
    """Tell ALT, AST, and IgG of one day, those that were measured."""
    alt, ast, globulin = results
    for analyte, result in (("ALT", alt), ("AST", ast)):
        if result is not None:
            multiple, limit, sign = result
            story.lab(day, analyte, multiple * (limit or 40.0), limit=limit, sign=sign)
    if globulin is not None:
        value, limit, sign = globulin
        story.lab(day, "IGG", value, limit=limit, sign=sign)


@st.composite
def laboratory(draw: st.DrawFn, story: Story, index: date, days: st.SearchStrategy[date]) -> None:
    """Tell some panels; a second one on the same day is another laboratory's."""
    usual = draw(often(beginning)) or ()
    for offset, results in usual:
        tell_panel(story, index + timedelta(offset), results)
    for day, results in draw(st.lists(st.tuples(days, panel), max_size=6)):
        tell_panel(story, day, results)


@st.composite
def levels(draw: st.DrawFn, story: Story, days: st.SearchStrategy[date]) -> None:
    """Tell metabolite levels: pairs of one unit, zero to 15 days apart, some censored."""
    value = st.tuples(
        st.sampled_from(TGN_VALUES), st.sampled_from(SIGNS), st.sampled_from(MMP_VALUES), st.sampled_from(SIGNS)
    )
    lag = st.sampled_from((0, 0, 0, 0, 1, -1, 13, 14, 15, -14))
    for day, unit, apart, (tgn, tgn_sign, mmp, mmp_sign) in draw(
        st.lists(st.tuples(days, st.sampled_from(UNITS), lag, value), max_size=2)
    ):
        story.lab(day, "TGN", tgn, sign=tgn_sign, unit=unit)
        story.lab(day + timedelta(apart), "MMP", mmp, sign=mmp_sign, unit=unit)


row_of_drug = st.tuples(
    st.sampled_from(LENGTHS), st.sampled_from(GAPS), st.sampled_from(DOSES), st.sampled_from(DOSE_UNITS)
)
course_of_drug = st.tuples(
    st.sampled_from(DRUGS),
    st.sampled_from(STARTS),
    st.lists(row_of_drug, min_size=1, max_size=3),
    st.sampled_from(("AIH", "AIH", "AIH", "unknown", "extrahepatic", "transplant")),
    st.sampled_from((True, True, True, True, True, False)),
)


@st.composite
def treatment(draw: st.DrawFn, story: Story, index: date, *, one_dose_a_day: bool) -> None:
    """Tell courses of drugs: rows that overlap, touch, or leave gaps, with changing doses, some never ended.

    With `one_dose_a_day` no drug has two rows with the same first day: which of them is then the dose is not defined.
    """
    courses = draw(st.lists(course_of_drug, max_size=4))
    if draw(usually):
        rows = draw(st.lists(row_of_drug, min_size=1, max_size=2))
        courses = [(draw(st.sampled_from(FIRST_DRUGS)), 0, rows, "AIH", True), *courses]
    told: set[tuple[str, date]] = set()
    for drug, offset, rows, indication, systemic in courses:
        start = index + timedelta(offset)
        for length, gap, dose, unit in rows:
            end = None if length is None else start + timedelta(length)
            if not one_dose_a_day or (drug, start) not in told:
                dose_unit = None if dose is None else unit
                route = "oral" if systemic else "rectal"
                story.drug(
                    *(drug, start, end, dose),
                    dose_unit=dose_unit,
                    indication=indication,
                    systemic=systemic,
                    route=route,
                )
            told.add((drug, start))
            start = (start + timedelta(40) if end is None else end) + timedelta(gap + 1)


@st.composite
def patients(draw: st.DrawFn, patient_id: str, base: date, as_of: date, *, one_dose_a_day: bool) -> Story:
    """Draw one patient's whole story."""
    index = base + timedelta(draw(st.sampled_from((0, 0, 0, -1, 1, 30))))
    eighteen = as_of.replace(year=as_of.year - 18, day=min(as_of.day, 28))
    births = (None, date(1970, 1, 1), eighteen, eighteen + timedelta(1), eighteen - timedelta(1))
    born = draw(st.sampled_from(births))
    sex = draw(st.sampled_from(("female", "male", "other", "unknown")))
    story = Story(patient_id, born=None if born is None else born.isoformat(), sex=sex)
    if not draw(usually):
        return story  # a patient with nothing at all
    days = days_around(index)
    draw(treatment(story, index, one_dose_a_day=one_dose_a_day))
    draw(laboratory(story, index, days))
    draw(levels(story, days))
    dated_event = st.tuples(days, st.sampled_from(EVENTS))
    for day, event in draw(st.one_of(st.just([]), st.lists(dated_event, min_size=1, max_size=3))):
        story.event(day, event, cause="unknown" if event == "death" else None)
    for day in draw(st.sets(days, max_size=2)):
        story.biopsy(day, draw(st.sampled_from((None, 0, 3, 4, 12))))
    return story


@st.composite
def cohorts(draw: st.DrawFn, *, one_dose_a_day: bool = True, most: int = 4) -> tuple[Record, date]:
    """Draw a record of 1-4 patients and an as-of date: mostly late, at times in a window or before all."""
    base = draw(st.sampled_from(BASES))
    far = st.sampled_from((215, 300, 400, 700, -400)).map(lambda offset: base + timedelta(offset))
    as_of = draw(st.one_of(days_around(base), far, far, far))
    stories = [
        draw(patients(f"P{number}", base, as_of, one_dose_a_day=one_dose_a_day))
        for number in range(draw(st.integers(1, most)))
    ]
    return record_of(*stories), as_of
