"""Several processes that answer on one port: started, watched, replaced when one is lost, and ended together.

What a process remembers is found again only by the version of the data (engine/remembered.py, engine/kept_reports.py);
sessions, sign-in attempts, and uploads stand in the database. So it does not matter which process answers.
"""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import threading
from types import TracebackType
from typing import Self

from django.db import connections

from hepatica.errors import UsageError
from hepatica.registry.operation import answering
from hepatica.registry.operation.serving import THREADS

log = logging.getLogger("hepatica.registry")
LOOK_EVERY_SECONDS = 1.0
# waitress gives who is being answered five seconds.
END_WITHIN_SECONDS = 15
# What derives, warms up, or makes reports behind the pages has connections of its own.
CONNECTIONS = THREADS + 4
# PostgreSQL keeps these for its superuser.
RESERVED_CONNECTIONS = 3


def require_shared_database() -> None:
    """Refuse several processes where the record is on SQLite, which lets one write at a time: they would queue.

    Raises UsageError.
    """
    if connections["default"].vendor != "postgresql":
        remedy = "name one with --database postgresql://user@host/name, or leave --processes out"
        raise UsageError("--processes", "several processes need their record on PostgreSQL", remedy)


def too_few_connections(processes: int) -> str:
    """Return a sentence where a database server allows fewer connections than the processes may open; else nothing.

    The connections of this process are closed afterwards: it asks nothing more.
    """
    wanted: dict[tuple[str, str], int] = {}
    allowed: dict[tuple[str, str], int] = {}
    for one in (connections[alias] for alias in connections):
        if one.vendor == "postgresql":
            server = (one.settings_dict["HOST"], str(one.settings_dict["PORT"]))
            wanted[server] = wanted.get(server, 0) + processes * CONNECTIONS
            with one.cursor() as cursor:
                cursor.execute("SHOW max_connections")
                allowed[server] = int(cursor.fetchone()[0]) - RESERVED_CONNECTIONS
    connections.close_all()
    short = [(wanted[server], allowed[server]) for server in wanted if wanted[server] > allowed[server]]
    if not short:
        return ""
    most, there = max(short)
    return f"PostgreSQL allows {there} connections, and {processes} processes may open {most}: raise max_connections"


class Processes:
    """The processes of one port, from their start to their end."""

    def __init__(self, listener: socket.socket, number: int) -> None:
        self.listener = listener
        self._running = [self._started() for _ in range(number)]

    def __enter__(self) -> Self:
        try:
            for one in self._running:
                _wait_until_ready(one)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self._end()

    def run(self) -> None:
        """Replace every process that is lost, until interrupted.

        Raises UsageError where one cannot be replaced; a service manager then starts all anew.
        """
        pause = threading.Event()
        while True:
            for place, one in enumerate(self._running):
                if one.poll() is not None:
                    log.error("a process was lost", extra={"told": {"process": one.pid, "exit": one.returncode}})
                    self._running[place] = self._started()
                    _wait_until_ready(self._running[place])
            pause.wait(LOOK_EVERY_SECONDS)

    def _started(self) -> subprocess.Popen[bytes]:
        """Start a process that answers on the port. It lives as long as its standard input is open, which we hold."""
        number = self.listener.fileno()
        line = [sys.executable, "-m", answering.__name__, str(number)]
        # A session of its own: Ctrl-C reaches the process that starts and ends the others, and only that.
        return subprocess.Popen(  # noqa: S603  (this program)
            line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[number], start_new_session=True
        )

    def _end(self) -> None:
        """End all of them, each after what it is answering."""
        for one in self._running:
            one.terminate()
        for one in self._running:
            try:
                one.wait(END_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()
            for pipe in (one.stdin, one.stdout):
                if pipe is not None:
                    pipe.close()


def _wait_until_ready(one: subprocess.Popen[bytes]) -> None:
    if one.stdout is None or one.stdout.readline() != answering.READY:
        raise UsageError("hepatica serve", "a process ended before it could serve", "see what it said above")
