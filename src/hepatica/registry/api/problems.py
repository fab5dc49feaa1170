"""What a program is told when it does not get what it asked for: always JSON, what is wrong, and what helps."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError

ADDRESS = "/api/"
REMEDIES = {
    400: "ask as /api/openapi.json describes",
    401: "sign in at /sign-in/, and send the cookies of that session",
    403: "ask an administrator for a role that may do this, or set up the second factor if it is required",
    404: "take the address from the description or the work list; a patient of another centre is not there for you",
    422: "ask as /api/openapi.json describes",
    500: "tell the administrator the number in X-Request-Id; the log has it",
    503: "try again in half a minute",
    507: "tell the administrator: without space nothing about a patient can be read",
}


class Problem(Schema):
    """Why something was not answered, and what helps; no value of a patient."""

    detail: str
    remedy: str


PROBLEMS: dict[Any, Any] = dict.fromkeys(REMEDIES, Problem)


def asked_by_a_program(request: HttpRequest) -> bool:
    """Say whether an address belongs to the interface for programs."""
    return request.path.startswith(ADDRESS)


def problem(status: int, detail: str) -> HttpResponse:
    """Return the answer to a program that does not get what it asked for."""
    return JsonResponse({"detail": detail, "remedy": REMEDIES.get(status, REMEDIES[400])}, status=status)


def tell_problems(interface: NinjaAPI) -> None:
    """Let an interface tell what it refuses as a problem."""

    @interface.exception_handler(HttpError)
    def refused(_request: HttpRequest, error: HttpError) -> HttpResponse:
        words = "nobody is signed in" if error.status_code == 401 else str(error)
        return problem(error.status_code, words)

    @interface.exception_handler(ValidationError)
    def not_understood(_request: HttpRequest, error: ValidationError) -> HttpResponse:
        # The place and what is wanted; what was sent is not repeated.
        said = [f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors]
        return problem(422, "; ".join(said))
