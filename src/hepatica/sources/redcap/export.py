"""A raw export of a REDCap project: which rows a rule is about, and what their cells mean.

One row is a record, an event of a record, or an instance of a repeating form or event; it has the columns of every
form, empty where it is about another. A rule is about the rows of the forms that its fields stand on.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from hepatica.errors import SourceError
from hepatica.sources.centre_settings import FileSettings
from hepatica.sources.column_rules import cell, name_in
from hepatica.sources.redcap.project import (
    EVENT,
    INSTANCE,
    INSTRUMENT,
    STATUS_ENDING,
    STRUCTURE,
    Project,
    is_labelled_header,
    text_table,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hepatica.sources.account import Account
    from hepatica.sources.mapping_rules import TableRule
    from hepatica.sources.redcap.dictionary import Dictionary, Field
    from hepatica.sources.separated_tables import SeparatedTable

RAW_REMEDY = "export it again: Data Exports, All data, CSV / Microsoft Excel (raw data)"
# What stands between values of one field that differ within one record: no date and no choice can be read from it.
BETWEEN = " | "


@dataclass(frozen=True)
class Export:
    """A raw export: where it lies, how it is written, its columns, and what is known of its project."""

    path: Path
    settings: FileSettings
    project: Project
    names: tuple[str, ...]

    @property
    def id_field(self) -> str:
        """Return the column of the record ID: the first."""
        return self.names[0]

    def structure(self) -> list[str]:
        """Return the columns that say what a row is: record, event, repeating form, instance."""
        return [self.id_field, *(name for name in STRUCTURE if name in self.names)]

    def table(self) -> SeparatedTable:
        """Return the export with its header read."""
        return text_table(self.path, self.settings.encoding, self.settings.layout)

    def elsewhere(self, rule: TableRule) -> Mapping[str, pl.DataFrame]:
        """Return the cells that a rule takes from other rows, by the columns that find them."""
        return {name_in(column, of): self._elsewhere(column, of) for of, column in rule.elsewhere()}

    def _elsewhere(self, column: str, of: str) -> pl.DataFrame:
        """Return one field by record, or by record and event (the rows of the event's own forms)."""
        by = [self.id_field, EVENT] if of == "event" and EVENT in self.names else [self.id_field]
        table = self.table()
        wanted = {name: table.position(name) for name in dict.fromkeys((*self.structure(), column))}
        places = {name: place for name, place in wanted.items() if place is not None}
        found = []
        for block in table.blocks({name_in(name): place for name, place in places.items()}):
            rows = self._meant(_bare(block.frame)).filter(cell(column).is_not_null())
            if of == "event":
                rows = rows.filter(pl.all_horizontal(cell(name).is_null() for name in self._repeats()))
            found.append(rows.select(*(name_in(name) for name in by), said=cell(column)))
        whole = (
            pl.concat(found) if found else pl.DataFrame(schema=dict.fromkeys(["said", *map(name_in, by)], pl.String))
        )
        said = whole.group_by([name_in(name) for name in by], maintain_order=True).agg(_one_or_all("said"))
        return said.rename({"said": name_in(column, of)})

    def _repeats(self) -> list[str]:
        return [name for name in (INSTRUMENT, INSTANCE) if name in self.names]

    def rows(
        self, block: pl.DataFrame, rule: TableRule, elsewhere: Mapping[str, pl.DataFrame], account: Account
    ) -> pl.DataFrame:
        """Return the rows of a block that a rule is about, with cells of other rows beside them, and their key."""
        rows = self._meant(block, account).with_columns(key=self._key())
        if rule.table != "patients":  # every record is a patient, whatever else is known of it
            rows = self._of_the_forms(rows, rule)
            rows = self._filled(rows, rule, account)
        for name, found in elsewhere.items():
            on = [column for column in found.columns if column != name]
            rows = rows.join(found, on=on, how="left", maintain_order="left")
        return rows

    def _meant(self, block: pl.DataFrame, account: Account | None = None) -> pl.DataFrame:
        """Return cells as the dictionary means them: codes for missing data are empty, decimal commas are points."""
        fields = self.project.dictionary.by_column() if self.project.dictionary is not None else {}
        missing = list(self.project.missing)
        columns = []
        for name in (name for name in self.names if name_in(name) in block.columns and name not in self.structure()):
            text = cell(name)
            if missing:
                text = pl.when(text.is_in(missing).not_()).then(text)
            if name in fields and fields[name].has_decimal_comma:
                text = text.str.replace(r"^([<>=]*\s*[-+]?[0-9]*),([0-9]+)$", "${1}.${2}")
            columns.append(text.alias(name_in(name)))
        if missing and account is not None:
            self._tell_missing(block, missing, account)
        return block.with_columns(columns)

    def _tell_missing(self, block: pl.DataFrame, missing: list[str], account: Account) -> None:
        cells = [column for column in block.columns if column.startswith("in:")]
        counts = block.select(pl.col(cells).is_in(missing).sum()).row(0) if cells else ()
        if any(counts):
            codes = ", ".join(f"{code} ({label})" for code, label in self.project.missing.items())
            account.note(f"{self.path.name}: the project's codes for missing data are read as unknown: {codes}")

    def _key(self) -> pl.Expr:
        """Return a row's origin in the project's terms: record 12, event visit_1_arm_1, instrument labs, instance 2."""
        said = {EVENT: "event", INSTRUMENT: "instrument", INSTANCE: "instance"}
        parts = [pl.format("record {}", cell(self.id_field).fill_null("without ID"))]  # shown, not read
        for name in STRUCTURE:
            if name in self.names:
                known = cell(name).is_not_null()
                parts.append(pl.when(known).then(pl.format(f", {said[name]} {{}}", cell(name))).otherwise(pl.lit("")))
        return pl.concat_str(parts)

    def _of_the_forms(self, rows: pl.DataFrame, rule: TableRule) -> pl.DataFrame:
        """Return the rows of the forms that a rule's fields stand on; without a dictionary every row may be one."""
        dictionary = self.project.dictionary
        if dictionary is None or INSTRUMENT not in self.names:
            return rows
        forms = {form for name in rule.own() if (form := dictionary.form_of(name)) is not None}
        return rows.filter(cell(INSTRUMENT).is_null() | cell(INSTRUMENT).is_in(list(forms)))

    def _filled(self, rows: pl.DataFrame, rule: TableRule, account: Account) -> pl.DataFrame:
        """Return the rows in which any of a rule's fields is filled: the others are about something else."""
        fields = [name for name in rule.own() if name not in STRUCTURE and not name.endswith(STATUS_ENDING)]
        if not fields:
            return rows
        boxes = self._boxes()
        filled = pl.any_horizontal(
            (cell(name) == "1").fill_null(value=False) if name in boxes else cell(name).is_not_null() for name in fields
        )  # a box that is not there is not ticked
        kept = rows.filter(filled)
        account.empty_rows[f"{rule.table} from {', '.join(fields[:3])}{' …' if len(fields) > 3 else ''}"] += (
            rows.height - kept.height
        )
        return kept

    def _boxes(self) -> set[str]:
        dictionary = self.project.dictionary
        if dictionary is None:
            return {name for name in self.names if "___" in name}
        return {column for column, one in dictionary.by_column().items() if one.kind == "checkbox"}

    def once(self, made: Iterator[pl.DataFrame], rule: TableRule, account: Account) -> Iterator[pl.DataFrame]:
        """Yield one row per record, each column from whichever row of the record has it.

        Values that differ within a record are shown side by side: nothing is chosen, and no date or choice is read
        from two.
        """
        facts = [column.target for column in rule.columns if column.target != "patient_id"]
        found = list(made)
        if not found:
            return
        rows = pl.concat(found)
        by_patient = rows.group_by("patient_id", maintain_order=True)
        yield by_patient.agg(*(_one_or_all(name) for name in facts), pl.col("line").first(), pl.col("key").first())
        differing = by_patient.agg(pl.col(name).drop_nulls().n_unique() > 1 for name in facts)
        for name in facts:
            if several := int(differing[name].sum()):
                account.note(f"patients.{name}: {several:,} records have several values, shown side by side")


def _one_or_all(name: str) -> pl.Expr:
    """Return the one value of a group, empty if there is none; several are put side by side."""
    different = pl.col(name).drop_nulls().unique(maintain_order=True)
    return pl.when(different.len() > 0).then(different.str.join(BETWEEN)).alias(name)


def _bare(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col(pl.String).str.strip_chars().replace("", None))


def open_export(path: Path, settings: FileSettings, project: Project) -> Export:
    """Return a raw export with its columns read.

    Raises:
        SourceError: it is no raw export of this project: labels instead of names and codes, or another project's.
    """
    table = text_table(path, settings.encoding, settings.layout)
    export = Export(path, settings, project, table.names)
    _refuse_labels_in_header(export)
    _refuse_labels_in_cells(export, table)
    return export


def _refuse_labels_in_header(export: Export) -> None:
    dictionary = export.project.dictionary
    if is_labelled_header(export.names) or (dictionary is not None and _is_label_of_id(export, dictionary)):
        raise SourceError(export.path.name, "has labels instead of field names in its header", RAW_REMEDY)
    if dictionary is not None and export.id_field != dictionary.id_field.name:
        what = f"begins with {export.id_field}, but the record ID of {dictionary.file} is {dictionary.id_field.name}"
        raise SourceError(export.path.name, what, "put the data and the dictionary of one project together")


def _is_label_of_id(export: Export, dictionary: Dictionary) -> bool:
    return export.id_field == dictionary.id_field.label and export.id_field != dictionary.id_field.name


def _refuse_labels_in_cells(export: Export, table: SeparatedTable) -> None:
    """Refuse an export whose choices are labels (Female) where a raw one has codes (0): its first rows show it."""
    dictionary = export.project.dictionary
    chosen = (
        {name: one for name, one in dictionary.by_column().items() if one.kind != "checkbox" and one.choices}
        if dictionary
        else {}
    )
    places = {
        name: place for name in (*chosen, EVENT) if name in export.names and (place := table.position(name)) is not None
    }
    block = next(iter(table.blocks(places)), None) if places else None
    if block is None:
        return
    rows = _bare(block.frame)
    for name in (name for name in chosen if name in rows.columns):
        if _is_labelled(rows[name], chosen[name]):
            raise SourceError(f"{export.path.name}: {name}", "holds labels instead of codes", RAW_REMEDY)
    if EVENT in rows.columns and rows[EVENT].drop_nulls().str.contains(r"[^a-z0-9_]").any():
        raise SourceError(f"{export.path.name}: {EVENT}", "holds names of events instead of unique names", RAW_REMEDY)


def _is_labelled(cells: pl.Series, field: Field) -> bool:
    found = set(cells.drop_nulls().unique().to_list())
    labels = set(field.choices.values()) - set(field.choices)
    return bool(found & labels) and not found & set(field.choices)
