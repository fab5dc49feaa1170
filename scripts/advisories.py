"""Ask whether a locked version has a known weakness: python scripts/advisories.py [--source URL]

Reads both locks and the scripts that the registry's pages bring with them, and asks an advisory source (OSV, or a
mirror that answers the same questions) about each version. Only names and versions are sent.

Ends with 0 where no version has a known advisory, 1 where one has, 3 where nothing was checked: no source reachable.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.lock", "requirements-test.lock")
VENDOR = ROOT / "src/hepatica/registry/static/registry/vendor"
SOURCE = "https://api.osv.dev"
AT_ONCE = 500
PATIENCE_SECONDS = 20
NONE_KNOWN, FOUND, NOT_CHECKED = 0, 1, 3
PIN = re.compile(r"([A-Za-z0-9][\w.-]*)==([^\s;\\]+)")


class UnreachableError(Exception):
    """No advisory source answered, or not as one answers: nothing was checked."""


@dataclass(frozen=True, order=True)
class Pin:
    """A version that an installation gets: where it comes from (PyPI, npm), its name, and the version."""

    ecosystem: str
    name: str
    version: str

    def __str__(self) -> str:
        """Return it as a lock writes it."""
        return f"{self.name}=={self.version} ({self.ecosystem})"


def pinned() -> list[Pin]:
    """Return every version of the locks and of the scripts that pages load."""
    return sorted({*_locked(), *_vendored()})


def _locked() -> Iterator[Pin]:
    for lock in LOCKS:
        for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
            if pin := PIN.match(line):
                yield Pin("PyPI", re.sub(r"[-_.]+", "-", pin[1]).casefold(), pin[2])


def _vendored() -> Iterator[Pin]:
    for line in (VENDOR / "versions.txt").read_text(encoding="utf-8").splitlines():
        name, _, version = line.partition("==")
        yield Pin("npm", name, version)


def advisories(pins: list[Pin], source: str = SOURCE) -> dict[Pin, list[str]]:
    """Return the names of the advisories of each version that has any; UnreachableError where nobody answered."""
    found: dict[Pin, list[str]] = {}
    for start in range(0, len(pins), AT_ONCE):
        asked = pins[start : start + AT_ONCE]
        for pin, told in zip(asked, _asked(asked, source), strict=True):
            if names := sorted(one["id"] for one in told.get("vulns", [])):
                found[pin] = names
    return found


def _asked(pins: list[Pin], source: str) -> list[dict]:
    """Return the source's answer for each version, in their order."""
    queries = [{"package": {"name": pin.name, "ecosystem": pin.ecosystem}, "version": pin.version} for pin in pins]
    request = urllib.request.Request(  # noqa: S310  (the address is the caller's own)
        f"{source}/v1/querybatch", json.dumps({"queries": queries}).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310  (the same)
            results = json.load(answer)["results"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreachableError(f"{source}: {type(error).__name__}") from error
    if not isinstance(results, list) or len(results) != len(pins):
        raise UnreachableError(f"{source}: an answer to other questions")
    return results


def main(arguments: list[str] | None = None) -> int:
    """Say what is known of the locked versions; returns how it ended."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--source", default=SOURCE, help="who is asked: OSV, or a mirror of it")
    pins = pinned()
    try:
        found = advisories(pins, asked.parse_args(arguments).source)
    except UnreachableError as why:
        print(f"not checked: no advisory source reachable ({why})")
        return NOT_CHECKED
    for pin, names in sorted(found.items()):
        print(f"{pin}: {', '.join(names)}")
    print(f"{len(pins)} versions checked, {len(found)} with a known advisory")
    return FOUND if found else NONE_KNOWN


if __name__ == "__main__":
    sys.exit(main())
