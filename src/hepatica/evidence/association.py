"""Tests of a two-by-two table, so that a printed p-value can be traced to the test behind it."""

from __future__ import annotations

from functools import cache

from hepatica.evidence.proportions import refuse_impossible_count

TEST_NAMES = {
    "fisher": "Fisher's exact test",
    "pearson": "Pearson's χ² without correction",
    "yates": "χ² with Yates' correction",
    "barnard": "Barnard's exact test",
}


@cache
def p_values(count1: int, of1: int, count2: int, of2: int) -> dict[str, float | None]:
    """Two-sided p-values of a comparison of two shares, by test.

    None for χ² and Barnard when nobody or everybody had the event: these tests do not exist then.
    """
    # Loading scipy.stats takes seconds, and most who read the library ask for no test.
    from scipy import stats  # noqa: PLC0415

    refuse_impossible_count(count1, of1)
    refuse_impossible_count(count2, of2)
    table = [[count1, of1 - count1], [count2, of2 - count2]]
    fisher = float(stats.fisher_exact(table).pvalue)
    if count1 + count2 in {0, of1 + of2}:
        return {"fisher": fisher, "pearson": None, "yates": None, "barnard": None}
    return {
        "fisher": fisher,
        "pearson": float(stats.chi2_contingency(table, correction=False).pvalue),
        "yates": float(stats.chi2_contingency(table, correction=True).pvalue),
        "barnard": float(stats.barnard_exact(table).pvalue),
    }
