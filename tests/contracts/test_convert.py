"""`hepatica convert` and `hepatica mapping` as others script against them, and what each form promises."""

from __future__ import annotations

import csv
import gc
import weakref
from datetime import date
from importlib import import_module
from pathlib import Path

import polars as pl
import pytest
from cli_centre import AS_OF
from redcap_cases import field, project

from hepatica.interop import redcap, table_folder
from hepatica.interop.redcap.dictionary_file import HEADER
from hepatica.interop.redcap.layout import INSTRUMENTS, form_fields
from hepatica.record import TABLES, Record
from hepatica.record.tables import CANONICAL, ORIGIN
from hepatica.sources import open_source
from hepatica.sources.mapping import read_mapping
from hepatica.sources.redcap.aih import shipped_mapping
from hepatica.sources.redcap.dictionary import read_dictionary
from hepatica.vocabulary import analytes


def state(run, source: object) -> list[dict[str, object]]:
    return run("course", source, "--as-of", AS_OF, "--format", "json").document


@pytest.mark.parametrize("form", ["csv", "parquet", "redcap", "fhir", "omop"])
def test_the_course_is_the_same_after_conversion(run, centre, form):
    out = centre.parent / "out"
    made = run("convert", str(centre), "--to", form, "--out", str(out), "--format", "json")
    document = made.document
    assert made.code == 0
    assert document["synthetic"] is False
    assert document["files"] == sorted(path.name for path in out.iterdir())
    assert document["counts"]["patients"]["kept"] == 5
    source = str(out) if form in table_folder.FORMS else f"{form}:{out}"
    assert state(run, source) == state(run, str(centre))
    assert state(run, str(out)) == state(run, str(centre))  # recognised by what it holds


def test_a_folder_that_holds_something_is_refused(run, centre):
    out = centre.parent / "out"
    out.mkdir()
    (out / "mine.txt").write_text("keep me")
    made = run("convert", str(centre), "--to", "csv", "--out", str(out))
    assert made.code == 2
    assert "is not empty; nothing in it is overwritten" in made.err
    assert [path.name for path in out.iterdir()] == ["mine.txt"]


def test_a_source_that_cannot_be_read_leaves_nothing(run, centre):
    (centre / "measurements.csv").write_bytes(b"patient_id,date,analyte,value\nP1," + b"\x81\x8d" * 40)
    made = run("convert", str(centre), "--to", "csv", "--out", str(centre.parent / "out"))
    assert made.code == 3
    assert sorted(path.name for path in centre.parent.iterdir()) == ["centre"]


def test_quarantine_is_told_and_gives_exit_code_1(run, centre):
    with (centre / "measurements.csv").open("a") as stream:
        stream.write("P1,2024-05-20,ALT,many,U/L,40\n")
    made = run("convert", str(centre), "--to", "parquet", "--out", str(centre.parent / "out"))
    assert made.code == 1
    assert "measurements: 13 rows, 1 in quarantine (see hepatica check)" in made.out


def test_without_a_source_only_the_dictionary_can_be_written(run, tmp_path):
    assert run("convert", "--to", "csv", "--out", str(tmp_path / "a")).code == 2
    assert run("convert", "--to", "redcap-dictionary", "--out", str(tmp_path / "b")).code == 0
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == [
        "README.txt", "dictionary.csv", "mapping_for_reading.yaml",
    ]  # fmt: skip


def test_synthetic_data_say_so_in_every_form(run, tmp_path):
    invented = tmp_path / "invented"
    assert run("synthesize", "--patients", "3", "--out", str(invented)).code == 0
    for form in ("csv", "parquet", "redcap"):
        made = run("convert", str(invented), "--to", form, "--out", str(tmp_path / form))
        assert made.out.startswith(f"SYNTHETIC {form}")
        assert (tmp_path / form / "README.txt").read_text().startswith("SYNTHETIC: NO PERSON IN THESE FILES EXISTS")


def test_a_centre_s_own_limits_go_with_the_tables(run, centre):
    (centre / "limits.csv").write_text("analyte,upper_limit,unit\nALT,30,U/L\n")
    (centre / "measurements.csv").write_text("patient_id,date,analyte,value,unit\nP1,2023-01-29,ALT,120,U/L\n")
    for form in ("csv", "redcap", "fhir", "omop"):
        out = centre.parent / form
        run("convert", str(centre), "--to", form, "--out", str(out))
        record, _ = open_source(str(out), today=date(2026, 1, 1)).read()
        assert record.measurements.select("x_uln", "limit_from").rows() == [(4.0, "centre")]


# What a round trip must not lose, one row each.
HARD = {
    "measurements": [
        {"analyte": "ALT", "comparator": "<", "value": 10.0, "unit": "U/L", "upper_limit": 35.0, "x_uln": 0.285714286},
        {"analyte": "TGN", "value": 0.0, "unit": "pmol/0.2 mL"},
        {"analyte": "ANA", "value": 80.0, "text": "1:80 speckled", "unit": "1"},
        {"analyte": "ANA", "comparator": ">", "value": 640.0, "text": "1:640", "unit": "1"},
        {"analyte": "SMA", "text": "negative"},
        {"analyte": "IGG", "value": 12.345678901234567, "unit": "g/L", "lower_limit": 7.0, "upper_limit": 16.0},
        {"analyte": "PLATELETS", "value": 1e3, "unit": "10*9/L"},
    ],
    "treatments": [
        {"drug": "azathioprine", "start": date(2023, 1, 1), "dose": 0.0, "dose_unit": "mg/kg/day", "route": "oral",
         "stop_reason": "adverse_event", "indication": "AIH", "end": date(2023, 2, 1), "systemic": True},
        {"drug": "budesonide", "start": date(2023, 1, 1), "route": "unknown", "stop_reason": "unknown",
         "indication": "unknown", "systemic": None},
        {"drug": "budesonide", "start": date(2023, 3, 1), "route": "inhaled", "stop_reason": "unknown",
         "indication": "extrahepatic", "systemic": False},
    ],
    "events": [
        {"event": "adverse_event", "detail": '=HYPERLINK("x"), Grad 3;\nzweite Zeile', "serious": "yes",
         "related_drug": "Kortison-Stoß", "cause": "unknown"},
    ],
}  # fmt: skip


def hard_record() -> Record:
    frames = {}
    patient = {
        "birth_date": date(1987, 7, 2), "birth_date_partial": True, "sex": "female", "centre": "Kiel, Nord",
        "diagnosis_date": date(2020, 6, 16), "diagnosis_date_partial": True, "aih_type": "1", "variant": "PSC",
    }  # fmt: skip
    rows = {**HARD, "patients": [patient]}
    for name, facts in rows.items():
        dated = {} if name in ("patients", "treatments") else {"date": date(2023, 5, 6)}
        full = [
            dict.fromkeys(CANONICAL[name]) | {"patient_id": "007", "row": number} | dated | fact
            for number, fact in enumerate(facts)
        ]
        frames[name] = pl.DataFrame(full, schema=CANONICAL[name])
    limits = pl.when(pl.col("upper_limit").is_not_null()).then(pl.lit("row")).alias("limit_from")
    ratio = (pl.col("value") / pl.col("upper_limit")).round(9).alias("x_uln")
    frames["measurements"] = frames["measurements"].with_columns(limits, ratio)
    return Record.of(**frames)


@pytest.mark.parametrize("form", ["csv", "parquet", "redcap"])
def test_censored_titres_partial_dates_zeros_routes_and_reasons_survive(tmp_path, form):
    record = hard_record()
    out = tmp_path / "out"
    if form == "redcap":
        redcap.write(record, out, synthetic=False)
    else:
        table_folder.write(record, out, synthetic=False, form=form)
    back, reading = open_source(str(out), today=date(2026, 1, 1)).read()
    assert reading.quarantine.is_empty()
    for name in TABLES:
        said = [frame.drop("row", *ORIGIN) for frame in (record.table(name), back.table(name))]
        keys = said[0].columns
        assert said[0].sort(keys).equals(said[1].sort(keys)), name


NASTY = (
    '"quoted", x',
    "a\rb",
    "two\r\nlines",
    "tab\there",
    '"',
    'a"b',
    "'",
    "#x",
    "NA",
    "null",
    ";|",
    "=1+1",
    "é\u2028b",
)


@pytest.mark.parametrize("form", ["csv", "parquet", "redcap"])
def test_texts_are_exact_whatever_they_hold(tmp_path, form):
    record = hard_record()
    event = record.events.drop("detail")
    told = pl.concat(event.with_columns(detail=pl.lit(text)) for text in NASTY).select(record.events.columns)
    whole = Record.of(patients=record.patients, events=told)
    if form == "redcap":
        redcap.write(whole, tmp_path / "out", synthetic=False)
    else:
        table_folder.write(whole, tmp_path / "out", synthetic=False, form=form)
    back, _ = open_source(str(tmp_path / "out"), today=date(2026, 1, 1)).read()
    assert back.events["detail"].to_list() == list(NASTY)


# The REDCap project that a centre can start.


@pytest.fixture(scope="module")
def dictionary_folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("dictionary") / "out"
    redcap.write_dictionary(out)
    return out


def test_the_dictionary_has_redcap_s_columns_and_obeys_its_rules(dictionary_folder):
    with (dictionary_folder / "dictionary.csv").open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    assert tuple(header) == HEADER
    assert len(HEADER) == 18
    names = [row[0] for row in rows]
    assert len(set(names)) == len(names)
    for row in rows:
        assert pl.Series([row[0], row[1]]).str.contains(r"^[a-z][a-z0-9_]{0,99}$").all()  # names of fields and forms
        assert row[3] in {"text", "notes", "radio", "dropdown", "checkbox", "yesno", "calc", "descriptive"}
        assert row[7] in {"", "date_ymd", "number", "integer"}
        assert bool(row[5]) == (row[3] in {"radio", "dropdown"})
        codes = [choice.partition(",")[0].strip() for choice in row[5].split("|")] if row[5] else []
        assert all(code.replace("_", "").isalnum() for code in codes), codes
    forms = list(dict.fromkeys(row[1] for row in rows))
    assert set(forms) == {one.name for one in INSTRUMENTS}
    positions = [forms.index(row[1]) for row in rows]
    assert positions == sorted(positions)  # a form's fields stand together


def test_the_dictionary_and_the_shipped_mapping_are_the_same_fields(dictionary_folder):
    fields = set(read_dictionary(dictionary_folder / "dictionary.csv").fields)
    used = {name for rule in read_mapping(shipped_mapping()).every_rule() for name in rule.sources()}
    assert fields == used


def test_the_vocabulary_s_codes_and_units_are_in_the_dictionary(dictionary_folder):
    fields = read_dictionary(dictionary_folder / "dictionary.csv").fields
    assert fields["alt"].label == "ALT, alanine aminotransferase (U/L)"
    assert set(fields["alt"].annotation.split()) == {f"LOINC:{code}" for code in analytes()["ALT"].loinc}
    assert set(fields["stop_reason"].choices) >= {"intolerance", "remission", "unknown"}
    assert set(fields["result_analyte"].choices) == set(analytes())
    assert {one.validation for one in form_fields() if one.name.endswith("_date")} == {"date_ymd"}


def test_an_empty_project_of_the_dictionary_reads_as_nothing(dictionary_folder, tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "dictionary.csv").write_bytes((dictionary_folder / "dictionary.csv").read_bytes())
    columns = [column for one in read_dictionary(folder / "dictionary.csv").fields.values() for column in one.columns()]
    status = [f"{one.name}_complete" for one in INSTRUMENTS]
    header = [columns[0], "redcap_repeat_instrument", "redcap_repeat_instance", *columns[1:], *status]
    (folder / "AIH_DATA_2026-01-01.csv").write_text(",".join(header) + "\nKI-1" + "," * (len(header) - 1) + "\n")
    record, reading = open_source(f"redcap:{folder}", today=date(2026, 1, 1)).read()
    assert record.patients["patient_id"].to_list() == ["KI-1"]
    assert all(record.table(name).is_empty() for name in TABLES if name != "patients")
    assert reading.quarantine.is_empty()


def test_a_draft_of_our_own_dictionary_needs_hardly_a_decision(dictionary_folder, run):
    made = run("mapping", "draft", str(dictionary_folder), "--format", "json")
    document = made.document
    sure = [line for line in document["mapping"].splitlines() if not line.startswith("#")]
    assert any(
        "alt: {analyte: ALT, unit: U/L, lower_limit_column: alt_lower, upper_limit_column: alt_upper}" in line
        for line in sure
    )
    assert any("igg: {analyte: IGG" in line for line in sure)


def test_mapping_check_names_codes_that_nobody_translated(tmp_path, run):
    mapping = (
        "title: t\nfiles: {e: {path: data.csv}}\ntables: {patients: {columns: {patient_id: record_id, sex: sex}}}\n"
    )
    fields = (field("record_id", "a"), field("sex", "a", "radio", "Sex", choices="1, Female | 2, Male"))
    folder = project(tmp_path, "record_id,sex,a_complete\n1,1,2\n", *fields, mapping=mapping)
    made = run("mapping", "check", str(Path(folder) / "mapping.yaml"), f"redcap:{folder}", "--format", "json")
    assert made.code == 1
    assert made.document["to_decide"] == [
        "patients.sex: code 1 (Female) of sex is not translated; add it to values",
        "patients.sex: code 2 (Male) of sex is not translated; add it to values",
    ]


@pytest.mark.parametrize("form", ["csv", "parquet", "redcap"])
def test_parts_make_the_same_folder_as_the_whole(tmp_path, centre, form):
    """Buckets of patients are written one after the other; where they are cut changes nothing."""
    record, _ = open_source(str(centre), today=date(2026, 1, 1)).read()
    parts = [record.of_patients(["P1", "P2"]), record.of_patients([]), record.of_patients(["P3", "P4", "P5"])]
    if form == "redcap":
        redcap.write_parts([record], tmp_path / "one", synthetic=False)
        redcap.write_parts(parts, tmp_path / "many", synthetic=False)
    else:
        table_folder.write_parts([record], tmp_path / "one", synthetic=False, form=form)
        table_folder.write_parts(parts, tmp_path / "many", synthetic=False, form=form)
    one, many = (open_source(str(tmp_path / name), today=date(2026, 1, 1)).read()[0] for name in ("one", "many"))
    for name in TABLES:
        assert one.table(name).drop(*ORIGIN).equals(many.table(name).drop(*ORIGIN)), name


@pytest.mark.parametrize("form", ["csv", "parquet", "fhir", "omop", "redcap"])
def test_only_one_part_of_a_record_is_in_memory(centre, form):
    """A source of any size is written in the memory of one bucket: a part is gone before the next is made."""
    with open_source(str(centre)) as source:
        record, _ = source.read()
    alive: list[weakref.ref[Record]] = []

    def parts():
        for one in record.patients["patient_id"].to_list():
            gc.collect()
            assert sum(part() is not None for part in alive) <= 1
            made = record.of_patients([one])
            alive.append(weakref.ref(made))
            yield made
            del made

    writer = table_folder if form in table_folder.FORMS else import_module(f"hepatica.interop.{form}")
    more = {"form": form} if form in table_folder.FORMS else {}
    writer.write_parts(parts(), centre.parent / "out", synthetic=False, **more)
    assert len(alive) == record.patients.height > 2
