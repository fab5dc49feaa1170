"""A language's catalogue: the .po file that people edit, and the .mo file of the same content that Django reads.

Both are written here, so that a text is added or translated on a machine without gettext; a test has GNU gettext read
the same where it is installed.
"""

from __future__ import annotations

import ast
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LOCALE: Final = Path(__file__).parents[1] / "locale"
DOMAIN: Final = "django"
MAGIC: Final = 0x950412DE
CONTEXT_END, PLURAL_END = "\x04", "\x00"
HEADER: Final = """Project-Id-Version: Hepatica
Language: {language}
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit
Plural-Forms: nplurals=2; plural=(n != 1);
"""


@dataclass(frozen=True, order=True)
class Text:
    """A text of the pages in English: one, or singular and plural; `context` tells two equal ones apart."""

    one: str
    many: str = ""
    context: str = ""

    @property
    def key(self) -> str:
        """Return what stands for the text in a compiled catalogue."""
        before = f"{self.context}{CONTEXT_END}" if self.context else ""
        return before + self.one + (f"{PLURAL_END}{self.many}" if self.many else "")


Translations = Mapping[Text, tuple[str, ...]]


def folder(language: str) -> Path:
    """Return where the catalogue of a language lies."""
    return LOCALE / language / "LC_MESSAGES"


def po_file(language: str) -> Path:
    """Return the file of a language that people edit."""
    return folder(language) / f"{DOMAIN}.po"


def mo_file(language: str) -> Path:
    """Return the file of a language that Django reads."""
    return folder(language) / f"{DOMAIN}.mo"


def read_po(text: str) -> tuple[str, dict[Text, tuple[str, ...]]]:
    """Return header and translations of a .po file; a text that is marked fuzzy counts as not translated."""
    header, found = "", {}
    for block in text.split("\n\n"):
        parts = _parts(block)
        if "msgid" not in parts:
            continue
        told = Text(parts["msgid"], parts.get("msgid_plural", ""), parts.get("msgctxt", ""))
        said = tuple(words for name, words in sorted(parts.items()) if name.startswith("msgstr"))
        if not told.one:
            header = said[0]
            continue
        if told in found:
            raise ValueError(f"{told.one!r} stands twice in the catalogue")
        fuzzy = any(line.startswith("#,") and "fuzzy" in line for line in block.splitlines())
        found[told] = tuple("" for _ in said) if fuzzy else said
    return header, found


def _parts(block: str) -> dict[str, str]:
    """Return the strings of an entry by their keywords (msgid, msgstr[0] …), continued lines joined."""
    parts: dict[str, str] = {}
    name = ""
    for line in block.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if not line.startswith('"'):
            name, _, line = line.partition(" ")  # noqa: PLW2901  (what is left is the string)
            parts[name] = ""
        parts[name] += ast.literal_eval(line)
    return parts


def po_text(language: str, translations: Translations, places: Mapping[Text, Iterable[str]], header: str = "") -> str:
    """Return a .po file: each text with the files in which it stands; one without a translation is empty."""
    blocks = [_block(Text(""), (header or HEADER.format(language=language),), (), flag="")]
    for told, said in translations.items():
        flag = "#, python-format\n" if "%(" in told.one else ""
        blocks.append(_block(told, said, places.get(told, ()), flag=flag))
    return "\n\n".join(blocks) + "\n"


def _block(told: Text, said: tuple[str, ...], places: Iterable[str], *, flag: str) -> str:
    lines = [f"#: {place}" for place in places]
    if flag:
        lines.append(flag.strip())
    if told.context:
        lines.append(f"msgctxt {_quoted(told.context)}")
    lines.append(f"msgid {_quoted(told.one)}")
    if told.many:
        lines.append(f"msgid_plural {_quoted(told.many)}")
        lines += [f"msgstr[{number}] {_quoted(words)}" for number, words in enumerate(said)]
    else:
        lines.append(f"msgstr {_quoted(said[0])}")
    return "\n".join(lines)


def _quoted(words: str) -> str:
    """Return a string as a .po file writes it; one of several lines line by line."""
    escaped = words.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    lines = escaped.split("\n")
    if len(lines) == 1:
        return f'"{lines[0]}"'
    ended = [f'"{line}\\n"' for line in lines[:-1]] + ([f'"{lines[-1]}"'] if lines[-1] else [])
    return "\n".join(['""', *ended])


def mo_bytes(header: str, translations: Translations) -> bytes:
    """Return the compiled catalogue: header and every text that is translated, sorted by key (GNU's .mo format)."""
    entries = {"": header} | {
        told.key: PLURAL_END.join(said) for told, said in translations.items() if all(said)
    }  # fmt: skip
    pairs = sorted((key.encode(), words.encode()) for key, words in entries.items())
    start = 7 * 4 + 16 * len(pairs)
    content = b""
    tables: tuple[list[bytes], list[bytes]] = ([], [])
    for side, table in enumerate(tables):
        for pair in pairs:
            table.append(struct.pack("<II", len(pair[side]), start + len(content)))
            content += pair[side] + b"\x00"
    head = struct.pack("<7I", MAGIC, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    return head + b"".join(tables[0]) + b"".join(tables[1]) + content
