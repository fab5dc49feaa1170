"""The library's files, schema, names, and what its surfaces promise."""

from __future__ import annotations

import inspect
import json
from importlib.resources import files

import pytest
import yaml

from hepatica import evidence
from hepatica.errors import SourceError, UsageError
from hepatica.evidence.audit import INPUT_WORDS, KINDS, missing_inputs
from hepatica.evidence.printed import printed

FOLDER = files("hepatica.evidence").joinpath("studies")
SCHEMA = json.loads(files("hepatica.evidence").joinpath("study.schema.json").read_text("utf-8"))

REQUIRED = {
    "efe_2025", "cananzi_2025", "weltzsch_2024", "candels_2021", "dimou_2024", "camaro_2024", "iaihg_registry_2024",
    "hadzic_2024", "anti_tnf_sickkids", "anti_tnf_helsinki", "anti_tnf_children", "diaz_gonzalez_2023", "pape_2022",
    "hartl_2015", "withdrawal_histology_2021", "dhaliwal_2012", "kirk_1980", "surfasa_2021", "yeoman_2011",
    "tellez_2022", "dalekos_2022", "hennes_2008", "alvarez_1999", "espghan_2018", "lohse_2022", "chazouilleres_1998",
    "cpic_2019", "lamb_2019", "hartl_2016", "elastography_prognosis", "danan_teschke_2016", "andrade_2023",
    "kim_2021", "ehr_phenotype", "easl_2015", "easl_2025", "aasld_2019", "bsg_2025",
}  # fmt: skip

MINIMAL = """
id: smith_2020
subject: a test
citation: {authors: Smith J, title: null, journal: Gut, year: 2020}
status: C
verified: true
read: the abstract
design: cohort
population: 10 patients
arms: [{name: all, n: 10}]
endpoints: [{code: CBR, name: response, definition: normal ALT AST and IgG, status: C}]
figures:
  - id: cbr
    says: response
    printed: 5/10 (50 %)
    endpoint: CBR
    status: C
    recompute: {kind: proportion, inputs: {count: 5, of: 10, percent: "50"}}
caveats: []
"""


def test_the_library_holds_every_study_that_the_advice_rests_on():
    assert set(evidence.studies()) >= REQUIRED


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("snijders_2024", "camaro_2024"), ("slooter_2024", "iaihg_registry_2024"), ("iaihg_2022", "pape_2022"),
        ("mieli_vergani_2018", "espghan_2018"), ("de_martin_2021", "surfasa_2021"), ("relling_2019", "cpic_2019"),
        ("bsg_ibd_2019", "lamb_2019"), ("camaro_2024", "camaro_2024"),
    ],
)  # fmt: skip
def test_a_study_answers_to_its_other_names(alias, name):
    assert evidence.study(alias).id == name


def test_an_unknown_study_or_figure_is_told_with_the_names_that_exist():
    with pytest.raises(UsageError, match="camaro_2024"):
        evidence.study("camaro")
    with pytest.raises(UsageError, match="br_difference"):
        evidence.study("camaro_2024").figure("nothing")


def test_every_kind_has_one_function_and_its_inputs_are_the_schemas():
    recompute = SCHEMA["$defs"]["recompute"]
    assert set(recompute["properties"]["kind"]["enum"]) == set(KINDS)
    for branch in recompute["allOf"]:
        kind = branch["if"]["properties"]["kind"]["const"]
        inputs = branch["then"]["properties"]["inputs"]
        parameters = inspect.signature(KINDS[kind]).parameters
        assert set(parameters) == set(inputs["properties"]), kind
        required = {name for name, parameter in parameters.items() if parameter.default is inspect.Parameter.empty}
        assert required == set(inputs["required"]), kind
    assert len(recompute["allOf"]) == len(KINDS)


def test_every_kind_is_used_by_a_study_or_is_a_kind_that_ratio_tables_need():
    used = {figure.kind for figure in evidence.figures()}
    assert used == set(KINDS)


def test_no_verdict_is_written_in_a_study_file():
    for name in evidence.studies():
        document = yaml.safe_load(FOLDER.joinpath(f"{name}.yaml").read_text("utf-8"))
        text = json.dumps(document).replace("not confirmed", "")
        for word in ("verdict", *evidence.VERDICT_WORDS):
            assert f'"{word}"' not in text, name
        for figure in document["figures"]:
            assert set(figure) <= {"id", "says", "printed", "endpoint", "status", "recompute"}
            assert set(figure["recompute"]) == {"kind", "inputs"}


def test_verified_only_where_the_paper_or_its_abstract_was_read():
    for study in evidence.studies().values():
        assert not study.verified or study.status == "C"
        for figure in study.figures:
            assert figure.verified == (study.verified and figure.status == "C")
    for guideline in ("easl_2015", "easl_2025", "aasld_2019", "bsg_2025", "espghan_2018"):
        assert not evidence.study(guideline).verified
    for unread in ("iaihg_registry_2024", "hadzic_2024", "anti_tnf_children"):
        assert not evidence.study(unread).verified


def test_identifiers_that_are_not_confirmed_stay_empty():
    for name in ("efe_2025", "weltzsch_2024", "camaro_2024", "iaihg_registry_2024", "hadzic_2024"):
        assert evidence.study(name).citation.doi is None


def test_every_input_that_may_be_unknown_has_words():
    for figure in evidence.figures():
        assert set(missing_inputs(figure.inputs)) <= set(INPUT_WORDS)


def test_a_comparison_of_br_and_one_of_cbr_name_their_endpoint():
    figures = {figure.id: figure.endpoint for figure in evidence.study("camaro_2024").figures}
    assert figures["br_p"] == "BR"
    assert figures["cbr_p"] == "CBR"


def test_the_smallest_study_file_is_read_and_checked():
    study = evidence.read_study(MINIMAL, "smith_2020.yaml")
    assert evidence.check_figure(study.figures[0]).verdict == "reproduced"


def test_an_input_that_the_source_does_not_give_makes_it_not_recomputable():
    study = evidence.read_study(MINIMAL.replace("count: 5", "count: null"), "smith_2020.yaml")
    found = evidence.check_figure(study.figures[0])
    assert found.verdict == "not_recomputable"
    assert found.explanation == "The source does not give the count."


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("count: 5", "count: many", "figures[0].recompute.inputs.count", "many"),
        ('percent: "50"', "percent: 50", "figures[0].recompute.inputs.percent", "50"),
        ("kind: proportion", "kind: guess", "figures[0].recompute.kind", "guess"),
        (
            "    status: C\n    recompute",
            "    verdict: reproduced\n    status: C\n    recompute",
            "figures[0]",
            "verdict",
        ),
        ("design: cohort\n", "", "smith_2020.yaml", "design"),
        ("endpoint: CBR", "endpoint: CR", "figure cbr", "'CR'"),
        ("status: C\nverified", "status: M-hi\nverified", "smith_2020.yaml", "verified"),
        ("design: cohort", "design: cohort\ndesign: trial", "smith_2020.yaml", "twice"),
        ("arms: [", "arms: [[", "smith_2020.yaml", "YAML"),
    ],
)
def test_a_wrong_study_file_is_told_where_what_and_the_remedy(old, new, where, what):
    assert MINIMAL.count(old) == 1
    with pytest.raises(SourceError) as caught:
        evidence.read_study(MINIMAL.replace(old, new), "smith_2020.yaml")
    assert where in caught.value.where
    assert what in caught.value.what
    assert caught.value.remedy


def test_a_figure_named_twice_is_refused():
    block = MINIMAL[MINIMAL.index("  - id: cbr") : MINIMAL.index("caveats")]
    with pytest.raises(SourceError, match="'cbr'"):
        evidence.read_study(MINIMAL.replace(block, block + block), "smith_2020.yaml")


def test_a_number_that_is_none_is_refused():
    with pytest.raises(UsageError, match="not a number"):
        printed("about 50")


def test_rows_are_flat_and_json():
    rows = evidence.verdict_rows()
    assert len(rows) == sum(len(study.figures) for study in evidence.studies().values())
    columns = {
        "study", "figure", "says", "printed", "recomputed", "verdict", "remark", "explanation", "status", "verified",
    }  # fmt: skip
    assert all(set(row) == columns for row in rows)
    assert {row["verdict"] for row in rows} == set(evidence.VERDICT_WORDS)
    assert json.loads(json.dumps(rows)) == rows
    assert sum(evidence.verdict_counts().values()) == len(rows)
    assert {row["id"] for row in evidence.study_rows()} == set(evidence.studies())


def test_a_study_as_document_is_json():
    for study in evidence.studies().values():
        document = evidence.study_document(study)
        assert len(document["verdicts"]) == len(study.figures)
        json.dumps(document)


@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_a_study_in_words_says_what_was_read_and_each_figure_with_its_verdict(name):
    study = evidence.study(name)
    text = evidence.study_text(study)
    assert ("NOT VERIFIED" in text) == (not study.verified)
    assert study.read in text
    for figure in study.figures:
        assert figure.printed in text
    for endpoint in study.endpoints:
        assert endpoint.definition in text
    for caveat in study.caveats:
        assert caveat in text


def test_every_explanation_is_a_sentence():
    for found in evidence.evidence_check():
        assert found.explanation.endswith("."), found
        assert "None" not in found.explanation.replace("None gives the stated", ""), found
        assert "nan" not in found.explanation, found
