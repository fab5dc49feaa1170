"""A centre's first day on the real program, on SQLite and PostgreSQL alike: set up, import, read, export, restart."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest
from registry_process import place

LONG = "a longer sentence of words"
PATIENTS = (
    "patient_id,sex,birth_date,diagnosis_date\nN-1,female,1970-01-01,2023-01-01\nN-2,male,1980-02-02,2023-02-01\n"
)
LABS = "patient_id,date,analyte,value,unit,upper_limit\n" + "".join(
    f"{who},2023-{month:02}-15,{analyte},{400 // month},U/L,40\n"
    for who in ("N-1", "N-2")
    for month in range(2, 8)
    for analyte in ("ALT", "AST")
)
TREATMENTS = "patient_id,drug,start,dose,dose_unit\nN-1,azathioprine,2023-02-20,75,mg/day\n"
FILES = {"patients.csv": PATIENTS, "measurements.csv": LABS, "treatments.csv": TREATMENTS}


def link_of(text: str) -> str:
    found = re.search(r'class="link">(http[^<]+)<', text)
    assert found is not None
    return found[1]


def set_up_people(served) -> None:
    """The administrator follows the link of the first start, makes a centre, a purpose, and a coordinator."""
    administrator = served.visitor()
    for weak in ("short", "12345678901234"):
        assert administrator.post(served.set_up, {"password": weak, "again": weak}).status == 400
    assert administrator.post(served.set_up, {"password": LONG, "again": LONG}).status == 200
    assert served.visitor().get(served.set_up).status == 404
    settings = {"name": "Here", "code": "HERE", "definitions": "iaihg_2022", "protocol": "default"}
    assert administrator.post("/centres/", {**settings, "agrees_to_studies": "on"}).status == 200
    purpose = {"code": "aih", "title": "Course of AIH", "text": "May your data be used?"}
    assert administrator.post("/purposes/", purpose).status == 200
    page = administrator.get("/people/").text
    centre = re.search(r'<option value="(\d+)"[^>]*>Here', page)[1]
    person = {"username": "carla", "name": "Carla", "role": "coordinator", "centre": centre}
    invited = administrator.post("/people/", person)
    link = link_of(invited.text)
    assert served.visitor().post(link, {"password": LONG, "again": LONG}).status == 200
    assert administrator.get("/patients/").status == 403


def take_in(visitor) -> None:
    page = visitor.get("/imports/").text
    centre = re.search(r'<option value="(\d+)"[^>]*>Here', page)[1]
    report = visitor.post("/imports/", {"centre": centre}, FILES)
    assert "/imports/uploads/" in report.address, report.text
    assert visitor.post(report.address, {"confirm": "1"}).status == 200


def patient_address(visitor) -> str:
    return re.search(r'href="(/patients/[0-9a-f-]{36}/)"[^>]*>\s*N-1', visitor.get("/patients/").text)[1]


def exported(visitor) -> set[str]:
    page = visitor.get("/exports/").text
    choices = {
        name: re.search(rf'name="{name}".*?<option value="(\d+)"[^>]*>[^<]', page, re.DOTALL)[1]
        for name in ("centre", "purpose")
    }
    answer = visitor.post("/exports/", {**choices, "form": "csv", "name": "partner", "birth_years_only": "on"})
    assert answer.status == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert json.loads(archive.read("manifest.json"))["patients"]["exported"] == 1
        return set(archive.read("data/patients.csv").decode().splitlines())


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_centres_first_day_and_the_day_after(request, kind, tmp_path):
    here = place(request, kind, tmp_path)
    with here.served() as served:
        set_up_people(served)
        carla = served.visitor().signed_in("carla", LONG)
        take_in(carla)
        address = patient_address(carla)
        page = carla.get(address).text
        assert "azathioprine" in page
        assert carla.get(f"{address}course.json?width=wide").status == 200
        work = carla.get("/worklist/").text
        assert "N-1" in work
        consent = carla.get(f"{address}consent/").text
        text = re.search(r'name="text".*?<option value="(\d+)"', consent, re.DOTALL)[1]
        given = {"text": text, "decision": "given", "day": "2024-06-01"}
        assert carla.post(f"{address}consent/", given).status == 200
        left = exported(carla)
    assert here.audit() == []
    with here.served() as served:
        assert served.set_up is None
        carla = served.visitor().signed_in("carla", LONG)
        assert "azathioprine" in carla.get(address).text
        assert items(carla.get("/worklist/").text) == items(work)
        assert exported(carla) == left
    assert here.audit() == []
    identities_lie_apart(here)


def items(page: str) -> list[str]:
    """The rows of the work list, without what changes from page to page."""
    return re.findall(r"<tr.*?</tr>", page, re.DOTALL)


def identities_lie_apart(here) -> None:
    """The key of the export's pseudonyms stands in the identities' own database, and not in the record's."""
    if not here.on_postgres:
        assert (here.folder / "data" / "identities.sqlite3").is_file()
        return
    import psycopg

    assert not list((here.folder / "data").glob("*.sqlite3"))
    ask = "SELECT count(*) FROM pg_tables WHERE tablename LIKE %s"
    found = {}
    for url in (here.database, here.identities):
        with psycopg.connect(url) as database:
            found[url] = [database.execute(ask, [f"{name}%"]).fetchone()[0] for name in ("identities_", "registry_")]
    assert found[here.database][0] == found[here.identities][1] == 0
    with psycopg.connect(here.identities) as database:
        assert database.execute("SELECT name FROM identities_pseudonymdomain").fetchall() == [("aih:partner",)]


@pytest.mark.slow
def test_a_record_on_postgresql_keeps_its_identities_in_a_file_unless_a_url_is_named(request, tmp_path):
    on_server = place(request, "postgresql", tmp_path)
    here = type(on_server)(on_server.folder, on_server.database)
    with here.served() as served:
        assert served.visitor().get(served.set_up).status == 200
    assert [path.name for path in (tmp_path / "data").glob("*.sqlite3")] == ["identities.sqlite3"]
    assert here.audit() == []
    backup = here.run("backup", "--out", tmp_path / "backup")
    assert backup.returncode == 0, backup.stderr
    elsewhere = place(request, "postgresql", tmp_path / "elsewhere")
    restored = type(on_server)(elsewhere.folder, elsewhere.database)
    done = restored.run("restore", tmp_path / "backup", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["problems"] == []


@pytest.mark.slow
def test_one_database_for_record_and_identities_is_refused(request, tmp_path):
    here = place(request, "postgresql", tmp_path)
    done = here.run("serve", "--database", here.database, "--identities", here.database)
    assert done.returncode == 2
    assert "same database" in done.stderr
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.slow
def test_a_postgresql_that_is_not_there_is_said_in_two_lines(request, tmp_path):
    here = place(request, "postgresql", tmp_path)
    wrong = re.sub(r"/process_\w+$", "/no_such_database", here.database)
    done = here.run("serve", "--port", "0", "--database", wrong)
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert re.search(r":([^:@]+)@", here.database)[1] not in done.stderr
