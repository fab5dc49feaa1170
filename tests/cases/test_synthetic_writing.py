"""Making a cohort: refusals with a remedy, all or nothing, progress, and a model whose every figure says its source."""

from __future__ import annotations

import pytest
import yaml

from hepatica.errors import UsageError
from hepatica.synthetic import DIRT_LEVELS, synthesize
from hepatica.synthetic import cohort as making
from hepatica.synthetic.model import MODEL_TEXT, load_model, parse_model
from hepatica.synthetic.people import BLOCK_PATIENTS


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"patients": 0}, "patients"),
        ({"patients": -5}, "patients"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**64}, "seed"),
        ({"centres": 0}, "centres"),
        ({"dirt": "filthy"}, "dirt"),
        ({"file_format": "xlsx"}, "file format"),
        ({"missingness": "some"}, "missingness"),
    ],
)
def test_what_cannot_be_is_refused_with_a_remedy_and_nothing_is_written(wrong, where, tmp_path):
    settings = {"patients": 5, "seed": 1, "out": tmp_path / "new"} | wrong
    with pytest.raises(UsageError) as error:
        synthesize(**settings)
    assert error.value.where == where
    assert error.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_not_touched(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(UsageError, match="not an empty folder"):
        synthesize(patients=5, seed=1, out=tmp_path / "mine")
    assert [path.name for path in tmp_path.rglob("*.txt")] == ["thesis.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_file_in_the_way_is_not_touched(tmp_path):
    (tmp_path / "cohort").write_text("a file", encoding="utf-8")
    with pytest.raises(UsageError, match="not an empty folder"):
        synthesize(patients=5, seed=1, out=tmp_path / "cohort")
    assert (tmp_path / "cohort").read_text(encoding="utf-8") == "a file"


def test_an_empty_folder_and_a_new_one_in_new_folders_will_do(tmp_path):
    (tmp_path / "empty").mkdir()
    for out in (tmp_path / "empty", tmp_path / "a" / "b" / "new"):
        made = synthesize(patients=5, seed=1, out=out)
        assert all(path.is_file() for path in (*made.files.values(), *made.truth.values()))
        assert made.folder == out
        assert made.rows["patients"] == 5


def test_when_it_fails_half_way_nothing_is_left_behind(tmp_path, monkeypatch):
    def fails(*_):
        raise OSError("no space left")

    monkeypatch.setattr(making, "truth_of", fails)
    with pytest.raises(OSError, match="no space"):
        synthesize(patients=5, seed=1, out=tmp_path / "cohort")
    assert list(tmp_path.iterdir()) == []


def test_progress_tells_the_patients_made_and_asked_for(tmp_path):
    told = []
    total = BLOCK_PATIENTS + 10
    synthesize(patients=total, seed=1, out=tmp_path / "cohort", progress=lambda done, of: told.append((done, of)))
    assert told == [(BLOCK_PATIENTS, total), (total, total)]


def test_the_copy_of_the_model_says_how_the_cohort_was_made_and_is_the_model(tmp_path):
    synthesize(patients=5, seed=42, centres=2, dirt="light", out=tmp_path / "cohort")
    copy = yaml.safe_load((tmp_path / "cohort" / "truth" / "model.yaml").read_text(encoding="utf-8"))
    made = copy.pop("made")
    assert made == {"synthetic": True, "patients": 5, "seed": 42, "centres": 2, "missingness": "real", "dirt": "light"}
    assert copy == yaml.safe_load(MODEL_TEXT.read_text(encoding="utf-8"))


def test_the_levels_of_dirt_are_these():
    assert DIRT_LEVELS == ("none", "light", "heavy")


def test_every_figure_of_the_model_says_where_it_comes_from():
    model = load_model()
    assert len(model.parameters) > 100
    for name, parameter in model.parameters.items():
        assert parameter["basis"] in {"published", "assumed", "derived"}, name
        assert ("source" in parameter) == (parameter["basis"] == "published"), name
    published = {name for name, parameter in model.parameters.items() if parameter["basis"] == "published"}
    assert {"outcomes.hazard_ratio", "metabolites.tgn_mean", "response.budesonide_ever"} <= published


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("basis: published, source: weltzsch_2024", "basis: published", "source"),
        ("source: weltzsch_2024", "source: hearsay_2024", "hearsay_2024"),
        ("basis: assumed", "basis: guessed", "guessed"),
        ('first_diagnosis: {value: "1996-01-01"', "first_diagnosis: {value: true", "first_diagnosis"),
    ],
)
def test_a_model_with_a_figure_from_nowhere_is_refused(old, new, complaint):
    text = MODEL_TEXT.read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(UsageError, match=complaint):
        parse_model(text.replace(old, new, 1), "model.yaml")
