"""A drafted mapping as the YAML that people complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hepatica.record import TABLES
from hepatica.sources.redcap.draft import unused, word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hepatica.sources.redcap.dictionary import Dictionary
    from hepatica.sources.redcap.draft import Draft, Line, Part

DECIDE = "# decide: "
MOST_UNUSED = 200


def draft_text(draft: Draft, dictionary: Dictionary, data: str, missing: Mapping[str, str]) -> str:
    """Return a drafted mapping as text; lines that begin with "# decide:" are read only when that is removed."""
    return "\n".join(_lines(draft, dictionary, data, missing)) + "\n"


def _lines(draft: Draft, dictionary: Dictionary, data: str, missing: Mapping[str, str]) -> Iterator[str]:
    yield f"# A draft from {dictionary.file}: {draft.sure} lines are sure, {len(draft.to_decide)} must be decided."
    yield "# A line that begins with '# decide:' is not read. Correct it and remove these words, or remove the line."
    yield "# Units, codes, and dates that nobody has decided are never guessed. See docs/redcap.md."
    yield f"title: {word('REDCap project, drafted from ' + dictionary.file)}"
    yield "files:"
    yield f"  export: {{path: {word(data)}}}"
    if missing:
        yield f"# The project's own codes for missing data are read as unknown: {', '.join(missing)}"
    yield ""
    yield "tables:"
    for table in TABLES:
        yield from _table(table, [part for part in draft.parts if part.table == table])
    yield from _unused(draft, dictionary)


def _table(table: str, parts: list[Part]) -> Iterator[str]:
    if not parts:
        return
    mark = DECIDE if all(_is_open(part) for part in parts) else ""
    yield f"{_marked('  ', mark)}{table}:"
    if table == "patients":
        yield from _part(parts[0], "    ", "")
        return
    for part in parts:
        yield f"    # form {part.form}" + (f"; decide: {part.doubt}" if part.doubt else "")
        yield from _part(part, "      ", DECIDE if _is_open(part) else "", first="    - ")


def _is_open(part: Part) -> bool:
    """Whether a part cannot be read yet: doubtful as a whole, or without a line that its table needs."""
    needed = set(TABLES[part.table].required)
    doubtful = {line.key for line in part.columns if line.doubt}
    return bool(part.doubt or needed & doubtful or (part.table == "measurements" and not _has_result(part)))


def _has_result(part: Part) -> bool:
    return any(not line.doubt for line in part.wide) or any(line.key == "value" for line in part.columns)


def _part(part: Part, indent: str, mark: str, first: str | None = None) -> Iterator[str]:
    yield f"{_marked(first if first is not None else indent, mark)}columns:"
    yield from (_line(line, indent + "  ", mark) for line in part.columns)
    if part.wide:
        yield f"{_marked(indent, mark)}wide:"
        yield from (_line(line, indent + "  ", mark) for line in part.wide)


def _marked(indent: str, mark: str) -> str:
    """Return the beginning of a line: a mark stands before the indent, which comes back when it is removed."""
    return f"{mark}{indent}" if mark else indent


def _line(line: Line, indent: str, mark: str) -> str:
    own = mark or (DECIDE if line.doubt else "")
    remark = "; ".join(text for text in (line.remark, line.doubt) if text)
    return f"{_marked(indent, own)}{line.key}: {line.rule}" + (f"  # {remark}" if remark else "")


def _unused(draft: Draft, dictionary: Dictionary) -> Iterator[str]:
    left = unused(draft, dictionary)
    if left:
        yield ""
        yield f"# Not used ({len(left)} fields):"
        for one in left[:MOST_UNUSED]:
            yield f"#   {one.form}: {one.name}" + (f" ({' '.join(one.label.split())[:60]})" if one.label else "")
