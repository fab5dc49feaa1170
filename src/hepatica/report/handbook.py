"""The handbook: the reference of tables, vocabulary, definitions, and commands, written from the code."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from hepatica.course import DERIVED, definition_sets, definitions, protocol, protocol_files
from hepatica.evidence import studies, study_text
from hepatica.guidance.protocols.origins import taken_from_default
from hepatica.guidance.rule_text import rule_text, rules_in_english
from hepatica.guidance.scores import scores
from hepatica.record.reasons import REASONS
from hepatica.record.tables import CANONICAL, TABLES, Column, Table
from hepatica.report.markdown import page, table
from hepatica.report.wording import said
from hepatica.vocabulary import Analyte, Code, Drug, analytes, default_limits, drugs, units, vocabulary_sources

if TYPE_CHECKING:
    from pathlib import Path

    from hepatica.course.definitions import Definitions
    from hepatica.course.protocol import Protocol

SURE = "In brackets, how sure a code is. C: the source itself was read; C2: another source quotes it; M: from memory."
TITLES = {
    "data-dictionary": "Data dictionary: the six tables of the record",
    "derived-tables": "Derived tables: what the course says",
    "analytes": "Analytes, units, and reference limits",
    "drugs": "Drugs",
    "definitions": "Definition sets",
    "protocols": "Protocols",
    "rules": "Rules: every decision table in English",
    "scores": "Scores",
    "evidence": "Evidence: the studies and what holds up of their figures",
    "commands": "Commands",
}


def write_handbook(out: Path, commands: click.Group | None = None) -> list[Path]:
    """Write the handbook as Markdown files into a folder and return them; without commands that page is left out.

    The same version writes the same bytes. Raises OSError where the folder cannot be written.
    """
    pages = {
        "data-dictionary": _record_page(),
        "derived-tables": _derived_page(),
        "analytes": _analyte_page(),
        "drugs": _drug_page(),
        "definitions": _definitions_page(),
        "protocols": _protocol_page(),
        "rules": _rule_page(),
        "scores": _score_page(),
        "evidence": _evidence_page(),
    }
    if commands is not None:
        pages["commands"] = _command_page(commands)
    pages = {"README": _contents(list(pages)), **pages}
    out.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        (out / f"{name}.md").write_text(text, encoding="utf-8", newline="\n")
    return [out / f"{name}.md" for name in pages]


def _contents(names: list[str]) -> str:
    links = "\n".join(f"- [{TITLES[name]}]({name}.md)" for name in names)
    return page("Handbook", links, "Research and education; not a medical device.")


def _rule_page() -> str:
    """Return every rule in English with its cases, under the default protocol's limits."""
    parts = [text for one in rules_in_english() for text in (f"## {one.rule}", _as_written(rule_text(one)))]
    return page("Rules", "Every decision table in English, with its limits, cases, source, and signature.", *parts)


def _score_page() -> str:
    """Return every score with its items and source."""
    parts: list[str] = []
    for one in scores().values():
        items = [(item.name, item.meaning, item.display_unit, ", ".join(item.choices)) for item in one.items.values()]
        mark = "" if one.source.verified else " Not verified against the primary text."
        asked = table(("Item", "Meaning", "Unit", "Choices"), items)
        parts += [f"## {one.name}", f"{one.title}. {one.source.citation}.{mark}", asked]
    return page("Scores", "Published scores; a missing item gives the range of possible totals.", *parts)


def _evidence_page() -> str:
    """Return every study of the evidence library with the verdicts on its figures."""
    parts = [text for name, one in studies().items() for text in (f"## {name}", _as_written(study_text(one)))]
    return page("Evidence", "The studies that the advice rests on, and what holds up of their figures.", *parts)


def _as_written(text: str) -> str:
    return f"```text\n{text.strip()}\n```"


def _record_page() -> str:
    """Return the columns of the six tables, what reading adds to them, and why a row may not be usable."""
    parts = [_table_part(one) for one in TABLES.values()]
    reasons = table(("Reason", "What it says"), sorted(REASONS.items()))
    return page(
        TITLES["data-dictionary"],
        "Only `patients` is required. Dates are ISO 8601; text is UTF-8; columns not named here are kept out.",
        *parts,
        "## Reasons for quarantine and warnings",
        reasons,
    )


def _table_part(one: Table) -> str:
    given = [(f"`{column.name}`", column.kind.value, column.required, _meaning(column)) for column in one.columns]
    added = [(f"`{name}`", str(kind)) for name, kind in CANONICAL[one.name].items() if name not in {*one.names}]
    return "\n\n".join(
        [
            f"## {one.name}",
            f"{one.meaning[0].upper()}{one.meaning[1:]}.",
            table(("Column", "Read as", "Required", "Meaning"), given),
            "Added by reading:",
            table(("Column", "Type"), added),
        ]
    )


def _meaning(column: Column) -> str:
    choices = f" ({', '.join(column.choices)})" if column.choices else ""
    return f"{column.meaning}{choices}"


def _derived_page() -> str:
    parts = [
        f"## {name}\n\n" + table(("Column", "Meaning"), [(f"`{column}`", text) for column, text in columns.items()])
        for name, columns in DERIVED.items()
    ]
    unknown = 'Unknown is the word "unknown" where a column is a word, and null where it is a number or a date.'
    return page(TITLES["derived-tables"], unknown, *parts)


def _analyte_page() -> str:
    """Return every analyte with units, codes, names, ranges, and the default limits, each with its source."""
    rows = [_analyte_row(one) for one in analytes().values()]
    cautions = [f"- **{one.code}**: {one.caution}" for one in analytes().values() if one.caution]
    names = ("Code", "Name", "Kind", "Units", "LOINC", "OMOP", "Plausible", "Usual", "Ranges from")
    spelled = [(one.code, one.ucum, one.spellings) for one in units().values()]
    limits = [tuple(row) for row in default_limits().iter_rows()]
    sources = [(one.key, one.what, one.cite, one.status) for one in vocabulary_sources().values()]
    return page(
        TITLES["analytes"],
        table(names, rows),
        SURE,
        "## Cautions",
        "\n".join(cautions),
        "## Units and their spellings",
        table(("Unit", "UCUM", "Spellings"), spelled),
        "## Default limits, for results that bring none",
        table([name.replace("_", " ") for name in default_limits().columns], limits),
        "## Sources",
        table(("Key", "What", "Citation", "Status"), sources),
    )


def _analyte_row(one: Analyte) -> tuple[object, ...]:
    ranges = (_range(one.plausible), _range(one.usual))
    found = (_codes(one.codes, "loinc"), _codes(one.codes, "omop"))
    return (f"`{one.code}`", one.name, one.kind, one.units, *found, *ranges, one.ranges_source)


def _codes(found: tuple[Code, ...], system: str) -> tuple[str, ...]:
    """Return the codes of one terminology, each with how sure it is."""
    return tuple(f"{one.code} ({one.status})" for one in found if one.system == system)


def _range(bounds: tuple[float, float] | None) -> str:
    return "" if bounds is None else f"{said(bounds[0])} to {said(bounds[1])}"


def _drug_page() -> str:
    names = ("Drug", "Class", "Role", "Prednisolone equivalent", "ATC", "RxNorm", "OMOP", "Also known as")
    rows = [_drug_row(one) for one in drugs().values()]
    sources = [(one.key, one.what, one.cite, one.status) for one in vocabulary_sources().values()]
    return page(
        TITLES["drugs"],
        "An immunosuppressant makes a regimen, a companion belongs to one, the others do neither. "
        "The equivalent is mg of prednisolone per mg.",
        table(names, rows),
        SURE,
        "## Sources",
        table(("Key", "What", "Citation", "Status"), sources),
    )


def _drug_row(one: Drug) -> tuple[object, ...]:
    role = "immunosuppressant" if one.immunosuppressant else "companion" if one.companion else "other"
    codes = [_codes(one.codes, system) for system in ("atc", "rxnorm", "omop")]
    return (f"`{one.name}`", one.drug_class, role, one.prednisolone_equivalent, *codes, one.names)


def _definitions_page() -> str:
    """Return every definition set side by side with its source, and each parameter's value."""
    sets = [definitions(name) for name in definition_sets()]
    sources = [(f"`{one.name}`", one.title, one.version, one.verified, one.source) for one in sets]
    return page(
        TITLES["definitions"],
        table(("Set", "Title", "Version", "Verified", "Source"), sources),
        "## Parameters",
        table(("Parameter", *(one.name for one in sets)), _parameters(sets)),
    )


def _parameters(sets: list[Definitions]) -> list[tuple[object, ...]]:
    values = [asdict(one) for one in sets]
    skipped = ("name", "title", "source", "verified", "version")
    return [
        (f"`{name}`", *("not used" if one[name] is None else said(one[name]) for one in values))
        for name in values[0]
        if name not in skipped
    ]


def _protocol_page() -> str:
    return page(TITLES["protocols"], *(_protocol_part(protocol(name)) for name in protocol_files()))


def _protocol_part(one: Protocol) -> str:
    """Return a protocol's tiers, metabolite thresholds, and monitoring, each with its source, and whose it is."""
    stand_in = taken_from_default(one.name)
    tiers = [
        (tier, tuple(drug for drug, at in one.tiers.items() if at == tier)) for tier in sorted({*one.tiers.values()})
    ]
    thresholds = [
        (unit, f"{said(t.tgn_low)} to {said(t.tgn_high)}", said(t.mmp_high), said(t.ratio_high), t.verified, t.source)
        for unit, t in one.metabolites.items()
    ]
    monitoring = [
        (
            item.what,
            item.drug_class,
            tuple(_phase_words(phase.every_days, phase.until_day) for phase in item.phases),
            item.grace_days,
            item.verified,
            item.source,
        )
        for item in one.monitoring
    ]
    return "\n\n".join(
        [
            f"## {one.name}: {one.title}",
            *_titled("Drug tiers", stand_in.get("tiers"), table(("Line", "Drugs"), tiers)),
            *_titled(
                "Metabolites",
                stand_in.get("metabolites"),
                table(("Unit", "6-TGN target", "6-MMP high from", "Ratio high from", "Verified", "Source"), thresholds),
            ),
            *_titled(
                "Monitoring",
                stand_in.get("monitoring"),
                table(("What", "While on", "How often", "Grace days", "Verified", "Source"), monitoring),
            ),
        ]
    )


def _titled(what: str, stands_in: str | None, shown: str) -> list[str]:
    """Return a table under its title; what only stands in from the default says so."""
    return [f"**{what}**" + (f" ({stands_in})" if stands_in else ""), shown]


def _phase_words(every: int, until: int | None) -> str:
    return f"every {every} days" + ("" if until is None else f" until day {until}")


def _command_page(group: click.Group) -> str:
    context = click.Context(group, info_name=group.name or "hepatica")
    parts = [_command_part(each, context) for each in _verbs(group, context)]
    return page(TITLES["commands"], (group.help or "").strip(), *parts)


def _verbs(group: click.Group, context: click.Context) -> list[click.Command]:
    """Return a group's verbs by name; asked one by one, because a group may load them only when they are asked for."""
    found = [group.get_command(context, name) for name in sorted(group.list_commands(context))]
    return [command for command in found if command is not None]


def _command_part(command: click.Command, parent: click.Context) -> str:
    """Return a command with its usage, its arguments and options, and its own subcommands."""
    context = click.Context(command, info_name=command.name, parent=parent)
    usage = f"```\n{context.command_path} {' '.join(command.collect_usage_pieces(context))}\n```"
    options = [_option_row(one, context) for one in command.params]
    nested = _verbs(command, context) if isinstance(command, click.Group) else []
    inner = [_command_part(each, context) for each in nested]
    parts = [f"## {context.command_path}", usage, (command.help or "").strip()]
    return "\n\n".join([*parts, table(("Option", "Meaning", "Default"), options) if options else "", *inner])


def _option_row(one: click.Parameter, context: click.Context) -> tuple[object, ...]:
    if not isinstance(one, click.Option):
        return (f"`{one.make_metavar(context)}`", "argument", "")
    names = ", ".join(f"`{name}`" for name in (*one.opts, *one.secondary_opts))
    choices = f" ({', '.join(one.type.choices)})" if isinstance(one.type, click.Choice) else ""
    default = "" if one.is_flag or one.default is None or callable(one.default) else one.default
    return (names, f"{one.help or ''}{choices}", default if isinstance(default, str | int | float) else "")
