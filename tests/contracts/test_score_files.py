"""Every score file says what it is, where it comes from, and has an example exactly at each of its limits."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import jsonschema
import pytest

from hepatica.guidance import scores as scores_room
from hepatica.guidance.scores import Kind, scores
from hepatica.guidance.scores.point_rows import Row
from hepatica.guidance.scores.score_files import quantities, score_file
from hepatica.vocabulary import analytes, units

FOLDER = Path(scores_room.__file__).parent
SCHEMA = json.loads((FOLDER / "shared" / "score.schema.json").read_text(encoding="utf-8"))
NAMES = sorted(scores())
ASKED_FOR = {
    "simplified_2008", "revised_1999_before_treatment", "revised_1999_after_treatment", "juvenile_2018_aih",
    "juvenile_2018_asc", "histology_2022", "histology_2008", "paris_aih_pbc", "surfasa_indicator",
    "surfasa_fraction", "ukeld", "ukeld_fall_day_7", "child_pugh", "meld", "meld_na", "meld_3", "peld", "albi",
    "fib4", "apri", "ckd_epi_2021", "steroid_equivalent", "r_value", "rucam_2016_hepatocellular",
    "rucam_2016_cholestatic", "hys_law",
}  # fmt: skip


def test_every_score_that_the_clinic_asks_for_is_found():
    assert set(NAMES) >= ASKED_FOR


@pytest.mark.parametrize("name", NAMES)
def test_the_file_keeps_to_the_schema(name):
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(score_file(name))))


@pytest.mark.parametrize("name", NAMES)
def test_each_item_says_what_it_means_in_which_unit_or_which_words(name):
    for item in scores()[name].items.values():
        assert item.meaning
        if item.kind is Kind.CHOICE:
            assert len(item.choices) >= 2, item.name
            assert all(set(stands_for) <= set(item.choices) for stands_for in item.words.values()), item.name
        else:
            assert item.low < item.high, item.name
            assert item.unit, item.name
            assert item.unit in units() or item.unit in quantities()["units"], item.unit


@pytest.mark.parametrize("name", NAMES)
def test_a_verified_score_has_no_unverified_item(name):
    score = scores()[name]
    assert not score.source.verified or all(item.verified for item in score.items.values())


def test_only_what_was_read_in_the_primary_source_is_verified():
    verified = {name for name in NAMES if scores()[name].source.verified}
    assert verified == {"ukeld_fall_day_7"}
    assert all("abstract" in scores()[name].source.read for name in verified)


def tables():
    for name in NAMES:
        score = scores()[name]
        named = {"categories": score.categories, **{item.name: item.rows for item in score.items.values()}}
        yield from (pytest.param(rows, id=f"{name} {table}") for table, rows in named.items() if rows)


@pytest.mark.parametrize("rows", list(tables()))
def test_the_last_row_of_a_table_holds_for_everything_else(rows):
    assert _takes_the_rest(rows[-1]) or _all_words(rows)


def _takes_the_rest(row: Row) -> bool:
    return not row.limits and not row.words and not row.only_if


def _all_words(rows: tuple[Row, ...]) -> bool:
    return all(row.words and not row.limits for row in rows)


def numbers_shown(rows: tuple[Row, ...]) -> set[float]:
    """Return the numbers that examples give to any item with this table (ANA and SMA share one)."""
    return {
        float(example.given[item.name])
        for score in scores().values()
        for item in score.items.values()
        if item.rows == rows
        for example in score.examples
        if isinstance(example.given.get(item.name), int | float)
    }


@pytest.mark.parametrize("name", NAMES)
def test_an_example_lies_exactly_at_each_limit_of_a_points_table(name):
    for item in scores()[name].items.values():
        limits = {limit for row in item.rows for limit in row.limits}
        without = limits - numbers_shown(item.rows)
        assert not without, f"{item.name}: no example at {sorted(without)}"


@pytest.mark.parametrize("name", NAMES)
def test_each_category_has_an_example(name):
    score = scores()[name]
    assert {example.category for example in score.examples if example.category} == set(score.category_names)


# Continuous totals (SURFASA, ALBI) have their limits tested one by one, with the published numbers.
@pytest.mark.parametrize("name", [name for name in NAMES if scores()[name].unit == "points"])
def test_whole_points_have_an_example_exactly_at_each_category_limit(name):
    score = scores()[name]
    limits = {limit for row in score.categories for limit in row.limits}
    assert limits <= {example.total for example in score.examples}


@pytest.mark.parametrize("name", NAMES)
def test_an_item_with_a_points_table_is_read_by_its_points_alone(name):
    """An item's possible values stand for stretches of its table; a formula that read the number would miss ends."""
    score = scores()[name]
    with_points = [item.name for item in score.items.values() if item.rows]
    for part in score.parts:
        read = inspect.getsource(part.rule)
        assert [item for item in with_points if f'case.number("{item}")' in read] == []


def test_items_from_the_state_table_say_its_unit():
    measured = {"bilirubin": "BILIRUBIN", "albumin": "ALBUMIN", "creatinine": "CREATININE", "inr": "INR",
                "sodium": "SODIUM", "platelets": "PLATELETS"}  # fmt: skip
    for score in scores().values():
        for name, column in score.from_state.items():
            if column in measured:
                assert score.items[name].state_unit in analytes()[measured[column]].units, (score.name, name)
