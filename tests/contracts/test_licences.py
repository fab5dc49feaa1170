"""Whoever installs Hepatica gets permissive licences only: none of GPL, LGPL, AGPL among what it needs to run."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PERMISSIVE = {
    *("MIT", "BSD", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "Apache-2.0", "ISC", "Zlib", "PSF-2.0", "CC0-1.0"),
    *("MIT License", "BSD License", "Apache Software License", "ISC License (ISCL)"),
    *("Unlicense", "MIT-CMU", "Python Software Foundation License", "Zope Public License"),
    "LLVM-exception",  # names an exception to Apache-2.0 that only allows more
}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).casefold()


def locked() -> dict[str, set[str]]:
    """What the run-time lock pins: name and versions (more than one where Python versions need different ones)."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        if pin := re.match(r"([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", line):
            found.setdefault(canonical(pin[1]), set()).add(pin[2])
    return found


def declared_licences(name: str) -> list[str]:
    """What a distribution says of itself: its SPDX expression, else its classifiers, else the short name it gives.

    The long texts that some distributions carry instead of a name are not searched: they quote the licences of the
    compilers' run-time libraries, whose exceptions allow every use.
    """
    told = metadata.metadata(name)
    if expression := told.get("License-Expression"):
        return [part for part in re.split(r"\s+(?:AND|OR|WITH)\s+|[()]", expression) if part]
    classifiers = [line for line in told.get_all("Classifier") or [] if line.startswith("License ::")]
    if classifiers:
        return [line.rsplit(" :: ", 1)[-1] for line in classifiers]
    return [told.get("License") or ""]


@pytest.mark.parametrize("name", sorted(locked()))
def test_what_hepatica_needs_to_run_is_permissively_licensed(name):
    try:
        licences = declared_licences(name)
    except metadata.PackageNotFoundError:
        pytest.skip(f"{name} is not needed on this platform")
    assert set(licences) <= PERMISSIVE


def test_the_lock_is_what_is_judged():
    installed = {name: metadata.version(name) for name in locked()}
    assert {"polars", "click", "altair", "jinja2"} <= set(installed)
    assert {name: version for name, version in installed.items() if version not in locked()[name]} == {}


def test_nothing_undeclared_is_imported():
    """An undeclared import would come with a licence that nobody looked at."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    declared = [*project["dependencies"], *extras["postgres"], *extras["spark"]]
    allowed = {canonical(re.split(r"[^\w.-]", line)[0]) for line in declared}
    owners = metadata.packages_distributions()
    foreign: dict[str, set[str]] = {}
    for path in (ROOT / "src" / "hepatica").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and not node.level and node.module else []
            for top in {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names) - {"hepatica"}:
                foreign.setdefault(top, set()).add(path.name)
    undeclared = {top: files for top, files in foreign.items() if not {canonical(o) for o in owners[top]} & allowed}
    assert undeclared == {}


@pytest.mark.parametrize("name", ["psycopg", "psycopg-binary", "pyspark"])
def test_what_is_optional_at_run_time_is_free_of_the_gpl(name):
    """The driver for PostgreSQL is under the LGPL, which allows its use by any program; it is installed on request."""
    licences = " ".join(declared_licences(name))
    assert not re.search(r"\bA?GPL\b|General Public License v", licences.replace("LGPL", "lesser")), licences


def test_hepatica_is_under_the_apache_licence():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == "Apache-2.0"
    assert {"LICENSE", "NOTICE"} <= set(project["license-files"])
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Not a medical device" in (ROOT / "NOTICE").read_text(encoding="utf-8")
