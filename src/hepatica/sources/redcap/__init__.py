"""REDCap: a project's raw export, read by a mapping, with its data dictionary, events, and codes for missing data."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hepatica.errors import HepaticaError, SourceError, UsageError
from hepatica.record.settings import ReadingSettings
from hepatica.sources.centre_settings import FileSettings, centre_settings
from hepatica.sources.mapped_tables import MappedTables, mapped_tables
from hepatica.sources.mapping import CentreMapping, read_mapping
from hepatica.sources.redcap.aih import is_aih_project, shipped_mapping
from hepatica.sources.redcap.export import Export, open_export
from hepatica.sources.redcap.project import Project, ProjectFiles, project_files, read_project

__all__ = ["holds", "open_tables"]

QUERY = "?mapping="
MAPPING_FILE = "mapping.yaml"
DRAFT_REMEDY = "draft a mapping: hepatica mapping draft FOLDER --out mapping.yaml, then --mapping mapping.yaml"


def holds(path: Path) -> bool:
    """Whether a folder holds a REDCap project's data dictionary or XML; never raises, reads little."""
    try:
        files = project_files(path) if path.is_dir() else ProjectFiles()
    except (HepaticaError, OSError):
        return False
    return bool(files.dictionaries or files.xml)


def open_tables(where: str, mapping: Path | None, today: date) -> tuple[MappedTables, ReadingSettings]:
    """Return the six tables of `FOLDER?mapping=FILE`, and how their cells are read.

    A project made from Hepatica's own data dictionary needs no mapping; for others one is drafted.

    Raises:
        UsageError: no mapping is named, or it is wrong.
        SourceError: the folder is missing, cannot be read, or holds no raw export.
    """
    _ = today  # the record judges what lies in the future
    folder, named = _parts(where, mapping)
    if not folder.exists():
        raise SourceError(str(folder), "does not exist", "name the folder of the export: redcap:FOLDER")
    files = project_files(folder if folder.is_dir() else folder.parent)
    if not folder.is_dir():
        files = ProjectFiles(files.dictionaries, (folder,), files.events, files.arms, files.xml)
    project = read_project(files)
    chosen = named or _mapping_of(folder, project)
    read = read_mapping(chosen)
    exports = _exports(folder, read, files, project)
    tables = mapped_tables(folder, chosen, exports, read)
    return tables, tables.settings.reading


def _parts(where: str, mapping: Path | None) -> tuple[Path, Path | None]:
    """Return the folder and the mapping that were named, on either side."""
    text, query, named = where.rpartition(QUERY)
    if not query:
        return Path(where).expanduser(), mapping
    if mapping is not None:
        raise UsageError("--mapping", f"and {QUERY}{named} name two mappings", "name one")
    folder, file = Path(text).expanduser(), Path(named).expanduser()
    return folder, file if file.exists() or not (folder / named).exists() else folder / named


def _mapping_of(folder: Path, project: Project) -> Path:
    """Return the mapping that lies in the folder, or the one that belongs to Hepatica's own dictionary."""
    own = (folder if folder.is_dir() else folder.parent) / MAPPING_FILE
    if own.is_file():
        return own
    if project.dictionary is not None and is_aih_project(project.dictionary):
        return shipped_mapping()
    raise UsageError(f"redcap:{folder}", "needs a mapping: what its fields mean is not known", DRAFT_REMEDY)


def _exports(folder: Path, read: CentreMapping, files: ProjectFiles, project: Project) -> dict[str, Export]:
    """Return the files of the mapping that are exports of the project, opened."""
    settings = centre_settings(read.declaration, None)
    found = {}
    for name in read.declaration.content["files"]:
        file = settings.files[name]
        path = _data_file(folder, read, name, file, files)
        if path in files.data or len(settings.files) == 1:
            found[name] = open_export(path, file, project)
    return found


def _data_file(folder: Path, read: CentreMapping, name: str, file: FileSettings, files: ProjectFiles) -> Path:
    """Return where a file of the mapping lies; REDCap dates its exports, so the one export there is may be meant."""
    if not folder.is_dir():
        return folder
    declared = folder / (file.path or "")
    if declared.is_file():
        return declared
    if len(files.data) == 1 and len(read.declaration.content["files"]) == 1:
        return files.data[0]
    there = ", ".join(path.name for path in files.data) or "no raw export"
    raise read.declaration.fault(("files", name, "path"), f"{declared.name} does not exist", f"the folder has {there}")
