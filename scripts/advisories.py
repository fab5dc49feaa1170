"""Ask whether a locked version has a known weakness: python scripts/advisories.py [--source URL]

Reads both locks and the scripts that the registry's pages bring with them, and asks an advisory source (OSV, or a
mirror that answers the same questions) about each version. Only names and versions are sent.

Ends with 0 where no version has a known advisory, 1 where one has, 3 where nothing was checked: no source reachable.
HEPATICA_ADVISORIES names a source as well; then the tests fail where it does not answer.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.lock", "requirements-test.lock")
VENDOR = ROOT / "src/hepatica/registry/static/registry/vendor"
SOURCE = "https://api.osv.dev"
AT_ONCE = 500
MOST_PAGES = 100
PATIENCE_SECONDS = 20
# Too many questions, or a machine on the way that has no answer yet: asked again after these waits.
OUT_OF_BREATH = (429, 500, 502, 503, 504)
WAITS_SECONDS = (1.0, 4.0)
NONE_KNOWN, FOUND, NOT_CHECKED = 0, 1, 3
PIN = re.compile(r"([A-Za-z0-9][\w.-]*)==([^\s;\\]+)")


class UnreachableError(Exception):
    """No advisory source answered, or not as one answers: nothing was checked."""


class OutOfBreathError(UnreachableError):
    """The source has no answer at the moment; it may have one when it is asked again."""


@dataclass(frozen=True, order=True)
class Pin:
    """A version that an installation gets: where it comes from (PyPI, npm), its name, and the version."""

    ecosystem: str
    name: str
    version: str

    def __str__(self) -> str:
        """Return it as a lock writes it."""
        return f"{self.name}=={self.version} ({self.ecosystem})"


def named() -> str | None:
    """Return the source that somebody relies on, if any."""
    return os.environ.get("HEPATICA_ADVISORIES") or None


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
    found: dict[Pin, set[str]] = {}
    for start in range(0, len(pins), AT_ONCE):
        open_pages = [(pin, "") for pin in pins[start : start + AT_ONCE]]
        for _ in range(MOST_PAGES):
            if not open_pages:
                break
            told = _asked(open_pages, source)
            for (pin, _), (names, _) in zip(open_pages, told, strict=True):
                if names:
                    found.setdefault(pin, set()).update(names)
            open_pages = [(pin, more) for (pin, _), (_, more) in zip(open_pages, told, strict=True) if more]
        if open_pages:
            raise UnreachableError(f"{source}: an answer without an end")
    return {pin: sorted(names) for pin, names in found.items()}


def _asked(pages: list[tuple[Pin, str]], source: str) -> list[tuple[list[str], str]]:
    """Return, for each version and page, the advisories' names and the word that asks for the next page."""
    queries = [
        {"package": {"name": pin.name, "ecosystem": pin.ecosystem}, "version": pin.version}
        | ({"page_token": page} if page else {})
        for pin, page in pages
    ]
    answer = _answer(json.dumps({"queries": queries}).encode(), source)
    try:
        told = [([one["id"] for one in each.get("vulns", [])], each.get("next_page_token", "")) for each in answer]
    except (AttributeError, KeyError, TypeError) as error:
        raise UnreachableError(f"{source}: not an answer of an advisory source") from error
    if len(told) != len(pages) or not all(isinstance(name, str) for names, more in told for name in (*names, more)):
        raise UnreachableError(f"{source}: an answer to other questions")
    return told


def _answer(asked: bytes, source: str) -> list:
    """Return the results that a source answers with; one that is out of breath is asked again."""
    for wait in WAITS_SECONDS:
        try:
            return _answer_now(asked, source)
        except OutOfBreathError:
            time.sleep(wait)
    return _answer_now(asked, source)


def _answer_now(asked: bytes, source: str) -> list:
    address = f"{source.rstrip('/')}/v1/querybatch"
    request = urllib.request.Request(address, asked, {"Content-Type": "application/json"})  # noqa: S310  (the caller's)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310  (the same)
            results = json.load(answer)["results"]
    except urllib.error.HTTPError as error:
        error.close()
        kind = OutOfBreathError if error.code in OUT_OF_BREATH else UnreachableError
        raise kind(f"{source}: it answers {error.code}") from error
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        raise UnreachableError(f"{source}: {type(error).__name__}") from error
    if not isinstance(results, list):
        raise UnreachableError(f"{source}: not an answer of an advisory source")
    return results


def main(arguments: list[str] | None = None) -> int:
    """Say what is known of the locked versions; returns how it ended."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--source", default=named() or SOURCE, help="who is asked: OSV, or a mirror of it")
    pins = pinned()
    try:
        found = advisories(pins, asked.parse_args(arguments).source)
    except UnreachableError as why:
        print(f"ADVISORIES NOT CHECKED: no advisory source reachable ({why})")
        return NOT_CHECKED
    for pin, names in sorted(found.items()):
        print(f"{pin}: {', '.join(names)}")
    print(f"{len(pins)} versions checked, {len(found)} with a known advisory")
    return FOUND if found else NONE_KNOWN


if __name__ == "__main__":
    sys.exit(main())
