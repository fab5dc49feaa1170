"""The same seed gives the same cohort: on every machine, in any order of blocks, for any number of patients."""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from hepatica.record.tables import TABLES
from hepatica.synthetic import synthesize
from hepatica.synthetic.as_sent import tables_of
from hepatica.synthetic.blocks import make_block, make_settings
from hepatica.synthetic.draws import THEMES, Stream
from hepatica.synthetic.gaps import find_gaps
from hepatica.synthetic.people import BLOCK_PATIENTS
from hepatica.synthetic.truth import truth_of

# The files of 40 patients of seed 2024 in 3 centres. They change only when the model or its order of draws changes.
DIGESTS = {
    "biopsies.csv": "82b47e4a498798bf",
    "events.csv": "843b646bc753840c",
    "genotypes.csv": "48cf20ebb15a49ee",
    "measurements.csv": "994875eb4eacb17b",
    "patients.csv": "f86c94da09bc1c26",
    "treatments.csv": "fc28df54a0418643",
    "truth/changes.csv": "cc205acf762bd9d8",
    "truth/dirt.csv": "1e068e36d58535a5",
    "truth/patients.csv": "ac77f1eb3b176f2d",
    "truth/spells.csv": "f8169031ed314680",
}


def digests(folder: Path) -> dict[str, str]:
    files = sorted([*folder.glob("*.csv"), *folder.glob("truth/*.csv")])
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in files}


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("same") / "small"
    synthesize(patients=40, seed=2024, centres=3, dirt="light", out=folder)
    return folder


def test_the_files_of_a_small_cohort_are_these_to_the_last_byte(small):
    assert digests(small) == DIGESTS


def test_making_it_again_gives_the_same_files(small, tmp_path):
    synthesize(patients=40, seed=2024, centres=3, dirt="light", out=tmp_path / "again")
    assert digests(tmp_path / "again") == digests(small)


def test_another_seed_gives_other_patients(small, tmp_path):
    synthesize(patients=40, seed=2025, centres=3, dirt="light", out=tmp_path / "other")
    theirs, ours = digests(tmp_path / "other"), digests(small)
    assert [name for name in ours if ours[name] == theirs[name]] == []


def sent(number: int, patients: int = BLOCK_PATIENTS) -> dict[str, pa.Table]:
    block = make_block(make_settings(seed=9, centres=4, missingness="real"), number)
    return tables_of(block, patients, find_gaps(block)) | {
        f"truth {name}": table for name, table in truth_of(block, patients).items()
    }


def test_a_block_is_the_same_whatever_was_made_before_it():
    forwards = [sent(0), sent(1)]
    backwards = [sent(1), sent(0)][::-1]
    for one, other in zip(forwards, backwards, strict=True):
        assert one.keys() == other.keys()
        assert all(one[name].equals(other[name]) for name in one)
    assert not forwards[0]["measurements"].equals(forwards[1]["measurements"])


@pytest.mark.parametrize("dirt", ["none", "heavy"])
def test_patient_k_is_the_same_however_many_are_made(dirt, tmp_path):
    few, many = (
        synthesize(patients=patients, seed=9, centres=4, dirt=dirt, out=tmp_path / str(patients))
        for patients in (300, BLOCK_PATIENTS + 5)
    )
    for name in TABLES:
        frames = [pl.read_csv(made.files[name], infer_schema=False) for made in (few, many)]
        assert frames[0].equals(frames[1].head(frames[0].height))
    for name in few.truth:
        frames = [pl.read_csv(made.truth[name], infer_schema=False) for made in (few, many)]
        if name != "dirt":
            assert frames[0].equals(frames[1].head(frames[0].height))


def test_each_block_has_other_patients(tmp_path):
    made = synthesize(patients=BLOCK_PATIENTS + 50, seed=9, out=tmp_path / "two")
    patients = pl.read_csv(made.files["patients"], infer_schema=False)
    assert patients["patient_id"].is_unique().all()
    first, second = patients.head(50), patients.tail(50)
    assert first["birth_date"].to_list() != second["birth_date"].to_list()


def test_parquet_holds_what_csv_holds(tmp_path):
    for file_format in ("csv", "parquet"):
        synthesize(patients=60, seed=5, centres=2, out=tmp_path / file_format, file_format=file_format)
    for name in TABLES:
        text = pl.read_csv(tmp_path / "csv" / f"{name}.csv", infer_schema=False)
        columns = pl.read_parquet(tmp_path / "parquet" / f"{name}.parquet").cast(pl.String)
        assert text.equals(columns)


def test_streams_of_seeds_blocks_and_themes_have_nothing_in_common():
    streams = [
        Stream(seed, block, theme).uniform(4).tolist() for seed in (0, 1) for block in (0, 1) for theme in THEMES
    ]
    numbers = [number for stream in streams for number in stream]
    assert len(set(numbers)) == len(numbers)


def test_a_stream_s_first_numbers_do_not_hang_on_how_many_are_drawn():
    assert Stream(1, 2, "people").uniform(5).tolist() == Stream(1, 2, "people").uniform(50).tolist()[:5]
    assert Stream(1, 2, "people").normal(5).tolist() == Stream(1, 2, "people").normal(50).tolist()[:5]


def test_the_generator_s_first_numbers_are_these():
    # Philox is a published counter-based generator: these numbers hold on every machine.
    assert Stream(2024, 7, "people").uniform(3).tolist() == [0.8005188048118725, 0.4896641228115186, 0.5942522388650104]
    assert Stream(2024, 7, "people").normal(3).tolist() == [0.84302279, 0.84345941, 0.326435544]
