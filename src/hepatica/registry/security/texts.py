"""What no database of the registry keeps is refused at the door, the same on each: the character NUL."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, QueryDict

NUL = "\0"


class PlainTexts:
    """Answers 400 to an address or a form with a NUL in it, which PostgreSQL takes in no text."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, if it can be kept as text."""
        texts = [request.path, *_texts(request.GET), *_texts(request.POST)]
        if any(NUL in text for text in texts):
            raise BadRequest("a NUL in the address or a field")
        return self.get_response(request)


def _texts(sent: QueryDict) -> list[str]:
    """Return the names and values of what was sent."""
    return [text for name, values in sent.lists() for text in (name, *values)]
