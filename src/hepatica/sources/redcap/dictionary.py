"""A REDCap data dictionary: the fields of a project with form, type, choices, validation; from the file or the API."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from hepatica.errors import SourceError
from hepatica.sources.separated_tables import Layout, plain_name, read_header
from hepatica.sources.text_files import open_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# What each column is called in the dictionary that the project's pages give, and in the API's metadata.
HEADINGS = {
    "name": ("Variable / Field Name", "field_name"),
    "form": ("Form Name", "form_name"),
    "kind": ("Field Type", "field_type"),
    "label": ("Field Label", "field_label"),
    "choices": ("Choices, Calculations, OR Slider Labels", "select_choices_or_calculations"),
    "note": ("Field Note", "field_note"),
    "validation": ("Text Validation Type OR Show Slider Number", "text_validation_type_or_show_slider_number"),
    "identifier": ("Identifier?", "identifier"),
    "annotation": ("Field Annotation", "field_annotation"),
}
NEEDED = ("name", "form", "kind")
WITH_CHOICES = ("radio", "dropdown", "checkbox")
FIXED_CHOICES = {"yesno": {"1": "Yes", "0": "No"}, "truefalse": {"1": "True", "0": "False"}}
LARGEST_DICTIONARY = 1 << 25
REMEDY = "export it again: Project Setup, Data Dictionary, Download the current Data Dictionary"


@dataclass(frozen=True)
class Field:
    """One field of a project: its form, type, label, choices (code to label), validation, and remarks."""

    name: str
    form: str
    kind: str
    label: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    validation: str = ""
    identifier: bool = False
    annotation: str = ""

    def columns(self) -> list[str]:
        """Return the columns of an export that hold the field: one, or one per choice of a checkbox."""
        if self.kind == "checkbox":
            return [checkbox_column(self.name, code) for code in self.choices]
        return [] if self.kind == "descriptive" else [self.name]

    @property
    def has_decimal_comma(self) -> bool:
        """Whether its numbers are exported with a decimal comma."""
        return "comma_decimal" in self.validation

    @property
    def is_date(self) -> bool:
        """Whether it holds a day or a time; raw exports write both year first, however they are shown on the form."""
        return self.validation.startswith("date")


def checkbox_column(name: str, code: str) -> str:
    """Return the column of one choice of a checkbox: code -1 of race is race____1."""
    return f"{name}___{re.sub(r'[^a-z0-9_]', '_', code.lower())}"


@dataclass(frozen=True)
class Dictionary:
    """The fields of a project in their order; the first is the record ID."""

    file: str
    fields: Mapping[str, Field]

    @property
    def id_field(self) -> Field:
        """Return the record ID: the first field of every project."""
        return next(iter(self.fields.values()))

    def forms(self) -> list[str]:
        """Return the instruments in their order."""
        return list(dict.fromkeys(one.form for one in self.fields.values()))

    def by_column(self) -> dict[str, Field]:
        """Return the field of each column of an export, without the columns that REDCap adds."""
        return {column: one for one in self.fields.values() for column in one.columns()}

    def form_of(self, column: str) -> str | None:
        """Return the instrument of an export's column, also of its status column (labs_complete); None if unknown."""
        found = self.by_column().get(column)
        if found is not None:
            return found.form
        form = column.removesuffix("_complete")
        return form if form in self.forms() else None


def parsed_choices(text: str) -> dict[str, str]:
    """Return the choices of "1, Yes | 0, No" as code to label; a label may hold commas."""
    found = {}
    for part in re.split(r"\||\n", text):
        code, comma, label = part.partition(",")
        if code.strip():
            found[code.strip()] = label.strip() if comma else code.strip()
    return found


def choices_of(kind: str, text: str) -> dict[str, str]:
    """Return the choices of a field of some type; other types use the same cell for calculations and sliders."""
    return dict(FIXED_CHOICES.get(kind, {})) or (parsed_choices(text) if kind in WITH_CHOICES else {})


def is_dictionary_header(names: tuple[str, ...]) -> bool:
    """Whether column names are those of a data dictionary."""
    known = {plain_name(name) for name in names}
    return all(known.intersection(map(plain_name, HEADINGS[part])) for part in NEEDED)


def read_dictionary(path: Path) -> Dictionary:
    """Return the data dictionary of a project, as its pages or its API export it.

    Raises:
        SourceError: it cannot be read, is no data dictionary, or names a field twice.
    """
    if path.stat().st_size > LARGEST_DICTIONARY:
        raise SourceError(path.name, "is too large for a data dictionary", REMEDY)
    rows = _rows(path)
    fields: dict[str, Field] = {}
    for line, row in rows:
        if not row["name"]:
            raise SourceError(f"{path.name}, line {line}", "names no field", REMEDY)
        if row["name"] in fields:
            raise SourceError(f"{path.name}, line {line}", f"names the field {row['name']} a second time", REMEDY)
        fields[row["name"]] = _field(row)
    if not fields:
        raise SourceError(path.name, "names no field at all", REMEDY)
    return Dictionary(path.name, fields)


def _field(row: Mapping[str, str]) -> Field:
    kind = row["kind"].lower()
    return Field(
        name=row["name"],
        form=row["form"],
        kind=kind,
        label=row["label"],
        choices=choices_of(kind, row["choices"]),
        note=row["note"],
        validation=row["validation"].lower() if kind == "text" else "",
        identifier=row["identifier"].lower() == "y",
        annotation=row["annotation"],
    )


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of the dictionary's file with their lines; a line that is no row would be a lost field."""
    text = open_text(path, path.name)
    table = read_header(text, [name for names in HEADINGS.values() for name in names], Layout())
    if not is_dictionary_header(table.names):
        raise SourceError(path.name, "is no REDCap data dictionary", REMEDY)
    places = {}
    for part, names in HEADINGS.items():
        found = [place for name in names if (place := table.position(name)) is not None]
        if found:
            places[part] = found[0]
    blocks = list(table.blocks(places))
    for bad in (line for block in blocks for line in block.bad):
        raise SourceError(f"{path.name}, line {bad.line}", "is no row of the data dictionary", bad.explanation)
    frame = pl.concat([block.frame for block in blocks]) if blocks else pl.DataFrame()
    plain = frame.with_columns(pl.col(pl.String).str.strip_chars().fill_null(""))  # an empty cell of a dictionary
    return [(row["line"], {part: row.get(part, "") for part in HEADINGS}) for row in plain.iter_rows(named=True)]
