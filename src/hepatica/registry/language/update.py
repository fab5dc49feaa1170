"""Bringing a language's catalogue up to date: `python -m hepatica.registry.language.update de`."""

from __future__ import annotations

import sys

from hepatica.registry.language.catalogue import Text, mo_bytes, mo_file, po_file, po_text, read_po
from hepatica.registry.language.extraction import texts
from hepatica.registry.operation import starting


def update(language: str) -> list[Text]:
    """Write both files of a language with every text that the pages say now; return those that lack a translation.

    What is translated stays; a text that is said no more goes.
    """
    path = po_file(language)
    header, before = read_po(path.read_text(encoding="utf-8")) if path.is_file() else ("", {})
    places = texts()
    now = {text: before.get(text) or (("", "") if text.many else ("",)) for text in places}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(po_text(language, now, places, header), encoding="utf-8")
    header, now = read_po(path.read_text(encoding="utf-8"))
    mo_file(language).write_bytes(mo_bytes(header, now))
    return [text for text, said in now.items() if not all(said)]


def main(languages: list[str]) -> int:
    """Bring the languages up to date that are named, and say what lacks a translation."""
    starting.configure()
    lacking = 0
    for language in languages:
        for text in update(language):
            lacking += 1
            print(f"{language}: {text.one}")  # noqa: T201  (the answer of this command)
    return 1 if lacking else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
