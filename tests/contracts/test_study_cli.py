"""`hepatica study` over all ten: one document, the files, the shared version, and errors with their remedy."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
import yaml

from hepatica import studies
from hepatica.errors import UsageError
from hepatica.studies.catalogue import STUDIES
from hepatica.studies.definition import definition_of
from hepatica.synthetic import synthesize

pytestmark = pytest.mark.slow
PATIENTS = 200
QUICK = {"outer_folds": 3, "inner_folds": 3, "repeats": 1, "permutations": 9}
ARMS = ("mycophenolate", "azathioprine")


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    made = tmp_path_factory.mktemp("cli")
    synthesize(patients=PATIENTS, seed=11, centres=2, out=made / "centre")
    return made


@pytest.fixture(scope="module")
def allocation(room):
    """A randomisation of forty patients on the day of their first treatment."""
    treated = pl.read_csv(room / "centre" / "treatments.csv", infer_schema_length=0).sort("start")
    first = treated.unique("patient_id", keep="first", maintain_order=True).sort("patient_id").head(40)
    arms = pl.Series("arm", [ARMS[n % 2] for n in range(first.height)])
    file = room / "allocation.csv"
    first.select("patient_id", arms, randomised="start").write_csv(file)
    return file


@pytest.fixture(scope="module")
def metabolites(room):
    generator = np.random.default_rng(2)
    values = np.exp(generator.normal(size=(40, 6)))
    names = {"sample": [f"S{n}" for n in range(40)], "class": ["AIH"] * 20 + ["healthy"] * 20}
    file = room / "metabolites.csv"
    pl.DataFrame({**names, **{f"M{n}": values[:, n] for n in range(6)}}).write_csv(file)
    return file


@pytest.fixture(scope="module")
def asked(room, allocation, metabolites):
    """What each study is run on, and what its definition says beside the example."""
    centre = room / "centre"
    patient = pl.read_csv(centre / "patients.csv", infer_schema_length=0)["patient_id"][0]
    told = {
        # So few are on budesonide that a number (ALT) tells who was treated; fewer covariates are weighed here.
        "compare": (centre, {"covariates": ["age", "male"]}),
        "trial": (centre, {"allocation": str(allocation), "design": {"trials": 20}}),
        "signature": (metabolites, {"validation": QUICK}),
        "practice": ("survey:cananzi_2025", {}),
        "synthesis": ("library", {}),
        "case": (centre, {"patient": patient}),
    }
    return {name: told.get(name, (centre, {})) for name in STUDIES}


@pytest.fixture
def definition(tmp_path):
    def written(name, differs) -> str:
        file = tmp_path / f"{name}.yaml"
        file.write_text(yaml.safe_dump({"study": name, **differs}), encoding="utf-8")
        return str(file)

    return written


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_prints_one_document_and_writes_its_folder(name, run, asked, definition, tmp_path):
    source, differs = asked[name]
    out = tmp_path / "out"
    ran = run(
        "study", name, source, "--definition", definition(name, differs), "--format", "json", "--out", out, "--share"
    )
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    assert (told["study"], told["shared"]) == (name, True)
    assert {path.name for path in out.iterdir()} == {
        "report.html", "report.pdf", "numbers.json", "definition.yaml", "dictionary.csv", "tables",
    }  # fmt: skip
    assert json.loads((out / "numbers.json").read_text(encoding="utf-8")) == told
    again = definition_of(name, {**yaml.safe_load((out / "definition.yaml").read_text(encoding="utf-8"))})
    assert again["study"] == name
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Shared version" in page
    assert not any(f">{word}<" in page for word in ("None", "nan", "NaN", "null"))


@pytest.mark.parametrize("name", STUDIES)
def test_the_example_is_a_definition_that_the_study_takes(name, run, tmp_path):
    ran = run("study", name, "--example")
    assert ran.code == 0
    file = tmp_path / "mine.yaml"
    file.write_text(ran.out, encoding="utf-8")
    assert definition_of(name, file) == definition_of(name)


@pytest.mark.parametrize("name", STUDIES)
def test_a_wrong_definition_is_refused_with_where_what_and_remedy(name, run, asked, definition):
    wrong = definition(name, {"nobody_knows_this": 1})
    ran = run("study", name, asked[name][0], "--definition", wrong)
    assert ran.code == 2
    assert ran.out == ""
    assert "error:" in ran.err
    assert "nobody_knows_this" in ran.err
    assert "remedy:" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("name", STUDIES)
def test_a_source_that_is_not_there_is_an_error_and_no_traceback(name, run, definition, asked, tmp_path):
    ran = run("study", name, tmp_path / "nowhere", "--definition", definition(name, asked[name][1]))
    # What names no source is a wrong word to `practice`, which takes names of protocols too.
    assert ran.code == (2 if name == "practice" else 3)
    assert "remedy:" in ran.err
    assert "nowhere" in ran.err
    assert "Traceback" not in ran.err


def test_a_definition_that_is_not_yaml_is_refused(run, asked, tmp_path):
    file = tmp_path / "broken.yaml"
    file.write_text("study: [response\n", encoding="utf-8")
    ran = run("study", "response", asked["response"][0], "--definition", file)
    assert (ran.code, "Traceback" in ran.err) == (2, False)
    assert "broken.yaml" in ran.err


def test_an_as_of_date_for_a_study_without_courses_is_refused(run):
    ran = run("study", "synthesis", "library", "--as-of", "2024-01-01")
    assert (ran.code, ran.out) == (2, "")
    assert "reads no courses" in ran.err


def test_a_folder_with_something_else_in_it_is_left_alone(run, tmp_path):
    (tmp_path / "letter.txt").write_text("keep me", encoding="utf-8")
    ran = run("study", "synthesis", "library", "--out", tmp_path)
    assert ran.code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_the_terminal_shows_the_main_table_and_the_notes(run):
    ran = run("study", "synthesis", "library")
    assert ran.code == 0
    assert "random effects" in ran.out
    assert "- " in ran.out


PLANNED = ("study", "response", "--power", 20, "--number", "compared.line of therapy.2.p", "--simulations", 8)


def test_the_power_of_a_planned_study_is_one_document(run, room):
    ran = run(*PLANNED[:2], room / "centre", *PLANNED[2:], "--seed", 5, "--format", "json")
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    assert (told["study"], told["patients"], told["simulations"], told["seed"]) == ("response", 20, 8, 5)
    assert told["lower"] <= told["power"] <= told["upper"]
    assert told["power"] * 8 == pytest.approx(round(told["power"] * 8))
    assert (told["alpha"], told["synthetic"]) == (0.05, True)


def test_the_power_of_a_planned_study_is_told_in_a_sentence(run, room):
    ran = run(*PLANNED[:2], room / "centre", *PLANNED[2:])
    said = " ".join(ran.out.split())
    assert said.startswith("SYNTHETIC DATA")
    assert "Power of study response with 20 patients: " in said
    assert "of 8 simulated studies have compared.line of therapy.2.p at or below 0.05 (seed 1)." in said


def test_power_without_a_number_names_the_numbers_that_there_are(run, room):
    ran = run("study", "response", room / "centre", "--power", 20)
    assert (ran.code, ran.out) == (2, "")
    assert "compared.line of therapy.2.p" in ran.err


def test_power_from_too_few_patients_is_refused(run, room):
    ran = run("study", "response", room / "centre", "--power", 21, "--number", "any.p")
    assert ran.code == 2
    assert "at least 210" in ran.err


def test_power_writes_no_report(run, room, tmp_path):
    ran = run(*PLANNED[:2], room / "centre", *PLANNED[2:], "--out", tmp_path / "out")
    assert ran.code == 2
    assert not (tmp_path / "out").exists()


def test_a_trial_says_in_its_methods_who_allotted_and_of_which_patients(run, asked, definition, tmp_path):
    source, differs = asked["trial"]
    out = tmp_path / "trial"
    assert run("study", "trial", source, "--definition", definition("trial", differs), "--out", out).code == 0
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "allocation.csv" in page
    assert f"The data are {PATIENTS} patients of 2 centres" in page
    assert pl.read_csv(out / "tables" / "attrition.csv")["in"][0] == 40


def test_the_published_signature_from_the_published_workbook(run, fixtures_folder, definition, tmp_path):
    workbook = fixtures_folder / "metabolomics" / "ST001047.xlsx"
    if not workbook.exists():
        pytest.skip("the fixture metabolomics/ST001047.xlsx is not there")
    differs = {
        "table": {
            "sheet": "Data", "sample": "SampleID", "class": "Class", "positive": "GC", "negative": "HE",
            "quality_control": "QC", "metabolites": {"sheet": "Peak", "name": "Name", "label": "Label"},
        },
        "validation": QUICK,
        "as_published": {"test_share": 1 / 3, "seed": 40, "components": 2, "bootstrap": 500},
    }  # fmt: skip
    out = tmp_path / "signature"
    ran = run("study", "signature", workbook, "--definition", definition("signature", differs), "--out", out)
    assert ran.code == 0, ran.err
    beside = pl.read_csv(out / "tables" / "as_published.csv")
    assert [round(area, 2) for area in beside["auc"][:2]] == [0.97, 0.89]
    assert 0.5 < beside["auc"][2] < beside["auc"][0]
    assert beside["p_permutation"].to_list()[2] is not None


def test_centres_stand_on_the_map_where_the_definition_puts_them():
    """Those without a place are counted; a place of nobody is refused."""
    places = {"easl_2015": [46.2, 6.1], "espghan_2018": [45.4, 11.9]}
    found = studies.run("practice", "easl_2015,espghan_2018,aasld_2019", {"map": {"places": places}})
    assert found.tables["places"]["protocol"].to_list() == ["easl_2015", "espghan_2018"]
    assert "On the map are 2 of 3 centres; of 1 no place is told." in found.notes
    assert found.drawn("places").to_dict(validate=False)["layer"]
    with pytest.raises(UsageError, match="elsewhere"):
        studies.run("practice", "easl_2015,espghan_2018", {"map": {"places": {"elsewhere": [1.0, 1.0]}}})
