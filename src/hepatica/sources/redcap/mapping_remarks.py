"""What a mapping leaves open about a REDCap project: choices nobody translated, events that do not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hepatica.record import TABLES
from hepatica.record.words import plain, synonyms
from hepatica.sources.redcap.export import Export
from hepatica.sources.redcap.project import EVENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hepatica.sources.mapped_tables import MappedTables
    from hepatica.sources.mapping_rules import ColumnRule, TableRule


def mapping_remarks(tables: MappedTables) -> list[str]:
    """Return what must be decided in a mapping before all of its project is understood, one sentence each."""
    found = []
    for rule in tables.mapping.every_rule():
        form = tables.forms.get(rule.file)
        if isinstance(form, Export):
            found += [remark for column in rule.columns for remark in _choices(rule, column, form)]
            found += _events(rule, form)
            found += _identifiers(rule, form)
    return list(dict.fromkeys(found))


def _choices(rule: TableRule, column: ColumnRule, export: Export) -> Iterator[str]:
    """Yield the codes of a field that no rule translates and that do not say themselves what they mean."""
    fields = export.project.dictionary.by_column() if export.project.dictionary is not None else {}
    target = next(one for one in TABLES[rule.table].columns if one.name == column.target)
    if column.kind != "column" or not target.choices or column.source not in fields:
        return
    one = fields[column.source]
    if one.kind == "checkbox":
        return
    understood = synonyms(target)
    for code, label in one.choices.items():
        if code in column.values:
            continue
        says_itself = plain(code) in understood and not (code.isdecimal() and plain(label) != plain(code))
        if not says_itself:
            where = f"{rule.table}.{column.target}"
            yield f"{where}: code {code} ({label}) of {one.name} is not translated; add it to values"


def _events(rule: TableRule, export: Export) -> Iterator[str]:
    known = {event.unique_name for event in export.project.events}
    for name in rule.keep.get(EVENT, ()):
        if known and name not in known:
            yield f"{rule.table}: there is no event {name}; the project has {', '.join(sorted(known)[:12])}"


def _identifiers(rule: TableRule, export: Export) -> Iterator[str]:
    fields = export.project.dictionary.by_column() if export.project.dictionary is not None else {}
    for column in rule.columns:
        if column.target == "patient_id" and column.source in fields and fields[column.source].identifier:
            yield f"{rule.table}.patient_id: {column.source} is marked as an identifier; a pseudonym belongs here"
