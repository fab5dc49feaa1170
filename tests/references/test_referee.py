"""Every kind of number beside R: one batch of R per theme, and each number held to its kind's tolerance."""

from __future__ import annotations

from functools import cache

import pytest

from referee.asking import missing
from referee.themes import KINDS, THEMES, compared

pytestmark = pytest.mark.slow
# So many numbers and more are compared in each theme.
LEAST = {"competing": 130, "cox": 250, "groups": 2000, "survival": 5000, "counts": 600}

_compared = cache(compared)  # R starts slowly: once per theme


def rows_of(theme):
    if (reason := missing(THEMES[theme].packages)) is not None:
        pytest.skip(reason)
    return _compared(theme)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.theme}-{kind.name}")
def test_every_number_is_the_referees(kind):
    mine = [row for row in rows_of(kind.theme) if row.kind == kind]
    assert mine, "nothing was compared"
    assert {row.key: row.worst for row in mine if not row.worst <= kind.tolerance} == {}


@pytest.mark.parametrize("theme", THEMES)
def test_enough_is_compared(theme):
    assert sum(len(row.ours) for row in rows_of(theme)) > LEAST[theme]
