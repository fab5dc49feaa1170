"""Protocols: every pack holds what it promises, nonsense is refused with its place, unknown is never filled."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import yaml

from hepatica.course import definitions, protocol, protocol_files
from hepatica.course.protocol import PROTOCOLS, protocol_schema
from hepatica.errors import UsageError
from hepatica.evidence import STATUS_WORDS, study
from hepatica.guidance.protocols import (
    Practice,
    answer_text,
    check_protocol,
    practice,
    protocol_text,
    questions,
)
from hepatica.guidance.protocols.questions import protocol_data
from hepatica.guidance.protocols.readings import READERS

PACKS = protocol_files()
GUIDELINES = ["aasld_2019", "bsg_2025", "easl_2015", "easl_2025", "espghan_2018", "iaihg_2022"]
SURVEY_PACKS = ["cananzi_2025_steroid_alone", "cananzi_2025_steroid_azathioprine"]
HEAD = {"name": "clinic", "extends": "default", "title": "Our clinic", "source": "our standard", "version": 1}


@pytest.fixture
def centre(tmp_path):
    """Write a centre's file and return its path: what is given, over a head that extends the default."""

    def write(text: str = "", **head) -> Path:
        path = tmp_path / "clinic.yaml"
        lines = {**HEAD, "verified": True, **head}
        kept = {name: value for name, value in lines.items() if value is not None}
        path.write_text(yaml.safe_dump(kept, sort_keys=False) + text, encoding="utf-8")
        return path

    return write


# The packs ------------------------------------------------------------------------------------------------------------


def test_the_packs_are_there():
    assert {*PACKS} == {"default", *GUIDELINES, *SURVEY_PACKS}


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_has_no_problem(name):
    assert check_protocol(name) == []
    assert practice(name).name == name


def test_questions_schema_and_practice_name_the_same_things():
    fields = {field.name for field in dataclasses.fields(Practice)}
    in_schema = {
        name for name, value in protocol_schema()["properties"].items() if name in fields and name in questions()
    }
    assert in_schema == {*questions()} == {*READERS}
    assert {*questions()} <= fields


@pytest.mark.parametrize("name", questions())
def test_the_example_of_an_answer_is_accepted(name, centre):
    example = yaml.safe_load(questions()[name].write)
    assert list(example) == [name]
    # a target is written in `metabolites`, from where the course reads it; as an answer it must not differ
    differs = name == "metabolite_target"
    assert [problem.place for problem in check_protocol(centre(questions()[name].write))] == (
        ["metabolite_target.answer[1]"] if differs else []
    )


@pytest.mark.parametrize("name", [*GUIDELINES, *SURVEY_PACKS])
def test_a_guideline_answers_every_question_itself_unknown_included(name):
    for answer in practice(name).answers():
        assert answer.said_by not in ("", "default"), answer.question
        assert answer.source == practice(name).source


@pytest.mark.parametrize("name", PACKS)
def test_every_value_has_a_source_and_how_sure_it_is(name):
    statuses = protocol_data("questions.yaml")["statuses"]
    for answer in practice(name).answers():
        if answer.state == "unknown":
            assert not answer.verified
            continue
        assert answer.source
        # what the default's sections say has its sources in words; every written answer has a status
        assert answer.status in statuses or answer.question in ("metabolite_target", "liver_tests")
        assert not answer.verified or answer.status == "C"


def test_the_status_words_are_those_of_the_evidence_library():
    words = protocol_data("questions.yaml")["statuses"]
    assert STATUS_WORDS.keys() <= words.keys()
    assert words.keys() == set(protocol_schema()["$defs"]["status"]["enum"])


@pytest.mark.parametrize("name", GUIDELINES)
def test_only_the_consensus_whose_abstract_was_read_has_verified_answers(name):
    verified = [answer.question for answer in practice(name).answers() if answer.verified]
    expected = ["response_goal", "non_response", "histological_remission"] if name == "iaihg_2022" else []
    assert verified == expected
    assert not practice(name).verified


def test_the_endpoints_of_the_consensus():
    endpoints = practice("iaihg_2022")
    assert endpoints.response_goal.value.normal == ("ALT", "AST", "IGG")
    assert endpoints.response_goal.value.by_months == 6
    assert (endpoints.non_response.value.fall_below, endpoints.non_response.value.within_days) == (0.5, 28)
    assert endpoints.histological_remission.value.hai_below == 4
    assert endpoints.relapse.state == "none"  # not among its five terms
    assert study(endpoints.source).verified


@pytest.mark.parametrize("name", ["easl_2025", "bsg_2025"])
@pytest.mark.parametrize("question", ["relapse", "withdrawal", "tpmt_before_azathioprine", "metabolite_target"])
def test_what_could_not_be_read_stays_unknown(name, question):
    assert practice(name).answer(question).state == "unknown"


def test_doses_as_the_secondary_sources_give_them():
    start = {dose.given_with: dose for dose in practice("aasld_2019").steroid_start.value if dose.age_group == "adults"}
    assert (start["steroid_alone"].low, start["steroid_alone"].high) == (40, 60)
    assert (start["steroid_and_azathioprine"].low, start["steroid_and_azathioprine"].high) == (20, 40)
    (child,) = practice("espghan_2018").steroid_start.value
    assert (child.low, child.high, child.unit, child.at_most_mg_day) == (2, 2, "mg/kg/day", 60)
    (taper,) = practice("easl_2015").steroid_taper.value
    assert [(step.after_days, step.mg_day) for step in taper.steps][:3] == [(0, 60), (7, 50), (14, 40)]
    assert taper.steps[-1].mg_day == taper.to_high == 10


def test_the_default_stands_in_for_the_course_and_answers_for_nobody():
    guideline = practice("easl_2025")
    assert guideline.protocol.metabolites == protocol("default").metabolites
    assert guideline.protocol.monitoring == protocol("default").monitoring
    assert guideline.metabolite_target.state == "unknown"
    assert guideline.monitoring is None
    assert practice("default").metabolite_target.value[0].low == 223
    assert "what it says is no answer of this protocol" in protocol_text(guideline)


def test_the_two_first_lines_of_the_survey_differ_in_tiers():
    assert practice("cananzi_2025_steroid_alone").protocol.tiers["azathioprine"] == 2
    assert practice("cananzi_2025_steroid_azathioprine").protocol.tiers["azathioprine"] == 1


@pytest.mark.parametrize("name", PACKS)
def test_a_protocol_as_text_says_what_is_not_verified(name):
    shown = practice(name)
    text = protocol_text(shown)
    assert all(question.asks in text for question in questions().values())
    known = [answer for answer in shown.answers() if answer.state != "unknown"]
    assert text.count("[not verified") == sum(not answer.verified for answer in known)
    assert text.count("[verified") == sum(answer.verified for answer in known)
    assert f"{len(known)} of {len(questions())} questions answered" in text


# A centre's own file --------------------------------------------------------------------------------------------------


def test_a_centre_does_what_it_wrote_and_what_it_took_over(centre):
    ours = practice(centre("ppi_with_steroid: {answer: by_risk_factor}", extends="espghan_2018"))
    assert (ours.kind, ours.extends) == ("centre", ("espghan_2018", "default"))
    assert (ours.ppi_with_steroid.value, ours.ppi_with_steroid.status, ours.ppi_with_steroid.verified) == (
        "by_risk_factor", "own", True)  # fmt: skip
    assert ours.steroid_start == practice("espghan_2018").steroid_start
    assert ours.steroid_start.said_by == "espghan_2018"


def test_a_centre_that_extends_the_default_does_what_it_says(centre):
    ours = practice(centre())
    assert (ours.metabolite_target.said_by, ours.metabolite_target.state) == ("default", "known")
    assert ours.monitoring == protocol("default").monitoring


def test_a_centre_that_took_a_guideline_over_does_not_do_what_only_stands_in_for_it(centre):
    ours = practice(centre(extends="espghan_2018"))
    assert (ours.metabolite_target.state, ours.monitoring) == ("unknown", None)
    assert ours.protocol.monitoring == protocol("default").monitoring


def test_a_guidelines_unknown_is_not_filled_by_what_lies_below_it(centre):
    assert practice("default").tpmt_before_azathioprine.value == "routine"
    assert practice(centre(extends="easl_2015")).tpmt_before_azathioprine.state == "unknown"


def test_a_centres_target_is_written_once_where_the_course_reads_it(centre):
    path = centre(METABOLITES.format(low=200, high=300))
    assert practice(path).metabolite_target.value[0].high == protocol(str(path)).metabolites["pmol/0.2 mL"].tgn_high
    assert answer_text(practice(path).metabolite_target) == "200-300 pmol/0.2 mL"
    assert practice(centre("metabolites: []")).metabolite_target.state == "none"


def test_a_file_that_extends_nothing_must_be_whole(centre):
    missing = {problem.what for problem in check_protocol(centre(extends=None))}
    assert missing == {f"'{section}' is a required property" for section in ("tiers", "metabolites", "monitoring")}


def test_the_course_reads_a_file_that_extends(centre):
    path = centre('tiers: {"1": [prednisolone], "2": [azathioprine]}')
    assert protocol(str(path)).tiers == {"prednisolone": 1, "azathioprine": 2}
    assert protocol(str(path)).monitoring == protocol("default").monitoring


def test_a_copy_of_the_default_under_another_name_is_a_centres_protocol(tmp_path):
    text = (PROTOCOLS / "default.yaml").read_text(encoding="utf-8").replace("kind: default", "kind: centre")
    path = tmp_path / "ours.yaml"
    path.write_text(text.replace("name: default", "name: ours"), encoding="utf-8")
    assert check_protocol(path) == []
    assert practice(path).first_line.value == practice("default").first_line.value


MONITORING = (
    "monitoring: [{{name: tests, what: tests, analytes: [{analyte}], while: immunosuppressed, grace_days: 7, "
    "source: we, verified: true, phases: [{phases}]}}]"
)
TAPER = "steroid_taper: {{answer: [{{for: all, to: {{low: 5, high: 10, unit: mg/day}}, {rest}}}]}}"
METABOLITES = (
    "metabolites: [{{unit: pmol/0.2 mL, tgn_target: {{low: {low}, high: {high}}}, mmp_high: 5700, "
    "mmp_tgn_ratio_high: 11, source: our laboratory, verified: true}}]"
)
NONSENSE = {
    "a word that is none": ("ppi_with_steroid: {answer: sometimes}", "ppi_with_steroid.answer", "use one of routine"),
    "no list": ("first_line: {answer: steroid_alone}", "first_line.answer", "[steroid_and_azathioprine]"),
    "no answer": ("ppi_with_steroid: routine", "ppi_with_steroid", "write it like"),
    "a question that is none": ("ppi: {answer: routine}", "the file", "the questions are"),
    "low above high": (
        "steroid_start: {answer: [{for: adults, low: 60, high: 40, unit: mg/day}]}", "steroid_start.answer[1]", "swap"),
    "mg for mg/kg": (
        "steroid_start: {answer: [{for: adults, low: 1, high: 60, unit: mg/kg/day}]}",
        "steroid_start.answer[1]", "check the number and the unit"),
    "a unit that is none": (
        "steroid_start: {answer: [{for: adults, low: 1, high: 2, unit: mg}]}", "steroid_start.answer[1].unit", "write"),
    "an end before the start": (
        TAPER.format(rest="over_days: {low: 56, high: 28}"), "steroid_taper.answer[1].over_days", "swap"),
    "steps out of order": (
        TAPER.format(rest="over_days: {high: 28}, steps: [{after_days: 7, mg_day: 40}, {after_days: 0, mg_day: 60}]"),
        "steroid_taper.answer[1].steps[2]", "in order"),
    "monitoring that ends before it starts": (
        MONITORING.format(analyte="ALT", phases="{until_day: 84, every_days: 28}, {until_day: 28, every_days: 92}"),
        "monitoring[1].phases[2]", "put the days in order"),
    "a phase after one without an end": (
        MONITORING.format(analyte="ALT", phases="{every_days: 28}, {every_days: 92}"),
        "monitoring[1].phases[1]", "add until_day"),
    "a drug that is none": ("second_line: {answer: [mycofenolate]}", "second_line.answer[1]", "vocabulary's name"),
    "a second line that is the first": (
        "first_line: {answer: [steroid_and_azathioprine]}\nsecond_line: {answer: [azathioprine]}",
        "second_line.answer[1]", "the drug that follows"),
    "two targets": (
        "metabolite_target: {answer: [{unit: pmol/8x10^8 RBC, low: 200, high: 300}]}",
        "metabolite_target.answer[1]", "write the target in `metabolites`"),
    "a target without an inside": (METABOLITES.format(low=300, high=200), "the file", "swap"),
    "a test that is not there": ("tpmt_available: {answer: not_available}", "tpmt_before_azathioprine", "one of the"),
    "an analyte that is none": (
        MONITORING.format(analyte="SGPT2", phases="{every_days: 28}"), "the file", "vocabulary's names"),
    "a key that is no text": ("tiers: {1: [prednisone]}", "tiers", "in quotes"),
    "no number": (
        "steroid_start: {answer: [{for: adults, low: .nan, high: 1, unit: mg/kg/day}]}",
        "steroid_start.answer[1].low", "write a number"),
    "an answer twice": ("ppi_with_steroid: {answer: never}\nppi_with_steroid: {answer: routine}", "the file", "repair"),
    "no YAML": ("first_line: [", "the file", "repair"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "place", "remedy"), NONSENSE.values(), ids=list(NONSENSE))
def test_nonsense_is_refused_with_its_place_and_the_remedy(text, place, remedy, centre):
    path = centre(text)
    found = check_protocol(path)
    assert [problem.place for problem in found] == [place]
    assert remedy in found[0].remedy
    with pytest.raises(UsageError, match=r"remedy: .+"):
        practice(path)


def test_all_problems_are_told_at_once(centre):
    text = "ppi_with_steroid: {answer: sometimes}\ntpmt_available: {answer: perhaps}"
    assert [problem.place for problem in check_protocol(centre(text))] == [
        "ppi_with_steroid.answer",
        "tpmt_available.answer",
    ]


def test_a_guideline_needs_a_study_and_a_status(centre):
    places = {problem.place for problem in check_protocol(centre("relapse: {answer: none}", kind="guideline"))}
    assert places == {"relapse", "relapse.source"}


def test_files_that_extend_each_other_are_refused(tmp_path):
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text(yaml.safe_dump({**HEAD, "verified": True, "extends": str(other)}), encoding="utf-8")
    other.write_text(yaml.safe_dump({**HEAD, "verified": True, "extends": str(one)}), encoding="utf-8")
    assert [problem.what for problem in check_protocol(one)] == ["extends itself"]
    with pytest.raises(UsageError, match="extends itself"):
        protocol(str(one))


def test_definition_sets_extend_by_the_same_reader(tmp_path):
    circle = tmp_path / "circle.yaml"
    head = {"name": "circle", "extends": str(circle), "title": "t", "source": "s", "verified": False, "version": 1}
    circle.write_text(yaml.safe_dump(head), encoding="utf-8")
    with pytest.raises(UsageError, match="extends itself"):
        definitions(str(circle))


@pytest.mark.parametrize("read", [practice, check_protocol])
def test_a_file_that_is_not_there_is_said(read, tmp_path):
    with pytest.raises(UsageError, match="no such protocol or file"):
        read(tmp_path / "nowhere.yaml")


def test_a_question_that_is_none_is_said():
    with pytest.raises(UsageError, match="no question 'ppi'"):
        practice("default").answer("ppi")
