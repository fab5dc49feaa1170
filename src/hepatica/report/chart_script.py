"""The chart library as one script for pages: made once for each version, then kept in the user's cache folder."""

from __future__ import annotations

import os
import tempfile
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import vl_convert


@lru_cache
def chart_script(vega_lite: str) -> str:
    """Return the chart library as one script that holds everything it needs; making it takes seconds, keeping none.

    The page's security policy is computed from the script itself, and the same versions give the same script; a cache
    folder that cannot be read or written costs time alone.
    """
    kept = _cache_folder() / f"charts-{version('vl-convert-python')}-{vega_lite}.js"
    try:
        if script := kept.read_text(encoding="utf-8"):
            return script
    except (OSError, UnicodeDecodeError):
        pass  # not made yet, or not ours to read: it is made below
    made: str = vl_convert.javascript_bundle(vl_version=vega_lite)  # type: ignore[call-arg]  # optional
    _keep(made, kept)
    return made


def _cache_folder() -> Path:
    """Return the user's cache folder, as the XDG specification places it."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "hepatica"


def _keep(script: str, path: Path) -> None:
    """Write the script whole or not at all: another process may be reading."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as made:
            made.write(script)
        Path(made.name).replace(path)
    except OSError:
        return  # a service's home may be read-only; the script is made again the next time
