"""All ten studies on one invented centre: the files, the same bytes, nothing from outside, nothing of one patient."""

from __future__ import annotations

import json
import re
from html import unescape

import numpy as np
import polars as pl
import pytest

from hepatica import studies
from hepatica.report.study_folder import write_study
from hepatica.report.study_tables import page_tables
from hepatica.report.study_words import filled_by
from hepatica.studies.catalogue import STUDIES
from hepatica.studies.disclosure import shared
from hepatica.studies.release import Counts, Open
from hepatica.studies.suppression import suppressed_cells
from hepatica.synthetic import synthesize

pytestmark = pytest.mark.slow
LEAST = 5
PATIENTS = 300
QUICK = {"outer_folds": 3, "inner_folds": 3, "repeats": 1, "permutations": 9}
ADDRESS = re.compile(r"""(?:src|href|action|srcset|poster)\s*=\s*["']?\s*(?:https?:)?//|url\(\s*["']?(?:https?:)?//""")


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    return tmp_path_factory.mktemp("ten")


@pytest.fixture(scope="module")
def cohort(room):
    synthesize(patients=PATIENTS, seed=11, centres=2, out=room / "centre")
    return studies.cohort_of(str(room / "centre"))


@pytest.fixture(scope="module")
def results(room, cohort):
    """Each study's result, made when it is first asked for."""
    asked = {
        "practice": ("survey:cananzi_2025", None),
        # So few are on budesonide that a number (ALT) tells who was treated; fewer covariates are weighed here.
        "compare": (cohort, {"covariates": ["age", "male"]}),
        "synthesis": ("library", None),
        "trial": ("counts", {"design": {"trials": 50}}),
        "signature": (str(metabolites(room)), {"validation": QUICK}),
        "case": (cohort, {"patient": cohort.record.patients["patient_id"][0]}),
    }
    made = {}

    def of(name):
        if name not in made:
            made[name] = studies.run(name, *asked.get(name, (cohort, None)))
        return made[name]

    return of


def metabolites(room):
    generator = np.random.default_rng(2)
    values = np.exp(generator.normal(size=(40, 8)))
    names = {"sample": [f"S{n}" for n in range(40)], "class": ["AIH"] * 20 + ["healthy"] * 20}
    file = room / "metabolites.csv"
    pl.DataFrame({**names, **{f"M{n}": values[:, n] for n in range(8)}}).write_csv(file)
    return file


@pytest.mark.parametrize("name", STUDIES)
def test_a_report_is_whole_asks_nothing_from_outside_and_is_the_same_bytes_twice(name, results, room):
    result, out = results(name), room / name
    files = write_study(result, out)
    first = {path.relative_to(out).as_posix(): path.read_bytes() for path in files}
    again = {path.relative_to(out).as_posix(): path.read_bytes() for path in write_study(result, out)}
    tables = {f"tables/{table}.csv" for table in result.tables}
    assert set(first) == {"report.html", "report.pdf", "numbers.json", "definition.yaml", "dictionary.csv", *tables}
    told = pl.read_csv(out / "dictionary.csv", infer_schema=False)
    files = {
        (f"tables/{table}.csv", column)
        for table in result.tables
        for column in pl.read_csv(out / "tables" / f"{table}.csv", infer_schema=False).columns
    }
    assert set(told.select("file", "column").iter_rows()) == files
    shares = told.filter(pl.col("column") == "share", pl.col("file") != "tables/needed.csv")
    assert set(shares["unit"]) <= {"fraction of one"}
    assert first == again
    assert first["report.pdf"].startswith(b"%PDF")
    assert len(first["report.pdf"]) > 10_000
    page = unescape(first["report.html"].decode())
    body = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert "default-src 'none'" in page
    assert not ADDRESS.search(body)
    assert ("SYNTHETIC DATA" in body) == result.synthetic
    told = json.loads(first["numbers.json"])
    assert told["study"] == name
    assert all(value is None or isinstance(value, str | int | float) for value in told["numbers"].values())


@pytest.mark.parametrize("name", STUDIES)
def test_each_item_of_a_checklist_is_filled_by_a_part_that_the_report_holds(name, results):
    """Methods, definition, a table, or a figure: and the report says which number it has."""
    result = results(name)
    captions = [table.caption for table in page_tables(result)]
    for item in result.items:
        for part in (item.filled_by or "methods").split("; "):
            place, _, remark = part.partition(" ")
            kind, _, named = place.partition(":")
            assert kind in ("methods", "definition", "table", "figure"), (item.item, part)
            assert remark == "" or remark.startswith("("), (item.item, part)
            if kind == "table":
                assert named in result.sheets, (item.item, part)
                number, caption = filled_by(result, place), result.sheets[named].caption
                assert any(one.startswith(f"{number}. {caption}") for one in captions), (item.item, number)
            if kind == "figure":
                assert filled_by(result, place) == f"Figure {list(result.figures).index(named) + 1}", (item.item, part)


@pytest.mark.parametrize("name", STUDIES)
def test_a_shared_version_names_no_table_that_it_does_not_hold(name, results):
    leaving = shared(results(name), least=LEAST)
    numbered = sum(not sheet.drawn for sheet in leaving.sheets.values())
    for item in leaving.items:
        places = filled_by(leaving, item.filled_by) if item.filled_by else ""
        assert all(int(number) <= numbered for number in re.findall(r"Table (\d+)", places)), (item.item, places)
        assert not set(re.findall(r"tables/(\w+)\.csv", places)) - set(leaving.sheets), (item.item, places)


@pytest.mark.parametrize("name", STUDIES)
def test_what_leaves_holds_nobody_alone(name, results, cohort):
    result = results(name)
    leaving = shared(result, least=LEAST)
    people = set(cohort.record.patients["patient_id"])
    for table, frame in leaving.tables.items():
        words = [column for column, kind in frame.schema.items() if kind == pl.String]
        assert "patient_id" not in frame.columns, table
        assert not any(people & set(frame[column].drop_nulls()) for column in words), table
        assert not any(kind.is_temporal() for kind in frame.schema.values()), table
    assert not any(person in json.dumps(leaving.definition) for person in people)


@pytest.mark.parametrize("name", STUDIES)
def test_no_small_count_of_any_study_can_be_worked_out(name, results):
    """Each declared sum with exactly one count suppressed would give that count away by subtraction."""
    for table, sheet in results(name).sheets.items():
        if not isinstance(sheet.release, Counts):
            continue
        hidden = suppressed_cells(ordered(sheet), sheet.release, LEAST)
        frame = ordered(sheet)
        for row, counts in enumerate(frame.select(sheet.release.cells).iter_rows(named=True)):
            small = {cell for cell, count in counts.items() if count is not None and 0 < count < LEAST}
            assert all((row, cell) in hidden for cell in small), (table, row)
            for whole, parts in sheet.release.sums:
                bound = [cell for cell in (whole, *parts) if counts[cell] and (row, cell) in hidden]
                assert len(bound) != 1, (table, row, bound)


def ordered(sheet) -> pl.DataFrame:
    kept = sheet.frame.drop(sheet.release.left_out, strict=False)
    if sheet.release.chain is not None:
        return kept
    return kept.sort(sheet.release.keys, maintain_order=True, nulls_last=True)


@pytest.mark.parametrize("name", [name for name, study in STUDIES.items() if study.reads == "cohort"])
def test_no_table_of_a_cohort_leaves_as_it_is(name, results):
    assert not [table for table, sheet in results(name).sheets.items() if isinstance(sheet.release, Open)]
