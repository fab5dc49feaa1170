"""What `pip install .` would install: a wheel with every data file, which works away from this folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = "from setuptools import build_meta; build_meta.build_wheel('wheels')"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built from a copy so that nothing is left in this folder."""
    copy = tmp_path_factory.mktemp("copy")
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, copy / name)
    shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))
    built = subprocess.run([sys.executable, "-c", BUILD], cwd=copy, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (found,) = (copy / "wheels").glob("hepatica-*.whl")
    return found


def test_the_wheel_holds_every_file_of_the_source(wheel):
    source = [path for path in (ROOT / "src" / "hepatica").rglob("*") if path.is_file()]
    wanted = {path.relative_to(ROOT / "src").as_posix() for path in source if "__pycache__" not in path.parts}
    assert wanted - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_the_wheel_works_away_from_the_source(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    program = (
        "import sys, hepatica; from hepatica.cli import main\n"
        "assert hepatica.__file__.startswith(sys.argv.pop(1)), hepatica.__file__\n"
        "main()"
    )
    away = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    line = [sys.executable, "-c", program, str(tmp_path / "installed"), "handbook", "--out", "handbook"]
    done = subprocess.run(line, cwd=tmp_path, env=away, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "handbook" / "README.md").is_file()


def test_the_wheel_brings_the_command_and_the_licence(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (entry,) = [name for name in names if name.endswith("entry_points.txt")]
        assert "hepatica = hepatica.cli:main" in archive.read(entry).decode()
    assert any(name.endswith("licenses/LICENSE") for name in names)
