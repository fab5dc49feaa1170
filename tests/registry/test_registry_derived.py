"""What is kept of the engine's answers is what a full derivation gives, whatever was changed in which order."""

from __future__ import annotations

import json
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from unittest import mock

import pytest
from django.conf import settings
from django.db import connections
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as drawing
from hypothesis import strategies as st
from registry_cast import Cast, a_patient

from hepatica.course import definition_sets, protocol_files
from hepatica.errors import SourceError
from hepatica.record.tables import TABLES
from hepatica.registry.audit.acting import acting
from hepatica.registry.engine import freshness
from hepatica.registry.engine.derived_cache import basis_of, derived, recompute, stale
from hepatica.registry.engine.patient_course import patient_course
from hepatica.registry.engine.registry_tables import RegistryTables, registry_source
from hepatica.registry.engine.remembered import Remembered
from hepatica.registry.engine.standards import standards_of, today
from hepatica.registry.importing import bring_in, raw_frames
from hepatica.registry.models import Basis, Centre, DerivedItem, DerivedState, Measurement, Patient, Treatment
from hepatica.registry.writing import OverwriteError, correct_row
from hepatica.sources import open_source
from hepatica.synthetic import synthesize

patient_course_module = sys.modules["hepatica.registry.engine.patient_course"]
DAYS = st.dates(date(2022, 6, 1), date(2024, 8, 1)).map(str)
VALUES = st.sampled_from(["12", "39", "41", "200", "<10", ">400", "see letter", ""])


def kept(centre: Centre) -> tuple[dict, list]:
    basis = basis_of(centre)
    states = dict(DerivedState.objects.filter(basis=basis).values_list("patient_id", "state"))
    fields = ("patient_id", "kind", "what", "why", "first", "by", "urgency", "nearness")
    return states, sorted(map(str, DerivedItem.objects.filter(basis=basis).values_list(*fields)))


def in_full(centre: Centre) -> tuple[dict, list]:
    """Everything derived anew, nothing read from what is kept."""
    patients = tuple(Patient.objects.filter(centre=centre).values_list("pk", flat=True))
    # Together with a number that is nobody's: one patient alone would be taken from the patient's page.
    found = derived(centre.pk, standards_of(centre), (*patients, 0))
    fields = ("patient_id", "kind", "what", "why", "first", "by", "urgency", "nearness")
    whole = {number: found.states.get(number, "") for number in patients}
    return whole, sorted(str(tuple(item[name] for name in fields)) for item in found.items)


CHANGES = st.one_of(
    st.tuples(st.just("enter"), st.sampled_from(["ALT", "AST", "IGG"]), DAYS, VALUES),
    st.tuples(st.just("correct"), st.integers(0, 50), DAYS, VALUES),
    st.tuples(st.just("remove"), st.integers(0, 50), st.none(), st.none()),
    st.tuples(st.just("end a drug"), st.integers(0, 5), DAYS, st.none()),
    st.tuples(st.just("add a patient"), st.integers(0, 10_000), st.none(), st.none()),
    st.tuples(st.just("bring up to date"), st.none(), st.none(), st.none()),
)


def change(centre: Centre, kind, which, day, value) -> None:
    rows = Measurement.objects.filter(patient__centre=centre).order_by("pk")
    with acting("test"):
        if kind == "enter":
            patient = Patient.objects.filter(centre=centre).order_by("pk").first()
            Measurement.objects.create(patient=patient, date=day, analyte=which, value=value, unit="U/L")
        elif kind == "correct" and rows:
            rows.filter(pk=rows[which % len(rows)].pk).update(date=day, value=value)
        elif kind == "remove" and rows:
            rows[which % len(rows)].delete()
        elif kind == "end a drug":
            Treatment.objects.filter(patient__centre=centre, pk=which).update(end=day)
        elif kind == "add a patient":
            Patient.objects.get_or_create(centre=centre, patient_id=f"N-{which}", defaults={"sex": "female"})
    if kind == "bring up to date":
        recompute(basis_of(centre))


@drawing(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(CHANGES, max_size=8))
def test_recomputing_what_changed_gives_what_a_full_derivation_gives(cast, changes):
    for one in changes:
        change(cast.here, *one)
    recompute(basis_of(cast.here))
    assert stale(basis_of(cast.here)) == []
    assert kept(cast.here) == in_full(cast.here)


def anew(patient):
    """The course of the rows, checked anew: nothing is remembered and nothing kept is read."""
    nothing_kept = mock.patch.object(patient_course_module, "_kept", return_value=None)
    with nothing_kept, mock.patch.object(patient_course_module, "_remembered", Remembered(most=0)):
        return patient_course(patient)


def from_kept(patient):
    """The course of the rows as they were read for the work list."""
    nothing_read = mock.patch.object(patient_course_module, "_read", side_effect=AssertionError("rows were read"))
    with nothing_read, mock.patch.object(patient_course_module, "_remembered", Remembered(most=0)):
        return patient_course(patient)


def said(course) -> list:
    """Everything that a course says, as plain values."""
    tables = [*map(course.record.table, TABLES), *course.tables.values(), course.quarantine, course.warnings]
    told = [*((table.schema, table.to_dicts()) for table in tables)]
    return [*told, list(course.stands.items()), course.milestones, course.advice] if course.known else told


@drawing(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(CHANGES, max_size=6))
def test_a_remembered_course_is_that_of_the_rows_as_they_are(cast, changes):
    for one in changes:
        change(cast.here, *one)
        patient = Patient.objects.select_related("centre").get(pk=cast.patient.pk)
        assert patient_course(patient) is patient_course(patient)
        assert said(patient_course(patient)) == said(anew(patient))


@drawing(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(CHANGES, max_size=6))
def test_rows_as_they_were_read_for_the_work_list_are_the_rows_as_they_are(cast, changes):
    for one in changes:
        change(cast.here, *one)
    recompute(basis_of(cast.here))
    for patient in Patient.objects.filter(centre=cast.here).select_related("centre"):
        assert said(from_kept(patient)) == said(anew(patient))


@pytest.fixture(scope="module")
def dirty_files(tmp_path_factory):
    """Invented patients whose files have every kind of mistake."""
    folder = tmp_path_factory.mktemp("dirty")
    synthesize(patients=60, seed=11, dirt="heavy", out=folder, file_format="csv")
    return raw_frames(open_source(str(folder)).raw)


def test_many_patients_read_at_once_are_kept_as_each_is_read_alone(cast, dirty_files):
    with acting("test"):
        bring_in(dirty_files, cast.there, "dirty", None)
    recompute(basis_of(cast.there))
    everybody = list(Patient.objects.filter(centre=cast.there).select_related("centre"))
    courses = [(from_kept(one) if kept_of(one) else anew(one), anew(one)) for one in everybody]
    assert [said(one) for one, _ in courses] == [said(other) for _, other in courses]
    assert all(kept_of(one) for one, (_, fresh) in zip(everybody, courses, strict=True) if fresh.known)
    assert sum(not course.quarantine.is_empty() for course, _ in courses) > 10
    assert any(not course.warnings.is_empty() for course, _ in courses)


def kept_of(patient) -> bytes:
    return bytes(DerivedState.objects.get(patient=patient).reading)


def test_rows_that_changed_since_are_not_shown_as_they_were_read_before(cast):
    recompute(basis_of(cast.here))
    with acting("test"):
        Measurement.objects.filter(patient=cast.patient).update(value="497")
    assert "497.0" in str(patient_course(cast.patient).record.measurements["value"].to_list())
    assert said(patient_course(cast.patient)) == said(anew(cast.patient))


def test_what_was_never_committed_is_not_remembered(cast):
    rows = Measurement.objects.filter(patient=cast.patient)
    number = rows.first().pk
    with suppress(RuntimeError), acting("test"):
        rows.filter(pk=number).update(value="401")
        assert "401.0" in str(patient_course(cast.patient).record.measurements["value"].to_list())
        raise RuntimeError
    with acting("test"):  # now the data have the version that they had in what was rolled back
        rows.filter(pk=number).update(value="402")
    assert "401.0" not in str(patient_course(cast.patient).record.measurements["value"].to_list())
    assert said(patient_course(cast.patient)) == said(anew(cast.patient))


@pytest.mark.parametrize("change_of", ["as_of", "notice_accepted"])
def test_another_day_or_a_notice_withdrawn_is_not_answered_from_memory(cast, monkeypatch, change_of):
    before = patient_course(cast.patient)
    other = {"as_of": date(2024, 7, 1), "notice_accepted": False}[change_of]
    changed = type(settings.INSTALLATION)(**{**vars(settings.INSTALLATION), change_of: other})
    monkeypatch.setattr(settings, "INSTALLATION", changed)
    after = patient_course(cast.patient)
    assert after is not before
    assert said(after) == said(anew(cast.patient))


def test_memory_holds_a_few_courses_for_a_short_time():
    kept = Remembered(most=2)
    for number in range(3):
        kept.keep(number, "key", f"course {number}")
    assert [kept.get(number, "key") for number in range(3)] == [None, "course 1", "course 2"]
    assert kept.get(2, "another key") is None
    over = Remembered(seconds=-1)
    over.keep(1, "key", "course")
    assert over.get(1, "key") is None


def test_readers_who_come_at_once_derive_once(cast, monkeypatch):
    recompute(basis_of(cast.here))
    with acting("test"):
        Measurement.objects.filter(patient=cast.patient).update(value="500")
    derivations = []
    real = freshness.recompute
    monkeypatch.setattr(freshness, "recompute", lambda *given: derivations.append(given[1]) or real(*given))
    with ThreadPoolExecutor(4) as readers:
        shown = list(readers.map(as_reader, [cast.here] * 4))
    assert all(shown)
    assert [patients for patients in derivations if patients] == [[cast.patient.pk]]


def as_reader(centre) -> bool:
    try:
        return freshness.current(centre).current
    finally:
        connections.close_all()


def test_only_patients_who_changed_are_derived_again(cast):
    recompute(basis_of(cast.here))
    with acting("test"):
        another = a_patient(cast.here, "P-3")
    assert stale(basis_of(cast.here)) == [another.pk]
    with acting("test"):
        Measurement.objects.filter(patient=cast.patient).first().delete()
    assert stale(basis_of(cast.here)) == [cast.patient.pk, another.pk]
    assert recompute(basis_of(cast.here)) == 2


def test_the_kept_state_is_that_of_the_patients_page(cast):
    recompute(basis_of(cast.here))
    told = json.loads(DerivedState.objects.get(patient=cast.patient).state)
    now = patient_course(cast.patient).state
    assert {**told, "patient_id": "P-1"} == json.loads(json.dumps(now, default=str))


def test_a_new_day_is_a_new_basis_and_the_old_one_goes_when_the_new_one_is_whole(cast, monkeypatch):
    recompute(basis_of(cast.here))
    before = basis_of(cast.here)
    tomorrow = type(settings.INSTALLATION)(**{**vars(settings.INSTALLATION), "as_of": date(2024, 7, 1)})
    monkeypatch.setattr(settings, "INSTALLATION", tomorrow)
    after = basis_of(cast.here)
    assert (after.as_of, after.pk == before.pk) == (date(2024, 7, 1), False)
    assert stale(after) == [cast.patient.pk]
    recompute(after)
    assert list(Basis.objects.filter(centre=cast.here)) == [after]
    assert not DerivedItem.objects.filter(basis=before.pk).exists()


@pytest.mark.parametrize("column", ["protocol", "definitions"])
def test_another_protocol_or_definition_set_is_a_new_basis(cast, column):
    recompute(basis_of(cast.here))
    others = protocol_files() if column == "protocol" else definition_sets()
    another = next(name for name in others if name != getattr(cast.here, column))
    with acting("test"):
        Centre.objects.filter(pk=cast.here.pk).update(**{column: another})
    assert stale(basis_of(Centre.objects.get(pk=cast.here.pk))) == [cast.patient.pk]


def test_many_changed_patients_are_derived_behind_the_page_which_says_so(cast, monkeypatch):
    recompute(basis_of(cast.here))
    monkeypatch.setattr(freshness, "AT_ONCE", 0)
    monkeypatch.setattr(freshness, "_begin", lambda centre, total: freshness.Progress(0, total))
    with acting("test"):
        Measurement.objects.filter(patient=cast.patient).update(value="500")
    page = cast.browser("clinician").get(reverse("worklist")).content.decode()
    assert "1 patient is being derived again" in page
    assert "2024-06-30" in page


def test_the_derivation_in_the_background_comes_to_its_end(cast, monkeypatch):
    monkeypatch.setattr(freshness, "AT_ONCE", 0)
    first = freshness.current(cast.here)
    assert (first.shown, first.behind) == (None, 1)
    for thread in freshness.threading.enumerate():
        if thread.name == "derivation":
            thread.join(60)
    assert freshness.current(cast.here).current
    assert kept(cast.here) == in_full(cast.here)


# The registry as a source


def test_the_registry_is_a_source_whose_rows_name_their_origin(cast):
    record, reading = registry_source("HERE", today=today()).read()
    assert record.patients["patient_id"].to_list() == ["P-1"]
    assert record.patients["centre"].to_list() == ["HERE"]
    assert reading.counts["measurements"].read == 9
    first = record.measurements.row(0, named=True)
    assert (first["file"], first["key"]) == ("registry", f"measurement {Measurement.objects.order_by('pk')[0].pk}")


def test_one_patient_is_read_alone(cast):
    record, _ = registry_source(today=today()).read_patient("P-2")
    assert record.patients["patient_id"].to_list() == ["P-2"]


def test_two_centres_with_one_pseudonym_are_read_one_at_a_time(cast):
    with acting("test"):
        a_patient(cast.there, "P-1")
    with pytest.raises(SourceError, match="same pseudonym"):
        registry_source(today=today())
    assert registry_source("THERE", today=today()).read()[0].patients.height == 2


def test_a_centre_that_is_not_there_is_told_with_those_that_are(cast):
    with pytest.raises(SourceError, match="HERE"):
        registry_source("NOWHERE", today=today())


def test_the_recipe_travels_to_another_process(cast):
    tables = RegistryTables((cast.here.pk,))
    assert pickle.loads(pickle.dumps(tables)) == tables  # noqa: S301  (our own)


def test_a_row_that_cannot_be_used_is_set_aside_and_said_on_the_page(cast):
    with acting("test"):
        Measurement.objects.create(patient=cast.patient, date="2024-13-05", analyte="ALT", value="30", unit="U/L")
    page = cast.browser("clinician").get(reverse("patient", args=[cast.patient.key])).content.decode()
    assert "Rows that cannot be used" in page
    assert "2024-13-05" in page


# Writing


def test_a_correction_names_the_version_that_it_was_made_from(cast):
    row = Measurement.objects.filter(patient=cast.patient).first()
    person = cast.people["clinician"]
    with acting(person):
        assert correct_row("measurements", row.pk, {"value": "41"}, version=1, reason="misread", by=person) == 2
    with pytest.raises(OverwriteError), acting(person):
        correct_row("measurements", row.pk, {"value": "42"}, version=1, reason="misread", by=person)
    row.refresh_from_db()
    assert (row.value, row.version, row.unit) == ("41", 2, "U/L")


def test_a_correction_needs_a_reason(cast):
    row = Measurement.objects.filter(patient=cast.patient).first()
    with pytest.raises(ValueError, match="reason"), acting("test"):
        correct_row("measurements", row.pk, {"value": "41"}, version=1, reason=" ", by=cast.people["clinician"])


@pytest.mark.usefixtures("postgres_registry")
def test_on_postgresql_the_same_holds():
    cast = Cast()
    recompute(basis_of(cast.here))
    with acting("test"):
        Measurement.objects.filter(patient=cast.patient).first().delete()
    recompute(basis_of(cast.here))
    assert connections["default"].vendor == "postgresql"
    assert kept(cast.here) == in_full(cast.here)
    assert cast.browser("clinician").get(reverse("worklist")).status_code == 200
    assert cast.browser("clinician").get(reverse("patient", args=[cast.patient.key])).status_code == 200
