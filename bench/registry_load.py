"""Clinicians who work at once in a served registry, over HTTP, and how long each of their pages took."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, RemoteDisconnected
from pathlib import Path
from urllib.parse import urlencode, urlsplit

PASSWORD = "correct horse battery staple"  # noqa: S105  (of invented people)
# Of a hundred pages; a patient's page asks for the picture of the course as a browser does.
SHARES = {"work list": 35, "patient": 40, "search": 10, "entry": 15}
FORM_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
PATIENT = re.compile(r"/patients/[0-9a-f-]{36}/")
PATIENCE_SECONDS = 600


@dataclass
class Seen:
    """What all clinicians saw: seconds of every page by kind, and what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: Counter[str] = field(default_factory=Counter)
    asked_again: int = 0


class Clinician(threading.Thread):
    """One person with a session, who opens page after page until it is over."""

    def __init__(self, number: int, address: str, pause: float, seen: Seen) -> None:
        super().__init__(daemon=True)
        self.seen, self.pause = seen, pause
        self.until = 0.0
        self._draw = random.Random(number)  # noqa: S311  (which page is next is no secret)
        self._name = f"clinician{number}"
        self._line = HTTPConnection(urlsplit(address).netloc, timeout=PATIENCE_SECONDS)
        self._cookies: dict[str, str] = {}
        self._patients: list[str] = []

    def sign_in(self) -> None:
        """Sign in, and look at one of the first pages of the work list."""
        token = FORM_TOKEN.search(self._ask("GET", "/sign-in/")[1])
        form = {"csrfmiddlewaretoken": token[1], "username": self._name, "password": PASSWORD, "next": ""}
        status, _ = self._ask("POST", "/sign-in/", form)
        if status != 302:
            raise RuntimeError(f"{self._name} could not sign in: {status}")
        self._work_list()
        self._line.close()  # the server ends connections that are idle while the others sign in; a browser asks anew

    def run(self) -> None:
        """Open pages by their shares, each after a pause of about the length that was asked for."""
        time.sleep(self._draw.uniform(0, self.pause))
        while time.perf_counter() < self.until:
            kind = self._draw.choices(list(SHARES), list(SHARES.values()))[0]
            try:
                {"work list": self._work_list, "patient": self._patient, "search": self._search, "entry": self._entry}[
                    kind
                ]()
            except (HTTPException, OSError, RuntimeError) as error:
                self.seen.wrong[f"{kind}: {type(error).__name__} {error}"] += 1
                self._line.close()
            time.sleep(self._draw.uniform(0.5, 1.5) * self.pause)

    def _work_list(self) -> None:
        page = self._timed("work list", "GET", f"/worklist/?page={self._draw.randint(1, 20)}")
        self._patients = sorted(set(PATIENT.findall(page))) or self._patients

    def _patient(self) -> None:
        where = self._draw.choice(self._patients)
        self._timed("patient", "GET", where)
        self._timed("picture", "GET", f"{where}course.json?width=wide")

    def _search(self) -> None:
        self._timed("search", "GET", f"/patients/?q={self._draw.randint(0, 999)}")

    def _entry(self) -> None:
        """Enter a laboratory value as a person does: the form is asked for, filled, and sent, and the patient shown."""
        patient = self._draw.choice(self._patients)
        where = f"{patient}measurements/new/"
        token = FORM_TOKEN.search(self._timed("form", "GET", where))
        value = str(self._draw.randint(10, 60))
        day = f"2024-12-{self._draw.randint(1, 30):02d}"
        cells = {"date": day, "analyte": "ALT", "value": value, "unit": "U/L", "upper_limit": "40"}
        self._timed("save", "POST", where, {"csrfmiddlewaretoken": token[1], **cells}, status=302)
        self._timed("patient after a save", "GET", patient)

    def _timed(self, kind: str, how: str, path: str, form: dict[str, str] | None = None, status: int = 200) -> str:
        """Return a page, and note how long it took if it is the answer that a person needs."""
        begun = time.perf_counter()
        answered, page = self._asked_again(how, path) if form is None else self._ask(how, path, form)
        if answered != status:
            raise RuntimeError(f"status {answered} for {kind}")
        self.seen.seconds[kind].append(time.perf_counter() - begun)
        return page

    def _asked_again(self, how: str, path: str) -> tuple[int, str]:
        """Read a page; on a connection that the server ended while it was idle, once more, as browsers do."""
        fresh = self._line.sock is None
        try:
            return self._ask(how, path)
        except (RemoteDisconnected, ConnectionResetError):
            self._line.close()
            if fresh:
                raise
            self.seen.asked_again += 1
            return self._ask(how, path)

    def _ask(self, how: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        body = None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._line.request(how, path, body, headers)
        answer = self._line.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                cookie, _, worth = value.partition(";")[0].partition("=")
                self._cookies[cookie] = worth
        return answer.status, answer.read().decode()


def under_load(data: Path, clinicians: int, pause: float, seconds: float) -> dict[str, object]:
    """Serve the registry of a folder, let the clinicians work, and return what they saw."""
    line = [str(Path(sys.executable).with_name("hepatica")), "serve", "--port", "0", "--format", "json"]
    with (data / "served.log").open("w") as log:
        served = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=log, text=True)
    with served:
        try:
            address = json.loads(served.stdout.readline())["address"]
            return _worked(served.pid, address, clinicians, pause, seconds)
        finally:
            served.terminate()


def _worked(server: int, address: str, clinicians: int, pause: float, seconds: float) -> dict[str, object]:
    seen = Seen()
    people = [Clinician(number, address, pause, seen) for number in range(clinicians)]
    begun = time.perf_counter()
    people[0].sign_in()
    first = {"first sign-in and work list s": round(time.perf_counter() - begun, 2)}
    for one in people[1:]:  # signing in is slow on purpose, and is not measured
        one.sign_in()
    seen.seconds.clear()
    first |= {"load before": os.getloadavg()[0]}
    begun, before = time.perf_counter(), processor_seconds(server)
    for one in people:
        one.until = begun + seconds
        one.start()
    for one in people:
        one.join()
    took, spent = time.perf_counter() - begun, processor_seconds(server) - before
    told = _told(seen, took)
    share = {"server's processor s": round(spent, 1), "of one processor": round(spent / took, 2)}
    return told | share | first | {"clinicians": clinicians, "pause": pause}


def processor_seconds(process: int) -> float:
    """Return the processor time that a process of this machine has used (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _told(seen: Seen, seconds: float) -> dict[str, object]:
    """Return throughput, and the quantiles of each kind of page; the last pages end after the time asked for."""
    every = [one for kind in seen.seconds.values() for one in kind]
    told: dict[str, object] = {"seconds": round(seconds, 1), "pages": len(every), "pages/s": len(every) / seconds}
    for kind, times in [*seen.seconds.items(), ("all", every)]:
        ordered = sorted(times)
        told[kind] = {
            "pages": len(ordered),
            "p50 s": round(_quantile(ordered, 0.5), 3),
            "p95 s": round(_quantile(ordered, 0.95), 3),
            "p99 s": round(_quantile(ordered, 0.99), 3),
        }
    return told | {"errors": dict(seen.wrong), "asked again on a new connection": seen.asked_again}


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
