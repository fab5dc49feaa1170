"""One of several processes that answer on a port: `python -m hepatica.registry.operation.answering SOCKET`."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading

from hepatica.registry.operation import starting

READY = b"ready\n"


def answer(number: int) -> None:
    """Answer on a socket that the process which started this one has opened, as long as that one lives."""
    starting.configure()
    from hepatica.registry.operation.serving import run_until_interrupted, server_on  # noqa: PLC0415  (its settings)

    server = server_on(socket.socket(fileno=number))
    os.write(sys.stdout.fileno(), READY)
    threading.Thread(target=_end_with_the_first, name="watching", daemon=True).start()
    run_until_interrupted(server)


def _end_with_the_first() -> None:
    """Stop when the process that started this one is gone, however it went: our standard input ends then."""
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    answer(int(sys.argv[1]))
