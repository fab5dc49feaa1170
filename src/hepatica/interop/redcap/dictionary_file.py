"""The data dictionary of Hepatica's REDCap project as a CSV file in the layout that REDCap takes."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from hepatica.interop.redcap.layout import INSTRUMENTS, form_fields

if TYPE_CHECKING:
    from pathlib import Path

    from hepatica.interop.redcap.layout import FormField

HEADER = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note", "Text Validation Type OR Show Slider Number",
    "Text Validation Min", "Text Validation Max", "Identifier?", "Branching Logic (Show field only if...)",
    "Required Field?", "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?",
    "Field Annotation",
)  # fmt: skip


def write_dictionary_file(path: Path) -> None:
    """Write the data dictionary: one row per field, 18 columns."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(_row(one) for one in form_fields())


def _row(one: FormField) -> tuple[str, ...]:
    choices = " | ".join(f"{code}, {label}" for code, label in one.choices.items())
    return (
        one.name, one.form, one.section, one.kind, one.label, choices, one.note, one.validation, one.low, one.high,
        "y" if one.identifier else "", one.branching, "y" if one.required else "", "", "", "", "", one.annotation,
    )  # fmt: skip


def how_to_start() -> str:
    """Return how a centre makes a project of the dictionary."""
    repeating = "\n".join(f"     {one.title} ({one.name})" for one in INSTRUMENTS if one.repeating)
    return f"""A REDCap project for autoimmune hepatitis

1. New project; Project Setup, Data Dictionary: upload dictionary.csv.
2. Project Setup, Enable optional modules: Repeating instruments. Let these repeat:
{repeating}
3. Record IDs are pseudonyms. Field names and codes stay as they are; labels may be translated, fields may be added.
4. Export: Data Exports, All data, CSV / Microsoft Excel (raw data). Put it and the data dictionary into one folder:
     hepatica check redcap:FOLDER
   No mapping is needed; the mapping that is used is mapping_for_reading.yaml, for those who change fields.
"""
