"""The documents' pictures: each is shown somewhere, each that is shown is there, and none is heavy."""

from __future__ import annotations

import importlib.util
import re
import struct
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PICTURES = sorted((ROOT / "docs" / "pictures").glob("*.png"))
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
HEAVIEST = 150_000


def shown() -> dict[Path, str]:
    """Every picture that a document shows, with its words."""
    found = {}
    for path in DOCUMENTS:
        for words, target in re.findall(r"!\[([^\]]*)\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
            if not target.startswith("http"):
                found[(path.parent / target).resolve()] = words
    return found


def test_every_picture_is_shown_and_every_picture_that_is_shown_is_there():
    assert set(shown()) == set(PICTURES)


def test_every_picture_has_words_for_who_cannot_see_it():
    assert [path.name for path, words in shown().items() if len(words) < 15] == []


@pytest.mark.parametrize("path", PICTURES, ids=[path.stem for path in PICTURES])
def test_a_picture_is_light(path):
    assert path.stat().st_size < HEAVIEST


def drawn() -> dict[str, int]:
    """The registry's pictures by the script that draws them, each with its width."""
    pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    place = ROOT / "docs" / "pictures" / "draw_registry.py"
    spec = importlib.util.spec_from_file_location("draw_registry", place)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    desk = dict.fromkeys(["sign-in", *script.PICTURES], script.DESK["width"])
    phone = {f"{name}-phone": script.PHONE["width"] for name in script.ON_A_PHONE}
    return {f"registry-{name}": width for name, width in (desk | phone).items()}


def test_the_registrys_pictures_are_those_that_the_script_draws():
    found = {path.stem: struct.unpack(">I", path.read_bytes()[16:20])[0] for path in PICTURES}
    assert {name: width for name, width in found.items() if name.startswith("registry-")} == drawn()
