"""A folder with a REDCap project in, a drafted mapping out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hepatica.errors import SourceError
from hepatica.sources.redcap.draft import draft_mapping, unused
from hepatica.sources.redcap.draft_text import draft_text
from hepatica.sources.redcap.project import header_of, project_files, read_project

if TYPE_CHECKING:
    from pathlib import Path

DATA = "data.csv"


@dataclass(frozen=True)
class DraftedMapping:
    """A drafted mapping as text, how many lines are sure, what must be decided, and which fields are not used."""

    text: str
    sure: int
    to_decide: tuple[str, ...]
    unused: tuple[str, ...]


def drafted_mapping(folder: Path) -> DraftedMapping:
    """Return a first mapping for the REDCap project of a folder, from its data dictionary or XML.

    Raises:
        SourceError: there is no data dictionary, or it cannot be read.
    """
    if not folder.is_dir():
        raise SourceError(str(folder), "is no folder", "name the folder that holds the data dictionary")
    files = project_files(folder)
    project = read_project(files)
    if project.dictionary is None:
        remedy = (
            "put the project's data dictionary (CSV) or XML into it; other files are described as in docs/mapping.md"
        )
        raise SourceError(str(folder), "holds no REDCap data dictionary", remedy)
    data = files.data[0] if files.data else None
    draft = draft_mapping(project.dictionary, header_of(data) if data is not None else ())
    text = draft_text(draft, project.dictionary, data.name if data is not None else DATA, project.missing)
    left = tuple(one.name for one in unused(draft, project.dictionary))
    return DraftedMapping(text, draft.sure, tuple(draft.to_decide), left)
