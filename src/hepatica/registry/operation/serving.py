"""Serving the registry: one process that answers on a port, on this machine only unless told otherwise."""

from __future__ import annotations

import logging
import signal
import socket
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from waitress.server import create_server

from hepatica.errors import UsageError
from hepatica.registry.operation import warming

THREADS = 8
# Browsers keep several connections open each; waitress's own limit of 100 turns away the clinic's twentieth.
MOST_CONNECTIONS = 500
# So many wait in line at the port before the next is turned away.
MOST_WAITING = 1024
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def listening(host: str, port: int) -> socket.socket:
    """Return a socket on which people are waited for; several processes may answer on it. Port 0 is any that is free.

    Raises UsageError where the port is taken, or where others could listen in: an address beyond this machine needs
    a public https URL in the configuration (a proxy in front of it).
    """
    if host not in LOOPBACK and not settings.INSTALLATION.https:
        remedy = 'set public_url = "https://…" under [registry] and put a proxy with a certificate in front'
        raise UsageError(f"--host {host}", "passwords would travel unprotected", remedy)
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=MOST_WAITING)
    except socket.gaierror as error:
        raise UsageError(f"--host {host}", "is no address of this machine", "name one, such as 127.0.0.1") from error
    except OSError as error:
        raise UsageError(f"port {port}", f"cannot be used: {error.strerror}", "choose another with --port") from error


def server_on(listener: socket.socket) -> Any:
    """Return the web server that answers on a socket, with every page loaded; its `run` goes on until interrupted."""
    logging.getLogger("waitress").setLevel(logging.WARNING)
    application = get_wsgi_application()
    warming.load_pages()
    proxy = settings.INSTALLATION.proxy
    trusted = {"trusted_proxy": proxy, "trusted_proxy_headers": "x-forwarded-proto x-forwarded-for"} if proxy else {}
    return create_server(
        application, sockets=[listener], threads=THREADS, ident=None,
        connection_limit=MOST_CONNECTIONS, asyncore_use_poll=True,
        max_request_body_size=settings.UPLOAD_MOST_BYTES, clear_untrusted_proxy_headers=True, **trusted,
    )  # fmt: skip


def run_until_interrupted(server: Any) -> None:
    """Answer requests until Ctrl-C or SIGTERM, and warm up behind the first of them; what was begun is ended first."""
    stop_as_interrupted()
    warming.begin()
    try:
        server.run()
    except KeyboardInterrupt:
        pass  # the way to stop; waitress ends its threads by itself
    finally:
        server.close()


def stop_as_interrupted() -> None:
    """Let a service manager's SIGTERM end a process as Ctrl-C does: who is being answered gets the answer."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
