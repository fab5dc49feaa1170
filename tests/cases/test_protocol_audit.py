"""Practice audited against a protocol: who was tested, who got what, who is overdue, and who is not known."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import polars as pl
import pytest
from audit_cases import (
    AS,
    AZA,
    CHILD,
    NOT,
    OUT,
    PRED,
    UNKNOWN,
    clinic_of,
    cohort,
    counts,
    finding,
    findings,
    genotype,
    person,
    said,
)
from course_cases import alt, ast, drug, event, igg, on, result, tgn

from hepatica.course import definitions, derive
from hepatica.errors import UsageError
from hepatica.guidance.protocols import audit, audit_findings, practice


@pytest.fixture
def clinic(tmp_path):
    return partial(clinic_of, tmp_path)


# TPMT before azathioprine ---------------------------------------------------------------------------------------------


def test_who_started_azathioprine_without_tpmt(clinic):
    people = cohort(
        person("before", PRED, AZA, genotypes=[genotype("TPMT", 3)]),
        person("same_day", PRED, AZA, genotypes=[genotype("tpmt", 14)]),
        person("after", PRED, AZA, genotypes=[genotype("TPMT", 15)]),
        person("never", PRED, AZA),
        person("activity", PRED, AZA, results=[result("TPMT_ACTIVITY", 2, 30, unit="nmol/h/mL RBC", limit=None)]),
        person("other_gene", PRED, AZA, genotypes=[genotype("NUDT15", 3)]),
        person("no_azathioprine", PRED),
    )
    assert said(people, clinic(tpmt_before_azathioprine="routine"), "tpmt_before_azathioprine") == {
        "before": AS, "same_day": AS, "after": NOT, "never": NOT, "activity": AS, "other_gene": NOT,
        "no_azathioprine": OUT,
    }  # fmt: skip


def test_without_any_genotype_at_the_centre_a_missing_test_is_unknown(clinic):
    people = cohort(
        person("a", PRED, AZA, centre="sends none"),
        person("b", PRED, AZA, centre="sends some"),
        person("c", PRED, AZA, centre="sends some", genotypes=[genotype("TPMT", 0)]),
    )
    protocol = clinic(tpmt_before_azathioprine="routine", nudt15_before_azathioprine="routine")
    assert said(people, protocol, "tpmt_before_azathioprine") == {"a": UNKNOWN, "b": NOT, "c": AS}
    assert set(said(people, protocol, "nudt15_before_azathioprine").values()) == {UNKNOWN}
    found = findings(people, protocol).filter(pl.col("check") == "tpmt_before_azathioprine")
    assert found.row(0, named=True)["reason"] == "the centre has no TPMT result of anyone"


def test_what_the_protocol_does_not_ask_is_counted_but_not_judged(clinic):
    people = cohort(person("a", PRED, AZA, genotypes=[genotype("TPMT", 0)]), person("b", PRED, AZA))
    row = counts(people, clinic(tpmt_before_azathioprine="not_routine")).row(0, named=True)
    assert (row["check"], row["of"], row["not_applicable"]) == ("tpmt_before_azathioprine", 0, 2)
    assert (row["done"], row["not_done"], row["percent"]) == (1, 1, None)


def test_a_protocol_whose_answer_is_unknown_judges_nobody():
    people = cohort(person("a", PRED, AZA, genotypes=[genotype("TPMT", 0)]))
    found = finding(people, practice("easl_2025"), "tpmt_before_azathioprine")
    assert (found["answer"], found["reason"], found["done"]) == (UNKNOWN, "the protocol's answer is not known", "yes")


# First, second, third line --------------------------------------------------------------------------------------------


def test_first_line(clinic):
    people = cohort(
        person("both", PRED, AZA),
        person("alone", PRED),
        person("late", PRED, drug("azathioprine", 43)),
        person("mycophenolate", PRED, drug("mycophenolate", 7)),
        person("budesonide", drug("budesonide", 0), AZA),
        person("untreated"),
        person("for_the_bowel", drug("prednisolone", 0, indication="extrahepatic")),
    )
    assert said(people, clinic(first_line=["steroid_and_azathioprine"]), "first_line") == {
        "both": AS, "alone": NOT, "late": NOT, "mycophenolate": NOT, "budesonide": NOT, "untreated": OUT,
        "for_the_bowel": OUT,
    }  # fmt: skip
    assert said(people, clinic(first_line=["steroid_alone"]), "first_line")["late"] == AS


@pytest.mark.parametrize(
    ("day", "accepted", "answer"),
    [
        (41, "steroid_and_azathioprine", UNKNOWN),  # azathioprine may still come
        (41, "steroid_alone", UNKNOWN),  # and may still be added
        (41, "budesonide_alone", NOT),  # prednisolone cannot be taken back
        (42, "steroid_and_azathioprine", NOT),
        (42, "steroid_alone", AS),
    ],
)
def test_the_first_line_is_open_until_its_last_day(day, accepted, answer, clinic):
    assert finding(cohort(person("a", PRED)), clinic(first_line=[accepted]), "first_line", day)["answer"] == answer


def test_second_and_third_line(clinic):
    second = drug("mycophenolate", 200)
    people = cohort(
        person("mycophenolate", PRED, drug("azathioprine", 14, 199), second),
        person("tacrolimus_at_once", PRED, drug("azathioprine", 14, 199), drug("tacrolimus", 200)),
        person("both_in_turn", PRED, drug("mycophenolate", 100, 250), drug("infliximab", 251)),
        person("first_line_only", PRED, AZA),
    )
    protocol = clinic(second_line=["mycophenolate"], third_line=["calcineurin_inhibitor"])
    assert said(people, protocol, "second_line") == {
        "mycophenolate": AS, "tacrolimus_at_once": NOT, "both_in_turn": AS, "first_line_only": OUT}  # fmt: skip
    assert said(people, protocol, "third_line") == {
        "mycophenolate": OUT, "tacrolimus_at_once": AS, "both_in_turn": NOT, "first_line_only": OUT}  # fmt: skip


def test_a_third_line_with_drugs_that_could_not_be_read_excludes_nothing():
    people = cohort(person("a", PRED, drug("infliximab", 100)), person("b", PRED, drug("tacrolimus", 100)))
    assert said(people, practice("easl_2025"), "third_line") == {"a": UNKNOWN, "b": AS}


def test_azathioprine_is_the_second_line_where_steroid_alone_is_the_first():
    people = cohort(person("a", PRED, drug("azathioprine", 100), born=CHILD))
    assert finding(people, practice("cananzi_2025_steroid_alone"), "second_line")["answer"] == AS
    assert finding(people, practice("cananzi_2025_steroid_azathioprine"), "second_line")["answer"] == OUT


# Proton pump inhibitor, metabolites -----------------------------------------------------------------------------------

PPI = drug("omeprazole", 0, indication="unknown")


def test_a_proton_pump_inhibitor_with_the_steroid(clinic):
    people = cohort(
        person("with", PRED, PPI),
        person("without", PRED),
        person("stopped", PRED, drug("omeprazole", 0, 30)),
        person("no_steroid", AZA, PPI),
        person("elsewhere", PRED, centre="B"),  # a centre that records nobody's
    )
    routine = said(people, clinic(ppi_with_steroid="routine"), "ppi_with_steroid")
    assert routine == {"with": AS, "without": NOT, "stopped": NOT, "no_steroid": OUT, "elsewhere": UNKNOWN}
    never = said(people, clinic(ppi_with_steroid="never"), "ppi_with_steroid")
    assert never == {"with": NOT, "without": AS, "stopped": AS, "no_steroid": OUT, "elsewhere": UNKNOWN}


@pytest.mark.parametrize("policy", ["by_risk_factor", "by_symptom"])
def test_an_indication_that_no_record_holds_leaves_it_unknown(policy, clinic):
    people = cohort(person("with", PRED, PPI), person("without", PRED))
    protocol = clinic(ppi_with_steroid=policy)
    assert said(people, protocol, "ppi_with_steroid") == {"with": UNKNOWN, "without": UNKNOWN}
    row = counts(people, protocol).row(
        by_predicate=(pl.col("check") == "ppi_with_steroid") & (pl.col("centre") == "A"), named=True)  # fmt: skip
    assert (row["done"], row["not_done"]) == (1, 1)


def test_metabolites_on_a_thiopurine(clinic):
    people = cohort(
        person("measured", AZA, results=[tgn(100, 250)]),
        person("before_the_pause", drug("azathioprine", 0, 100), drug("azathioprine", 200), results=[tgn(90, 250)]),
        person("not_measured", AZA),
        person("just_begun", drug("azathioprine", 380)),
        person("off", drug("azathioprine", 0, 100)),
        person("elsewhere", AZA, centre="B"),
    )
    assert said(people, clinic(metabolites_measured="routine"), "metabolites_measured") == {
        "measured": AS, "before_the_pause": NOT, "not_measured": NOT, "just_begun": OUT, "off": OUT,
        "elsewhere": UNKNOWN,
    }  # fmt: skip


# Monitoring -----------------------------------------------------------------------------------------------------------


def test_whose_igg_is_overdue(clinic):
    people = cohort(
        person("in_time", PRED, results=[alt(390, 30), ast(390, 30), igg(390, 12)]),
        person("igg_late", PRED, results=[alt(390, 30), ast(390, 30), igg(200, 12)]),
        person("never_igg", PRED, results=[alt(390, 30), ast(390, 30)]),
        person("untreated", results=[alt(390, 30)]),
        person("died", PRED, events=[event("death", 200)]),
        person("lost", PRED, events=[event("lost_to_follow_up", 200)]),
        person("elsewhere", PRED, results=[alt(390, 30)], centre="B"),
    )
    assert said(people, clinic(), "liver_tests.IGG") == {
        "in_time": AS, "igg_late": NOT, "never_igg": NOT, "untreated": OUT, "died": OUT, "lost": OUT,
        "elsewhere": UNKNOWN,
    }  # fmt: skip
    assert said(people, clinic(), "liver_tests.ALT")["elsewhere"] == AS


def test_what_was_due_after_the_records_end_is_unknown(clinic):
    people = cohort(
        person("late_already", PRED, results=[alt(100, 30)]),
        person("perhaps", PRED, results=[alt(250, 30)]),
    )
    assert said(people, clinic(), "liver_tests.ALT", day=400) == {"late_already": NOT, "perhaps": UNKNOWN}


def test_the_grace_is_the_last_day_in_time(clinic):
    people = cohort(
        person("a", PRED, results=[alt(100, 30)]), person("b", PRED, results=[alt(300, 30)]),
    )  # fmt: skip
    assert said(people, clinic(), "liver_tests.ALT", day=100 + 92 + 14)["a"] == AS
    assert said(people, clinic(), "liver_tests.ALT", day=100 + 92 + 15)["a"] == UNKNOWN  # the records end before
    assert said(people, clinic(), "liver_tests.ALT", day=301)["a"] == NOT


def test_a_schedule_that_only_stands_in_is_not_audited_against():
    people = cohort(person("treated", PRED, results=[alt(0, 300)]), person("untreated"))
    assert said(people, practice("easl_2025"), "monitoring") == {"treated": UNKNOWN, "untreated": OUT}
    assert "liver_tests.ALT" not in set(findings(people, practice("easl_2025"))["check"])


# For whom the protocol is ---------------------------------------------------------------------------------------------


def test_a_protocol_for_children_does_not_judge_adults():
    people = cohort(
        person("child", PRED, AZA, born=CHILD), person("adult", PRED, AZA), person("age_unknown", PRED, born=None)
    )
    assert said(people, practice("espghan_2018"), "first_line") == {
        "child": AS, "adult": OUT, "age_unknown": UNKNOWN}  # fmt: skip


# The counts -----------------------------------------------------------------------------------------------------------


def test_counts_by_centre_with_the_patients_behind_them(clinic):
    people = cohort(
        person("a", PRED, AZA, genotypes=[genotype("TPMT", 0)], centre="A"),
        person("b", PRED, AZA, centre="A"),
        person("c", PRED, AZA, centre="B"),
        person("d", PRED, centre=None),
    )
    table = counts(people, clinic(tpmt_before_azathioprine="routine"))
    tpmt = table.filter(pl.col("check") == "tpmt_before_azathioprine")
    assert tpmt["centre"].to_list() == ["all centres", "A", "B", "unknown"]
    everyone = tpmt.row(0, named=True)
    assert (everyone["of"], everyone["as_protocol"], everyone["not_as_protocol"], everyone["unknown"]) == (3, 1, 1, 1)
    assert (everyone["not_applicable"], everyone["percent"]) == (1, 50)
    assert everyone["not_as_protocol_patients"] == ["b"]
    assert everyone["unknown_patients"] == ["c"]
    assert tpmt["percent"].to_list() == [50, 50, None, None]


def test_every_patient_is_in_one_group_of_every_check(clinic):
    people = cohort(person("a", PRED, AZA, centre="A"), person("b", centre="B"), person("c", drug("budesonide", 0)))
    table = counts(people, clinic(metabolites_measured="routine", ppi_with_steroid="routine"))
    whole = table.filter(pl.col("centre") == "all centres")
    total = whole.select(pl.sum_horizontal("as_protocol", "not_as_protocol", "unknown", "not_applicable"))
    assert set(total.to_series()) == {3}
    groups = ("as_protocol", "not_as_protocol", "unknown")
    for group in groups:
        assert whole[group].to_list() == whole[f"{group}_patients"].list.len().to_list()
    assert whole["of"].to_list() == whole.select(pl.sum_horizontal(*groups)).to_series().to_list()


def test_an_audit_of_nobody_counts_nobody(clinic):
    protocol = clinic()
    record = cohort()
    derived = derive(record, definitions(), on(0), protocol.protocol, tables=["state", "regimens"])
    assert audit(derived["state"], derived["regimens"], record, protocol).height == 0


def test_rows_after_the_as_of_date_do_not_exist(clinic):
    people = cohort(person("a", PRED, drug("azathioprine", 100), genotypes=[genotype("TPMT", 50)]))
    assert finding(people, clinic(), "tpmt_before_azathioprine", day=99)["answer"] == OUT
    assert finding(people, clinic(), "tpmt_before_azathioprine", day=100)["answer"] == AS


def test_a_state_of_other_patients_is_refused(clinic):
    protocol, one, other = clinic(), cohort(person("a", PRED)), cohort(person("b", PRED))
    derived = derive(one, definitions(), on(100), protocol.protocol, tables=["state", "regimens"])
    with pytest.raises(UsageError, match="not of the same patients"):
        audit(derived["state"], derived["regimens"], other, protocol)


def test_states_of_two_dates_are_refused(clinic):
    protocol, people = clinic(), cohort(person("a", PRED), person("b", PRED))
    one, other = (
        derive(people, definitions(), on(day), protocol.protocol, tables=["state"])["state"] for day in (1, 2)
    )
    mixed = pl.concat([one.filter(pl.col("patient_id") == "a"), other.filter(pl.col("patient_id") == "b")])
    with pytest.raises(UsageError, match="different dates"):
        audit(mixed, pl.DataFrame(schema={"patient_id": pl.String, "regimen_no": pl.Int64}), people, protocol)


def test_a_longer_first_line_is_the_definitions_choice(clinic):
    protocol, people = (
        clinic(first_line=["steroid_and_azathioprine"]),
        cohort(person("a", PRED, drug("azathioprine", 60))),
    )
    derived = derive(people, definitions(), on(400), protocol.protocol, tables=["state", "regimens"])
    longer = replace(definitions(), initial_days=90)
    found = audit_findings(derived["state"], derived["regimens"], people, protocol, longer)
    assert found.row(by_predicate=pl.col("check") == "first_line", named=True)["answer"] == AS
