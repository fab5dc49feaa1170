"""Every text that the registry's pages can say: from templates and Python, the roles' file, and the engine's lists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hepatica.registry.access.roles import permissions, roles
from hepatica.registry.language.catalogue import Text
from hepatica.registry.language.engine_words import CONTEXT, fixed_words

REGISTRY: Final = Path(__file__).parents[1]
CALLS: Final = {
    "_": ("one",),
    "gettext": ("one",),
    "gettext_lazy": ("one",),
    "gettext_noop": ("one",),
    "ngettext": ("one", "many"),
    "ngettext_lazy": ("one", "many"),
    "pgettext": ("context", "one"),
    "pgettext_lazy": ("context", "one"),
    "npgettext": ("context", "one", "many"),
}
# A call of these in what Django makes of a template: nothing else of it is meant to be read.
_CALL: Final = re.compile(
    r"""\b(?P<name>_|n?p?gettext)\((?P<strings>(?:\s*,?\s*u?(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'))+)""", re.DOTALL
)


def texts() -> dict[Text, list[str]]:
    """Return every text with the files in which it stands, in the order of these files."""
    found: dict[Text, list[str]] = {}
    for place, text in (*_in_templates(), *_in_python(), *_in_roles(), *_of_engine()):
        places = found.setdefault(text, [])
        if place not in places:
            places.append(place)
    return _plurals_first(found)


def _plurals_first(found: dict[Text, list[str]]) -> dict[Text, list[str]]:
    """Leave out a text that stands elsewhere with its plural: a catalogue has it once, and gives its singular."""
    counted = {(text.one, text.context) for text in found if text.many}
    return {text: places for text, places in found.items() if text.many or (text.one, text.context) not in counted}


def _in_templates() -> Iterator[tuple[str, Text]]:
    from django.utils.translation.template import templatize  # noqa: PLC0415  (reads Django's settings)

    for path in sorted((REGISTRY / "templates").rglob("*.html")):
        source = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        for call in _CALL.finditer(source):
            strings = ast.literal_eval(f"[{call['strings']}]")
            yield _place(path), _text(call["name"], strings)


def _in_python() -> Iterator[tuple[str, Text]]:
    for path in sorted(REGISTRY.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and name in CALLS:
                wanted = node.args[: len(CALLS[name])]
                strings = [one.value for one in wanted if isinstance(one, ast.Constant) and isinstance(one.value, str)]
                if len(strings) == len(CALLS[name]):
                    yield _place(path), _text(name, strings)


def _text(name: str, strings: list[str]) -> Text:
    return Text(**dict(zip(CALLS[name], strings, strict=True)))


def _in_roles() -> Iterator[tuple[str, Text]]:
    place = "access/permissions.yaml"
    for words in permissions().values():
        yield place, Text(words)
    for role in roles().values():
        yield place, Text(role.title)
        yield place, Text(role.prose)


def _of_engine() -> Iterator[tuple[str, Text]]:
    for words in fixed_words():
        yield "language/engine_words.py", Text(words, context=CONTEXT)


def _place(path: Path) -> str:
    return str(path.relative_to(REGISTRY))
