"""What all tests share: where the public fixtures lie, if this machine has them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# In continuous integration the same records are drawn each time: a change is judged by what it changes. On a desk the
# draws differ from run to run, and find what is new.
settings.register_profile("ci", derandomize=True, print_blob=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

# A PostgreSQL server of the tests' own: postgres_server, postgres_url.
pytest_plugins = ("postgres_server",)

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def fixtures_folder() -> Path:
    """The folder of public fixtures (HEPATICA_FIXTURES, or ../shared/fixtures); skips where it is absent."""
    folder = Path(os.environ.get("HEPATICA_FIXTURES", ROOT.parent / "shared" / "fixtures"))
    if not folder.is_dir():
        pytest.skip(f"the public fixtures are not on this machine (looked for {folder.name}; set HEPATICA_FIXTURES)")
    return folder


# What the registry's tests tell the process about their installation; elsewhere there is none.
INSTALLATION = (
    "HEPATICA_NOTICE_ACCEPTED",
    "HEPATICA_AS_OF",
    "HEPATICA_DATA",
    "HEPATICA_DATABASE",
    "HEPATICA_IDENTITIES",
)


@pytest.fixture(autouse=True)
def no_installation(request, monkeypatch):
    """Outside of the registry's own tests no installation is described by the environment."""
    if not {"registry", "browser"} & set(request.path.parts):
        for name in INSTALLATION:
            monkeypatch.delenv(name, raising=False)
