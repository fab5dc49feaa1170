"""What holds for every share and every comparison, whatever the counts."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from hepatica.evidence.differences import miettinen_nurminen, newcombe, risk_difference, wald_difference
from hepatica.evidence.kinds_shares import possible_percentage, proportion
from hepatica.evidence.printed import printed
from hepatica.evidence.proportions import counts_behind, counts_behind_if_cut, wilson

GROUP = st.integers(1, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


def rounded(count: int, of: int, decimals: int) -> str:
    """The percentage as a paper rounds it; a half goes up."""
    steps = int(Fraction(100 * count, of) * 10**decimals + Fraction(1, 2))
    whole, part = divmod(steps, 10**decimals)
    return f"{whole}.{part:0{decimals}d}" if decimals else str(whole)


@given(GROUP, st.integers(0, 2))
def test_a_percentage_made_from_a_count_is_possible_and_leads_back_to_the_count(group, decimals):
    text = rounded(*group, decimals)
    assert group[0] in counts_behind(printed(text), group[1])
    assert possible_percentage(percent=text, of=group[1]).verdict == "reproduced"
    assert proportion(count=group[0], of=group[1], percent=text).verdict == "reproduced"


@given(GROUP, st.integers(0, 2))
def test_a_percentage_cut_off_is_found_as_cut_off(group, decimals):
    count, of = group
    steps = 100 * count * 10**decimals // of
    whole, part = divmod(steps, 10**decimals)
    text = f"{whole}.{part:0{decimals}d}" if decimals else str(whole)
    assert count in counts_behind_if_cut(printed(text), of)
    assert proportion(count=count, of=of, percent=text).verdict == "reproduced"


@given(st.integers(1, 300), st.integers(0, 1000))
def test_impossible_means_that_no_count_at_all_is_printed_like_it(of, tenths):
    text = f"{tenths / 10:.1f}"
    fits = [count for count in range(of + 1) if abs(Fraction(100 * count, of) - Fraction(text)) <= Fraction(1, 20)]
    assert counts_behind(printed(text), of) == fits
    assert (possible_percentage(percent=text, of=of).verdict == "impossible") == (not fits)


@given(GROUP)
def test_wilson_holds_the_share_and_stays_within_0_and_1(group):
    low, high = wilson(*group)
    assert 0 <= low <= group[0] / group[1] <= high <= 1


@given(GROUP, GROUP)
def test_score_intervals_hold_the_difference_stay_possible_and_mirror(first, second):
    difference = risk_difference(*first, *second)
    for method in (newcombe, miettinen_nurminen):
        low, high = method(*first, *second)
        assert -1 - 1e-9 <= low <= difference + 1e-9
        assert difference - 1e-9 <= high <= 1 + 1e-9
        mirrored = method(*second, *first)
        assert abs(mirrored[0] + high) < 1e-7
        assert abs(mirrored[1] + low) < 1e-7


@given(GROUP, GROUP)
def test_wald_is_centred_on_the_difference(first, second):
    low, high = wald_difference(*first, *second)
    assert abs((low + high) / 2 - risk_difference(*first, *second)) < 1e-12
