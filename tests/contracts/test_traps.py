"""The 27 traps of the field are all told as tests: none can get lost without this test saying which."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

FILES = sorted((Path(__file__).resolve().parents[1] / "cases").glob("test_traps_*.py"))
TRAPS = set(range(1, 28))
NUMBERED = re.compile(r"Trap (\d+): \S")


def told(path: Path) -> dict[str, str]:
    """The first line of the docstring of each test of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        f"{path.name}: {one.name}": (ast.get_docstring(one) or "").partition("\n")[0]
        for one in tree.body
        if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")
    }


def test_each_of_the_27_traps_has_a_test():
    found = {int(number.group(1)) for path in FILES for line in told(path).values() if (number := NUMBERED.match(line))}
    assert found == TRAPS


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_test_of_a_trap_says_in_one_sentence_which(path: Path):
    assert [name for name, line in told(path).items() if not NUMBERED.match(line)] == []
