"""The engine and an independent implementation in SQL give the same course, cell by cell.

HEPATICA_EXAMPLES=3000 draws as many records instead of a few seconds' worth.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from hepatica.course import definitions, derive
from independent.comparison import differences, told
from independent.course_in_sql import TABLES_OUT, course_in_sql
from independent.records import cohorts

if TYPE_CHECKING:
    from datetime import date

    from hepatica.record import Record

EXAMPLES = int(os.environ.get("HEPATICA_EXAMPLES", "20"))
# Not shrunk: that would take minutes, and the failure already tells one patient's facts.
thorough = settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)


def assert_agrees(record: Record, as_of: date, definition_set: str, **parameters: object) -> None:
    check = course_in_sql(record, as_of, parameters=parameters)
    engine = derive(record, definitions(definition_set), as_of, tables=TABLES_OUT)
    found = sorted(differences(check, engine))
    if found:
        patient = found[0][0]
        sentences = "\n".join(sentence for who, sentence in found if who == patient)
        raise AssertionError(f"as of {as_of}\n{sentences}\n{told(record, patient)}")


@pytest.mark.slow
@thorough
@given(cohorts())
def test_the_engine_agrees_with_sql(drawn):
    assert_agrees(*drawn, "iaihg_2022")


@pytest.mark.slow
@settings(thorough, max_examples=max(EXAMPLES // 4, 5))
@given(cohorts())
def test_they_agree_when_normal_means_below_the_limit_and_ast_is_required(drawn):
    assert_agrees(*drawn, "iaihg_2022_strict", limit_is_normal=False, ast_required=True, relapse_igg=None)
