"""What others script against: help with examples, one JSON document on standard output, tables, words, files."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from cli_centre import AS_OF, FILES, commands, verbs

from hepatica.course.columns import DERIVED
from hepatica.guidance.rules import rule_files

# cli.md: what the state has at least, and exactly what regimens have.
STATE_AT_LEAST = {
    *("patient_id", "as_of", "age", "paediatric", "sex", "index_date", "regimen", "line", "days_on_regimen"),
    *("alt_xuln", "alt_date", "ast_xuln", "igg_xuln", "igg_date", "in_cbr", "cbr_date", "cbr_by_6_months"),
    *("response_4_weeks", "days_since_cbr", "loss_of_cbr_date", "relapse_date", "tgn", "mmp", "mmp_tgn_ratio"),
    *("metabolite_unit", "metabolite_pattern", "cirrhosis", "last_seen"),
}
REGIMENS = ["patient_id", "regimen_no", "start", "end", "drugs", "line", "days"]
RESPONSE_WORDS = ("in_cbr", "cbr_by_6_months", "response_4_weeks", "insufficient_response")
YES_NO = {"yes", "no", "unknown"}
WORDS = {
    "in_cbr": {*YES_NO, "not_applicable"},
    "histological_remission": {*YES_NO, "not_applicable"},
    "insufficient_response": {*YES_NO, "not_applicable"},
    "cbr_by_6_months": {"achieved", "not_achieved", "pending", "not_assessable", "not_applicable"},
    "response_4_weeks": {"response", "non_response", "pending", "not_assessable", "not_applicable"},
    "metabolite_pattern": {
        *("undetectable", "low_low", "low_high", "target", "target_high_mmp", "high_tgn", "unknown"),
    },
    "sex": {"female", "male", "other", "unknown"},
    "variant": {"none", "PBC", "PSC", "unknown"},
    "aih_type": {"1", "2", "seronegative", "unknown"},
    "hbsag": {"positive", "negative", "unknown"},
    **dict.fromkeys(
        [
            *("paediatric", "paediatric_onset", "cirrhosis", "decompensated", "transplanted"),
            *("dead", "pregnant", "child_bearing_potential", "contraception"),
        ],
        YES_NO,
    ),
}


def as_json(run, *words: object) -> list[dict]:
    ran = run(*words, "--as-of", AS_OF, "--format", "json")
    assert ran.code == 0, ran.err
    return ran.document


def by_patient(rows: list[dict]) -> dict[str, dict]:
    return {row["patient_id"]: row for row in rows}


# Help


def test_the_verbs_of_this_version_are_there():
    wanted = {*("demo", "check", "course", "advise", "worklist", "report", "score", "protocol")}
    wanted |= {"rule", "evidence", "synthesize", "handbook"}
    assert wanted <= set(commands())


@pytest.mark.parametrize("verb", sorted({*verbs(), *((name,) for name in commands())}), ids=" ".join)
def test_help_shows_an_example(run, verb):
    ran = run(*verb, "--help")
    text = " ".join(ran.out.split())
    assert ran.code == 0
    assert ran.err == ""
    assert re.search(rf"Examples?: hepatica {' '.join(verb)}\b", text), text


@pytest.mark.parametrize("verb", verbs(), ids=" ".join)
def test_every_verb_takes_format_and_debug(verb):
    options = {option for parameter in verbs()[verb].params for option in parameter.opts}
    assert {"--format", "--debug"} <= options


def test_the_version_is_told(run):
    ran = run("--version")
    assert ran.code == 0
    assert re.search(r"\d+\.\d+\.\d+", ran.out)


# One JSON document, and nothing else on standard output


def quick_lines(centre: Path, out: Path) -> list[list[object]]:
    """A command line for every verb that needs no second of its own."""
    at = ["--as-of", AS_OF]
    return [
        ["check", centre, *at],
        ["check", centre, *at, "--out", out / "account"],
        *(["course", centre, *at, "--table", table] for table in sorted(set(DERIVED) - {"worklist"})),
        ["course", centre, *at, "--patient", "P1"],
        ["course", centre, *at, "--patient", "P4", "--table", "metabolites"],
        ["course", centre, *at, "--patient", "P1", "--explain"],
        ["worklist", centre, *at],
        ["worklist", centre, *at, "--centre", "North"],
        ["report", centre, *at, "--patients", "0", "--out", out / "report"],
        ["score"],
        ["score", "fib4"],
        ["score", "fib4", "age=57", "ast=80", "alt=90", "platelets=180"],
        ["evidence", "list"],
        ["evidence", "show", "camaro_2024"],
        ["advise", centre, *at, "--patient", "P4"],
        ["advise", centre, *at, "--patient", "P4", "--question", "thiopurine_level"],
        ["rule", "list"],
        ["rule", "show", "thiopurine_level.bsg_ibd"],
        ["rule", "check", next(path for path in rule_files() if "thiopurine_level.bsg_ibd" in path.name)],
        ["protocol", "list"],
        ["protocol", "show", "easl_2025"],
        ["protocol", "compare", "easl_2025", "aasld_2019"],
        ["protocol", "audit", centre, *at],
        ["study", "synthesis", "library"],
        ["study", "practice", "survey:cananzi_2025"],
        ["handbook", "--out", out / "handbook"],
        ["synthesize", "--patients", "3", "--out", out / "invented"],
        ["convert", centre, "--to", "csv", "--out", out / "converted"],
        ["convert", "--to", "redcap-dictionary", "--out", out / "redcap"],
    ]


@pytest.mark.usefixtures("accepted")
def test_json_is_one_document_and_nothing_else(run, centre, tmp_path):
    for line in quick_lines(centre, tmp_path):
        ran = run(*line, "--format", "json")
        assert ran.code == 0, (line, ran.err)
        assert isinstance(ran.document, list | dict), line


def test_every_verb_is_tried(centre, tmp_path):
    tried = {tuple(str(word) for word in line[:2]) for line in quick_lines(centre, tmp_path)}
    # These need a second, or end with exit code 1.
    elsewhere = {("demo",), ("evidence", "check"), ("protocol", "check"), ("mapping", "draft"), ("mapping", "check")}
    # These work on a registry: tests/registry/test_registry_commands.py.
    elsewhere |= {("serve",), ("backup",), ("restore",), ("audit", "verify")}
    untried = [verb for verb in verbs() if verb not in elsewhere and not any(t[: len(verb)] == verb for t in tried)]
    assert untried == []


def test_a_check_that_finds_something_gives_exit_code_1_and_its_document(run, tmp_path):
    ours = tmp_path / "ours.yaml"
    ours.write_text('name: ours\nextends: default\ntiers: {"1": [aspirin]}\n', encoding="utf-8")
    for line in (["evidence", "check"], ["protocol", "check", ours]):
        ran = run(*line, "--format", "json")
        assert ran.code == 1, line
        assert ran.document, line


def test_json_is_whole_where_rows_are_in_quarantine(run, untidy):
    ran = run("check", untidy, "--as-of", AS_OF, "--format", "json")
    assert ran.code == 1
    (row,) = ran.document["quarantine"]
    assert (row["file"], row["line"], row["column"]) == ("measurements.csv", 15, "unit")
    assert row["reason"] == "unit_not_accepted"
    assert row["value"] == "furlongs"


def test_the_account_adds_up(run, untidy):
    ran = run("check", untidy, "--as-of", AS_OF, "--format", "json")
    assert set(ran.document["counts"]) == set(FILES)
    for table, count in ran.document["counts"].items():
        assert count["read"] == count["kept"] + count["folded"] + count["quarantined"]
        assert count["read"] == len(FILES[table].splitlines()) - 1 + (table == "measurements")
    assert {one["endpoint"] for one in ran.document["completeness"]} == {"cbr_by_6_months", "response_4_weeks"}


def test_text_is_the_default_and_says_the_same(run, centre):
    ran = run("course", centre, "--as-of", AS_OF, "--patient", "P1")
    assert ran.code == 0
    assert "azathioprine" in ran.out
    with pytest.raises(json.JSONDecodeError):
        json.loads(ran.out)


# Tables


def test_state_has_at_least_the_promised_columns(run, centre):
    rows = as_json(run, "course", centre)
    assert len(rows) == 5
    assert set(rows[0]) >= STATE_AT_LEAST
    assert list(rows[0]) == list(DERIVED["state"])


def test_regimens_have_exactly_the_promised_columns(run, centre):
    rows = as_json(run, "course", centre, "--table", "regimens")
    assert [list(row) for row in rows] == [REGIMENS] * len(rows)
    mine = [row for row in rows if row["patient_id"] == "P1"]
    assert [(row["regimen_no"], row["drugs"], row["end"]) for row in mine] == [
        (1, "prednisolone", "2023-01-14"),
        (2, "azathioprine+prednisolone", "2023-06-30"),
        (3, "azathioprine", None),
    ]
    assert [row["line"] for row in mine] == [1, 1, 1]
    assert mine[1]["days"] == (date(2023, 6, 30) - date(2023, 1, 15)).days + 1


@pytest.mark.parametrize("table", sorted(set(DERIVED) - {"worklist"}))
def test_every_table_has_the_columns_that_the_handbook_prints(run, centre, table):
    rows = as_json(run, "course", centre, "--table", table)
    assert rows
    assert {tuple(row) for row in rows} == {tuple(DERIVED[table])}


def test_words_are_those_of_the_design(run, centre):
    for row in as_json(run, "course", centre):
        assert {column: row[column] for column, words in WORDS.items() if row[column] not in words} == {}
    for row in as_json(run, "course", centre, "--table", "evaluations"):
        assert {row["transaminases_normal"], row["igg_normal"], row["cbr"]} <= YES_NO


def test_dates_are_iso_8601(run, centre):
    for row in as_json(run, "course", centre):
        for column, value in row.items():
            if column == "as_of" or (column.endswith("_date") and value is not None):
                assert date.fromisoformat(value).isoformat() == value


def test_a_responder_is_told_as_one(run, centre):
    row = by_patient(as_json(run, "course", centre))["P1"]
    assert (row["index_date"], row["cbr_date"], row["in_cbr"]) == ("2023-01-01", "2023-05-20", "yes")
    assert (row["cbr_by_6_months"], row["response_4_weeks"]) == ("achieved", "response")
    assert (row["regimen"], row["line"], row["alt_xuln"]) == ("azathioprine", 1, 0.55)
    assert (row["loss_of_cbr_date"], row["relapse_date"], row["cirrhosis"]) == (None, None, "unknown")


def test_without_an_index_date_the_response_is_not_applicable(run, centre):
    for table in ("state", "response"):
        row = by_patient(as_json(run, "course", centre, "--table", table))["P2"]
        assert row["index_date"] is None
        assert {column: row[column] for column in RESPONSE_WORDS} == dict.fromkeys(RESPONSE_WORDS, "not_applicable")
        assert row["cbr_date"] is None


def test_unknown_is_the_word_where_a_column_is_a_word_and_null_where_it_is_a_number_or_a_date(run, centre):
    row = by_patient(as_json(run, "course", centre))["P3"]
    words = ("sex", "variant", "aih_type", "paediatric", "cirrhosis", "metabolite_pattern", "hbsag", "pregnant")
    numbers = ("age", "line", "alt_xuln", "igg_xuln", "tgn", "mmp_tgn_ratio", "days_on_regimen", "weight_kg")
    dates = ("index_date", "alt_date", "igg_date", "cbr_date", "last_seen", "diagnosis_date")
    assert {name: row[name] for name in words} == dict.fromkeys(words, "unknown")
    assert {name: row[name] for name in (*numbers, *dates)} == dict.fromkeys((*numbers, *dates))
    assert row["regimen"] == ""


def test_metabolites_travel_with_their_unit(run, centre):
    row = by_patient(as_json(run, "course", centre))["P4"]
    assert (row["tgn"], row["mmp"], row["metabolite_unit"]) == (168, 7000, "pmol/8x10^8 RBC")
    assert row["metabolite_pattern"] == "low_high"
    assert row["mmp_tgn_ratio"] == pytest.approx(7000 / 168)


def test_the_work_list_says_who_needs_what_why_and_by_when(run, centre):
    rows = as_json(run, "worklist", centre)
    assert [list(row) for row in rows] == [list(DERIVED["worklist"])] * len(rows)
    mine = [row for row in rows if row["patient_id"] == "P5" and row["kind"] == "endpoint"]
    assert [(row["what"], row["by"]) for row in mine] == [("ALT and IgG", "2024-07-10")]
    assert "not assessable" in mine[0]["why"]
    north = as_json(run, "worklist", centre, "--centre", "North")
    assert north == [row for row in rows if row["centre"] == "North"]


def test_an_explanation_names_the_rows_behind_it(run, centre):
    milestones = as_json(run, "course", centre, "--patient", "P1", "--explain")
    found = {one["name"]: one for one in milestones}
    assert {(row["file"], row["line"]) for row in found["CBR"]["rows"]} == {
        ("measurements.csv", 4),
        ("measurements.csv", 5),
        ("measurements.csv", 6),
    }


def test_one_patient_alone_gives_the_row_of_the_cohort(run, centre):
    cohort = by_patient(as_json(run, "course", centre))
    for patient in ("P1", "P2", "P4"):
        assert as_json(run, "course", centre, "--patient", patient) == [cohort[patient]]


# Advice


def test_advice_is_off_until_its_notice_is_accepted(run, centre, configuration):
    ran = run("advise", centre, "--patient", "P4", "--format", "json")
    assert (ran.code, ran.out) == (2, "")
    assert "not a medical device" in ran.err
    assert str(configuration) in ran.err


@pytest.mark.usefixtures("accepted")
def test_advice_says_what_it_is_and_what_it_rests_on(run, centre):
    line = ["advise", centre, "--as-of", AS_OF, "--patient", "P4", "--question", "thiopurine_level"]
    found = run(*line, "--format", "json").document
    assert (found["patient_id"], found["as_of"]) == ("P4", AS_OF)
    assert "not a medical device" in found["notice"]
    said = run(*line).out
    assert "not a medical device" in said
    assert "168" in said


@pytest.mark.usefixtures("accepted")
def test_a_centre_can_have_advice_and_work_list_by_a_protocol_of_its_own(run, centre, tmp_path):
    ours = tmp_path / "ours.yaml"
    ours.write_text(
        "name: ours\nextends: default\ntitle: ours\nsource: our clinic\nverified: false\nversion: 1\n", encoding="utf-8"
    )
    for line in (["advise", centre, "--patient", "P4"], ["worklist", centre], ["course", centre]):
        ran = run(*line, "--as-of", AS_OF, "--protocol", ours, "--format", "json")
        assert ran.code == 0, ran.err


# Files


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".json"])
def test_out_writes_the_table_that_json_shows(run, centre, tmp_path, ending):
    out = tmp_path / f"regimens{ending}"
    ran = run("course", centre, "--as-of", AS_OF, "--table", "regimens", "--out", out)
    readers = {".csv": pl.read_csv, ".parquet": pl.read_parquet, ".json": pl.read_json}
    written = readers[ending](out).select(pl.col(REGIMENS).cast(pl.String)).to_dicts()
    shown = as_json(run, "course", centre, "--table", "regimens")
    assert ran.code == 0
    assert ran.out == ""
    assert written == [{name: None if row[name] is None else str(row[name]) for name in REGIMENS} for row in shown]


def test_the_account_is_written_as_tables_and_as_json(run, untidy, tmp_path):
    out = tmp_path / "account"
    ran = run("check", untidy, "--as-of", AS_OF, "--out", out)
    assert ran.code == 1
    assert {path.name for path in out.iterdir()} == {
        *("quarantine.csv", "warnings.csv", "unknown_codes.csv", "account.json"),
    }
    assert pl.read_csv(out / "quarantine.csv")["reason"].to_list() == ["unit_not_accepted"]
    assert json.loads((out / "account.json").read_text())["counts"]["measurements"]["quarantined"] == 1


def test_a_report_into_the_folder_of_an_earlier_one_leaves_no_patient_of_before(run, centre, tmp_path):
    out = tmp_path / "report"
    assert run("report", centre, "--as-of", AS_OF, "--out", out).code == 0
    before = {path.name for path in out.glob("patient-*.html")}
    (out / "patient-letter.html").write_text("somebody else's", encoding="utf-8")
    assert run("report", centre, "--as-of", AS_OF, "--patients", "1", "--out", out).code == 0
    assert len(before) > 1
    assert {path.name for path in out.glob("patient-*.html")} == {"patient-1.html", "patient-letter.html"}
