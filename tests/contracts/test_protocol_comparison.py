"""Protocols side by side: what agrees, what differs, and what is not known stays so."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepatica.errors import UsageError
from hepatica.guidance.protocols import COMPARISON_ROWS, Answer, compare, comparison_rows, practices, questions
from hepatica.guidance.protocols.agreement import agreement, same_answer
from hepatica.guidance.protocols.readings import READERS


def mark(question: str, *names: str) -> str:
    found = compare([practices()[name] for name in names])
    return found.filter(pl.col("question") == question)["agreement"].item()


def test_protocols_side_by_side():
    table = compare([practices()["easl_2015"], practices()["aasld_2019"]])
    assert table.columns == ["theme", "question", "asks", "agreement", "easl_2015", "aasld_2019"]
    assert table["question"].to_list() == list(questions())
    assert table.null_count().sum_horizontal().item() == 0
    row = table.row(by_predicate=pl.col("question") == "third_line", named=True)
    assert (row["agreement"], row["easl_2015"]) == ("unknown", "unknown")


def test_what_agrees_what_differs_and_what_nobody_knows():
    assert mark("budesonide", "easl_2025", "bsg_2025") == "same"
    assert mark("budesonide", "easl_2025", "aasld_2019") == "different"
    assert mark("tpmt_before_azathioprine", "easl_2025", "default") == "unknown"  # one known, one not
    assert mark("second_line", "cananzi_2025_steroid_alone", "espghan_2018", "iaihg_2022") == "different"
    assert mark("relapse", "iaihg_2022", "easl_2015") == "different"  # none is an answer


def test_a_dose_for_adults_does_not_differ_from_one_for_children():
    assert mark("steroid_start", "easl_2015", "espghan_2018") == "unknown"
    assert mark("steroid_start", "aasld_2019", "espghan_2018") == "different"  # both have one for children


def test_a_condition_that_only_one_names_is_unknown_of_the_other():
    assert mark("response_goal", "aasld_2019", "espghan_2018") == "unknown"  # low antibodies, not said by the first
    assert mark("response_goal", "easl_2015", "aasld_2019") == "different"  # AST


def test_targets_in_two_units_are_never_compared():
    one = Answer("metabolite_target", "known", READERS["metabolite_target"]([window("pmol/8x10^8 RBC")]))
    other = Answer("metabolite_target", "known", READERS["metabolite_target"]([window("pmol/0.2 mL")]))
    assert same_answer(one, one) is True
    assert same_answer(one, other) is None


def window(unit: str) -> dict:
    return {"unit": unit, "low": 200, "high": 300}


def test_the_order_of_a_list_makes_no_difference():
    one = Answer("second_line", "known", ("mycophenolate", "tacrolimus"))
    assert same_answer(one, Answer("second_line", "known", ("tacrolimus", "mycophenolate"))) is True
    assert same_answer(one, Answer("second_line", "known", ("mycophenolate", "other"))) is None
    assert same_answer(one, Answer("second_line", "other")) is None


def test_the_tidy_form_for_the_chart():
    rows = comparison_rows([practices()[name] for name in ("easl_2015", "easl_2025", "aasld_2019")])
    assert rows.schema == COMPARISON_ROWS
    assert rows.height == 3 * len(questions())
    budesonide = rows.filter(pl.col("question") == "budesonide")
    assert budesonide["group"].to_list() == [1, 1, 2]
    assert rows.filter(pl.col("state") == "unknown")["group"].null_count() == (rows["state"] == "unknown").sum()


def test_two_protocols_of_one_name_are_refused():
    with pytest.raises(UsageError, match="two protocols are called easl_2015"):
        compare([practices()["easl_2015"], practices()["easl_2015"]])


ANSWERS = st.one_of(
    st.sampled_from(["routine", "by_symptom"]).map(lambda word: Answer("ppi_with_steroid", "known", word)),
    st.sampled_from(["unknown", "none", "other"]).map(lambda state: Answer("ppi_with_steroid", state)),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(ANSWERS, min_size=2, max_size=5), st.sampled_from(["routine", "by_symptom", "never"]))
def test_a_mark_is_never_overturned_by_an_answer_that_comes_later(answers, word):
    later = [
        Answer("ppi_with_steroid", "known", word) if answer.state in ("unknown", "other") else answer
        for answer in answers
    ]
    before = agreement(answers)
    assert before in ("unknown", agreement(later))
