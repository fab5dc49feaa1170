"""Truly at once: two people at one row, and many writers. One wins, and nobody is overwritten silently."""

from __future__ import annotations

import html
import re
import subprocess
import sys
import threading
from collections import Counter
from functools import partial

import pytest
from django.db import connections
from django.urls import reverse
from registry_cast import Cast
from registry_process import Place

from hepatica.registry.audit.verify import verify
from hepatica.registry.models import AuditEntry, History, Measurement

ROUNDS = 8
KINDS = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


def at_once(*actions):
    """Do several things in threads that start at one moment; return what each gave."""
    line, given = threading.Barrier(len(actions)), [None] * len(actions)

    def act(place, action):
        line.wait(60)
        try:
            given[place] = action()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=act, args=one) for one in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(180)
    return given


@KINDS
def test_of_two_who_save_one_row_at_once_one_wins_and_the_other_sees_both_versions(request, kind):
    request.getfixturevalue("sqlite_registry" if kind == "sqlite" else "postgres_registry")
    cast = Cast()
    row = cast.patient.measurements.get(date="2023-03-06", analyte="ALT")
    where = reverse("row-correct", args=[cast.patient.key, "measurements", row.pk])
    people = {role: cast.browser(role) for role in ("clinician", "coordinator")}
    wins = Counter()
    for number in range(ROUNDS):
        before = Measurement.objects.get(pk=row.pk)
        values = {role: str(100 + 2 * number + place) for place, role in enumerate(people)}
        fields = {"date": row.date, "analyte": "ALT", "unit": "U/L", "upper_limit": "40", "version": before.version}
        written = [{**fields, "value": values[role], "reason": f"round {number} {role}"} for role in people]
        answers = at_once(*(partial(people[role].post, where, one) for role, one in zip(people, written, strict=True)))
        said = dict(zip(people, (answer.status_code for answer in answers), strict=True))
        assert sorted(said.values()) == [302, 409]
        winner = next(role for role, status in said.items() if status == 302)
        loser = next(role for role in people if role != winner)
        wins[winner] += 1
        now = Measurement.objects.get(pk=row.pk)
        assert (now.value, now.version, now.entered_by) == (values[winner], before.version + 1, cast.people[winner])
        page = answers[list(people).index(loser)].content.decode()
        both = re.search(r'id="both".*?</section>', page, re.DOTALL)[0]
        assert values[winner] in both
        assert values[loser] in both
        told(before, cast, where, winner, loser, number)
    assert sum(wins.values()) == ROUNDS
    assert verify().problems == []


def told(before, cast, where, winner, loser, number):
    """The audit holds the one change with its reason, and that the other was shown the row."""
    updates = AuditEntry.objects.filter(act="update", subject="measurement", subject_key=str(before.pk))
    last = updates.order_by("-seq").first()
    assert updates.count() == number + 1
    assert last.actor == f"person {cast.people[winner].pk}"
    kept = History.objects.get(seq=last.seq)
    assert kept.reason == f"round {number} {winner}"
    assert f'"{before.value}"' in kept.content
    shown = AuditEntry.objects.filter(act="read", detail="row", patient=cast.patient.pk).order_by("-seq").first()
    assert shown.actor == f"person {cast.people[loser].pk}"


@KINDS
def test_who_saves_the_same_again_after_the_conflict_decides_anew(request, kind):
    request.getfixturevalue("sqlite_registry" if kind == "sqlite" else "postgres_registry")
    cast = Cast()
    row = cast.patient.measurements.get(date="2023-03-06", analyte="ALT")
    where = reverse("row-correct", args=[cast.patient.key, "measurements", row.pk])
    fields = {"date": row.date, "analyte": "ALT", "unit": "U/L", "upper_limit": "40", "reason": "read wrongly"}
    one, other = cast.browser("clinician"), cast.browser("coordinator")
    assert one.post(where, {**fields, "value": "91", "version": 1}).status_code == 302
    refused = other.post(where, {**fields, "value": "92", "version": 1})
    page = html.unescape(refused.content.decode())
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    assert (refused.status_code, version) == (409, "2")
    assert other.post(where, {**fields, "value": "92", "version": version}).status_code == 302
    assert Measurement.objects.get(pk=row.pk).value == "92"
    assert verify().problems == []


WRITERS, WRITES = 3, 12
WRITER = f"""
import sys
from hepatica.registry.operation import starting
starting.configure()
from hepatica.registry.audit.acting import acting
from hepatica.registry.models import Measurement, Patient
from hepatica.registry.identities.pseudonyms import pseudonym
patient = Patient.objects.get(patient_id="P-1")
sys.stdin.readline()
for number in range({WRITES}):
    with acting(f"writer {{sys.argv[1]}}"):
        Measurement.objects.create(patient=patient, date="2024-02-02", analyte="ALT", value=str(number))
        Measurement.objects.filter(patient=patient, date="2024-02-02", value=str(number)).update(unit="U/L")
    pseudonym(patient.key, f"domain {{number % 4}}")
"""


@pytest.mark.slow
@KINDS
def test_the_chain_does_not_fork_when_several_processes_write_at_once(here: Place):
    line = [sys.executable, "-c", WRITER]
    writers = [
        subprocess.Popen([*line, str(number)], env=here.surroundings, stdin=subprocess.PIPE, text=True)
        for number in range(WRITERS)
    ]
    for writer in writers:
        writer.stdin.write("begin\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=180)
        assert writer.returncode == 0
    entries = here.rows("SELECT seq, actor, previous, hash FROM registry_auditentry ORDER BY seq")
    assert [seq for seq, *_ in entries] == list(range(1, len(entries) + 1))
    assert len({previous for _, _, previous, _ in entries}) == len(entries)
    by = Counter(actor for _, actor, _, _ in entries if actor.startswith("writer"))
    assert sum(by.values()) >= WRITERS * WRITES * 2
    assert here.number("SELECT count(*) FROM registry_measurement WHERE date = '2024-02-02'") == WRITERS * WRITES
    assert here.audit() == []
