"""The XML of a whole project (CDISC ODM): fields, events, arms, and codes for missing data. Its data are not read.

Read as a stream without document types or entities, so that nothing in it is expanded or fetched; it ends where the
data begin.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

from hepatica.errors import SourceError
from hepatica.sources.redcap.dictionary import FIXED_CHOICES, Dictionary, Field, parsed_choices

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CHUNK_BYTES = 1 << 16
DEEPEST = 64
LONGEST_TEXT = 1 << 20
LARGEST_METADATA = 1 << 27
REMEDY = "export it again: Project Setup, Other Functionality, Download metadata only (XML)"


@dataclass(frozen=True)
class Event:
    """One event of a longitudinal project: its unique name, what it is called, its arm, and its forms if known."""

    unique_name: str
    name: str
    arm: str
    forms: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProjectXml:
    """What the XML says of a project besides its data."""

    dictionary: Dictionary
    events: tuple[Event, ...]
    arms: Mapping[str, str]
    missing: Mapping[str, str]


class _AtTheDataError(Exception):
    """The metadata are complete: what follows are patients' data."""


@dataclass
class _Collected:
    """What was met on the way through the file."""

    path: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    text_length: int = 0
    missing: str = ""
    id_field: str = ""
    events: list[tuple[dict[str, str], list[str]]] = field(default_factory=list)
    form_names: dict[str, str] = field(default_factory=dict)
    groups_of_form: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    items_of_group: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    items: dict[str, dict[str, str]] = field(default_factory=dict)
    code_lists: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    check_lists: dict[str, str] = field(default_factory=dict)
    inside: dict[str, str] = field(default_factory=dict)


def read_project_xml(path: Path) -> ProjectXml:
    """Return what a project's XML says of its fields, events, arms, repeating forms, and codes for missing data.

    Raises:
        SourceError: it cannot be read, is no REDCap project, or declares a document type or entities.
    """
    found = _Collected()
    parser = _parser(found, path.name)
    try:
        with path.open("rb") as stream:
            size = 0
            while chunk := stream.read(CHUNK_BYTES):
                size += len(chunk)
                if size > LARGEST_METADATA:
                    raise SourceError(path.name, "is too large for the metadata of a project", REMEDY)
                parser.Parse(chunk, False)  # expat takes `final` by position
        parser.Parse(b"", True)
    except _AtTheDataError:
        pass
    except expat.ExpatError as trouble:
        where = f"{path.name}, line {trouble.lineno}"
        raise SourceError(where, f"is not XML ({expat.ErrorString(trouble.code)})", REMEDY) from trouble
    except OSError as trouble:
        what = trouble.strerror or str(trouble)
        raise SourceError(path.name, f"cannot be read ({what})", "check the file and its permissions") from trouble
    return _project(found, path.name)


def _parser(found: _Collected, name: str) -> expat.XMLParserType:
    def refuse(*_: object) -> int:
        raise SourceError(name, "declares a document type or entities, which no REDCap export does", REMEDY)

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    parser.StartElementHandler = lambda tag, attributes: _start(found, name, tag, attributes)
    parser.EndElementHandler = lambda tag: _end(found, tag)
    parser.CharacterDataHandler = lambda text: _characters(found, name, text)
    return parser


def _start(found: _Collected, name: str, tag: str, given: dict[str, str]) -> None:
    found.path.append(tag)
    if len(found.path) > DEEPEST:
        raise SourceError(name, "is nested deeper than any REDCap export", REMEDY)
    if len(found.path) == 1 and tag != "ODM":
        raise SourceError(name, "is no REDCap project (its root is not ODM)", REMEDY)
    if tag == "ClinicalData":
        raise _AtTheDataError
    found.text, found.text_length = [], 0
    _metadata(found, tag, given)


def _metadata(found: _Collected, tag: str, given: dict[str, str]) -> None:
    """Keep what one element of the metadata says."""
    if tag in _READ:
        _READ[tag](found, given, given.get("OID", ""))
    if tag in {"FormDef", "ItemGroupDef", "ItemDef", "CodeList"}:
        found.inside[tag] = given.get("OID", "")
    if tag == "CodeListItem":
        found.inside[tag] = given.get("CodedValue", "")


def _version(found: _Collected, given: dict[str, str], _: str) -> None:
    found.id_field = given.get("redcap:RecordIdField", "")


def _event(found: _Collected, given: dict[str, str], _: str) -> None:
    found.events.append((given, []))


def _form_of_event(found: _Collected, given: dict[str, str], _: str) -> None:
    if found.events:
        found.events[-1][1].append(given.get("redcap:FormName", given.get("FormOID", "").removeprefix("Form.")))


def _form(found: _Collected, given: dict[str, str], oid: str) -> None:
    found.form_names[oid] = given.get("redcap:FormName", oid.removeprefix("Form."))


def _group_of_form(found: _Collected, given: dict[str, str], _: str) -> None:
    found.groups_of_form[found.inside.get("FormDef", "")].append(given.get("ItemGroupOID", ""))


def _item_of_group(found: _Collected, given: dict[str, str], _: str) -> None:
    item = (given.get("ItemOID", ""), given.get("redcap:Variable", ""))
    found.items_of_group[found.inside.get("ItemGroupDef", "")].append(item)


def _item(found: _Collected, given: dict[str, str], oid: str) -> None:
    found.items[oid] = dict(given)


def _codes_of_item(found: _Collected, given: dict[str, str], _: str) -> None:
    found.items.setdefault(found.inside.get("ItemDef", ""), {})["codes"] = given.get("CodeListOID", "")


def _code_list(found: _Collected, given: dict[str, str], oid: str) -> None:
    found.check_lists[oid] = given.get("redcap:CheckboxChoices", "")


_READ: dict[str, Callable[[_Collected, dict[str, str], str], None]] = {
    "MetaDataVersion": _version,
    "StudyEventDef": _event,
    "FormRef": _form_of_event,
    "FormDef": _form,
    "ItemGroupRef": _group_of_form,
    "ItemRef": _item_of_group,
    "ItemDef": _item,
    "CodeListRef": _codes_of_item,
    "CodeList": _code_list,
}


def _characters(found: _Collected, name: str, text: str) -> None:
    found.text_length += len(text)
    if found.text_length > LONGEST_TEXT:
        raise SourceError(name, "holds a text longer than any REDCap export", REMEDY)
    found.text.append(text)


def _end(found: _Collected, tag: str) -> None:
    path = found.path
    said = "".join(found.text).strip()
    if tag == "redcap:MissingDataCodes":
        found.missing = said
    elif tag == "TranslatedText" and "Decode" in path:
        found.code_lists[found.inside.get("CodeList", "")][found.inside.get("CodeListItem", "")] = said
    elif tag == "TranslatedText" and "Question" in path:
        found.items.setdefault(found.inside.get("ItemDef", ""), {})["label"] = said
    path.pop()
    found.text, found.text_length = [], 0


def _project(found: _Collected, name: str) -> ProjectXml:
    fields: dict[str, Field] = {}
    for form, groups in found.groups_of_form.items():
        for oid, variable in (item for group in groups for item in found.items_of_group[group]):
            given = found.items.get(oid, {})
            key = given.get("redcap:Variable", variable) or oid
            status = f"{found.form_names.get(form, '')}_complete"
            if key != status and key not in fields:
                fields[key] = _field(key, found.form_names.get(form, ""), given, found)
    if not fields:
        raise SourceError(name, "names no fields", REMEDY)
    ordered = {key: fields[key] for key in sorted(fields, key=lambda key: key != found.id_field)}
    events = tuple(_event_of(one, forms) for one, forms in found.events)
    arms = {one.get("redcap:ArmNum", ""): one.get("redcap:ArmName", "") for one, _ in found.events}
    return ProjectXml(Dictionary(name, ordered), events, arms, parsed_choices(found.missing))


def _event_of(given: Mapping[str, str], forms: list[str]) -> Event:
    unique, called, arm = (given.get(f"redcap:{name}", "") for name in ("UniqueEventName", "EventName", "ArmNum"))
    return Event(unique, called, arm, tuple(forms))


def _field(name: str, form: str, given: Mapping[str, str], found: _Collected) -> Field:
    kind = given.get("redcap:FieldType", "text")
    kind = "dropdown" if kind == "select" else "notes" if kind == "textarea" else kind
    codes = given.get("codes", "")
    listed = parsed_choices(found.check_lists.get(codes, "")) or dict(found.code_lists.get(codes, {}))
    return Field(
        name=name,
        form=form,
        kind=kind,
        label=given.get("label", ""),
        choices=dict(FIXED_CHOICES.get(kind, {})) or listed,
        note=given.get("redcap:FieldNote", ""),
        validation=_validation(given.get("redcap:TextValidationType", "")) if kind == "text" else "",
        identifier=given.get("redcap:Identifier", "").lower() == "y",
        annotation=given.get("redcap:FieldAnnotation", ""),
    )


def _validation(name: str) -> str:
    """Return a validation by its name in the dictionary; the XML calls some of them as REDCap does inside."""
    inside = {"int": "integer", "float": "number", "date": "date_ymd", "datetime": "datetime_ymd"}
    return inside.get(name, name)
