"""The six promises, for every rule file; none is registered anywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hepatica.course import DERIVED
from hepatica.guidance.decision_table import UNKNOWN
from hepatica.guidance.facts import standing_schema
from hepatica.guidance.files import HERE, own_file
from hepatica.guidance.findings import findings, terms
from hepatica.guidance.patients_of_table import TablePatients
from hepatica.guidance.pharmacogenetics import recommendation
from hepatica.guidance.promises import check_rule
from hepatica.guidance.rule_text import rule_text, rules_in_english
from hepatica.guidance.rules import FOLDER, rule_files, rules

GUIDANCE_CODE = sorted(path for path in HERE.rglob("*.py"))


@pytest.mark.parametrize("path", rule_files(), ids=lambda path: path.stem)
def test_a_rule_file_keeps_the_six_promises(path: Path):
    assert check_rule(path) == []


@pytest.mark.parametrize("name", sorted(rules()))
def test_an_unknown_never_hides_a_stop(name: str):
    """Where everything that is still possible is a stop, the rule stops, and does not ask for a result first."""
    rule = rules()[name]
    patients = TablePatients(rule.table)
    for patient, decision in patients.decisions.items():
        possible = {rule.outcomes[outcome].level if outcome in rule.outcomes else outcome
                    for outcome in patients.reached[patient]}  # fmt: skip
        assert decision.outcome != UNKNOWN or possible != {"stop"}, patients.described(patient)


def test_every_file_of_the_folder_is_a_rule():
    assert {path.name for path in FOLDER.iterdir()} == {path.name for path in rule_files()}
    assert set(rules()) == {path.stem for path in rule_files()}


@pytest.mark.parametrize("path", rule_files(), ids=lambda path: path.stem)
def test_a_rule_fits_on_a_screen(path: Path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 90


def test_every_finding_is_a_column_of_the_state_or_is_derived_from_one():
    for name, finding in findings().items():
        assert finding.derived == (name in terms()), name
        assert finding.derived or name in standing_schema(), name
        for column in (finding.date, finding.unit_from, finding.comparator, finding.reason):
            assert column is None or column in standing_schema(), (name, column)
        assert finding.label
        assert finding.obtain


def test_the_state_holds_no_ethnicity_and_no_rule_can_ask_for_it():
    assert not {"ethnicity", "race"} & (set(DERIVED["state"]) | set(standing_schema()))
    assert not {"ethnicity", "race"} & set(findings())
    schema = json.loads((HERE / "rule.schema.json").read_text(encoding="utf-8"))
    assert {"ethnicity", "race"} <= set(schema["$defs"]["finding"]["not"]["enum"])


def test_a_rule_that_asks_for_ethnicity_is_refused(tmp_path: Path):
    text = (FOLDER / "thiopurine_level.bsg_ibd.yaml").read_text(encoding="utf-8")
    asked = tmp_path / "asks.yaml"
    asked.write_text(text.replace("  in_cbr:\n", "  ethnicity:\n").replace("in_cbr: ", "ethnicity: "), encoding="utf-8")
    (problem,) = check_rule(asked)
    assert "ethnicity" in problem.what
    assert problem.promise == "readable"


@pytest.mark.parametrize("path", GUIDANCE_CODE, ids=lambda path: path.name)
def test_no_code_of_guidance_reads_ethnicity(path: Path):
    assert "ethnicity" not in path.read_text(encoding="utf-8")


MATTERS = "unknown only when it matters"
FAULTS = {
    "a limit moved in one row": ('"< tgn_low", mmp: "> mmp_high"', '"< tgn_high", mmp: "> mmp_high"', "no conflict"),
    "a row dropped": ("  - {metabolites_undetectable: yes, then: not_taken}\n", "", "complete"),
    "an outcome swapped": ('tgn: "> tgn_high", then: high_tgn', 'tgn: "> tgn_high", then: leave', "complete"),
    "a limit moved everywhere": ("tgn_low: {value: 235", "tgn_low: {value: 223", "cases at limits"),
    "a sign turned at the limit": ('tgn: "> tgn_high"', 'tgn: ">= tgn_high"', "no conflict"),
    "a gap at the limit": ('in_cbr: yes, tgn: "<= tgn_high"', 'in_cbr: yes, tgn: "< tgn_high"', "no gap"),
    "a number without a name": ('tgn: "> tgn_high"', 'tgn: "> 450"', "readable"),
    "a limit in another unit": ('ratio_high: {value: 11, unit: ""}', "ratio_high: {value: 11, unit: mg}", "readable"),
    "a finding that is not there": ("  mmp: {max_age_days", "  methylated: {max_age_days", "readable"),
    "a study that is not there": ("evidence: [lamb_2019/undetectable]", "evidence: [lamb_2020]", "complete"),
    "verified without reading": ("source: {id: lamb_2019", "source: {id: bsg_2025", "complete"),
    "a key given twice": ("kind: treatment", "kind: treatment\nkind: safety", "readable"),
    "a case that expects too much": ("tgn: 451, expect: high_tgn", "expect: high_tgn", "cases hold"),
    "a word that cannot be": ("in_cbr: yes, tgn", "in_cbr: perhaps, tgn", "readable"),
    "no case at the limit": ("mmp: 5700, mmp_tgn_ratio: 24", "mmp: 5600, mmp_tgn_ratio: 24", "cases at limits"),
    "a row that asks too much": ('mmp_tgn_ratio: "> r', 'mmp: "<= mmp_high", mmp_tgn_ratio: "> r', MATTERS),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault)
def test_a_fault_in_a_rule_is_found_and_named(fault: str, tmp_path: Path):
    before, after, promise = FAULTS[fault]
    text = (FOLDER / "thiopurine_level.bsg_ibd.yaml").read_text(encoding="utf-8")
    assert before in text
    broken = tmp_path / "broken.yaml"
    broken.write_text(text.replace(before, after), encoding="utf-8")
    problems = check_rule(broken)
    assert promise in {problem.promise for problem in problems}, problems
    assert all(problem.where and problem.what for problem in problems)


def test_unknown_although_it_cannot_matter_is_a_broken_promise(tmp_path: Path):
    rule = """
rule: ppi.test
question: ppi
kind: treatment
source: {id: cananzi_2025, item: practice, verified: false}
reviewed: {by: "", date: ""}
inputs: {on_ppi: }
rows:
  - {on_ppi: yes, then: same}
  - {on_ppi: no, then: same}
outcomes: {same: {level: none, says: the same either way}}
cases: [{case: taken, on_ppi: yes, expect: same}]
"""
    path = tmp_path / "ppi.test.yaml"
    path.write_text(rule, encoding="utf-8")
    assert [problem.promise for problem in check_rule(path)] == ["unknown only when it matters"]


PHENOTYPES = ("poor", "intermediate", "possible_intermediate", "normal", "indeterminate")
OUTCOMES = {
    "alternative_drug": {"avoid"},
    "reduced_start": {"intermediate", "both_intermediate"},
    "normal_start": {"normal"},
    "no_dose_from_genotype": {"not_settled"},
}


@pytest.mark.parametrize("name", ["thiopurine_start.cpic_2024", "thiopurine_by_metaboliser.cpic_2024"])
@pytest.mark.parametrize("tpmt", PHENOTYPES)
@pytest.mark.parametrize("nudt15", PHENOTYPES)
def test_the_metaboliser_rules_say_what_cpic_recommends(name: str, tpmt: str, nudt15: str):
    cpic = recommendation("azathioprine", tpmt, nudt15)
    answer = rules()[name].answer({"tpmt": tpmt, "nudt15": nudt15, "on_thiopurine": "yes"})
    assert answer.outcome in OUTCOMES[cpic.action]
    if answer.outcome == "both_intermediate":
        assert cpic.percent_of_normal == (20.0, 50.0)


def test_every_rule_is_told_in_english_with_its_marks_and_signature():
    told = {entry.rule: entry for entry in rules_in_english()}
    assert set(told) == set(rules())
    for name, entry in told.items():
        text = rule_text(entry)
        assert entry.rows
        assert entry.cases
        assert ("NOT VERIFIED" in text) == (not rules()[name].verified)
        assert "not reviewed (unsigned)" in text
    assert told["thiopurine_level.bsg_ibd"].rows[3] == (
        "shunting when both metabolites undetectable is no and in complete biochemical response (CBR) is no and "
        "6-TGN is below 235 pmol/8x10^8 RBC and 6-MMP is above 5700 pmol/8x10^8 RBC"
    )


def test_the_rule_of_the_document_keeps_the_promises(tmp_path: Path):
    text = (HERE.parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
    example = tmp_path / "tacrolimus_level.our_clinic.yaml"
    example.write_text(text.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    assert check_rule(example) == []


def test_every_question_has_a_rule_and_every_rule_a_question():
    listed = own_file("questions.yaml")["questions"]
    assert set(listed) == {rule.question for rule in rules().values()}


def test_a_verified_rule_rests_on_what_was_read():
    verified = [rule for rule in rules().values() if rule.verified]
    assert verified
    for rule in verified:
        assert rule.source.status == "C", rule.name
