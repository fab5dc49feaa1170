"""The comparison with R can fail, and knows an explained difference from a silent one."""

from __future__ import annotations

from math import inf, nan

import pytest

from referee.asking import distance
from referee.themes import KINDS, SIX_DIGITS


@pytest.mark.parametrize(
    ("ours", "theirs", "far"),
    [
        (1.0, 1.0, 0.0),
        (nan, None, 0.0),
        (1.0, None, inf),
        (None, 1.0, inf),
        (1.000002, 1.0, 2e-6),
        (200.0002, 200.0, 1e-6),
        (1e-9, 0.0, 1e-6),
    ],
)
def test_the_distance_of_two_answers(ours, theirs, far):
    assert distance(ours, theirs) == pytest.approx(far, rel=1e-6)


def test_who_need_not_agree_to_six_digits_says_why():
    assert [kind.name for kind in KINDS if kind.tolerance > SIX_DIGITS and not kind.reason] == []
