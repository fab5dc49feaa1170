"""A started registry is ready for its first reader; several processes derive one centre one after the other."""

from __future__ import annotations

import re
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from altair.utils import schemapi
from django.db import connections
from registry_cast import Cast
from registry_process import place

from hepatica.registry.engine import freshness
from hepatica.registry.engine.derived_cache import basis_of, recompute, stale
from hepatica.registry.engine.patient_course import patient_course
from hepatica.registry.engine.remembered import Remembered
from hepatica.registry.models import AuditEntry, DerivedState
from hepatica.registry.operation import warming

patient_course_module = sys.modules["hepatica.registry.engine.patient_course"]


def test_the_first_readers_lists_and_courses_are_there_and_nobody_has_read_a_patient(cast, monkeypatch):
    memory = Remembered()
    monkeypatch.setattr(patient_course_module, "_remembered", memory)
    read = AuditEntry.objects.filter(act="read").count()
    warming.begin().join(120)
    assert stale(basis_of(cast.here)) == []
    assert stale(basis_of(cast.there)) == []
    assert len(memory._kept) == 2
    assert AuditEntry.objects.filter(act="read").count() == read


def test_a_registry_without_centres_starts(registry, caplog):
    warming.begin().join(120)
    assert "failed" not in caplog.text


def test_what_goes_wrong_while_warming_up_is_logged_and_nothing_else(cast, monkeypatch, caplog):
    def broken(centre):
        raise OSError("disk")

    monkeypatch.setattr(warming, "current", broken)
    warming.begin().join(120)
    assert "warming up failed" in caplog.text
    assert cast.browser("clinician").get("/worklist/").status_code == 200


def test_loading_the_pages_leaves_pictures_to_the_tests(monkeypatch):
    monkeypatch.setattr(schemapi, "DEBUG_MODE", True)
    warming.load_pages()
    assert schemapi.DEBUG_MODE is False


def on_their_own(task) -> bool:
    """Run as another process would: with a connection of its own."""
    try:
        task()
        return True
    finally:
        connections.close_all()


def test_on_postgresql_readers_of_several_processes_keep_one_after_the_other(postgres_registry, monkeypatch):
    cast = Cast()
    monkeypatch.setattr(patient_course_module, "_remembered", Remembered(most=0))
    basis = basis_of(cast.here)
    with ThreadPoolExecutor(4) as readers:
        done = readers.map(on_their_own, [lambda: recompute(basis, [cast.patient.pk])] * 4)
    assert list(done) == [True] * 4
    assert DerivedState.objects.filter(basis=basis).count() == 1
    assert patient_course(cast.patient).known


def test_on_postgresql_one_process_derives_a_centre_behind_the_page(postgres_registry):
    cast = Cast()
    with freshness._alone(cast.here.pk) as first, ThreadPoolExecutor(1) as another:
        seen = another.submit(alone_at, cast.here.pk).result(), another.submit(alone_at, cast.there.pk).result()
    assert (first, *seen) == (True, False, True)
    assert alone_at(cast.here.pk)


@pytest.mark.slow
def test_two_processes_serve_one_database_and_neither_shows_what_is_old(request, tmp_path):
    here = place(request, "postgresql", tmp_path).fill()
    with here.served() as one, here.served() as other:
        reader, writer = one.visitor("clinician"), one.visitor("clinician")
        writer.address = other.address  # the sign-in holds for both
        patient = re.search(r'href="(/patients/[0-9a-f-]{36}/)"', reader.get("/patients/").text)[1]
        for value in ("97531", "86420"):
            before = [visitor.get(patient).text for visitor in (reader, writer)]
            assert value not in "".join(before)
            entered = {"date": "2024-06-29", "analyte": "ALT", "value": value, "unit": "U/L", "upper_limit": "40"}
            assert writer.post(f"{patient}measurements/new/", {**entered, "keep_anyway": "on"}).status == 200
            for visitor in (reader, writer):
                assert value in visitor.get(patient).text
                assert visitor.get("/worklist/").status == 200
    assert here.audit() == []


def alone_at(centre: int) -> bool:
    try:
        with freshness._alone(centre) as alone:
            return alone
    finally:
        connections.close_all()
