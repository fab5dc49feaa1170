"""Missing items: a range holds what the missing items could give, only narrows, and never overturns a category."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepatica.guidance.scores import Kind, Score, scores
from hepatica.guidance.scores.item import Item

NAMES = sorted(scores())
NEARLY = 1e-9


def values_of(item: Item) -> st.SearchStrategy:
    """Draw a value that the item takes, its limits and the ends of its range among them."""
    if item.kind is Kind.CHOICE:
        return st.sampled_from(item.choices)
    if item.kind is Kind.TITRE:
        return st.sampled_from([0, 10, 20, 39, 40, 79, 80, 81, 160, 2560, item.high])
    limits = [limit for row in item.rows for limit in row.limits if item.low <= limit <= item.high]
    bounds = [bound for bound in (item.least, item.most) if bound is not None]
    # Numbers that patients have, not only those at the far ends of the technical range.
    usual = st.floats(item.low, min(item.high, item.low + 40))
    return st.sampled_from([item.low, item.high, *limits, *bounds]) | usual | st.floats(item.low, item.high)


@st.composite
def patients(draw, score: Score) -> tuple[dict, list[str]]:
    """Draw a patient with every item known, and an order in which the results come in."""
    return (
        {name: draw(values_of(item)) for name, item in score.items.items()},
        draw(st.permutations(list(score.items))),
    )


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_results_that_come_in_one_by_one_only_narrow_the_range(name, data):
    score = scores()[name]
    values, order = data.draw(patients(score))
    whole = score.evaluate(values)
    before = score.evaluate({})
    for count in range(1, len(order) + 1):
        now = score.evaluate({item: values[item] for item in order[:count]})
        assert set(now.possible_categories) <= set(before.possible_categories)
        if before.category is not None:
            assert now.category == before.category
        if now.low is not None:
            assert before.low - NEARLY <= now.low <= whole.total + NEARLY
            assert whole.total - NEARLY <= now.high <= before.high + NEARLY
        before = now
    assert whole.missing == []


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_what_is_not_said_to_be_missing_changes_nothing(name, data):
    score = scores()[name]
    values, order = data.draw(patients(score))
    known = {item: values[item] for item in order[: len(order) // 2]}
    result = score.evaluate(known)
    irrelevant = {item: values[item] for item in values if item not in known and item not in result.missing}
    again = score.evaluate({**known, **irrelevant})
    assert again.possible_categories == result.possible_categories
    if result.low is not None:
        assert math.isclose(again.low, result.low, abs_tol=NEARLY)
        assert math.isclose(again.high, result.high, abs_tol=NEARLY)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=4, deadline=None)
@given(data=st.data())
def test_unknown_none_and_an_item_left_out_are_the_same(name, data):
    score = scores()[name]
    values, order = data.draw(patients(score))
    hidden = order[0]
    left_out = score.evaluate({item: value for item, value in values.items() if item != hidden})
    for word in (None, "", "unknown", " Unknown "):
        assert score.evaluate({**values, hidden: word}) == left_out
