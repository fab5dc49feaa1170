"""The course over Spark is the course of one machine, row by row, and so is what was invented there."""

from __future__ import annotations

import json
import shutil
from datetime import date

import polars as pl
import pytest
from click.testing import CliRunner
from polars.testing import assert_frame_equal

from hepatica.course import derive
from hepatica.course.columns import DERIVED_TYPES
from hepatica.errors import SourceError, UsageError
from hepatica.record import TABLES, Record
from hepatica.sources import open_source
from hepatica.synthetic import synthesize
from hepatica.synthetic.alone import Blocks

pytest.importorskip("pyspark", reason="PySpark is not installed")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java, which is not installed", allow_module_level=True)

from hepatica.spark import course_on_spark, invented_tables, parquet_tables, simulated_course
from hepatica.spark.__main__ import spark
from hepatica.spark.session import spark_session

AS_OF = date(2024, 6, 1)
ALL = tuple(DERIVED_TYPES)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def session():
    with spark_session(cores=2) as started:
        yield started


@pytest.fixture(scope="module")
def centre(tmp_path_factory):
    """A centre with everything that goes wrong in files: duplicates, orphans, impossible dates, unit slips."""
    folder = tmp_path_factory.mktemp("spark") / "centre"
    synthesize(patients=260, seed=11, centres=2, dirt="heavy", out=folder, file_format="parquet")
    return folder


@pytest.fixture(scope="module")
def here(centre):
    """The same centre on one machine."""
    record, reading = open_source(str(centre), today=AS_OF).read()
    return derive(record, as_of=AS_OF, tables=ALL), reading


@pytest.fixture(scope="module")
def there(session, centre):
    found = course_on_spark(parquet_tables(session, str(centre)), as_of=AS_OF, wanted=ALL, patients_per_bucket=60)
    yield found
    found.release()


def ordered(frame):
    return frame.sort(pl.all(), nulls_last=True)


def collected(found, table):
    return pl.DataFrame(found.table(table).toArrow())


@pytest.mark.parametrize("table", ALL)
def test_each_derived_table_is_the_same_row_by_row(table, here, there):
    assert here[0][table].height > 0
    assert_frame_equal(ordered(collected(there, table)), ordered(here[0][table]), check_exact=True)


def test_the_account_of_the_reading_is_the_same(here, there):
    reading = there.reading()
    assert reading.counts == here[1].counts
    assert reading.unknown_codes.equals(here[1].unknown_codes)
    assert here[1].quarantine.height > 50
    assert_frame_equal(ordered(reading.quarantine), ordered(here[1].quarantine))
    assert_frame_equal(ordered(reading.warnings), ordered(here[1].warnings))


def test_how_many_patients_are_in_a_bucket_changes_nothing(session, centre, here):
    found = course_on_spark(parquet_tables(session, str(centre)), as_of=AS_OF, patients_per_bucket=10_000)
    assert_frame_equal(ordered(collected(found, "state")), ordered(here[0]["state"]), check_exact=True)
    found.release()


def test_what_is_invented_on_spark_is_what_one_machine_invents(session, tmp_path):
    synthesize(patients=2100, seed=5, centres=3, out=tmp_path / "one", file_format="parquet")
    made = invented_tables(session, Blocks(2100, seed=5, centres=3))
    for table in ("patients", "treatments", "genotypes"):
        there = pl.DataFrame(made[table].toArrow())
        assert_frame_equal(ordered(there), ordered(pl.read_parquet(tmp_path / "one" / f"{table}.parquet")))


def test_a_simulated_course_is_the_course_of_the_invented_record(session, tmp_path):
    synthesize(patients=300, seed=7, out=tmp_path / "one", file_format="parquet")
    record, reading = open_source(str(tmp_path / "one"), today=AS_OF).read()
    found = simulated_course(session, Blocks(300, seed=7), as_of=AS_OF, wanted=("state", "regimens"))
    for table, frame in derive(record, as_of=AS_OF, tables=("state", "regimens")).items():
        assert_frame_equal(ordered(collected(found, table)), ordered(frame), check_exact=True)
    assert found.reading().counts == reading.counts
    found.release()


def test_frames_without_origin_are_read_too(session):
    patients = session.createDataFrame([("P1", "female")], "patient_id string, sex string")
    found = course_on_spark({"patients": patients}, as_of=AS_OF)
    alone = derive(Record.of(patients=only_patient()), as_of=AS_OF, tables=("state",))["state"]
    assert_frame_equal(collected(found, "state"), alone)
    found.release()


def only_patient():
    from datetime import date as day

    from hepatica.record.checking import check_tables

    raw = pl.DataFrame({"patient_id": ["P1"], "sex": ["female"], "file": ["patients"], "line": [None], "key": [None]})
    typed = raw.with_columns(pl.col("line").cast(pl.Int64), pl.col("key").cast(pl.String))
    return check_tables({"patients": typed}, today=day(2024, 6, 1))[0].patients


def test_what_is_missing_is_said(session, tmp_path):
    with pytest.raises(SourceError, match=r"holds no patients\.parquet"):
        parquet_tables(session, str(tmp_path))
    with pytest.raises(SourceError, match="the table is missing"):
        course_on_spark({}, as_of=AS_OF)
    strange = session.createDataFrame([("P1",)], "who string")
    with pytest.raises(SourceError, match="is not a table of the record"):
        course_on_spark({"people": strange}, as_of=AS_OF)
    with pytest.raises(SourceError, match="has no column patient_id"):
        course_on_spark({"patients": strange}, as_of=AS_OF)
    assert set(TABLES) >= {"patients"}


def test_a_cohort_that_cannot_be_invented_is_refused():
    with pytest.raises(UsageError, match="is not possible"):
        Blocks(0, seed=1)
    with pytest.raises(UsageError, match="is not known"):
        Blocks(1, seed=1, missingness="some")


def test_what_is_submitted_to_a_cluster_writes_tables_and_tells_the_account(
    centre, here, tmp_path, monkeypatch, session
):
    monkeypatch.setattr("hepatica.spark.__main__.spark_session", lambda cores: _given(session))
    arguments = ["course", str(centre), "--as-of", AS_OF.isoformat(), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(spark, arguments, standalone_mode=False)
    assert result.exception is None
    assert result.return_value == 1
    assert json.loads(result.stdout)["counts"]["patients"]["read"] == here[1].counts["patients"].read
    assert_frame_equal(
        ordered(pl.read_parquet(tmp_path / "out" / "state.parquet" / "*.parquet")), ordered(here[0]["state"])
    )


def _given(session):
    from contextlib import nullcontext

    return nullcontext(session)
