"""Several processes on one port: whoever answers, what is shown is the data as they are; at the end none is left."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from pathlib import Path

import pytest
from registry_process import Place, cast_on, place, until

from hepatica.registry.operation.processes import too_few_connections


@pytest.fixture
def here(request, tmp_path) -> Place:
    """The cast's installation on PostgreSQL."""
    return place(request, "postgresql", tmp_path, cast_on(request, "postgresql"))


def started_by(process: int) -> list[int]:
    """The processes that a process has started."""
    return [int(number) for number in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def runs(process: int) -> bool:
    """Whether a process goes on; one that ended and is not buried yet does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def events(here: Place, event: str) -> list[dict]:
    """What the log says of an event."""
    lines = [json.loads(line) for line in (here.folder / "log").read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("event") == event]


def alt_of(value: str) -> dict[str, object]:
    entered = {"date": "2024-06-29", "analyte": "ALT", "value": value, "unit": "U/L", "upper_limit": "40"}
    return {**entered, "keep_anyway": "on"}


def test_on_sqlite_several_processes_are_refused_with_the_way_out(tmp_path):
    done = Place(tmp_path).run("serve", "--port", "0", "--processes", "2")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 2
    assert "PostgreSQL" in done.stderr
    assert "--database postgresql://" in done.stderr


def test_a_server_that_allows_too_few_connections_is_told_of_before_the_first_reader(postgres_registry):
    assert too_few_connections(1) == ""
    assert too_few_connections(2) == (
        "PostgreSQL allows 27 connections, and 2 processes may open 48: raise max_connections"
    )


@pytest.mark.slow
def test_whichever_process_answers_nobody_sees_what_is_old_and_no_value_is_lost(here):
    with here.served("--processes", "2") as served:
        readers = [served.visitor(role) for role in ("clinician", "coordinator")]
        patient = re.search(r'href="(/patients/[0-9a-f-]{36}/)"', readers[0].get("/patients/").text)[1]
        for value in ("97531", "86420", "75319"):
            assert readers[0].post(f"{patient}measurements/new/", alt_of(value)).status == 200
            for turn in range(6):
                reader = readers[turn % 2]
                assert value in reader.get(patient).text
                assert reader.get("/worklist/").status == 200
        before = here.number("SELECT count(*) FROM registry_measurement")
        statuses = written_at_once(readers * 2, patient, rounds=3)
    assert statuses == [200] * 12
    assert here.number("SELECT count(*) FROM registry_measurement") == before + 12
    assert len({line["process"] for line in events(here, "request")}) == 2
    assert here.audit() == []


def written_at_once(writers, patient: str, rounds: int) -> list[int]:
    """Let writers enter values at the same time, each over a connection of its own."""
    statuses: list[int] = []
    where = f"{patient}measurements/new/"
    tokens = [writer.token(where) for writer in writers]

    def write(number: int) -> None:
        for turn in range(rounds):
            fields = alt_of(str(1000 + 10 * number + turn))
            statuses.append(writers[number].send(where, tokens[number], fields).status)

    threads = [threading.Thread(target=write, args=[number]) for number in range(len(writers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return statuses


@pytest.mark.slow
def test_wrong_passwords_count_together_and_a_lost_process_is_replaced(here):
    with here.served("--processes", "2") as served:
        first, second = started_by(served.process.pid)
        for _ in range(5):
            wrong = {"username": "clinician", "password": "a wrong sentence"}
            assert served.visitor().post("/sign-in/", wrong).status in (400, 429)
        assert [served.visitor().post("/sign-in/", wrong).status for _ in range(6)] == [429] * 6
        os.kill(first, signal.SIGKILL)
        until(lambda: len(set(started_by(served.process.pid)) - {first}) == 2, seconds=120, every=0.2)
        assert second in started_by(served.process.pid)
        assert served.visitor("coordinator").get("/worklist/").status == 200
    assert [line["exit"] for line in events(here, "a process was lost")] == [-signal.SIGKILL]
    assert here.audit() == []


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_however_the_first_process_ends_none_is_left(here, end):
    with here.served("--processes", "2") as served:
        others = started_by(served.process.pid)
        assert len(others) == 2
        served.process.send_signal(end)
        assert served.process.wait(60) == (-end if end == signal.SIGKILL else 0)
        until(lambda: not any(map(runs, others)), seconds=60, every=0.1)
