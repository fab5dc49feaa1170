"""On PostgreSQL as on SQLite: every page with every role, texts that no database keeps, and waiting in line."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.urls import reverse
from registry_cast import Cast
from test_registry_roles import ALL, address, outcome

from hepatica.registry.access.needs import EVERYBODY, SIGNED_IN
from hepatica.registry.access.roles import roles
from hepatica.registry.audit.acting import CHAIN_LOCK
from hepatica.registry.audit.verify import verify
from hepatica.registry.databases import LONGEST_WAIT_SECONDS


def stated(permission: str, role: str | None) -> str:
    if role is None:
        return "let in" if permission == EVERYBODY else "sign in"
    holds = permission in (EVERYBODY, SIGNED_IN) or permission in roles()[role].permissions
    return "let in" if holds else "refused"


@pytest.mark.slow
def test_every_page_answers_every_role_as_stated_on_postgresql(postgres_registry):
    cast = Cast()
    assert connection.vendor == "postgresql"
    browsers = {role: cast.browser(role) for role in [None, *roles()]}
    wrong = []
    for name, method, permission, parameters in ALL:
        if name == "sign-out":
            continue
        where = address(cast, name, parameters)
        for role, browser in browsers.items():
            answer = getattr(browser, method)(where)
            if answer.status_code >= 500 or outcome(answer) != stated(permission, role):
                wrong.append((name, method, role, answer.status_code))
    assert wrong == []
    assert verify().problems == []


@pytest.mark.parametrize("page", ["patients", "worklist", "audit", "consents", "quality", "history"])
def test_a_nul_in_an_address_is_refused_before_it_reaches_a_database(cast, page):
    role = {"audit": "auditor", "quality": "data_manager"}.get(page, "clinician")
    where = reverse(page, args=[cast.patient.key] if page == "history" else [])
    answer = cast.browser(role).get(f"{where}?q=%00&centre=%00&actor=%00&what=%00")
    assert answer.status_code == 400


def test_a_nul_in_a_form_is_refused_and_nothing_is_kept(cast):
    row = {"date": "2024-05-05", "analyte": "ALT", "value": "7\0", "unit": "U/L", "upper_limit": "40"}
    before = cast.patient.measurements.count()
    where = reverse("row-new", args=[cast.patient.key, "measurements"])
    assert cast.browser("clinician").post(where, row).status_code == 400
    assert cast.patient.measurements.count() == before


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("odd", ["3\0", "3\x1f", "3\ufffe", "3\U0001f600", "3" * 5_000], ids=range(5))
def test_no_character_of_an_imported_file_breaks_an_import(request, kind, odd):
    request.getfixturevalue("sqlite_registry" if kind == "sqlite" else "postgres_registry")
    cast = Cast()
    browser = cast.browser("coordinator")
    browser.raise_request_exception = False
    rows = (
        f"P-1,2024-01-05,ALT,{odd},U/L,40",
        f"P{odd},2024-01-05,ALT,3,U/L,40",
        f'P-1,2024-01-06,"ALT{odd}",3,U/L,40',
    )
    lines = "\n".join(["patient_id,date,analyte,value,unit,upper_limit", *rows, ""])
    file = SimpleUploadedFile("measurements.csv", lines.encode())
    sent = browser.post(reverse("imports"), {"centre": cast.here.pk, "files": [file]})
    assert sent.status_code in (302, 400)
    if sent.status_code == 302:
        assert browser.get(sent["Location"]).status_code == 200
        done = browser.post(sent["Location"], {"confirm": "1"})
        assert done.status_code == 302
        assert browser.get(done["Location"]).status_code == 200
    assert verify().problems == []


@contextmanager
def somebody_holds_the_database():
    """Another program has begun to write and does not end; who waits for it gives up after a fifth of a second."""
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        connection.connection.execute("PRAGMA busy_timeout = 200")
        with closing(sqlite3.connect(connections.databases["default"]["NAME"])) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.rollback()
        return
    import psycopg

    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == (f"{LONGEST_WAIT_SECONDS}s",)
        cursor.execute("SET lock_timeout = '200ms'")
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
        yield
        other.rollback()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_who_waits_too_long_for_another_writer_is_told_and_nothing_is_written(request, kind):
    request.getfixturevalue("sqlite_registry" if kind == "sqlite" else "postgres_registry")
    cast = Cast()
    browser = cast.browser("clinician")
    browser.raise_request_exception = False
    where = reverse("row-new", args=[cast.patient.key, "measurements"])
    row = {"date": "2024-05-05", "analyte": "ALT", "value": "77", "unit": "U/L", "upper_limit": "40"}
    before = cast.patient.measurements.count()
    with somebody_holds_the_database():
        answer = browser.post(where, row)
    assert answer.status_code == 503
    assert "The registry is busy" in answer.content.decode()
    assert int(answer["Retry-After"]) > 0
    assert cast.patient.measurements.count() == before
    assert browser.post(where, row).status_code == 302
    assert cast.patient.measurements.count() == before + 1
    assert verify().problems == []
