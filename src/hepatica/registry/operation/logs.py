"""Logs as one JSON document a line. They name pages and people by number; never a patient, a value, or an address."""

from __future__ import annotations

import json
import logging
import secrets
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

log = logging.getLogger("hepatica.registry")
SLOW_SECONDS = 2.0


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON. Of an error only its kind and its places: a message may quote a value."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "process": record.process,
        }
        if record.name.startswith("hepatica"):
            line["event"] = record.getMessage()
            line |= getattr(record, "told", {})
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["at"] = [f"{step.filename}:{step.lineno}" for step in traceback.extract_tb(record.exc_info[2])][-8:]
        return json.dumps(line, ensure_ascii=False)


class RequestLog:
    """Numbers every request, and writes one line about it: page, person, status, milliseconds."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request and log it."""
        request.number = secrets.token_hex(8)
        begun = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        person = getattr(request, "user", None)
        told = {
            "request": request.number,
            "page": match.view_name if match is not None else None,
            "method": request.method,
            "status": response.status_code,
            "ms": round((time.perf_counter() - begun) * 1000, 1),
            "person": person.pk if person is not None and person.is_authenticated else None,
        }
        log.log(logging.ERROR if response.status_code >= 500 else logging.INFO, "request", extra={"told": told})
        response["X-Request-Id"] = request.number
        return response

    def process_exception(self, _request: HttpRequest, error: Exception) -> None:
        """Log where an unexpected error came from; the answer is Django's."""
        log.error("unexpected error", exc_info=error)
