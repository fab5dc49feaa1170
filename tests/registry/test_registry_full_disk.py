"""A disk that is full: every page and verb says so with the remedy, nothing is half-written, and later all goes on."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from registry_process import Place, Visitor, cast_on, patient_address, place

from hepatica.errors import BUSY, FULL, UNREACHABLE, trouble_of

PATIENTS = "patient_id,sex,birth_date,diagnosis_date\n" + "".join(
    f"N-{number},female,1970-01-01,2020-01-01\n" for number in range(40)
)
LABS = "patient_id,date,analyte,value,unit,upper_limit\n" + "".join(
    f"N-{number},{2000 + year}-02-03,ALT,{30 + year},U/L,40\n" for number in range(40) for year in range(20)
)
FILES = {"patients.csv": PATIENTS, "measurements.csv": LABS}
ROW = {"date": "2024-05-05", "analyte": "ALT", "value": "77", "unit": "U/L", "upper_limit": "40"}
SAVES_AT_MOST = 60  # what is free within the pages that a database has already is used up first
BALLAST = "ballast"
SIZES = {"sqlite": "12m", "postgresql": "60m"}


@contextmanager
def small_disk(size: str) -> Iterator[Path]:
    """A file system of its own of so many bytes; skips where it cannot be mounted."""
    folder = Path(tempfile.mkdtemp(prefix="hepatica-full-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "none", folder], check=False, capture_output=True
    )
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("a small file system cannot be mounted here (it needs root)")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
        folder.rmdir()


@pytest.fixture
def on_a_small_disk(request, kind, tmp_path) -> Iterator[tuple[Place, Path]]:
    """The cast's installation with its databases on a small disk, and that disk."""
    template = cast_on(request, kind)
    with small_disk(SIZES[kind]) as disk:
        if kind == "sqlite":
            shutil.copytree(template.folder / "data", disk / "data")
            (tmp_path / "data").symlink_to(disk / "data")
            yield Place(tmp_path), disk
            return
        server = request.getfixturevalue("postgres_server")
        owned = disk / "tables"
        owned.mkdir()
        if os.geteuid() == 0:
            shutil.chown(owned, "postgres")
        with server.tablespace("small_disk", owned):
            yield place(request, kind, tmp_path, template, tablespace="small_disk"), disk
            (disk / BALLAST).unlink(missing_ok=True)  # without space no database goes


def fill_up(disk: Path) -> Path:
    """Fill a disk to its last byte."""
    ballast = disk / BALLAST
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    assert shutil.disk_usage(disk).free == 0
    return ballast


def counts(here: Place) -> list[int]:
    tables = ("patient", "measurement", "import", "export", "auditentry", "upload")
    return [here.number(f"SELECT count(*) FROM registry_{table}") for table in tables]  # noqa: S608


def said_full(answer) -> bool:
    return answer.status == 507 and "The disk is full" in answer.text and "until space is free" in answer.text


def saves_until_full(here: Place, clinician: Visitor, address: str, token: str) -> int:
    """Save a row of another day each time until the disk takes no more; returns how often it was saved."""
    for saved in range(SAVES_AT_MOST):
        day = f"2024-{1 + saved // 28:02}-{1 + saved % 28:02}"
        answer = clinician.send(address, token, ROW | {"date": day})
        if answer.address.endswith(address):
            assert said_full(answer)
            assert "Nothing was written" in answer.text
            return saved
        # It was saved, and led on to the patient's page, for whose record in the audit there may be no space.
        assert answer.status == 200 or (said_full(answer) and "What you saved before it is kept" in answer.text)
    pytest.fail("the disk took every row")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_full_disk_is_said_nothing_is_half_written_and_it_goes_on_when_there_is_space(on_a_small_disk):
    here, disk = on_a_small_disk
    with here.served() as served:
        clinician, coordinator = served.visitor("clinician"), served.visitor("coordinator")
        form = f"{patient_address(here)}measurements/new/"
        centre = re.search(r'<option value="(\d+)"[^>]*>Here', coordinator.get("/imports/").text)[1]
        report = coordinator.post("/imports/", {"centre": centre}, FILES).address
        tokens = [clinician.token(form), coordinator.token(report), coordinator.token("/imports/")]
        before = counts(here)
        ballast = fill_up(disk)
        assert said_full(coordinator.send(report, tokens[1], {"confirm": "1"}))
        assert counts(here)[:4] == before[:4]
        saved = saves_until_full(here, clinician, form, tokens[0])
        assert counts(here)[1] == before[1] + saved
        assert said_full(clinician.get(form))  # what is read is recorded, too
        assert said_full(coordinator.send("/imports/", tokens[2], {"centre": centre}, FILES))
        if not here.on_postgres:
            backup_says_full(here, disk)
        ballast.unlink()
        assert clinician.send(form, tokens[0], ROW).status == 200
        assert coordinator.send(report, tokens[1], {"confirm": "1"}).status == 200
        after = counts(here)
        assert [one - other for one, other in zip(after[:3], before[:3], strict=True)] == [40, 800 + saved + 1, 1]
    assert here.audit() == []


def backup_says_full(here: Place, disk: Path) -> None:
    done = here.run("backup", "--out", disk / "backups" / "today")
    assert done.returncode == 3, done.stderr
    assert "the disk is full; nothing was written" in done.stderr
    assert "free space" in done.stderr
    assert not any((disk / "backups").iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite"])
def test_an_export_from_a_full_disk_leaves_no_entry_that_anything_left(on_a_small_disk):
    here, disk = on_a_small_disk
    agree = "from registry_process import agreed\nagreed()\n"
    here.python(agree)
    with here.served() as served:
        coordinator = served.visitor("coordinator")
        page = coordinator.get("/exports/").text
        order = {
            name: re.search(rf'name="{name}".*?<option value="(\d+)"[^>]*>[^<]', page, re.DOTALL)[1]
            for name in ("centre", "purpose")
        } | {"form": "csv", "name": "partner"}
        token = coordinator.token("/exports/")
        ballast = fill_up(disk)
        assert said_full(coordinator.send("/exports/", token, order))
        assert here.number("SELECT count(*) FROM registry_export") == 0
        ballast.unlink()
        assert coordinator.send("/exports/", token, order).content.startswith(b"PK")
        assert here.number("SELECT count(*) FROM registry_export") == 1
    assert here.audit() == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_start_on_a_full_disk_says_so(on_a_small_disk):
    here, disk = on_a_small_disk
    ballast = fill_up(disk)
    done = here.run("serve", "--port", "0")
    assert done.returncode in (2, 3), done.stderr
    assert "the disk is full" in done.stderr
    assert len(done.stderr.splitlines()) == 2
    ballast.unlink()
    assert here.audit() == []


class ToldError(Exception):
    """An error as a database's driver raises it."""

    def __init__(self, **told: object) -> None:
        super().__init__("told")
        vars(self).update(told)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OSError(28, "No space left on device"), FULL),
        (ToldError(sqlite_errorcode=13), FULL),
        (ToldError(sqlite_errorcode=261), BUSY),
        (ToldError(sqlstate="53100"), FULL),
        (ToldError(sqlstate="55P03"), BUSY),
        (ToldError(sqlstate="57P01"), UNREACHABLE),
        (OSError(2, "No such file"), None),
        (ToldError(sqlstate="23505"), None),
        (ValueError("the disk is full"), None),
    ],
)
def test_only_what_the_machine_refuses_is_called_so_however_deep_it_lies(error, kind):
    assert trouble_of(error) == kind
    outer = RuntimeError("something went wrong")
    outer.__cause__ = error
    assert trouble_of(outer) == kind
