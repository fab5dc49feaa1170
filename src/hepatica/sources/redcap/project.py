"""A REDCap project as a folder holds it: which file is the data, the dictionary, the events, the arms, the XML."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hepatica.errors import HepaticaError, SourceError
from hepatica.sources.redcap.dictionary import Dictionary, is_dictionary_header, read_dictionary
from hepatica.sources.redcap.project_xml import Event, read_project_xml
from hepatica.sources.separated_tables import SEPARATORS, Layout, SeparatedTable, plain_name, read_header
from hepatica.sources.text_files import open_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

EVENT, INSTRUMENT, INSTANCE = "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"
GROUP = "redcap_data_access_group"
STRUCTURE = (EVENT, INSTRUMENT, INSTANCE)
STATUS_ENDING = "_complete"
LABELS_OF_COLUMNS = {"Event Name", "Repeat Instrument", "Repeat Instance", "Complete?", "Data Access Group"}
ENDINGS = (".csv", ".csv.gz")
# More files than this in one folder are no export of one project.
MOST_FILES = 500
ODM_HEAD = 1 << 12
# The header is one of the first lines: blank lines and Excel's sep=; may stand before it.
HEADER_WITHIN = 5


@dataclass(frozen=True)
class Project:
    """What is known of a project besides its data: the dictionary, events, arms, and its codes for missing data."""

    dictionary: Dictionary | None = None
    events: tuple[Event, ...] = ()
    arms: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ProjectFiles:
    """The files of a project's folder by what they hold; `data` are all that may be the records."""

    dictionaries: tuple[Path, ...] = ()
    data: tuple[Path, ...] = ()
    events: Path | None = None
    arms: Path | None = None
    xml: Path | None = None


def project_files(folder: Path) -> ProjectFiles:
    """Return a folder's files by what their first lines say that they hold.

    Raises:
        SourceError: the folder cannot be read.
    """
    found: dict[str, list[Path]] = {"dictionary": [], "data": [], "events": [], "arms": [], "xml": []}
    for path in _candidates(folder):
        if (kind := _kind(path)) is not None:
            found[kind].append(path)
    return ProjectFiles(
        tuple(found["dictionary"]),
        tuple(found["data"]),
        _only(found["events"]),
        _only(found["arms"]),
        _only(found["xml"]),
    )


def _candidates(folder: Path) -> Iterator[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError as trouble:
        what = trouble.strerror or str(trouble)
        raise SourceError(str(folder), f"cannot be read ({what})", "check the folder and its permissions") from trouble
    files = [path for path in entries if path.name.casefold().endswith((*ENDINGS, ".xml")) and path.is_file()]
    if len(files) > MOST_FILES:
        raise SourceError(str(folder), f"holds {len(files)} files", "put the export of one project into its own folder")
    yield from files


def _only(paths: list[Path]) -> Path | None:
    return paths[0] if paths else None


def _kind(path: Path) -> str | None:
    """Return what a file holds by its first lines, None if that is nothing of a REDCap project."""
    if path.name.casefold().endswith(".xml"):
        head = _head(path)
        return "xml" if b"<ODM" in head and b"projectredcap.org" in head else None
    names = header_of(path)
    plain = {plain_name(name) for name in names}
    if is_dictionary_header(names):
        return "dictionary"
    if "unique_event_name" in plain:
        return "events"
    if plain == {"arm_num", "name"}:
        return "arms"
    if plain.intersection((*STRUCTURE, GROUP)) or any(name.endswith(STATUS_ENDING) for name in plain):
        return "data"
    return "data" if is_labelled_header(names) else None


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(ODM_HEAD)
    except OSError:  # a file that nobody may read is none of the project's
        return b""


def is_labelled_header(names: tuple[str, ...]) -> bool:
    """Whether column names are those of an export with labels, which can be recognised but not read."""
    return bool(
        {"Event Name", "Repeat Instrument", "Repeat Instance", "Complete?", "Data Access Group"}.intersection(names)
    )


def header_of(path: Path) -> tuple[str, ...]:
    """Return the column names of a text table, none if it is no text table."""
    try:
        return text_table(path).names
    except HepaticaError:
        return ()


def text_table(path: Path, encoding: str | None = None, layout: Layout | None = None) -> SeparatedTable:
    """Return a text table with its header read, whatever its columns are called.

    Raises:
        SourceError: it cannot be opened, is no text, or is empty.
    """
    text, layout = open_text(path, path.name, encoding), layout or Layout()
    lines = next((chunk for chunk in text.chunks() if chunk), b"").split(b"\n")
    first = [line.decode("utf-8", "replace").strip() for line in lines[layout.skip_lines :][:HEADER_WITHIN]]
    names = [cell.strip().strip('"') for line in first for mark in SEPARATORS for cell in line.split(mark)]
    return read_header(text, [name for name in names if name], layout)


def read_project(files: ProjectFiles) -> Project:
    """Return what the files of a project say besides the data.

    Raises:
        SourceError: one of them cannot be read.
    """
    xml = read_project_xml(files.xml) if files.xml is not None else None
    dictionary = _one_dictionary([read_dictionary(path) for path in files.dictionaries])
    events = _events(files.events) if files.events is not None else ()
    arms = _arms(files.arms) if files.arms is not None else {}
    if xml is None:
        return Project(dictionary, events, arms)
    return Project(dictionary or xml.dictionary, events or xml.events, arms or xml.arms, xml.missing)


def _one_dictionary(found: list[Dictionary]) -> Dictionary | None:
    """Return the project's dictionary; it may lie there twice, as the pages and as the API give it."""
    for other in found[1:]:
        if [(one.name, one.form, one.kind) for one in other.fields.values()] != [
            (one.name, one.form, one.kind) for one in found[0].fields.values()
        ]:
            what = f"and {found[0].file} are dictionaries of different projects"
            raise SourceError(other.file, what, "leave only the one that belongs to the data in the folder")
    return found[0] if found else None


def _events(path: Path) -> tuple[Event, ...]:
    return tuple(
        Event(unique, name, arm) for unique, name, arm in _texts(path, ("unique_event_name", "event_name", "arm_num"))
    )


def _arms(path: Path) -> dict[str, str]:
    return {row[0]: row[1] for row in _texts(path, ("arm_num", "name"))}


def _texts(path: Path, columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return some columns of a small table as text."""
    table = text_table(path)
    places = {name: place for name in columns if (place := table.position(name)) is not None}
    rows: list[tuple[str, ...]] = []
    for block in table.blocks(places):
        rows += [tuple(row.get(name) or "" for name in columns) for row in block.frame.iter_rows(named=True)]
    return rows
