"""Small REDCap projects as centres export them, and what reading them says."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from hepatica.sources import open_source

if TYPE_CHECKING:
    from pathlib import Path

    from hepatica.record import Reading, Record

TODAY = date(2026, 1, 1)
HEADER = (
    "Variable / Field Name,Form Name,Section Header,Field Type,Field Label,"
    '"Choices, Calculations, OR Slider Labels",Field Note,Text Validation Type OR Show Slider Number,'
    "Text Validation Min,Text Validation Max,Identifier?,Branching Logic (Show field only if...),Required Field?,"
    "Custom Alignment,Question Number (surveys only),Matrix Group Name,Matrix Ranking?,Field Annotation\n"
)
API_HEADER = (
    "field_name,form_name,section_header,field_type,field_label,select_choices_or_calculations,field_note,"
    "text_validation_type_or_show_slider_number,text_validation_min,text_validation_max,identifier,branching_logic,"
    "required_field,custom_alignment,question_number,matrix_group_name,matrix_ranking,field_annotation\n"
)


def field(name: str, form: str, kind: str = "text", label: str = "", *, choices: str = "", validation: str = "") -> str:
    """Return a field as a line of a data dictionary."""
    return f'{name},{form},,{kind},"{label or name}","{choices}",,{validation},,,,,,,,,,\n'


def project(folder: Path, data: str, *fields: str, mapping: str, header: str = HEADER) -> Path:
    """Write a project's export, dictionary, and mapping into a folder."""
    (folder / "data.csv").write_text(data, encoding="utf-8")
    (folder / "dictionary.csv").write_text(header + "".join(fields), encoding="utf-8")
    (folder / "mapping.yaml").write_text(mapping, encoding="utf-8")
    return folder


def read(folder: Path, mapping: Path | None = None) -> tuple[Record, Reading]:
    return open_source(f"redcap:{folder}", mapping=mapping, today=TODAY).read()
