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
    "Apache 2.0",
    "LLVM-exception",  # names an exception to Apache-2.0 that only allows more
}
# What the tests need may also be under these: a copy of the package itself stays free, who uses it is not bound.
# Neither is part of what an installation gets; the driver for PostgreSQL is installed on request.
OF_THE_TESTS = {"MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)", "LGPL-3.0-only"}
# Locked for other platforms than the tests run on, where no package can be asked what it says of itself.
ELSEWHERE = {"appnope": "BSD-2-Clause", "cffi": "MIT", "colorama": "BSD-3-Clause", "pycparser": "BSD-3-Clause"}
VENDOR = ROOT / "src" / "hepatica" / "registry" / "static" / "registry" / "vendor"


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).casefold()


def locked(lock: str = "requirements.lock") -> dict[str, set[str]]:
    """What a lock pins: name and versions (more than one where Python versions need different ones)."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
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


def licences_of(name: str) -> set[str]:
    """What a locked package is under: as it says of itself, or as is known where this platform does not have it."""
    try:
        return set(declared_licences(name))
    except metadata.PackageNotFoundError:
        return {ELSEWHERE[name]}


@pytest.mark.parametrize("name", sorted(locked()))
def test_what_hepatica_needs_to_run_is_permissively_licensed(name):
    assert licences_of(name) <= PERMISSIVE


@pytest.mark.parametrize("name", sorted(locked("requirements-test.lock")))
def test_what_the_tests_need_binds_nobody_who_uses_it(name):
    assert licences_of(name) <= PERMISSIVE | OF_THE_TESTS


def test_the_scripts_of_the_pages_bring_their_licences_and_those_of_what_they_carry():
    names = [line.partition("==")[0] for line in (VENDOR / "versions.txt").read_text(encoding="utf-8").split()]
    assert {f"{name}.LICENSE.txt" for name in [*names, "carried"]} == {one.name for one in VENDOR.glob("*.LICENSE.txt")}
    for name in names:
        text = (VENDOR / f"{name}.LICENSE.txt").read_text(encoding="utf-8")
        assert re.search(r"^Zero-Clause BSD|Redistribution and use in source and binary forms", text), name
    carried = (VENDOR / "carried.LICENSE.txt").read_text(encoding="utf-8")
    named = re.findall(r"^-+\n([a-z0-9, -]+): (\S+)\n-+$", carried, re.MULTILINE)
    assert {licence for _, licence in named} <= PERMISSIVE
    assert {"d3-array", "topojson-client", "fast-json-patch"} <= {
        one for names, _ in named for one in names.split(", ")
    }


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
