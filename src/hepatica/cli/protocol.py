"""`hepatica protocol`: centres' protocols, shown, checked, compared, and audited against what was done."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path

import click
import polars as pl

from hepatica.cli.output import (
    ATTENTION,
    DONE,
    as_of_option,
    exit_code,
    objects,
    page_format_option,
    print_json,
    say,
    table_page,
    to_people,
    write_text,
)
from hepatica.cli.running import Asked, opened, source_argument
from hepatica.course import derive
from hepatica.guidance.protocols import (
    Practice,
    audit,
    check_protocol,
    compare,
    comparison_rows,
    practice,
    practices,
    protocol_text,
)
from hepatica.report import terminal

# What of an audit fits a screen; the rest, and who is behind each count, is in the JSON.
AUDIT_SHOWN = ("asks", "centre", "of", "as_protocol", "not_as_protocol", "unknown", "percent")


@click.group()
def protocol() -> None:
    """Show, check, and compare centres' protocols, and audit practice against one.

    Example: hepatica protocol compare easl_2015 aasld_2019
    """


@protocol.command("list")
@page_format_option
def listed(form: str) -> int:
    """List the protocols that come with Hepatica. Example: hepatica protocol list"""
    rows = [{"name": name, "title": each.title} for name, each in practices().items()]
    say(form, "Protocols", rows, "\n".join(f"{row['name']}: {row['title']}" for row in rows))
    return DONE


@protocol.command()
@click.argument("name")
@page_format_option
def show(name: str, form: str) -> int:
    """Show every answer of a protocol with its source. Example: hepatica protocol show easl_2025"""
    shown = practice(name)
    say(form, shown.title, objects(comparison_rows([shown])), protocol_text(shown))
    return DONE


@protocol.command()
@click.argument("file")
@page_format_option
def check(file: str, form: str) -> int:
    """Check a centre's own protocol file: place, what is wrong, remedy. Example: hepatica protocol check our.yaml

    Exit code 1 says that something is wrong.
    """
    problems = check_protocol(file)
    lines = [f"{file}, {problem.place}: {problem.what}\n  remedy: {problem.remedy}" for problem in problems]
    say(
        form,
        "Protocol checked",
        [asdict(problem) for problem in problems],
        "\n".join(lines) or f"{file}: nothing is wrong",
    )
    return ATTENTION if problems else DONE


@protocol.command("compare")
@click.argument("files", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write table and chart to an HTML file.")
@page_format_option
def compared(files: tuple[str, ...], out: Path | None, form: str) -> int:
    """Put protocols side by side, question by question. Example: hepatica protocol compare easl_2015 our.yaml"""
    chosen = [practice(name) for name in files]
    table = compare(chosen)
    if out is not None:
        write_text(out, _page(chosen, table))
        click.echo(f"comparison written to {out}", err=True)
    elif form == "html":
        click.echo(_page(chosen, table))
    elif form == "json":
        print_json(objects(table))
    else:
        shown = table.drop("theme", "question").rename({"asks": "question"})
        to_people.print(terminal.frame_table(shown, "Protocols compared"))
    return DONE


def _page(chosen: list[Practice], table: pl.DataFrame) -> str:
    # The page brings the chart library, which a table in a terminal does not need.
    from hepatica.report.comparison_page import comparison_html  # noqa: PLC0415

    return comparison_html(comparison_rows(chosen), table)


@protocol.command("audit")
@source_argument
@as_of_option
@click.option("--protocol", "name", default="default", show_default=True, help="A protocol's name or a YAML file.")
@page_format_option
def audited(source: str, mapping: Path | None, as_of: date | None, name: str, form: str) -> int:
    """Audit what a centre did against a protocol: as it says, not as it says, unknown, with who is behind each count.

    Example: hepatica protocol audit my-centre/ --protocol easl_2025
    """
    asked = Asked.of(source, mapping, as_of, practice=name)
    with opened(asked) as centre:
        record, reading = centre.read()
    tables = derive(record, asked.defined, asked.as_of, asked.practice, tables=["state", "regimens"])
    found = audit(tables["state"], tables["regimens"], record, practice(name), asked.defined)
    title, counts = f"Practice against {name}", found.select(*AUDIT_SHOWN)
    if form == "html":
        click.echo(table_page(title, counts))
    elif form == "json":
        print_json(objects(found))
    else:
        to_people.print(terminal.frame_table(counts, title))
    return exit_code(reading)
