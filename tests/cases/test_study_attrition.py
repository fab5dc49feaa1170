"""Three groups at every step: in, out, unknown."""

from __future__ import annotations

import polars as pl
from course_cases import drug
from study_patients import cohort

from hepatica.studies import Flow
from hepatica.studies.definition import definition_of
from hepatica.studies.population import chosen

DRUG = drug("prednisolone", 0)
PATIENTS = pl.DataFrame(
    {"patient_id": list("abcd"), "cirrhosis": [True, False, None, False], "why": [None, None, "lost", None]}
)


def test_a_patient_of_whom_it_is_not_known_is_neither_in_nor_out():
    flow = Flow.of(PATIENTS).keep("cirrhosis", "Cirrhosis", pl.col("cirrhosis"), out="none seen", unknown=pl.col("why"))
    assert flow.patients["patient_id"].to_list() == ["a"]
    assert flow.attrition.frame().to_dicts()[1] == {
        "key": "cirrhosis",
        "step": "Cirrhosis",
        "before": 4,
        "in": 1,
        "out": 2,
        "out_reasons": "none seen 2",
        "unknown": 1,
        "unknown_reasons": "lost 1",
    }
    assert flow.attrition.numbers()["attrition.cirrhosis.unknown"] == 1


def test_each_step_begins_with_those_whom_the_last_one_left():
    flow = (
        Flow.of(PATIENTS)
        .keep("a", "Not c", pl.col("patient_id") != "c", out="c")
        .keep("b", "No", pl.lit(value=False), out="all")
    )
    frame = flow.attrition.frame()
    assert frame["before"].to_list() == [4, 4, 3]
    assert (frame["in"] + frame["out"] + frame["unknown"] == frame["before"]).all()


def test_a_criterion_that_is_not_recorded_makes_the_patient_unknown():
    people = cohort(
        woman={"who": {"sex": "female"}, "treatments": [DRUG]},
        man={"who": {"sex": "male"}, "treatments": [DRUG]},
        nobody_knows={"who": {"sex": "unknown"}, "treatments": [DRUG]},
        untreated={"who": {"sex": "female"}},
    )
    wanted = definition_of("response", {"population": {"sexes": ["female"]}})["population"]
    steps = {step.key: (step.in_, step.out, step.unknown) for step in chosen(people, wanted).steps}
    assert steps == {"patients": (4, 0, 0), "treated": (3, 1, 0), "sexes": (1, 1, 1)}
