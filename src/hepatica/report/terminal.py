"""What a terminal shows: tables that fit its width, unknown dimmed, nothing of a file's text taken as a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from rich import get_console
from rich.table import Table
from rich.text import Text

from hepatica.report.wording import (
    UNKNOWN,
    column_words,
    counted,
    heading,
    percent,
    place,
    reason,
    said,
    with_analytes,
    word,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console, JustifyMethod

    from hepatica.course.completeness import EndpointCompleteness
    from hepatica.course.explain import Milestone
    from hepatica.record.record import Reading
    from hepatica.report.cohort_counts import Step

ROWS = 50  # more than a screen or two is for a file, not for reading
CODES = 20
# Of a table wider than the terminal these columns come first, in this order.
KEY_COLUMNS = (
    "by",
    "patient_id",
    "what",
    "why",
    "index_date",
    "regimen",
    "line",
    "cbr_by_6_months",
    "last_known_cbr",
    "last_known_cbr_date",
    "alt_xuln",
    "igg_xuln",
    "age",
    "sex",
    "cbr_date",
    "relapse_date",
    "cirrhosis",
    "last_seen",
    "in_cbr",
)
COMFORTABLE, FRAME = 22, 3  # a text longer than this may break between words; what a cell's border takes
_RIGHT = (pl.Float64, pl.Int64, pl.UInt32, pl.Int32)


def frame_table(frame: pl.DataFrame, title: str) -> Table:
    """Return a frame as a table: the columns that fit the terminal, the first rows; what is left out is counted."""
    cells = _words_of(frame.head(ROWS))
    shown = _fitting(cells, get_console().width)
    widths = _widths({column: cells[column] for column in shown}, get_console().width)
    table = Table(title=_text(title), title_justify="left", caption_justify="left")
    table.caption = _left_out(frame, len(shown))
    for column in shown:
        justify: JustifyMethod = "right" if frame.schema[column] in _RIGHT else "left"
        table.add_column(_text(heading(column)), justify=justify, overflow="fold", width=widths[column])
    for row in zip(*(cells[column] for column in shown), strict=True):
        table.add_row(*(_cell(value) for value in row))
    return table


def _words_of(frame: pl.DataFrame) -> dict[str, list[str]]:
    """Return the cells in words, column by column."""
    return {column: [column_words(column, value) for value in frame[column]] for column in frame.columns}


def _fitting(cells: dict[str, list[str]], width: int) -> list[str]:
    """Return the columns that fit a width: all in their order, or of a table too wide the most telling ones first."""
    needed = {column: _needed(column, words) for column, words in cells.items()}
    if sum(needed.values()) < width:
        return list(cells)
    shown: list[str] = []
    room = width - 1  # the outer border
    for column in sorted(cells, key=lambda name: KEY_COLUMNS.index(name) if name in KEY_COLUMNS else len(KEY_COLUMNS)):
        if needed[column] <= room or not shown:
            shown.append(column)
            room -= needed[column]
    return shown


def _widths(cells: dict[str, list[str]], width: int) -> dict[str, int]:
    """Return each column's width: what it needs, and of the room left over as much as its longest text takes."""
    widths = {column: _needed(column, words) - FRAME for column, words in cells.items()}
    room = width - 1 - sum(widths.values()) - FRAME * len(widths)
    for column, words in cells.items():
        longest = max([len(text) for text in words] + [len(heading(column))])
        more = max(0, min(room, longest - widths[column]))
        widths[column] += more
        room -= more
    return widths


def _needed(column: str, words: list[str]) -> int:
    """Return the width that a column needs so that no word of it is broken."""
    parts = [part for text in [*words, heading(column)] for part in text.split()]
    lines = [min(len(text), COMFORTABLE) for text in words]
    return max([len(part) for part in parts] + lines + [1]) + FRAME


def _left_out(whole: pl.DataFrame, columns: int) -> Text:
    """Return what a table does not show, and how to get it."""
    parts = []
    if whole.height > ROWS:
        parts.append(f"first {ROWS} of {counted(whole.height, 'row')}")
    if columns < whole.width:
        parts.append(f"{columns} of {counted(whole.width, 'column')}")
    if not parts:
        return _text(counted(whole.height, "row"))
    return _text(f"{', '.join(parts)}; all with --format json or --out FILE")


def patient_table(frame: pl.DataFrame, title: str) -> Table:
    """Return one patient's row, a line for each column; of several rows, the table."""
    if frame.height != 1:
        return frame_table(frame, title)
    table = Table("", "", title=_text(title), title_justify="left", show_header=False)
    for column, value in frame.row(0, named=True).items():
        table.add_row(_text(heading(column)), _cell(column_words(column, value)))
    return table


def worklist_table(rows: pl.DataFrame) -> Table:
    """Return the work list: by when, who, what, why, of which kind."""
    order = [
        column for column in ("kind", "by", "patient_id", "what", "why", "centre", "from") if column in rows.columns
    ]
    return frame_table(rows.select(order), "Work list")


def reading_tables(reading: Reading) -> list[Table]:
    """Return the account of a reading: counts that add up, reasons, unknown codes, and notes."""
    tables = [_counts(reading)]
    for reasons, title in ((reading.reasons(), "Quarantine"), (reading.warned(), "Kept with a warning")):
        if not reasons.is_empty():
            tables.append(frame_table(reasons, f"{title}: rows by reason"))
    if not reading.unknown_codes.is_empty():
        codes = reading.unknown_codes.sort("count", descending=True)
        tables.append(frame_table(codes.head(CODES), f"Codes that the vocabulary does not know ({codes.height})"))
    ignored = [(table, ", ".join(columns)) for table, columns in reading.ignored_columns.items() if columns]
    if ignored:
        tables.append(_plain("Columns that no table has (kept out)", ("Table", "Columns"), ignored))
    if reading.notes:
        tables.append(_plain("Notes", ("Note",), [(note,) for note in reading.notes]))
    return tables


def _counts(reading: Reading) -> Table:
    rows = [(table, count.read, count.kept, count.folded, count.quarantined) for table, count in reading.counts.items()]
    names = ("Table", "Read", "Kept", "Folded", "Quarantined")
    return _plain("Rows read (folded: exact duplicates)", names, rows)


def _plain(title: str, names: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """Return a table whose first column is words; numbers stand right."""
    table = Table(title=_text(title), title_justify="left")
    kept = [list(row) for row in rows]
    for number, name in enumerate(names):
        numeric = bool(kept) and isinstance(kept[0][number], int)
        table.add_column(_text(name), justify="right" if numeric else "left", overflow="fold")
    for row in kept:
        table.add_row(*(_cell(value) for value in row))
    return table


def completeness_table(endpoints: Sequence[EndpointCompleteness]) -> Table:
    """Return of how many patients each endpoint could be judged, with the denominators and why not of the rest."""
    rows = [
        (
            word(one.endpoint),
            one.patients,
            one.with_index_date,
            one.due,
            one.assessable,
            percent(one.assessable, one.due),
            ", ".join(f"{reason(code)} {count}" for code, count in one.not_assessable_because.items()) or "–",
        )
        for one in endpoints
    ]
    names = ("Endpoint", "Patients", "With index date", "Due", "Assessable", "Of due", "Not assessable because")
    return _plain("Completeness of the endpoints", names, rows)


def print_footer(console: Console, reading: Reading) -> None:
    """Print what a reader of a derived table must know of the reading: what did not get in."""
    quarantined = sum(count.quarantined for count in reading.counts.values())
    if quarantined:
        console.print(_text(f"{counted(quarantined, 'row')} in quarantine: see hepatica check"))
    if not reading.unknown_codes.is_empty():
        known_not = counted(reading.unknown_codes.height, "code")
        console.print(_text(f"{known_not} that the vocabulary does not know: see hepatica check"))


def milestones_text(milestones: Sequence[Milestone]) -> Text:
    """Return the milestones of a patient, each with why, the rows behind it, and what would decide it."""
    text = Text()
    for one in milestones:
        text.append(f"{_clean(one.name)}: ", style="bold")
        value = _clean(with_analytes(word(one.value)))
        text.append(f"{value}\n", style="dim" if value == UNKNOWN else "")
        lines = [f"because {_clean('; '.join(one.because))}"] if one.because else []
        lines += [f"needs {_clean(one.unknown_needs)}"] if one.unknown_needs else []
        lines += [_clean(f"{with_analytes(row.text)}  [{row.table}: {place(row)}]") for row in one.rows]
        text.append("".join(f"    {line}\n" for line in lines))
    return text


def cohort_summary(steps: Sequence[Step]) -> Table:
    """Return the attrition of a cohort: who remains at each step, who left, and of whom it is unknown."""
    rows = [
        (step.name, step.remaining, "; ".join(f"{count} {why}" for why, count in step.lost.items()) or "–")
        for step in steps
    ]
    return _plain("From all patients to response", ("Step", "Patients", "Not counted further"), rows)


def _cell(value: object) -> Text:
    """Return a value in words; unknown is dimmed."""
    text = _clean(said(value))
    return Text(text, style="dim" if text == UNKNOWN else "")


def _text(words: str) -> Text:
    return Text(_clean(words))


def _clean(words: str) -> str:
    """Return words without the control characters by which a file's text could drive the terminal."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "\N{REPLACEMENT CHARACTER}" for sign in words)
