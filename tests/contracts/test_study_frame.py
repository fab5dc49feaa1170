"""The frame of studies: definitions, results, files, and the verb, as others build on them."""

from __future__ import annotations

import json
from html import unescape

import pytest
import yaml

from hepatica import studies
from hepatica.course import definitions
from hepatica.errors import UsageError
from hepatica.report.study_folder import write_study
from hepatica.studies.catalogue import STUDIES
from hepatica.studies.definition import HERE, definition_of
from hepatica.studies.reporting import checklist, reporting_items
from hepatica.synthetic import synthesize

WRITTEN = sorted(path.stem for path in (HERE / "examples").glob("*.yaml"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("studies") / "centre"
    synthesize(patients=250, seed=4, centres=2, out=made)
    return made


@pytest.fixture(scope="module")
def cohort(folder):
    return studies.cohort_of(str(folder))


@pytest.fixture(scope="module")
def result(cohort):
    return studies.run("response", cohort)


@pytest.fixture(scope="module")
def written(result, tmp_path_factory):
    out = tmp_path_factory.mktemp("report") / "response"
    write_study(result, out)
    return out


@pytest.mark.parametrize("name", WRITTEN)
def test_each_example_is_a_valid_definition_and_refuses_a_key_that_nobody_knows(name):
    assert name in STUDIES
    assert definition_of(name)["study"] == name
    with pytest.raises(UsageError, match="nobody_knows_this"):
        definition_of(name, {"nobody_knows_this": 1})


def test_a_definition_says_only_what_differs():
    own = definition_of("response", {"response": {"months": 12}})
    assert own["response"]["months"] == 12
    assert own["response"]["assess_days"] == definition_of("response")["response"]["assess_days"]


def test_a_definition_of_another_study_is_refused(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("study: prognosis\n", encoding="utf-8")
    with pytest.raises(UsageError, match="defines the study prognosis"):
        definition_of("response", file)


def test_the_same_data_have_the_same_fingerprint_whatever_the_order_of_rows(cohort, folder):
    again = studies.cohort_of(str(folder))
    shuffled = again.record.measurements.sample(fraction=1.0, shuffle=True, seed=1)
    again.record = type(again.record)(**{**again.record.__dict__, "measurements": shuffled})
    assert again.data_fingerprint == cohort.data_fingerprint


def test_a_changed_definition_set_of_ones_own_is_another_fingerprint(cohort, tmp_path):
    """The definition names the file alone: what it says decides the numbers."""
    mine = tmp_path / "mine.yaml"

    def fingerprint(days):
        told = {"extends": "iaihg_2022", "name": "mine", "title": "mine", "version": 1, "source": "mine"}
        mine.write_text(yaml.safe_dump({**told, "verified": False, "initial_days": days}))
        definitions.cache_clear()
        return studies.run("response", cohort, {"course": {"definitions": str(mine)}}).fingerprint

    assert fingerprint(42) == fingerprint(42) != fingerprint(7)


def test_one_result_more_is_another_fingerprint(cohort):
    fewer = type(cohort)(cohort.record.of_patients(cohort.record.patients["patient_id"].to_list()[1:]), cohort.as_of)
    assert fewer.data_fingerprint != cohort.data_fingerprint


def test_the_result_holds_the_as_of_date_that_counted(result, cohort):
    assert result.definition["course"]["as_of"] == cohort.as_of.isoformat()


def test_the_result_is_pleasant_in_a_notebook(result):
    assert result.table.columns[0] == "line"
    assert result.chart.to_dict(validate=False)["config"]
    html = result._repr_html_()
    assert "SYNTHETIC" in html
    assert result.title in html


def test_the_folder_holds_report_tables_numbers_and_definition(written, result):
    names = {path.relative_to(written).as_posix() for path in written.rglob("*") if path.is_file()}
    assert {"report.html", "report.pdf", "numbers.json", "definition.yaml"} <= names
    assert {f"tables/{name}.csv" for name in result.sheets} <= names
    assert (written / "report.pdf").read_bytes().startswith(b"%PDF")
    told = json.loads((written / "numbers.json").read_text(encoding="utf-8"))
    assert told["fingerprint"] == result.fingerprint
    assert yaml.safe_load((written / "definition.yaml").read_text(encoding="utf-8"))["study"] == "response"


def test_the_written_definition_gives_the_same_numbers(written, cohort, result):
    again = studies.run("response", cohort, written / "definition.yaml")
    assert again.numbers == result.numbers
    assert again.fingerprint == result.fingerprint


def test_the_page_asks_no_other_site_and_says_what_it_is(written):
    page = unescape((written / "report.html").read_text(encoding="utf-8"))
    assert "default-src 'none'" in page
    for words in ("SYNTHETIC DATA", "not a medical device", "Fingerprint", "left to the authors"):
        assert words in page


def test_writing_again_gives_the_same_bytes_and_replaces_only_a_result(result, written, tmp_path):
    out = tmp_path / "again"
    write_study(result, out)
    write_study(result, out)
    for path in (path for path in written.rglob("*") if path.is_file()):
        assert path.read_bytes() == (out / path.relative_to(written)).read_bytes(), path.name
    other = tmp_path / "letters"
    other.mkdir()
    (other / "letter.txt").write_text("keep me", encoding="utf-8")
    with pytest.raises(UsageError, match="no study's result"):
        write_study(result, other)
    assert (other / "letter.txt").read_text(encoding="utf-8") == "keep me"


def test_numbers_have_no_not_a_number(result):
    json.dumps(result.numbers, allow_nan=False)


@pytest.mark.parametrize("name", ["strobe", "consort", "tripod"])
def test_checklists_are_data_and_an_item_that_does_not_exist_is_refused(name):
    items = checklist(name)
    assert len({item.item for item in items}) == len(items) > 25
    with pytest.raises(UsageError, match="99z"):
        reporting_items({name: {"99z": "nowhere"}})


def test_the_report_lists_every_item_filled_or_not(result):
    assert len(result.items) == len(checklist("strobe"))
    assert any(item.filled_by for item in result.items)
    assert any(item.filled_by is None for item in result.items)


def test_the_verb_prints_one_json_document(run, folder):
    ran = run("study", "response", folder, "--format", "json")
    told = json.loads(ran.out)
    assert (ran.code, told["study"], told["synthetic"]) == (0, "response", True)


def test_the_verb_prints_the_example_without_a_source(run):
    ran = run("study", "prognosis", "--example")
    assert ran.code == 0
    assert yaml.safe_load(ran.out)["study"] == "prognosis"


def test_the_verb_needs_a_source_and_a_study_that_exists(run):
    assert run("study", "response").code == 2
    assert run("study", "astrology", "centre").code == 2


def test_what_is_shared_has_no_single_patient(run, folder, tmp_path):
    out = tmp_path / "shared"
    assert run("study", "response", folder, "--share", "--out", out).code == 0
    text = "".join(
        path.read_text(encoding="utf-8") for path in out.rglob("*") if path.suffix in (".csv", ".json", ".html")
    )
    assert "SYN-" not in text
    assert not (out / "tables" / "lanes.csv").exists()
