"""When something is wrong: an exit code of its own and two lines that say where, what, and the remedy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_centre import AS_OF, write_centre


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def wrong_lines(centre, tmp_path) -> dict[str, tuple[int, list[object]]]:
    """Command lines that are wrong, or whose source cannot be read, with the exit code that each must have."""
    empty = tmp_path / "empty"
    empty.mkdir()
    torn = write_centre(tmp_path / "torn")
    (torn / "measurements.csv").write_text("patient,when\nP1,2024-01-01\n", encoding="utf-8")
    not_yaml = written(tmp_path / "not.yaml", "title: [\n  open\nfiles: {\n")
    nonsense = written(tmp_path / "nonsense.yaml", "name: mine\npair_days: often\n")
    mapping = written(tmp_path / "mapping.yaml", "title: x\nfiles: {a: {path: a.csv}}\ntabels: {}\n")
    return {
        "no verb": (2, ["chekc", centre]),
        "no source": (2, ["check"]),
        "unknown option": (2, ["check", centre, "--colour", "red"]),
        "no date": (2, ["course", centre, "--as-of", "05.03.2024"]),
        "no table": (2, ["course", centre, "--table", "labs"]),
        "no definitions": (2, ["course", centre, "--definitions", "iaihg_1899"]),
        "definitions are not YAML": (2, ["course", centre, "--definitions", not_yaml]),
        "definitions are nonsense": (2, ["course", centre, "--definitions", nonsense]),
        "no protocol": (2, ["worklist", centre, "--protocol", "nowhere"]),
        "protocol is not YAML": (2, ["worklist", centre, "--protocol", not_yaml]),
        "no mapping": (2, ["check", centre, "--mapping", tmp_path / "none.yaml"]),
        "mapping is not YAML": (2, ["check", centre, "--mapping", not_yaml]),
        "mapping is nonsense": (2, ["check", centre, "--mapping", mapping]),
        "no patient": (2, ["course", centre, "--patient", "P99"]),
        "explain whom": (2, ["course", centre, "--explain"]),
        "out is of no kind": (2, ["course", centre, "--out", tmp_path / "state.docx"]),
        "out has no folder": (2, ["course", centre, "--out", tmp_path / "none" / "state.csv"]),
        "no score": (2, ["score", "apgar"]),
        "no item": (2, ["score", "fib4", "age"]),
        "items are not YAML": (2, ["score", "fib4", "--from", not_yaml]),
        "advise whom": (2, ["advise", centre]),
        "advice is off": (2, ["advise", centre, "--patient", "P1"]),
        "no rule": (2, ["rule", "show", "thiopurine_level.nobody"]),
        "no protocol of that name": (2, ["protocol", "show", "easl_1899"]),
        "nothing to compare": (2, ["protocol", "compare"]),
        "no study": (2, ["evidence", "show", "camaro_1924"]),
        "too few patients": (2, ["synthesize", "--patients", "0", "--out", tmp_path / "invented"]),
        "folder is in use": (2, ["synthesize", "--patients", "1", "--out", centre]),
        "no folder": (3, ["check", tmp_path / "nowhere"]),
        "no patients": (3, ["check", empty]),
        "a file": (3, ["course", centre / "patients.csv"]),
        "a column is missing": (3, ["course", torn]),
    }


WRONG = """
    no verb|no source|unknown option|no date|no table|no definitions|definitions are not YAML|definitions are nonsense|
    no protocol|protocol is not YAML|no mapping|mapping is not YAML|mapping is nonsense|no patient|explain whom|
    out is of no kind|out has no folder|no score|no item|advise whom|advice is off|no rule|
    no protocol of that name|nothing to compare|items are not YAML|no study|too few patients|folder is in use|
    no folder|no patients|a file|a column is missing
"""


@pytest.mark.parametrize("situation", [words.strip() for words in WRONG.split("|")])
def test_an_error_is_two_lines_with_a_remedy_and_its_own_exit_code(run, wrong_lines, situation):
    code, line = wrong_lines[situation]
    for form in ([], ["--format", "json"]):
        ran = run(*line, *form)
        lines = ran.err.splitlines()
        assert ran.code == code, ran.err
        assert ran.out == ""
        assert 1 <= len(lines) <= 2, ran.err
        assert "Traceback" not in ran.err
        assert lines[0].startswith("error: ")
        assert len(lines[0]) > len("error: ") + 10


def test_every_wrong_line_is_tried(wrong_lines):
    assert {words.strip() for words in WRONG.split("|")} == set(wrong_lines)


def test_nothing_is_written_where_the_source_cannot_be_read(run, tmp_path):
    out = tmp_path / "state.csv"
    assert run("course", tmp_path / "nowhere", "--out", out).code == 3
    assert list(tmp_path.iterdir()) == []


def test_rows_in_quarantine_give_exit_code_1_and_the_rest_all_the_same(run, untidy):
    for verb in ("check", "course", "worklist"):
        ran = run(verb, untidy, "--as-of", AS_OF, "--format", "json")
        assert ran.code == 1
        assert ran.document


@pytest.mark.parametrize(
    "verb",
    [
        ["report", "CENTRE", "--out"],
        ["study", "response", "CENTRE", "--out"],
        ["handbook", "--out"],
        ["synthesize", "--patients", "1", "--out"],
        ["check", "CENTRE", "--out"],
        ["convert", "CENTRE", "--to", "csv", "--out"],
        ["serve", "--data"],
    ],
    ids=lambda verb: verb[0],
)
def test_a_folder_that_the_machine_refuses_is_named_with_the_way_out(run, centre, tmp_path, verb):
    inside_a_file = written(tmp_path / "a file", "") / "folder"
    ran = run(*[centre if word == "CENTRE" else word for word in verb], inside_a_file)
    assert ran.code == 2, ran.err
    where, remedy = ran.err.splitlines()
    assert str(tmp_path / "a file") in where
    assert "internal" not in where
    assert remedy.startswith("  remedy: ")


@pytest.mark.parametrize("form", [[], ["--format", "json"]], ids=["text", "json"])
def test_a_reader_of_a_pipe_who_has_gone_is_nothing_that_needs_attention(centre, form):
    line = [Path(sys.executable).with_name("hepatica"), "check", centre, *form]
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        done = subprocess.run(line, stdout=gone, stderr=subprocess.PIPE, check=False, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_traceback_is_for_those_who_ask(run, tmp_path):
    ran = run("check", tmp_path / "nowhere", "--debug")
    assert ran.code == 3
    assert "Traceback" in ran.err
    assert ran.out == ""


def test_an_error_of_ours_is_two_lines_too(run, centre, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("P1 has ALT 400")

    monkeypatch.setattr(sys.modules["hepatica.cli.check"], "derived", broken)
    ran = run("check", centre)
    assert ran.code not in (0, 1, 2, 3)
    assert len(ran.err.splitlines()) <= 2
    assert "ALT 400" not in ran.err, "a patient's value does not go into a message that people copy"
    assert "--debug" in ran.err
