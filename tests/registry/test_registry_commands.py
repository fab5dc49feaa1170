"""The registry's verbs as the real program: first start, serving, verifying, backing up, restoring, reading."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from hepatica.errors import UsageError
from hepatica.registry.installation import installation

HEPATICA = str(Path(sys.executable).parent / "hepatica")


def hepatica(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [HEPATICA, *map(str, words)], env=surroundings(folder), capture_output=True, text=True, check=False
    )


def surroundings(folder: Path) -> dict[str, str]:
    """An installation of its own in a folder, without what the tests of this process have set."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("HEPATICA_", "DJANGO_"))}
    return {**own, "HEPATICA_CONFIG": str(folder / "no-config.toml"), "HEPATICA_DATA": str(folder / "data")}


@pytest.fixture(scope="module")
def started(tmp_path_factory) -> Path:
    """An installation that was started once, on which the administrator's link was opened, and stopped."""
    folder = tmp_path_factory.mktemp("installation")
    line = [HEPATICA, "serve", "--port", "0", "--format", "json"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=surroundings(folder)) as served:
        try:
            told = json.loads(served.stdout.readline())
            with urllib.request.urlopen(f"{told['address']}health", timeout=30) as answer:  # noqa: S310  (of this machine)
                assert json.loads(answer.read())["status"] == "ok"
            with urllib.request.urlopen(told["set_up"], timeout=30) as answer:  # noqa: S310  (of this machine)
                assert "administrator" in answer.read().decode()
        finally:
            served.send_signal(signal.SIGINT)
        assert served.wait(timeout=30) == 0
    with closing(sqlite3.connect(folder / "data" / "registry.sqlite3")) as database:
        assert told["set_up"].split("/")[-2] not in str(
            database.execute("SELECT * FROM registry_invitation").fetchall()
        )
    return folder


@pytest.mark.slow
def test_an_installation_starts_serves_and_its_audit_is_whole(started):
    done = hepatica(started, "audit", "verify", "--format", "json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["problems"] == []
    assert told["entries"] > 0
    assert (started / "data" / "secrets.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_a_backup_goes_into_a_new_folder_and_nowhere_else(started, tmp_path):
    done = hepatica(started, "backup", "--out", tmp_path / "backup", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert {Path(path).name for path in json.loads(done.stdout)["written"]} == {"record.tar", "identities.tar"}
    refused = hepatica(started, "restore", tmp_path / "backup")
    assert refused.returncode == 2
    assert "not empty" in refused.stderr
    (tmp_path / "new").mkdir(mode=0o755)
    restored = hepatica(started, "restore", tmp_path / "backup", "--data", tmp_path / "new", "--format", "json")
    assert restored.returncode == 0, restored.stderr
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "new").glob("*.sqlite3")} == {0o600}
    assert json.loads(restored.stdout)["problems"] == []


@pytest.mark.slow
def test_tampering_gives_exit_code_1_and_says_where(started, tmp_path):
    copied = tmp_path / "data"
    copied.mkdir()
    for path in (started / "data").iterdir():
        (copied / path.name).write_bytes(path.read_bytes())
    with closing(sqlite3.connect(copied / "registry.sqlite3")) as database:
        database.execute("DROP TRIGGER audit_no_update")
        database.execute("UPDATE registry_auditentry SET actor = 'nobody' WHERE seq = 1")
        database.commit()
    done = hepatica(started, "audit", "verify", "--data", copied)
    assert done.returncode == 1
    assert "entry 1: was changed after it was sealed" in done.stdout


@pytest.mark.slow
def test_a_registry_without_patients_says_so_as_a_source(started):
    done = hepatica(started, "check", "registry:")
    assert done.returncode == 3
    assert "no such centre" in done.stderr


def test_a_database_of_a_kind_that_is_not_known_is_refused_in_two_lines(tmp_path):
    done = hepatica(tmp_path, "serve", "--database", "mysql://localhost/x")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.slow
def test_in_a_folder_that_others_may_read_the_databases_are_their_owners_alone(tmp_path):
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    data.chmod(0o755)
    line = [HEPATICA, "serve", "--port", "0", "--format", "json"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=surroundings(tmp_path)) as served:
        try:
            assert served.stdout.readline()
            found = {path.name: oct(path.stat().st_mode & 0o777) for path in data.iterdir()}
        finally:
            served.terminate()
    assert {"registry.sqlite3", "identities.sqlite3", "secrets.json"} <= set(found)
    assert {name: mode for name, mode in found.items() if mode != oct(0o600) and "heads" not in name} == {}


@pytest.mark.slow
def test_an_installation_that_was_never_started_is_no_source_and_says_how_to_start_it(tmp_path):
    done = hepatica(tmp_path, "check", "registry:")
    assert done.returncode == 3
    assert "holds no registry of this version" in done.stderr
    assert "hepatica serve" in done.stderr


@pytest.mark.slow
def test_a_service_manager_ends_it_as_ctrl_c_does_and_the_link_has_the_public_address(tmp_path):
    public = {
        **surroundings(tmp_path),
        "HEPATICA_PUBLIC_URL": "https://registry.example",
        "HEPATICA_BEHIND_PROXY": "true",
    }
    line = [HEPATICA, "serve", "--port", "0", "--format", "json"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=public) as served:
        try:
            told = json.loads(served.stdout.readline())
            with urllib.request.urlopen(f"{told['address']}health", timeout=30) as answer:  # noqa: S310  (of this machine)
                assert answer.status == 200
        finally:
            served.send_signal(signal.SIGTERM)
        assert served.wait(timeout=30) == 0
    assert told["address"].startswith("http://127.0.0.1:")
    assert told["set_up"].startswith("https://registry.example/set-up/")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("BEHIND_PROXY", "yes"),
        ("BEHIND_PROXY", "proxy.example"),
        ("PUBLIC_URL", "registry.example"),
        ("PUBLIC_URL", "https://example.org/registry"),
        ("PUBLIC_URL", "ftp://registry.example"),
        ("TIME_ZONE", "Mars/Base"),
        ("TIME_ZONE", "Europe"),
    ],
)
def test_a_key_that_would_not_do_what_it_says_is_refused(monkeypatch, key, value):
    monkeypatch.setenv(f"HEPATICA_{key}", value)
    with pytest.raises(UsageError, match=re.escape(value)):
        installation()


@pytest.mark.parametrize(
    ("written", "believed"), [("", ""), ("false", ""), ("true", "127.0.0.1"), ("10.0.0.5", "10.0.0.5"), ("::1", "::1")]
)
def test_which_proxy_is_believed(monkeypatch, written, believed):
    monkeypatch.setenv("HEPATICA_BEHIND_PROXY", written)
    assert installation().proxy == believed
