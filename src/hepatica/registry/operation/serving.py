"""Serving the registry: one process, on this machine only unless told otherwise."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from waitress.server import create_server

from hepatica.errors import UsageError
from hepatica.registry.operation.warming import load_pages

THREADS = 8
# Browsers keep several connections open each; waitress's own limit of 100 turns away the clinic's twentieth.
MOST_CONNECTIONS = 500
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def opened_server(host: str, port: int) -> Any:
    """Return the web server, listening; its `run` answers requests until interrupted. Port 0 is any that is free.

    Raises UsageError where the port is taken, or where others could listen in: an address beyond this machine needs
    a public https URL in the configuration (a proxy in front of it).
    """
    if host not in LOOPBACK and not settings.INSTALLATION.https:
        remedy = 'set public_url = "https://…" under [registry] and put a proxy with a certificate in front'
        raise UsageError(f"--host {host}", "passwords would travel unprotected", remedy)
    logging.getLogger("waitress").setLevel(logging.WARNING)
    application = get_wsgi_application()
    load_pages()
    proxy = {"trusted_proxy": "127.0.0.1", "trusted_proxy_headers": "x-forwarded-proto x-forwarded-for"}
    behind = proxy if settings.INSTALLATION.behind_proxy else {}
    try:
        return create_server(
            application, host=host, port=port, threads=THREADS, ident=None,
            connection_limit=MOST_CONNECTIONS, asyncore_use_poll=True,
            max_request_body_size=settings.UPLOAD_MOST_BYTES, clear_untrusted_proxy_headers=True, **behind,
        )  # fmt: skip
    except OSError as error:
        raise UsageError(f"port {port}", f"cannot be used: {error.strerror}", "choose another with --port") from error
