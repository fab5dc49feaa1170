"""No version that an installation gets has a known weakness; where no advisory source is reachable, that is said."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("advisories", ROOT / "scripts" / "advisories.py")
audit = importlib.util.module_from_spec(_spec)
sys.modules["advisories"] = audit  # its dataclasses look themselves up
_spec.loader.exec_module(audit)

# What OSV answers, in the form that it documents, on old versions of Jinja2.
TOLD = [
    {"id": "GHSA-462w-v97r-4m45", "modified": "2024-09-20T15:48:02.379193Z"},
    {"id": "PYSEC-2019-217", "modified": "2021-11-22T04:57:52.862665Z"},
    {"id": "PYSEC-2014-8", "modified": "2021-07-05T00:01:22.043149Z"},
]
NOWHERE = "http://127.0.0.1:1"
NOT_CHECKED = "ADVISORIES NOT CHECKED: no advisory source reachable"


@contextmanager
def osv(answer, *, asked: list | None = None):
    """A source on this machine; answer(queries) gives status and body, a body of bytes as it is, else as JSON."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            assert self.path == "/v1/querybatch"
            queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
            if asked is not None:
                asked.append(queries)
            status, told = answer(queries)
            body = told if isinstance(told, bytes) else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body) + (100 if status == HALF else 0)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


HALF = 299  # an answer that breaks off: it is announced longer than it is


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch):
    monkeypatch.setattr(audit, "WAITS_SECONDS", (0, 0))


def nothing_known(queries):
    return 200, {"results": [{} for _ in queries]}


def weak_jinja(queries):
    return 200, {"results": [{"vulns": TOLD} if one["package"]["name"] == "jinja2" else {} for one in queries]}


def in_pages(queries):
    """As OSV does where an answer is long: one advisory a page, the first page empty, each with the way to the next."""
    pages = {None: ([], "a"), "a": (TOLD[:1], "b"), "b": (TOLD[1:2], "c"), "c": (TOLD[2:], None)}
    results = []
    for one in queries:
        vulns, more = pages[one.get("page_token")] if one["package"]["name"] == "jinja2" else ([], None)
        results.append(({"vulns": vulns} if vulns else {}) | ({"next_page_token": more} if more else {}))
    return 200, {"results": results}


def test_no_version_has_a_known_advisory():
    try:
        found = audit.advisories(audit.pinned(), audit.named() or audit.SOURCE)
    except audit.UnreachableError as why:
        if audit.named():  # somebody relies on a source: that it does not answer is no reason to go on
            raise
        pytest.skip(f"{NOT_CHECKED} ({why})")
    assert found == {}


@pytest.mark.parametrize("answer", [weak_jinja, in_pages])
def test_a_known_weakness_fails_with_every_advisory_however_many_pages_there_are(answer, capsys):
    with osv(answer) as source:
        assert audit.main(["--source", source]) == audit.FOUND
    told = capsys.readouterr().out
    names = "GHSA-462w-v97r-4m45, PYSEC-2014-8, PYSEC-2019-217"
    assert re.search(rf"^jinja2==\S+ \(PyPI\): {names}$", told, re.MULTILINE)
    assert "1 with a known advisory" in told


def test_the_next_page_is_asked_only_of_what_has_one():
    asked: list = []
    with osv(in_pages, asked=asked) as source:
        audit.advisories(audit.pinned(), source)
    assert [[one.get("page_token") for one in queries] for queries in asked[1:]] == [["a"], ["b"], ["c"]]
    assert {one["package"]["name"] for queries in asked[1:] for one in queries} == {"jinja2"}


def test_a_weak_script_of_the_pages_fails_as_a_weak_package_does(capsys):
    def weak_vega(queries):
        assert {one["package"]["ecosystem"] for one in queries} == {"PyPI", "npm"}
        return 200, {"results": [{"vulns": TOLD[:1]} if one["package"]["name"] == "vega" else {} for one in queries]}

    with osv(weak_vega) as source:
        assert audit.main(["--source", source]) == audit.FOUND
    assert "vega==6.4.0 (npm): GHSA-462w-v97r-4m45" in capsys.readouterr().out


def test_every_version_is_asked_about_and_nothing_else_is_sent(capsys, monkeypatch):
    batches: list = []
    monkeypatch.setattr(audit, "AT_ONCE", 50)  # in several requests
    with osv(nothing_known, asked=batches) as source:
        assert audit.main(["--source", source]) == audit.NONE_KNOWN
    assert "0 with a known advisory" in capsys.readouterr().out
    asked = [one for queries in batches for one in queries]
    assert all(set(one) == {"package", "version"} and set(one["package"]) == {"name", "ecosystem"} for one in asked)
    names = {one["package"]["name"] for one in asked}
    assert {"django", "polars", "pytest", "vega-lite", "htmx.org"} <= names
    assert len(asked) == len(audit.pinned())


NO_ANSWERS = {
    "nothing": {},
    "no result": {"results": []},
    "a result too few": lambda queries: {"results": [{}] * (len(queries) - 1)},
    "a result too many": lambda queries: {"results": [{}] * (len(queries) + 1)},
    "no list": {"results": "none"},
    "a list": [],
    "results that are none": lambda queries: {"results": [None] * len(queries)},
    "advisories without a name": lambda queries: {"results": [{"vulns": [{}]}] * len(queries)},
    "advisories that are no list": lambda queries: {"results": [{"vulns": 7}] * len(queries)},
    "names that are no words": lambda queries: {"results": [{"vulns": [{"id": None}]}] * len(queries)},
    "pages without an end": lambda queries: {"results": [{"next_page_token": "again"}] * len(queries)},
    "no JSON": b"<html>sign in to the network</html>",
    "half of an answer": b'{"results": [{}, {}',
}


@pytest.mark.parametrize("answer", list(NO_ANSWERS.values()), ids=list(NO_ANSWERS))
@pytest.mark.parametrize("status", [200, HALF])
def test_what_is_no_answer_is_no_clean_bill(answer, status, capsys):
    with osv(lambda queries: (status, answer(queries) if callable(answer) else answer)) as source:
        assert audit.main(["--source", source]) == audit.NOT_CHECKED
    assert capsys.readouterr().out.startswith(NOT_CHECKED)


@pytest.mark.parametrize("status", [429, 503])
def test_a_source_that_is_out_of_breath_is_asked_again(status, capsys):
    asked: list = []
    with osv(lambda queries: nothing_known(queries) if len(asked) > 2 else (status, {}), asked=asked) as source:
        assert audit.main(["--source", source]) == audit.NONE_KNOWN
    assert len(asked) == 3
    with osv(lambda _: (status, {})) as source:
        assert audit.main(["--source", source]) == audit.NOT_CHECKED
    assert capsys.readouterr().out.splitlines()[-1].startswith(NOT_CHECKED)


@pytest.mark.parametrize("status", [400, 403, 404, 405])
def test_a_source_that_refuses_is_asked_once(status):
    asked: list = []
    with osv(lambda _: (status, {"code": 3, "message": "Invalid query."}), asked=asked) as source:
        assert audit.main(["--source", source]) == audit.NOT_CHECKED
    assert len(asked) == 1


def test_without_a_source_it_says_that_nothing_was_checked(capsys):
    assert audit.main(["--source", NOWHERE]) == audit.NOT_CHECKED
    assert capsys.readouterr().out.startswith(NOT_CHECKED)


def test_whoever_relies_on_a_source_asks_that_one(monkeypatch):
    asked: list = []
    with osv(nothing_known, asked=asked) as source:
        monkeypatch.setenv("HEPATICA_ADVISORIES", source)
        assert audit.main([]) == audit.NONE_KNOWN
    assert asked


def test_continuous_integration_fails_on_an_advisory_and_goes_on_where_nobody_can_be_asked(tmp_path):
    """The lines of .ci/run between the installation and the tests, run as they stand."""
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    part = "\n".join(["set -euo pipefail", *lines[lines.index("asked=0") : -1], "echo on to the tests"])

    def ended(how: int, source: str) -> tuple[int, bool]:
        (tmp_path / "python3").write_text(f"#!/bin/sh\nexit {how}\n")
        (tmp_path / "python3").chmod(0o755)
        own = {"PATH": f"{tmp_path}:/usr/bin:/bin", "HEPATICA_ADVISORIES": source}
        done = subprocess.run(["bash", "-c", part], env=own, capture_output=True, text=True, check=False)
        return done.returncode, "on to the tests" in done.stdout

    assert ended(audit.NONE_KNOWN, "") == (0, True)
    assert ended(audit.FOUND, "") == (1, False)
    assert ended(audit.NOT_CHECKED, "") == (0, True)
    assert ended(audit.NOT_CHECKED, "http://mirror.example") == (1, False)


def test_the_scripts_of_the_pages_are_the_versions_that_are_asked_about():
    named = dict(line.split("==") for line in (audit.VENDOR / "versions.txt").read_text().split())
    files = {path.name.removesuffix(".min.js"): path.read_text(encoding="utf-8") for path in audit.VENDOR.glob("*.js")}
    assert {name.removesuffix(".org") for name in named} == files.keys()
    for name, version in named.items():
        assert f'"{version}"' in files[name.removesuffix(".org")], name


def test_the_notice_names_the_versions_of_the_scripts():
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    told = dict(re.findall(r"(Vega|Vega-Lite|Vega-Embed|htmx) (\d+\.\d+\.\d+)", notice))
    named = dict(line.split("==") for line in (audit.VENDOR / "versions.txt").read_text().split())
    assert {name.casefold(): version for name, version in told.items()} == {
        name.removesuffix(".org"): version for name, version in named.items()
    }
