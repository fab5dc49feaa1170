"""Sessions end after a time without requests, and a while after signing in, whatever happens."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

BEGAN, SEEN = "began", "seen"
# The last request is written down at most once a minute: a read must not write at every click.
WRITE_EVERY_SECONDS = 60


class SessionExpiry:
    """Signs out whose session is over."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, after a session that is over was ended."""
        if request.user.is_authenticated:
            now = int(time.time())
            if _is_over(request, now):
                logout(request)
            elif now - request.session.get(SEEN, 0) >= WRITE_EVERY_SECONDS:
                request.session[SEEN] = now
        return self.get_response(request)


def begin(request: HttpRequest) -> None:
    """Note when somebody signed in."""
    request.session[BEGAN] = request.session[SEEN] = int(time.time())


def _is_over(request: HttpRequest, now: int) -> bool:
    """Say whether a session is too old or was idle too long; one that does not say when it began is over."""
    began, last = request.session.get(BEGAN), request.session.get(SEEN)
    if began is None or last is None:
        return True
    return bool(now - began > settings.SESSION_LONGEST_SECONDS or now - last > settings.SESSION_IDLE_SECONDS)
