"""A first mapping for a REDCap project from its data dictionary: what is sure is written, what is not must be decided.

Nothing is guessed in silence: a line that is only likely is commented out and says why, so that the draft reads what
is sure, and nothing else, until somebody who knows the project has decided.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hepatica.record import TABLES
from hepatica.sources.redcap.draft_matching import analyte_of, draft_words, drugs_of, is_called, values_of
from hepatica.sources.redcap.project import EVENT, GROUP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hepatica.sources.redcap.dictionary import Dictionary, Field
    from hepatica.sources.redcap.draft_matching import Analyte

_PLAIN = re.compile(r"^[A-Za-z_][A-Za-z0-9_./]*$")
LONGEST_LABEL = 60


@dataclass(frozen=True)
class Line:
    """One line of the draft; with a doubt it is commented out."""

    key: str
    rule: str
    remark: str = ""
    doubt: str = ""


@dataclass
class Part:
    """One part of a table: its columns, its wide columns, and a doubt about the whole part."""

    table: str
    form: str
    columns: list[Line] = field(default_factory=list)
    wide: list[Line] = field(default_factory=list)
    doubt: str = ""

    def lines(self) -> list[Line]:
        """Return every line but the record ID's."""
        return [line for line in (*self.columns, *self.wide) if line.key != "patient_id"]


@dataclass
class Draft:
    """The parts that were found, and which fields none of them uses."""

    id_field: str
    parts: list[Part] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    @property
    def sure(self) -> int:
        """Return how many lines are sure, not counting the record ID's."""
        return sum(not part.doubt and not line.doubt for part in self.parts for line in part.lines())

    @property
    def to_decide(self) -> list[str]:
        """Return what must be decided, one sentence for each part or line."""
        parts = [f"{part.table} from form {part.form}: {part.doubt}" for part in self.parts if part.doubt]
        lines = [(part, line) for part in self.parts for line in part.lines() if line.doubt]
        return parts + [f"{part.table}, {line.key}: {line.doubt}" for part, line in lines]


def draft_mapping(dictionary: Dictionary, columns: tuple[str, ...]) -> Draft:
    """Return a first mapping; `columns` are those of the export, if there is one."""
    draft = Draft(dictionary.id_field.name)
    draft.used.add(dictionary.id_field.name)
    draft.parts.append(_patients(dictionary, columns, draft))
    draft.parts += _events(dictionary, draft)
    for form in dictionary.forms():
        fields = [one for one in dictionary.fields.values() if one.form == form and one.name not in draft.used]
        draft.parts += _biopsies(form, fields, dictionary, columns, draft)
        draft.parts += _treatments(form, fields, draft)
        draft.parts += _measurements(form, fields, dictionary, columns, draft)
    order = list(TABLES)
    draft.parts.sort(key=lambda part: order.index(part.table))
    return draft


def _shown(one: Field) -> str:
    label = " ".join(one.label.split())
    choices = "; ".join(f"{code} {text}" for code, text in one.choices.items())
    text = f"{label}: {choices}" if choices else label
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"


def word(text: str) -> str:
    """Return a text as YAML takes it in any place."""
    return text if _PLAIN.match(text) else json.dumps(text, ensure_ascii=False)


def pairs(values: Mapping[str, str]) -> str:
    """Return pairs as YAML takes them in one line."""
    return "{" + ", ".join(f"{word(key)}: {word(value)}" for key, value in values.items()) + "}"


def _named(fields: list[Field], spellings: list[str], draft: Draft) -> list[Field]:
    return [one for one in fields if one.name not in draft.used and is_called(one, spellings)]


def _column(table: str, target: str, found: list[Field], draft: Draft) -> Line:
    """Return the line of a column that one field or several may give."""
    one = found[0]
    draft.used.add(one.name)
    choices = next(column.choices for column in TABLES[table].columns if column.name == target)
    rule, doubt = word(one.name), ""
    if choices and one.choices:
        values, unclear = values_of(one, table, target)
        if any(code != meaning for code, meaning in values.items()):
            rule = f"{{column: {one.name}, values: {pairs(values)}}}"
        doubt = f"what is meant by {', '.join(unclear)}" if unclear else ""
    if len(found) > 1:
        doubt = f"which of {', '.join(each.name for each in found)}"
    return Line(target, rule, _shown(one), doubt)


def _patients(dictionary: Dictionary, columns: tuple[str, ...], draft: Draft) -> Part:
    part = Part("patients", "", [Line("patient_id", dictionary.id_field.name, _shown(dictionary.id_field))])
    fields = list(dictionary.fields.values())
    for target, spellings in draft_words()["patients"].items():
        if found := _named(fields, spellings, draft):
            part.columns.append(_column("patients", target, found, draft))
        elif target == "centre" and GROUP in columns:
            part.columns.append(Line("centre", GROUP, "data access group"))
    return part


def _events(dictionary: Dictionary, draft: Draft) -> list[Part]:
    """Return a part for each dated event that has a field of its own."""
    parts = []
    for event, spellings in draft_words()["events"].items():
        for one in _named(list(dictionary.fields.values()), spellings, draft):
            draft.used.add(one.name)
            date = Line("date", one.name, _shown(one))
            parts.append(Part("events", one.form, [_id(draft), date, Line("event", f"{{constant: {event}}}")]))
    return parts


def _id(draft: Draft) -> Line:
    return Line("patient_id", draft.id_field)


def _biopsies(
    form: str, fields: list[Field], dictionary: Dictionary, columns: tuple[str, ...], draft: Draft
) -> list[Part]:
    words = draft_words()["biopsies"]
    found = {target: _named(fields, spellings, draft) for target, spellings in words.items()}
    facts = {target: named for target, named in found.items() if named and target != "date"}
    if not facts:
        return []
    lines = [_column("biopsies", target, named, draft) for target, named in facts.items()]
    dates = found["date"] if len(found["date"]) == 1 else []
    date, doubt = _date_of_form(form, fields, dictionary, columns, draft)
    if dates:
        draft.used.add(dates[0].name)
        date, doubt = Line("date", dates[0].name, _shown(dates[0])), ""
    return [Part("biopsies", form, [_id(draft), date, *lines], doubt=doubt)]


def _treatments(form: str, fields: list[Field], draft: Draft) -> list[Part]:
    words = draft_words()["treatments"]
    named = _named(fields, words["drug"], draft)
    drugs = named or [one for one in fields if one.kind in ("radio", "dropdown") and drugs_of(one)[0]]
    starts = _named(fields, words["start"], draft)
    if not drugs:
        return []
    lines = [_id(draft), _drug(drugs[0], draft)]
    lines += [_column("treatments", "start", starts, draft)] if starts else []
    for target in ("end", "dose", "dose_unit", "stop_reason", "indication", "route"):
        if found := _named(fields, words[target], draft):
            lines.append(_column("treatments", target, found, draft))
    if any(line.key == "dose" for line in lines) and not any(line.key == "dose_unit" for line in lines):
        lines.append(Line("dose_unit", "{constant: mg/day}", doubt="no field says in which unit the dose is"))
    doubt = "" if starts else "no field of the form says when the drug was started; add start: FIELD"
    return [Part("treatments", form, lines, doubt=doubt)]


def _drug(one: Field, draft: Draft) -> Line:
    draft.used.add(one.name)
    if not one.choices:
        return Line("drug", one.name, _shown(one))
    values, unclear = drugs_of(one)
    doubt = f"which drug is {', '.join(unclear)}" if unclear else ""
    return Line("drug", f"{{column: {one.name}, values: {pairs(values)}}}", _shown(one), doubt)


def _measurements(
    form: str, fields: list[Field], dictionary: Dictionary, columns: tuple[str, ...], draft: Draft
) -> list[Part]:
    found = [
        (one, match)
        for one in fields
        if one.name not in draft.used and (match := analyte_of(one, dictionary)) is not None
    ]
    beside = {name for _, match in found for name in match.parts.values()}  # units and limits are no results
    found = [(one, match) for one, match in found if one.name not in beside]
    if not found:
        return []
    draft.used |= beside | {one.name for one, _ in found}
    date, doubt = _date_of_form(form, fields, dictionary, columns, draft)
    wide = [_wide(one, match) for one, match in found if not match.values]
    parts = [Part("measurements", form, [_id(draft), date], wide, doubt)] if wide else []
    for one, match in ((one, match) for one, match in found if match.values):
        value = Line("value", f"{{column: {one.name}, values: {pairs(match.values)}}}", _shown(one), match.doubt)
        lines = [_id(draft), date, Line("analyte", f"{{constant: {match.code}}}"), value]
        parts.append(Part("measurements", form, lines, doubt=doubt or match.doubt))
    return parts


def _wide(one: Field, match: Analyte) -> Line:
    fixed = {"unit": match.unit} if match.unit is not None and "unit_column" not in match.parts else {}
    rule = {"analyte": match.code, **fixed, **match.parts}
    if match.doubt and "unit" not in rule and "unit_column" not in rule:
        rule["unit"] = "?"
    return Line(one.name, pairs(rule) if len(rule) > 1 else match.code, _shown(one), match.doubt)


def _date_of_form(
    form: str, fields: list[Field], dictionary: Dictionary, columns: tuple[str, ...], draft: Draft
) -> tuple[Line, str]:
    """Return the line that dates a form by the one field that is called so; any other date is only a proposal."""
    days = [one for one in fields if one.is_date and one.name not in draft.used]
    names = [*draft_words()["dates"], f"{form} date", f"date {form}", f"{form} dt"]
    named = [one for one in days if is_called(one, names)]
    if len(named) == 1:
        draft.used.add(named[0].name)
        return Line("date", named[0].name, _shown(named[0])), ""
    if days:
        which = ", ".join(one.name for one in days)
        return Line("date", days[0].name), f"which of {which} dates the form" if days[1:] else f"does {which} date it?"
    return _date_of_event(dictionary, columns)


def _date_of_event(dictionary: Dictionary, columns: tuple[str, ...]) -> tuple[Line, str]:
    visits = [one for one in dictionary.fields.values() if one.is_date and is_called(one, draft_words()["dates"])]
    if visits and EVENT in columns:
        rule = f"{{column: {visits[0].name}, of: event}}"
        return Line("date", rule), f"does {visits[0].name} of the same event date the form?"
    return Line("date", "FIELD"), "no field of the form is a date; write which one dates it"


def unused(draft: Draft, dictionary: Dictionary) -> list[Field]:
    """Return the fields that the draft does not use, without those that cannot hold a fact."""
    return [
        one
        for one in dictionary.fields.values()
        if one.name not in draft.used and one.kind not in ("descriptive", "file")
    ]
