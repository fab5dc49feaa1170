"""Making a cohort: its folder, its tables block after block, its truth, and the word SYNTHETIC all over it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from hepatica.errors import UsageError
from hepatica.record.tables import TABLES
from hepatica.synthetic.as_sent import tables_of
from hepatica.synthetic.blocks import Settings, make_block, make_settings
from hepatica.synthetic.dirt import DIRT_LEVELS, Dirt, dirt_in
from hepatica.synthetic.gaps import find_gaps
from hepatica.synthetic.missingness import MISSINGNESS
from hepatica.synthetic.people import BLOCK_PATIENTS
from hepatica.synthetic.readme import readme
from hepatica.synthetic.truth import truth_of
from hepatica.synthetic.writing import FILE_FORMATS, TableWriter, open_writer

Progress = Callable[[int, int], None]
_MOST_PATIENTS = 50_000_000
_MOST_CENTRES = 1_000
_MOST_SEED = 2**63 - 1


@dataclass(frozen=True)
class Synthesized:
    """A cohort that was made: its folder, the files of its tables and of its truth, and how many rows each has."""

    folder: Path
    files: dict[str, Path]
    truth: dict[str, Path]
    rows: dict[str, int]


def synthesize(  # noqa: PLR0913 - each is an option of the command line
    *,
    patients: int,
    seed: int,
    centres: int = 1,
    dirt: str = "none",
    out: Path,
    file_format: str = "csv",
    missingness: str = "real",
    progress: Progress | None = None,
) -> Synthesized:
    """Invent a cohort of patients with autoimmune hepatitis and write it, with its truth beside it.

    The same seed and number of centres give the same patients on every machine, and patient k is the same however
    many are made. `progress` is called with the patients made and asked for. Nothing is left behind if it fails.
    Raises UsageError for numbers and words that cannot be, and for a folder that is not empty.
    """
    _check(patients, seed, centres)
    _check_word("dirt", dirt, DIRT_LEVELS)
    _check_word("file format", file_format, FILE_FORMATS)
    _check_word("missingness", missingness, MISSINGNESS)
    settings = make_settings(seed=seed, centres=centres, missingness=missingness)
    with _new_folder(out) as folder:
        made = _write(_Cohort(settings, patients, dirt, file_format), folder, progress)
    return Synthesized(
        folder=out,
        files={name: out / f"{name}.{file_format}" for name in TABLES},
        truth={name: out / "truth" / f"{name}.csv" for name in made.truth_names},
        rows=made.rows,
    )


@dataclass(frozen=True)
class _Cohort:
    """What is to be made."""

    settings: Settings
    patients: int
    dirt: str
    file_format: str


@dataclass
class _Made:
    """What was made."""

    rows: dict[str, int]
    truth_names: tuple[str, ...]


def _check(patients: int, seed: int, centres: int) -> None:
    """Refuse numbers that cannot be."""
    for where, number, low, high in (
        ("patients", patients, 1, _MOST_PATIENTS),
        ("seed", seed, 0, _MOST_SEED),
        ("centres", centres, 1, _MOST_CENTRES),
    ):
        if not low <= number <= high:
            raise UsageError(where, f"{number} is not possible", f"give a whole number from {low} to {high}")


def _check_word(where: str, word: str, words: tuple[str, ...]) -> None:
    """Refuse a word that is not one of the choices."""
    if word not in words:
        raise UsageError(where, f"{word} is not known", f"use one of {', '.join(words)}")


@contextmanager
def _new_folder(out: Path) -> Iterator[Path]:
    """Give a temporary folder beside `out` that becomes `out` in one step when all went well."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(str(out), "is there already and not an empty folder", "name a new folder, or empty this one")
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        yield folder
        folder.chmod(0o755)
        with suppress(FileNotFoundError):
            out.rmdir()
        folder.rename(out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(cohort: _Cohort, folder: Path, progress: Progress | None) -> _Made:
    """Write all files of a cohort into a folder."""
    truth_names = ("patients", "changes", "spells", *(("dirt",) if cohort.dirt != "none" else ()))
    (folder / "truth").mkdir()
    tables = {name: open_writer(folder, name, cohort.file_format) for name in TABLES}
    truth = {name: open_writer(folder / "truth", name, "csv") for name in truth_names}
    try:
        rows = _write_blocks(cohort, tables, truth, progress)
    finally:
        for writer in (*tables.values(), *truth.values()):
            writer.close()
    settings = cohort.settings
    made: dict[str, int | str] = {
        "patients": cohort.patients,
        "seed": settings.seed,
        "centres": settings.centre_count,
        "missingness": settings.missingness,
        "dirt": cohort.dirt,
    }
    for path, text in readme(made, settings.model, rows).items():
        (folder / path).write_text(text, encoding="utf-8", newline="\n")
    return _Made(rows, truth_names)


def _write_blocks(
    cohort: _Cohort, tables: dict[str, TableWriter], truth: dict[str, TableWriter], progress: Progress | None
) -> dict[str, int]:
    """Write block after block; return how many rows each table has."""
    rows = dict.fromkeys(tables, 0)
    dirt = Dirt(cohort.settings, cohort.dirt, cohort.file_format)
    for number in range(-(-cohort.patients // BLOCK_PATIENTS)):
        here = min(BLOCK_PATIENTS, cohort.patients - number * BLOCK_PATIENTS)
        block = make_block(cohort.settings, number)
        sent = tables_of(block, here, find_gaps(block))
        truths: dict[str, pa.Table] = truth_of(block, here)
        if cohort.dirt != "none":
            sent, truths["dirt"] = dirt_in(dirt, sent, number, rows)
        for name, table in sent.items():
            tables[name].write(table)
            rows[name] += table.num_rows
        for name, table in truths.items():
            truth[name].write(table)
        if progress is not None:
            progress(number * BLOCK_PATIENTS + here, cohort.patients)
    return rows
