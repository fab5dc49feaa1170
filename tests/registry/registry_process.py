"""The registry as its real program, on SQLite and PostgreSQL: served, visited, killed, and started again."""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from registry_cast import PASSWORD

HERE = Path(__file__).parent
HEPATICA = Path(sys.executable).with_name("hepatica")
LONGEST_SECONDS = 180
OPENED = "from hepatica.registry.operation import starting\nstarting.configure()\nstarting.bring_up_to_date()\n"


@dataclass(frozen=True)
class Place:
    """An installation in a folder; its record and identities on SQLite there, or on PostgreSQL by their URLs."""

    folder: Path
    database: str = ""
    identities: str = ""

    @property
    def surroundings(self) -> dict[str, str]:
        """The environment of its programs, without what the tests of this process have set."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("HEPATICA_", "DJANGO_"))}
        return own | {
            "HEPATICA_DATA": str(self.folder / "data"),
            "HEPATICA_CONFIG": str(self.folder / "no-config.toml"),
            "HEPATICA_AS_OF": "2024-06-30",
            "HEPATICA_NOTICE_ACCEPTED": "true",
            "HEPATICA_DATABASE": self.database,
            "HEPATICA_IDENTITIES": self.identities,
            "PYTHONPATH": str(HERE),
        }

    def fill(self) -> Place:
        """Make the cast in its databases."""
        self.python("from registry_cast import Cast\nCast()\n")
        return self

    def python(self, lines: str) -> None:
        """Do something in its databases, in a process of its own."""
        line = [sys.executable, "-c", OPENED + lines]
        subprocess.run(line, env=self.surroundings, check=True, timeout=LONGEST_SECONDS)

    def run(self, *words: object) -> subprocess.CompletedProcess[str]:
        """Run a verb of the real program."""
        line = [str(HEPATICA), *map(str, words)]
        return subprocess.run(
            line, env=self.surroundings, capture_output=True, text=True, check=False, timeout=LONGEST_SECONDS
        )

    def audit(self) -> list[str]:
        """The problems that `hepatica audit verify` finds in both audits."""
        done = self.run("audit", "verify", "--format", "json")
        assert done.stdout, done.stderr
        problems = json.loads(done.stdout)["problems"]
        assert done.returncode == bool(problems)
        return problems

    @property
    def on_postgres(self) -> bool:
        return bool(self.database)

    def rows(self, question: str, *values: object) -> list[tuple]:
        """Ask the record's database itself; `?` stands for a value."""
        if not self.on_postgres:
            with closing(sqlite3.connect(f"file:{self.folder}/data/registry.sqlite3?mode=ro", uri=True)) as database:
                return database.execute(question, values).fetchall()
        with self.connected() as database:
            return database.execute(question.replace("?", "%s"), values).fetchall()

    def number(self, question: str, *values: object) -> int:
        """Ask for one number."""
        return self.rows(question, *values)[0][0]

    def connected(self):
        """A second connection to the record on PostgreSQL."""
        import psycopg

        return psycopg.connect(self.database.replace("+psycopg", ""), connect_timeout=10)

    @contextmanager
    def served(self, *words: str) -> Iterator[Served]:
        """Serve it by the real program, on a port that is free; afterwards no process is left."""
        line = [str(HEPATICA), "serve", "--port", "0", "--format", "json", *words]
        with (self.folder / "log").open("a") as log:
            process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=log, text=True, env=self.surroundings)
        with process:
            try:
                said = process.stdout.readline()
                assert said, (self.folder / "log").read_text()[-2000:]
                told = json.loads(said)
                yield Served(process, told["address"].rstrip("/"), told["set_up"])
            finally:
                process.send_signal(signal.SIGCONT)
                process.terminate()
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()


@dataclass
class Served:
    """The running program, and where it is reached."""

    process: subprocess.Popen
    address: str
    set_up: str | None

    def kill(self) -> None:
        """End it as kill -9 does: nothing of it runs on."""
        self.process.kill()
        self.process.wait(30)

    def visitor(self, role: str | None = None) -> Visitor:
        """A browser; with a role, its person of the cast has signed in."""
        visitor = Visitor(self.address)
        return visitor if role is None else visitor.signed_in(role, PASSWORD)


@dataclass(frozen=True)
class Answer:
    """What a page answered: status, text, and its address after redirects."""

    status: int
    content: bytes
    address: str

    @property
    def text(self) -> str:
        return self.content.decode()


@dataclass
class Visitor:
    """Somebody at a browser: keeps cookies, follows redirects, and sends a page's own form."""

    address: str
    cookies: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def __post_init__(self) -> None:
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> Answer:
        """Open a page."""
        return self._sent(urllib.request.Request(self._at(path)))  # noqa: S310  (of this machine)

    def post(self, path: str, fields: dict[str, object] | None = None, files: dict[str, str] | None = None) -> Answer:
        """Send the form of a page: its token is read from the page first."""
        return self.send(path, self.token(path), fields, files)

    def token(self, path: str) -> str:
        """Return the token of a page's form."""
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(path).text)
        assert found is not None, path
        return found[1]

    def send(
        self, path: str, token: str, fields: dict[str, object] | None = None, files: dict[str, str] | None = None
    ) -> Answer:
        """Send a form whose token was read before."""
        told = {"csrfmiddlewaretoken": token, **(fields or {})}
        if files is None:
            body, kind = urllib.parse.urlencode(told).encode(), "application/x-www-form-urlencoded"
        else:
            body, kind = _parts(told, files)
        request = urllib.request.Request(self._at(path), body, {"Content-Type": kind})  # noqa: S310  (the same)
        return self._sent(request)

    def signed_in(self, username: str, password: str) -> Visitor:
        """Sign in as a person does."""
        answer = self.post("/sign-in/", {"username": username, "password": password})
        assert answer.status == 200, answer.text
        assert "/sign-in/" not in answer.address
        return self

    def _at(self, path: str) -> str:
        return path if path.startswith("http") else f"{self.address}{path}"

    def _sent(self, request: urllib.request.Request) -> Answer:
        try:
            with self.opener.open(request, timeout=LONGEST_SECONDS) as answer:
                return Answer(answer.status, answer.read(), answer.url)
        except urllib.error.HTTPError as refused:
            with refused:
                return Answer(refused.code, refused.read(), refused.url)


def _parts(fields: dict[str, object], files: dict[str, str]) -> tuple[bytes, str]:
    """Return the body of a form with files, and its kind."""
    mark = secrets.token_hex(16)
    head = f"--{mark}\r\nContent-Disposition: form-data"
    parts = [f'{head}; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
    for name, text in files.items():
        kind = f'{head}; name="files"; filename="{name}"\r\nContent-Type: text/csv'
        parts.append(f"{kind}\r\n\r\n{text}\r\n")
    return "".join([*parts, f"--{mark}--\r\n"]).encode(), f"multipart/form-data; boundary={mark}"


@contextmanager
def in_the_background(action) -> Iterator[list[Answer]]:
    """Do something in a thread; at the end it is over, and what it answered, if it did, stands in the list."""
    answers: list[Answer] = []

    def act() -> None:
        with suppress(OSError, http.client.HTTPException):  # the server was killed before it could answer
            answers.append(action())

    thread = threading.Thread(target=act)
    thread.start()
    try:
        yield answers
    finally:
        thread.join(LONGEST_SECONDS)
        assert not thread.is_alive()


def until(true, seconds: float = 60, every: float = 0.002) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(every)


def patient_address(here: Place) -> str:
    """The address of the cast's patient at the centre Here."""
    key = here.rows("SELECT key FROM registry_patient WHERE patient_id = 'P-1'")[0][0]
    return f"/patients/{uuid.UUID(str(key))}/"


def agreed() -> None:
    """Let the cast's patient agree to a purpose, in a process that has opened the installation."""
    from hepatica.registry.audit.acting import acting
    from hepatica.registry.models import ConsentAct, ConsentText, Patient, Purpose

    with acting("test"):
        text = ConsentText.objects.create(
            purpose=Purpose.objects.create(code="aih", title="Course of AIH"), version=1, text="May your data be used?"
        )
        patient = Patient.objects.get(patient_id="P-1")
        ConsentAct.objects.create(patient=patient, text=text, decision="given", day="2024-01-01")


def place(request, kind: str, folder: Path, template: Place | None = None, *, tablespace: str = "pg_default") -> Place:
    """An installation, empty or copied from another, on SQLite or on a PostgreSQL server of the tests' own."""
    if template is not None:
        shutil.copytree(template.folder / "data", folder / "data")
    folder.mkdir(exist_ok=True)
    if kind == "sqlite":
        return Place(folder)
    server = request.getfixturevalue("postgres_server")
    name, urls = f"process_{secrets.token_hex(4)}", []
    for part, source in (("record", template and template.database), ("identities", template and template.identities)):
        like = source and source.rpartition("/")[2]
        urls.append(server.database(f"{name}_{part}", like=like, tablespace=tablespace))
    return Place(folder, *(url.replace("+psycopg", "") for url in urls))


@pytest.fixture(scope="session")
def filled_places() -> dict[str, Place]:
    """The cast's installation on each kind of database, made when first asked for, and copied for each test."""
    return {}


def cast_on(request, kind: str) -> Place:
    """The cast's installation on a kind of database, filled once, to be copied."""
    filled = request.getfixturevalue("filled_places")
    if kind not in filled:
        folder = request.getfixturevalue("tmp_path_factory").mktemp(f"filled-{kind}")
        filled[kind] = place(request, kind, folder).fill()
    return filled[kind]


@pytest.fixture
def here(request, kind, tmp_path) -> Place:
    """The cast's installation on a kind of database, for one test."""
    return place(request, kind, tmp_path, cast_on(request, kind))
