"""Where a patient stands, in words: the treated, the transplanted, the dead, those on drugs for something else."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from report_patients import AS_OF, INDEX, frame, result

from hepatica.course import derive
from hepatica.record import Record
from hepatica.report.course_words import standing, unknowns
from hepatica.report.gap_panel import gaps
from hepatica.report.patient_view import view_of
from hepatica.report.treatment_rows import given

BORN = {"birth_date": date(1980, 6, 15), "birth_date_partial": False, "sex": "male"}


def drug(name, dose=None, start=INDEX, end=None, **more):
    return {"drug": name, "start": start, "end": end, "dose": dose, "dose_unit": "mg/day", "indication": "AIH", **more}


def seen(treatments=(), measurements=(), events=(), **about):
    """The view of a patient P with these rows."""

    def of(rows):
        return [{"patient_id": "P", **row} for row in rows]

    record = Record.of(
        patients=frame("patients", of([about])),
        measurements=frame("measurements", of([result(INDEX, "ALT", 3.0), *measurements])),
        treatments=frame("treatments", of(treatments)),
        events=frame("events", of(events)),
    )
    return view_of(record, derive(record, as_of=AS_OF), "P")


def sentence(view, start):
    return next((one for one in standing(view) if one.startswith(start)), "")


def test_a_dose_by_weight_needs_the_weight():
    weighed = {"date": INDEX, "analyte": "WEIGHT", "value": 50.0, "unit": "kg"}
    assert "azathioprine 100 mg/day (weight unknown)" in sentence(seen([drug("azathioprine", 100.0)]), "Treatment")
    with_weight = seen([drug("azathioprine", 100.0)], [weighed])
    assert "azathioprine 100 mg/day (2 mg/kg/day)" in sentence(with_weight, "Treatment")


def test_a_dose_that_is_not_recorded_is_unknown():
    assert "mycophenolate dose unknown" in sentence(seen([drug("mycophenolate")]), "Treatment")


def test_drugs_for_something_else_stand_besides_and_in_their_own_rows():
    view = seen(
        [
            drug("azathioprine", 100.0),
            drug("tacrolimus", 4.0, indication="transplant"),
            drug("budesonide", 0.4, route="inhaled", systemic=False),
            drug("allopurinol", 100.0, indication="extrahepatic"),
        ]
    )
    words = sentence(view, "Treatment")
    assert "Besides: budesonide (local) 0.4 mg/day; tacrolimus (transplant) 4 mg/day." in words
    apart = {period.drug: period.apart for period in given(view)}
    assert apart == {"azathioprine": "", "allopurinol": "", "tacrolimus": "transplant", "budesonide": "local"}


def test_after_the_last_drug_it_says_since_when_and_why():
    last = INDEX + timedelta(days=100)
    words = sentence(seen([drug("prednisolone", 10.0, end=last, stop_reason="remission")]), "Treatment")
    assert words.startswith("Treatment: on no immunosuppressant for AIH for ")
    assert "last stopped prednisolone, reason remission" in words


def test_without_any_treatment_the_response_is_not_applicable_and_not_mentioned():
    view = seen()
    assert "the response is not applicable" in sentence(view, "Treatment")
    assert sentence(view, "Complete biochemical response") == ""


@pytest.mark.parametrize(("day", "age"), [(date(2021, 6, 14), 40), (date(2021, 6, 15), 41)])
def test_who_has_died_is_not_older_than_that_day(day, age):
    view = seen([drug("azathioprine", 100.0)], events=[{"date": day, "event": "death"}], **BORN)
    assert sentence(view, "Who").startswith(f"Who: male, died on {day} aged {age} years")
    assert view.end == day


def test_who_has_died_misses_nothing_now():
    died = seen([drug("azathioprine", 100.0)], events=[{"date": date(2021, 6, 14), "event": "death"}])
    assert not any("Missing for the response now" in one or "Overdue" in one for one in unknowns(died))
    alive = seen([drug("azathioprine", 100.0)])
    assert any("Missing for the response now" in one for one in unknowns(alive))


def test_a_transplant_ends_the_course_of_the_native_liver():
    day = INDEX + timedelta(days=300)
    view = seen([drug("azathioprine", 100.0)], events=[{"date": day, "event": "liver_transplant"}])
    assert (
        sentence(view, "Liver transplant") == f"Liver transplant on {day}: the course of the native liver ends there."
    )
    assert max(gap.end for gap in gaps(view)) == day


def test_an_event_after_the_as_of_date_has_not_happened():
    view = seen([drug("azathioprine", 100.0)], events=[{"date": AS_OF + timedelta(days=1), "event": "death"}])
    assert view.died is None
    assert view.end == AS_OF


def test_gaps_are_counted_with_the_longest_named():
    results = [result(INDEX + timedelta(days=days), "ALT", 0.9) for days in (200, 900)]
    words = [one for one in unknowns(seen([drug("azathioprine", 100.0)], results)) if one.startswith("No ALT")]
    assert words == [
        "No ALT for more than 183 days: 3 times, 1,544 days in all; longest 2020-09-26 to 2022-08-27 (700 days)."
    ]
