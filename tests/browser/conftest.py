"""The registry as its real program serves it, and Chromium to work in it as a person does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browser_window import CENTRE, Served, Window, a_window

HERE = Path(__file__).parent
HEPATICA = Path(sys.executable).with_name("hepatica")


def surroundings(folder: Path) -> dict[str, str]:
    """Return the environment of an installation of its own in a folder."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("HEPATICA_", "DJANGO_"))}
    return own | {
        "HEPATICA_DATA": str(folder / "data"),
        "HEPATICA_CONFIG": str(folder / "no-config.toml"),
        "HEPATICA_AS_OF": "2024-06-30",
        "HEPATICA_NOTICE_ACCEPTED": "true",
        "PYTHONPATH": str(HERE.parent / "registry"),
    }


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """Serve the registry of a folder by the program itself, on a port that is free."""
    own = surroundings(folder)
    line = [str(HEPATICA), "serve", "--port", "0", "--format", "json"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=log, text=True, env=own)
    with process:
        try:
            told = json.loads(process.stdout.readline())
            yield Served(told["address"].rstrip("/"), told["set_up"], own)
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Where Chromium is; skips where it or Playwright is not."""
    pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("Chromium is not installed (Debian package chromium)")
    return found


@pytest.fixture(scope="session")
def filled(chromium_path, tmp_path_factory) -> Path:
    """A folder with the cast's registry, filled once and copied for whoever changes it."""
    folder = tmp_path_factory.mktemp("filled")
    subprocess.run([sys.executable, str(CENTRE), "fill"], env=surroundings(folder), check=True)
    return folder


@pytest.fixture
def served(filled, tmp_path) -> Iterator[Served]:
    """The cast's registry, served for one test."""
    shutil.copytree(filled / "data", tmp_path / "data")
    with serving(tmp_path) as found:
        yield found


@pytest.fixture(scope="session")
def everywhere(chromium_path, tmp_path_factory) -> Iterator[tuple[Served, dict[str, list[str]]]]:
    """A registry with something on every page, served for whoever only reads, and where each role goes."""
    folder = tmp_path_factory.mktemp("everywhere")
    line = [sys.executable, str(CENTRE), "everything"]
    told = subprocess.run(line, env=surroundings(folder), check=True, stdout=subprocess.PIPE, text=True)
    with serving(folder) as found:
        yield found, json.loads(told.stdout)


@pytest.fixture
def first_start(chromium_path, tmp_path) -> Iterator[Served]:
    """An empty registry at its first start."""
    with serving(tmp_path) as found:
        yield found


@pytest.fixture
def chromium(chromium_path):
    """A running Chromium; each window context in it is a person of their own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def window(chromium, served):
    """Make windows: each is another person's, on a desk or (phone=True) in a hand."""

    def made(*, phone: bool = False, at: Served = served) -> Window:
        return a_window(chromium, at, phone=phone)

    return made
