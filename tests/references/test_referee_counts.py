"""Tests, shares, pooling, sample size, and imputed estimates beside R and its metafor."""

from __future__ import annotations

import pytest

from referee.asking import missing
from referee.themes import KINDS, THEMES, compared

pytestmark = pytest.mark.slow
THEME = "counts"


@pytest.fixture(scope="module")
def rows():
    if (reason := missing(THEMES[THEME].packages)) is not None:
        pytest.skip(reason)
    return compared(THEME)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.theme == THEME], ids=lambda kind: kind.name)
def test_every_number_is_the_referees(rows, kind):
    mine = [row for row in rows if row.kind == kind]
    assert mine, "nothing was compared"
    assert {row.key: row.worst for row in mine if not row.worst <= kind.tolerance} == {}


def test_enough_is_compared(rows):
    assert sum(len(row.ours) for row in rows) > 600
