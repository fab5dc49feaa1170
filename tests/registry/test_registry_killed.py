"""kill -9 at any moment of an import or a save: all of it is there afterwards or nothing, and the audit is whole."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from registry_process import Place, Served, Visitor, in_the_background, patient_address, until

PEOPLE, VALUES = 60, 20
PATIENTS = "patient_id,sex,birth_date,diagnosis_date\n" + "".join(
    f"N-{number},female,1970-01-01,2020-01-01\n" for number in range(PEOPLE)
)
LABS = "patient_id,date,analyte,value,unit,upper_limit\n" + "".join(
    f"N-{number},{2000 + year}-02-03,ALT,{30 + year},U/L,40\n" for number in range(PEOPLE) for year in range(VALUES)
)
FILES = {"patients.csv": PATIENTS, "measurements.csv": LABS}
KINDS = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


def rows(here: Place) -> tuple[int, int, int]:
    """Patients and values that an import brought, and imports."""
    patients = "SELECT count(*) FROM registry_patient WHERE file = 'patients.csv'"
    values = "SELECT count(*) FROM registry_measurement WHERE file = 'measurements.csv'"
    return here.number(patients), here.number(values), here.number("SELECT count(*) FROM registry_import")


NOTHING, ALL = (0, 0, 0), (PEOPLE, PEOPLE * VALUES, 1)


def uploaded(visitor: Visitor) -> str:
    """Send the file to be looked at; return the address of its report without this start's port."""
    centre = re.search(r'<option value="(\d+)"[^>]*>Here', visitor.get("/imports/").text)[1]
    report = visitor.post("/imports/", {"centre": centre}, FILES)
    assert "/imports/uploads/" in report.address, report.text
    return report.address.removeprefix(visitor.address)


@contextmanager
def held(here: Place, statement: str, *values: object) -> Iterator[None]:
    """Hold a lock from a second connection to PostgreSQL, until the end or until it is given up."""
    with here.connected() as database:
        database.execute(statement, values)
        yield
        database.rollback()


def waits_for_a_lock(here: Place) -> bool:
    """Say whether somebody in this database waits for a lock: the server is in the middle of its transaction."""
    ask = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return here.number(ask) > 0


def is_writing(here: Place) -> bool:
    """Say whether the server's writing transaction is open on SQLite: nobody else can begin one."""
    with closing(sqlite3.connect(here.folder / "data" / "registry.sqlite3", timeout=0)) as database:
        try:
            database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        database.rollback()
        return False


def killed_inside(here: Place, served: Served, action, lock: str, *values: object) -> list:
    """Kill the server while its transaction is open: PostgreSQL waits for a lock of ours, SQLite holds its own."""
    if here.on_postgres:
        with held(here, lock, *values), in_the_background(action) as answers:
            until(lambda: waits_for_a_lock(here))
            served.kill()
        return answers
    with in_the_background(action) as answers:
        until(lambda: is_writing(here))
        served.kill()
    return answers


UPLOAD_LOCK = "SELECT 1 FROM registry_upload FOR UPDATE"  # its removal is the last step of an import


@pytest.mark.slow
@KINDS
def test_an_import_killed_inside_its_transaction_has_not_happened_and_can_be_confirmed_again(here):
    with here.served() as served:
        carla = served.visitor("coordinator")
        report = uploaded(carla)
        token = carla.token(report)
        answers = killed_inside(here, served, lambda: carla.send(report, token, {"confirm": "1"}), UPLOAD_LOCK)
    assert answers == []
    assert rows(here) == NOTHING
    with here.served() as served:
        carla = served.visitor("coordinator")
        waiting = carla.get("/imports/").text
        assert report in waiting
        assert "Nothing was imported yet." in waiting
        assert carla.post(report, {"confirm": "1"}).status == 200
        assert rows(here) == ALL
        assert report not in carla.get("/imports/").text
    assert here.audit() == []


@pytest.mark.slow
@KINDS
def test_an_import_killed_some_time_after_it_was_confirmed_is_there_as_a_whole_or_not_at_all(here):
    with here.served() as served:
        report = uploaded(served.visitor("coordinator"))
    for delay in (0.0, 0.3, 0.8):
        with here.served() as served:
            carla = served.visitor("coordinator")
            token = carla.token(report)
            with in_the_background(lambda: carla.send(report, token, {"confirm": "1"})) as answers:  # noqa: B023
                time.sleep(delay)
                served.kill()
        found = rows(here)
        assert found in (NOTHING, ALL)
        assert not answers or found == ALL  # what was answered is kept
        if found == ALL:
            break
    with here.served() as served:
        carla = served.visitor("coordinator")
        if rows(here) == NOTHING:
            assert carla.post(report, {"confirm": "1"}).status == 200
        assert rows(here) == ALL
        assert carla.get(report).status == 404  # it waits no longer
    assert here.audit() == []


SEAL_LOCK = "SELECT 1 FROM registry_patientseal FOR UPDATE"  # the step after the row and its entry
ROW = {"date": "2024-05-05", "analyte": "ALT", "value": "77", "unit": "U/L", "upper_limit": "40"}
SAVED = "SELECT count(*) FROM registry_measurement WHERE date = '2024-05-05'"
ENTRIES = "SELECT count(*) FROM registry_auditentry WHERE act = 'insert' AND subject = 'measurement'"


def form_address(here: Place) -> str:
    return f"{patient_address(here)}measurements/new/"


@pytest.mark.slow
@KINDS
def test_a_save_killed_inside_its_transaction_has_not_happened(here):
    address, before = form_address(here), here.number(ENTRIES)
    with here.served() as served:
        carla = served.visitor("clinician")
        token = carla.token(address)
        assert killed_inside(here, served, lambda: carla.send(address, token, ROW), SEAL_LOCK) == []
    assert (here.number(SAVED), here.number(ENTRIES)) == (0, before)
    with here.served() as served:
        carla = served.visitor("clinician")
        assert carla.post(address, ROW).status == 200
    assert (here.number(SAVED), here.number(ENTRIES)) == (1, before + 1)
    assert here.audit() == []


@pytest.mark.slow
@KINDS
def test_a_save_killed_at_any_moment_leaves_the_row_with_its_entry_or_neither(here):
    address, before, said = form_address(here), here.number(ENTRIES), 0
    for delay in (0.0, 0.1, 0.3):
        with here.served() as served:
            carla = served.visitor("clinician")
            token = carla.token(address)
            with in_the_background(lambda: carla.send(address, token, ROW)) as answers:  # noqa: B023
                time.sleep(delay)
                served.kill()
        said += len(answers)
        assert here.number(ENTRIES) - before == here.number(SAVED)
    assert said <= here.number(SAVED) <= 3
    assert here.audit() == []
