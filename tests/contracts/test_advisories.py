"""No version that an installation gets has a known weakness; where no advisory source is reachable, that is said."""

from __future__ import annotations

import importlib.util
import json
import re
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

# An answer in the form that OSV documents; the names are those of advisories on old versions of Jinja2.
TOLD = {"vulns": [{"id": "GHSA-462w-v97r-4m45", "modified": "2024-09-20T15:48:02Z"}, {"id": "PYSEC-2019-217"}]}
NOWHERE = "http://127.0.0.1:1"


@contextmanager
def osv(results, status: int = 200, asked: list | None = None):
    """An advisory source on this machine that answers with these results, or with none for each that is left."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
            if asked is not None:
                asked.extend(queries)
            told = results(queries) if callable(results) else results
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(told).encode())

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


def nothing_known(queries):
    return {"results": [{} for _ in queries]}


def weak_jinja(queries):
    return {"results": [TOLD if one["package"]["name"] == "jinja2" else {} for one in queries]}


def test_no_version_has_a_known_advisory():
    try:
        found = audit.advisories(audit.pinned())
    except audit.UnreachableError as why:
        pytest.skip(f"not checked: no advisory source reachable ({why})")
    assert found == {}


def test_a_known_weakness_fails(capsys):
    with osv(weak_jinja) as source:
        assert audit.main(["--source", source]) == audit.FOUND
    told = capsys.readouterr().out
    assert re.search(r"^jinja2==\S+ \(PyPI\): GHSA-462w-v97r-4m45, PYSEC-2019-217$", told, re.MULTILINE)
    assert "1 with a known advisory" in told


def test_every_version_is_asked_about_and_nothing_else_is_sent(capsys, monkeypatch):
    asked: list = []
    monkeypatch.setattr(audit, "AT_ONCE", 50)  # in several requests
    with osv(nothing_known, asked=asked) as source:
        assert audit.main(["--source", source]) == audit.NONE_KNOWN
    assert "0 with a known advisory" in capsys.readouterr().out
    assert all(set(one) == {"package", "version"} and set(one["package"]) == {"name", "ecosystem"} for one in asked)
    names = {one["package"]["name"] for one in asked}
    assert {"django", "polars", "pytest", "vega-lite", "htmx.org"} <= names
    assert len(asked) == len(audit.pinned())


@pytest.mark.parametrize("answer", [{}, {"results": []}, {"results": "none"}, []])
def test_an_answer_to_something_else_is_no_clean_bill(answer, capsys):
    with osv(answer) as source:
        assert audit.main(["--source", source]) == audit.NOT_CHECKED
    assert capsys.readouterr().out.startswith("not checked: no advisory source reachable")


def test_without_a_source_it_says_that_nothing_was_checked(capsys):
    assert audit.main(["--source", NOWHERE]) == audit.NOT_CHECKED
    assert capsys.readouterr().out.startswith("not checked: no advisory source reachable")
    with osv(nothing_known, status=500) as source:
        assert audit.main(["--source", source]) == audit.NOT_CHECKED


def test_the_scripts_of_the_pages_are_the_versions_that_are_asked_about():
    named = dict(line.split("==") for line in (audit.VENDOR / "versions.txt").read_text().split())
    files = {path.name.removesuffix(".min.js"): path.read_text(encoding="utf-8") for path in audit.VENDOR.glob("*.js")}
    assert {name.removesuffix(".org") for name in named} == files.keys()
    for name, version in named.items():
        assert f'"{version}"' in files[name.removesuffix(".org")], name
