"""A PostgreSQL server of its own for the tests that need one: made, started, stopped, and removed by the tests.

`postgres_url` is a SQLAlchemy URL of an empty database; `postgres_server.database(name)` makes another one.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

DEBIAN_BINARIES = "/usr/lib/postgresql"
SUPERUSER = "hepatica"
LONGEST_START_SECONDS = 60
# What is lost when the machine stops is only a test's.
FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_connections": "30"}


@dataclass(frozen=True)
class PostgresServer:
    """A running server on this machine's loopback address."""

    port: int
    password: str

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of one of its databases."""
        return f"postgresql+psycopg://{SUPERUSER}:{self.password}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def tablespace(self, name: str, folder: Path) -> Iterator[None]:
        """Let databases be made in a folder of their own; at the end those go with it."""
        psycopg = pytest.importorskip("psycopg", reason="the PostgreSQL driver (extra postgres) is not installed")
        from psycopg import sql

        own = sql.Identifier(name)
        with psycopg.connect(self.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(sql.SQL("create tablespace {} location {}").format(own, str(folder)))
            try:
                yield
            finally:
                ask = (
                    "select datname from pg_database d join pg_tablespace t on dattablespace = t.oid where spcname = %s"
                )
                for (database,) in connection.execute(ask, [name]).fetchall():
                    connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(database)))
                connection.execute(sql.SQL("drop tablespace {}").format(own))

    def database(self, name: str, *, like: str | None = None, tablespace: str = "pg_default") -> str:
        """Make a database, in place of an older one of this name, and return its URL; empty, or a copy of another."""
        psycopg = pytest.importorskip("psycopg", reason="the PostgreSQL driver (extra postgres) is not installed")
        from psycopg import sql

        address = self.url("postgres").replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
            made = sql.SQL("create database {} template {} tablespace {}")
            connection.execute(made.format(*map(sql.Identifier, (name, like or "template1", tablespace))))
        return self.url(name)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this test run; skips where PostgreSQL, or somebody who may run it, is absent."""
    binaries = _binaries()
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="hepatica-postgres-"))
    try:
        server = _made(binaries, folder, user)
        with _running(binaries, folder, user):
            _wait(binaries, server, folder)
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url(postgres_server: PostgresServer) -> str:
    """The SQLAlchemy URL of an empty database of this test run."""
    return postgres_server.database("hepatica_tests")


def _binaries() -> Path:
    """Return the folder of initdb and postgres: on the path, or where Debian puts the newest version."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    versions = sorted(Path(DEBIAN_BINARIES).glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not versions:
        pytest.skip("PostgreSQL is not installed (initdb is neither on the path nor under /usr/lib/postgresql)")
    return versions[-1].parent


def _user() -> str | None:
    """Return who runs the server: PostgreSQL refuses root, so root lends it to the user postgres."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")


def _made(binaries: Path, folder: Path, user: str | None) -> PostgresServer:
    """Return the server whose files were made, not yet started."""
    server = PostgresServer(_free_port(), secrets.token_hex(16))
    secret = folder / "password"
    secret.write_text(server.password)
    if user is not None:
        shutil.chown(folder, user)
        shutil.chown(secret, user)
    initdb = [binaries / "initdb", "-D", folder / "data", "-U", SUPERUSER, "--pwfile", secret, "-A", "scram-sha-256"]
    _run([*initdb, "-E", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"], user)
    # No socket file: its path may be longer than a socket's name can be.
    chosen = FAST | {"port": str(server.port), "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
    with (folder / "data" / "postgresql.auto.conf").open("a") as settings:
        settings.writelines(f"{name} = '{value}'\n" for name, value in chosen.items())
    return server


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def _running(binaries: Path, folder: Path, user: str | None) -> Iterator[None]:
    """Run the server as a child of the tests, and stop it at their end."""
    with (folder / "log").open("wb") as log:
        command = [str(binaries / "postgres"), "-D", str(folder / "data")]
        server = subprocess.Popen(
            command, user=user, cwd="/", env=_environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            yield
        finally:
            server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown: sessions are ended, not waited for
            server.wait(timeout=60)


def _wait(binaries: Path, server: PostgresServer, folder: Path) -> None:
    """Wait until the server answers."""
    question = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(server.port)]
    for _ in range(LONGEST_START_SECONDS * 10):
        if subprocess.run(question, check=False).returncode == 0:
            return
        time.sleep(0.1)
    pytest.fail(f"PostgreSQL did not start: {(folder / 'log').read_text()[-2000:]}")


def _environment() -> dict[str, str]:
    """Return the environment without what would lead PostgreSQL's programs to another server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _run(command: list[str | Path], user: str | None) -> None:
    """Run one of PostgreSQL's programs, and say what it said if it fails."""
    done = subprocess.run(
        list(map(str, command)),
        user=user,
        cwd="/",
        env=_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{Path(command[0]).name} failed: {done.stderr[-2000:]}")
