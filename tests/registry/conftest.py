"""What tests of the registry share: a database of its own for each test, people of every role, and their browsers."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ON = os.environ.get("HEPATICA_TESTS_ON", "sqlite")
# Before anything of the registry is imported: an installation of the tests' own, with the notice accepted.
FOLDER = Path(tempfile.mkdtemp(prefix="hepatica-registry-tests-"))
os.environ.update(
    HEPATICA_DATA=str(FOLDER / "data"),
    HEPATICA_CONFIG=str(FOLDER / "no-config.toml"),
    HEPATICA_AS_OF="2024-06-30",
    HEPATICA_NOTICE_ACCEPTED="true",
    HEPATICA_DATABASE="",
    HEPATICA_IDENTITIES="",
)

from hepatica.registry.operation import starting  # noqa: E402

starting.configure()

from django.conf import settings  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connections  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402
from registry_cast import PASSWORD, Cast  # noqa: E402
from registry_process import filled_places, here  # noqa: E402, F401  (fixtures)
from waitress.server import create_server  # noqa: E402

from hepatica.registry.databases import database  # noqa: E402

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the tests' passwords are no secret
settings.ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
setup_test_environment()


def pytest_sessionfinish(session, exitstatus):
    connections.close_all()
    shutil.rmtree(FOLDER, ignore_errors=True)


@pytest.fixture(scope="session")
def empty_databases() -> dict[str, Path]:
    """The two databases after all migrations, made once and copied for each test."""
    starting.bring_up_to_date()
    connections.close_all()
    made = {}
    for alias in connections:
        path = Path(connections.databases[alias]["NAME"])
        made[alias] = path.with_suffix(".template")
        shutil.copy(path, made[alias])
    return made


@pytest.fixture
def registry(request):
    """An empty registry of the test's own: real commits, real triggers, and threads see it.

    On SQLite; with HEPATICA_TESTS_ON=postgresql on PostgreSQL, for every test that does not ask for one of them. Tests
    marked both_databases run on each.
    """
    kind = getattr(request, "param", ON)
    return request.getfixturevalue("postgres_registry" if kind == "postgresql" else "sqlite_registry")


def pytest_generate_tests(metafunc):
    """Run the tests that are marked so on both databases."""
    if "registry" in metafunc.fixturenames and metafunc.definition.get_closest_marker("both_databases"):
        metafunc.parametrize("registry", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def sqlite_registry(empty_databases, tmp_path):
    """An empty registry on SQLite."""
    for alias, template in empty_databases.items():
        connections[alias].close()
        connections.databases[alias]["NAME"] = str(shutil.copy(template, tmp_path / f"{alias}.sqlite3"))
    yield tmp_path
    connections.close_all()


@pytest.fixture(scope="session")
def postgres_template(postgres_server) -> Any:
    """A PostgreSQL server with two databases after all migrations, copied for each test."""
    with on_postgres(postgres_server, "template_registry", "template_identities"):
        starting.bring_up_to_date()
    return postgres_server


@pytest.fixture
def postgres_registry(postgres_template, tmp_path):
    """An empty registry on PostgreSQL; skips where there is none."""
    import psycopg

    with psycopg.connect(postgres_template.url("postgres").replace("+psycopg", ""), autocommit=True) as server:
        for kind in ("registry", "identities"):
            server.execute(f"DROP DATABASE IF EXISTS {kind} WITH (FORCE)")
            server.execute(f"CREATE DATABASE {kind} TEMPLATE template_{kind}")
    with on_postgres(postgres_template, "registry", "identities"):
        yield tmp_path


@contextmanager
def on_postgres(server, record, identities):
    """Everything inside speaks to these databases of a server instead of SQLite."""
    before = {alias: dict(connections.databases[alias]) for alias in connections}
    for alias, name in zip(("default", "identities"), (record, identities), strict=True):
        server_url = server.url(name) if name.startswith(("registry", "identities")) else server.database(name)
        _change(alias, database(server_url, FOLDER, name))
    try:
        yield
    finally:
        for alias, values in before.items():
            _change(alias, values)


def _change(alias, values):
    connections[alias].close()
    del connections[alias]
    connections.databases[alias].clear()
    connections.databases[alias].update(values)
    connections.configure_settings(connections.databases)


@pytest.fixture
def client() -> Client:
    """A browser in which nobody is signed in."""
    return Client()


@pytest.fixture
def live_address(cast) -> Iterator[str]:
    """The address where the cast's registry is served, for a real browser."""
    server = create_server(get_wsgi_application(), host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(5)


@pytest.fixture
def cast(registry) -> Cast:
    """A registry with two centres, their patients, and a person of every role, all signing in with PASSWORD."""
    return Cast()


@pytest.fixture
def as_clinician(live_address):
    """Open a page of the live registry in Chromium as the clinician; afterwards its console must have been silent."""
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed (Debian package chromium)")

    @contextmanager
    def opened(address):
        said = []
        with api.sync_playwright() as tool:
            window = tool.chromium.launch(executable_path=chromium, args=["--no-sandbox"]).new_page()
            window.set_default_timeout(120_000)
            window.on("console", lambda message: said.append(message.text))
            window.goto(f"{live_address}{address}")
            window.fill("input[name=username]", "clinician")
            window.fill("input[name=password]", PASSWORD)
            window.click("main button")
            yield window
        assert said == []

    return opened
