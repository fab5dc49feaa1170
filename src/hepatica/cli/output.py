"""How verbs speak: JSON alone on standard output, tables for people, progress on standard error, exit codes."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
import polars as pl
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from hepatica.errors import UsageError
from hepatica.record import Reading

DONE, ATTENTION = 0, 1

Command = TypeVar("Command", bound=Callable[..., Any])


class _ToPeople(Console):
    def on_broken_pipe(self) -> None:
        """Leave a reader who has gone (head, less) to the command line; rich would exit as if rows needed attention."""
        raise BrokenPipeError


to_people = _ToPeople(soft_wrap=False)
to_stderr = Console(stderr=True)


def format_option(command: Command) -> Command:
    """Add --format and --debug to a verb."""
    command = click.option("--debug", is_flag=True, expose_value=False, help="Show a traceback on an error.")(command)
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="json prints one document on standard output and nothing else there.",
    )(command)


def out_option(command: Command) -> Command:
    """Add --out FILE to a verb that gives one table."""
    kind = click.Path(path_type=Path, dir_okay=False)
    return click.option("--out", type=kind, help="Write to a .csv, .parquet, or .json file.")(command)


def page_format_option(command: Command) -> Command:
    """Add --format with html, and --debug, to a verb that answers with text or one table."""
    command = click.option("--debug", is_flag=True, expose_value=False, help="Show a traceback on an error.")(command)
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json", "html"]),
        default="text",
        show_default=True,
        help="json or html prints one document on standard output and nothing else there.",
    )(command)


def say(form: str, title: str, document: object, text: str) -> None:
    """Print an answer in the form that was asked for: JSON, a page, or text."""
    if form == "json":
        print_json(document)
    elif form == "html":
        click.echo(_text_page(title, text))
    else:
        to_people.print(text, markup=False, highlight=False, soft_wrap=True)


def table_page(title: str, frame: pl.DataFrame, *, synthetic: bool = False) -> str:
    """Return a table as a page."""
    from hepatica.report.plain_page import table_html  # noqa: PLC0415  (the same)

    return table_html(title, frame, synthetic=synthetic)


def _text_page(title: str, text: str) -> str:
    # The page brings the chart library with it, which most answers do not need.
    from hepatica.report.plain_page import text_html  # noqa: PLC0415

    return text_html(title, text)


class Day(click.ParamType):  # type: ignore[type-arg]  # generic only for the type checker
    """A date on the command line, ISO 8601."""

    name = "DATE"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the date, or fail with what is wanted."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no date; write it as 2024-03-05", param, ctx)


def as_of_option(command: Command) -> Command:
    """Add --as-of to a verb."""
    return click.option("--as-of", type=Day(), help="The day as of which it holds; today if not given.")(command)


def today() -> date:
    """Return today in the centre's calendar."""
    return datetime.now().astimezone().date()


def as_json(value: object) -> str:
    """Return a JSON document: dates ISO 8601, never NaN."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain, allow_nan=False)


def print_json(value: object) -> None:
    """Print one JSON document on standard output."""
    click.echo(as_json(value))


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"no JSON form for {type(value).__name__}")


def objects(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Return a table as a list of objects: dates ISO 8601, unknown numbers and dates null."""
    return frame.to_dicts()


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[..., None]]:
    """Show a bar on standard error where that is a terminal; yields a function that is told how far it is."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=to_stderr, transient=True, disable=not to_stderr.is_terminal) as shown:
        task = shown.add_task(what, total=total)
        yield lambda done, *_: shown.update(task, completed=done)


def exit_code(reading: Reading) -> int:
    """Return 1 where rows are in quarantine, else 0."""
    return ATTENTION if reading.quarantine.height else DONE


def _write_json(frame: pl.DataFrame, path: Path) -> None:
    path.write_text(json.dumps(objects(frame), ensure_ascii=False, default=_plain), encoding="utf-8")


WRITERS: dict[str, Callable[[pl.DataFrame, Path], None]] = {
    ".csv": lambda frame, path: frame.write_csv(path),
    ".parquet": lambda frame, path: frame.write_parquet(path),
    ".json": _write_json,
}


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """Write a table as .csv, .parquet, or .json, whole or not at all."""
    writer = WRITERS.get(path.suffix)
    if writer is None:
        raise UsageError(str(path), "unknown kind of file", f"end its name with {', '.join(WRITERS)}")
    with replacing(path) as scratch:
        writer(frame, scratch)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a scratch file beside `path` that takes its place when all went well, and vanishes when not."""
    if not path.parent.is_dir():
        raise UsageError(str(path), f"there is no folder {path.parent}", "create it first")
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix)
    except PermissionError as error:  # it would name the scratch file
        raise UsageError(str(path.parent), f"cannot be written ({error.strerror})", "name another folder") from error
    os.close(handle)
    scratch = Path(name)
    try:
        yield scratch
        scratch.chmod(0o644)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    with replacing(path) as scratch:
        scratch.write_text(text, encoding="utf-8")
