"""The real program, started as others start it: an invented centre, its account, its tables, its report."""

from __future__ import annotations

import csv
import http.cookiejar
import json
import os
import re
import signal
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

import polars as pl
import pytest

HEPATICA = str(Path(sys.executable).parent / "hepatica")
AS_OF = "2024-12-31"
PATIENTS = 25


def hepatica(*words: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([HEPATICA, *map(str, words)], cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def centre(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("end_to_end") / "centre"
    made = hepatica("synthesize", "--patients", PATIENTS, "--seed", 5, "--dirt", "light", "--out", folder)
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("SYNTHETIC")
    return folder


@pytest.fixture(scope="module")
def account(centre) -> dict:
    checked = hepatica("check", centre, "--as-of", AS_OF, "--format", "json")
    assert checked.returncode == 1
    assert checked.stderr == "", "progress is for terminals"
    return json.loads(checked.stdout)


def spoiled(centre: Path, *fates: str) -> list[dict[str, str]]:
    with (centre / "truth" / "dirt.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["fate"] in fates]


def test_every_spoiled_row_is_set_aside_for_its_reason_and_no_other_row_is(centre, account):
    wanted = {(row["file"], int(row["line"]), row["reason"]) for row in spoiled(centre, "quarantined")}
    found = {(row["file"], row["line"], row["reason"]) for row in account["quarantine"]}
    assert wanted
    assert found == wanted


def test_every_repeated_row_is_folded(centre, account):
    folded = {table: count["folded"] for table, count in account["counts"].items()}
    wanted = [Path(row["file"]).stem for row in spoiled(centre, "folded")]
    assert {table: count for table, count in folded.items() if count} == {t: wanted.count(t) for t in set(wanted)}


def test_every_row_of_every_file_is_in_the_account(centre, account):
    for table, count in account["counts"].items():
        with (centre / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            assert count["read"] == sum(1 for _ in csv.reader(file)) - 1
        assert count["read"] == count["kept"] + count["folded"] + count["quarantined"]


def test_the_course_finds_the_truth_that_the_centre_could_know(centre):
    out = hepatica("course", centre, "--as-of", AS_OF, "--format", "json")
    assert out.returncode == 1
    found = {row["patient_id"]: row for row in json.loads(out.stdout)}
    truth = pl.read_csv(centre / "truth" / "patients.csv", infer_schema=False)
    harmed = {row["patient_id"] for row in spoiled(centre, "quarantined", "emptied", "warned", "kept")}
    clean = [row for row in truth.iter_rows(named=True) if row["patient_id"] not in harmed]
    assert len(found) == PATIENTS
    assert len(clean) > PATIENTS / 3
    for row in clean:
        told = found[row["patient_id"]]
        assert told["index_date"] == row["index_date"]
        assert told["cbr_by_6_months"] == row["cbr_by_6_months_as_sent"]


def test_a_table_goes_to_a_file_and_the_message_to_standard_error(centre, tmp_path):
    done = hepatica("course", centre, "--as-of", AS_OF, "--table", "regimens", "--out", tmp_path / "regimens.parquet")
    assert (done.returncode, done.stdout) == (1, "")
    assert "regimens.parquet" in done.stderr
    assert pl.read_parquet(tmp_path / "regimens.parquet").height >= PATIENTS / 2
    assert [path.name for path in tmp_path.iterdir()] == ["regimens.parquet"]


def test_the_same_seed_invents_the_same_files(centre, tmp_path):
    again = tmp_path / "again"
    assert (
        hepatica("synthesize", "--patients", PATIENTS, "--seed", 5, "--dirt", "light", "--out", again).returncode == 0
    )
    first = {path.relative_to(centre): path.read_bytes() for path in centre.rglob("*") if path.is_file()}
    assert {path.relative_to(again): path.read_bytes() for path in again.rglob("*") if path.is_file()} == first


def test_a_reader_of_the_pipe_may_go_away(centre):
    line = f"'{HEPATICA}' course '{centre}' --as-of {AS_OF} --format json | head -c 20"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert len(done.stdout) == 20
    assert done.stderr == ""


def test_what_cannot_be_read_is_told_in_two_lines_and_in_full_only_on_request(tmp_path):
    short = hepatica("check", "nowhere", cwd=tmp_path)
    full = hepatica("--debug", "check", "nowhere", cwd=tmp_path)
    assert (short.returncode, short.stdout, full.returncode, full.stdout) == (3, "", 3, "")
    assert len(short.stderr.splitlines()) == 2
    assert "Traceback" not in short.stderr
    assert "Traceback" in full.stderr


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("demo")
    return folder, hepatica("demo", "--patients", 5, "--no-serve", "--out", "shown", cwd=folder)


def test_the_demo_goes_the_whole_way(demo):
    folder, done = demo
    assert done.returncode == 0, done.stderr
    for part in ("SYNTHETIC", "Rows read", "Completeness", "Work list", "index.html"):
        assert part in done.stdout
    assert (folder / "shown" / "report" / "index.html").is_file()
    assert (folder / "shown" / "centre" / "patients.csv").is_file()


def test_the_pages_say_that_they_are_synthetic_and_ask_nothing_of_the_network(demo):
    pages = sorted((demo[0] / "shown" / "report").glob("*.html"))
    assert len(pages) > 1
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "synthetic" in text.casefold()
        assert "not a medical device" in text.casefold()
        assert re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=[\"']?https?:", text) == []


def test_the_demo_leaves_a_folder_alone_that_it_did_not_make(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    refused = hepatica("demo", "--patients", 5, "--no-serve", "--out", tmp_path)
    assert refused.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.slow
def test_the_demo_replaces_its_own_folder_and_serves_it_on_this_machine_only(demo):
    before = demo[0] / "shown" / "left over.txt"
    before.touch()
    line = [HEPATICA, "demo", "--patients", "3", "--port", "0", "--out", "shown"]
    quiet = {**os.environ, "BROWSER": "true"}
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with subprocess.Popen(line, cwd=demo[0], text=True, env=quiet, **streams) as served:
        try:
            said = served.stderr.readline()
            found = re.search(r"http://127\.0\.0\.1:(\d+)/", said)
            assert found, said
            clinician = served.stderr.readline().split()
            assert clinician[:2] == ["clinician", "password"]
            page = first_page(int(found[1]), "clinician", clinician[2])
            assert "SYN-" in page
            assert "SYNTHETIC" in page
        finally:
            served.send_signal(signal.SIGINT)
        assert served.wait(timeout=30) == 0
        assert "Traceback" not in served.stderr.read()
    assert not before.exists()


def first_page(port: int, username: str, password: str) -> str:
    """What somebody sees who signs in to the registry."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    address = f"http://127.0.0.1:{port}/"
    form = browser.open(address, timeout=30).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)[1]
    given = {"username": username, "password": password, "csrfmiddlewaretoken": token}
    return browser.open(f"{address}sign-in/", urllib.parse.urlencode(given).encode(), timeout=60).read().decode()
