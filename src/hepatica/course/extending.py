"""Files that extend another: what a file says itself, and what it takes over. Definition sets and protocols alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hepatica.errors import UsageError

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Layer:
    """What one file says: the name or path by which it was asked for, and its own values."""

    asked_for: str
    values: Values


def layers(name_or_path: str, read: Callable[[str], Values], root: str | None = None) -> tuple[Layer, ...]:
    """Return a file's own values, then those of the file it extends, and so on to the last.

    `root` is the file that one without `extends` extends all the same. Raises `UsageError` for a circle.
    """
    found: list[Layer] = []
    wanted: str | None = name_or_path
    while wanted is not None:
        if any(layer.asked_for == wanted for layer in found):
            raise UsageError(wanted, "extends itself", "remove the circle of `extends`")
        values = dict(read(wanted))
        base = values.pop("extends", None)
        found.append(Layer(wanted, values))
        wanted = base if base is not None or wanted == root else root
    return tuple(found)


def merged(found: tuple[Layer, ...]) -> Values:
    """Return the values of all layers; of a key said twice, the file that extends wins, whole."""
    return {key: value for layer in reversed(found) for key, value in layer.values.items()}
