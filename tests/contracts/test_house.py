"""The house rules as tests: style, types, direction of imports, size, names, unknown never swallowed, a clean tree."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = [folder for folder in ("src", "tests", "bench") if (ROOT / folder).is_dir()]

LONGEST_FILE = 400
LONGEST_FUNCTION = 50
# Files that are longer, each with its reason. A file that no longer is must leave this list.
LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}

# What swallows the unknown, and so needs its reason beside it in `course` and `guidance`.
SWALLOWS = re.compile(r"\.fill_null\(|\.fill_nan\(|\.otherwise\(|\bcoalesce\(|\bor 0\b")
# Functions whose reason stands elsewhere than at the statement.
SWALLOWED_WITH_REASON: dict[str, str] = {
    "src/hepatica/course/prepare.py:_bounds": "the branches are the whole table of comparators, as its docstring says",
    "src/hepatica/course/state.py:_last_stopped": "orders the rows of an exposure that is over; all have an end",
}

# Names that say nothing about the clinic.
EMPTY_NAMES = re.compile(r"^(utils?|helpers?|common|misc|manager|stuff)$|(^|_)(utils?|helpers?|common)(_|$)")
# A path that exists on one machine only: in a home folder, a workplace, or a drive of Windows.
MACHINE_PATH = re.compile(r"(?<![\w.~$}*:/-])(?:/(?:home|root|Users|work|mnt|srv)/[\w.-]+|[A-Z]:\\\\?[A-Za-z])")
# Beside code and documents the tree holds a drawing of the demo; data of patients, even public data, is not kept in it.
DATA_ENDINGS = (
    ".csv",
    ".gz",
    ".parquet",
    ".ndjson",
    ".sas7bdat",
    ".rda",
    ".rds",
    ".xlsx",
    ".xls",
    ".db",
    ".sqlite",
    ".zip",
)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)


def passes(*arguments: str) -> None:
    """Fail with everything that the tool said, so that the report needs no second run."""
    done = run(*arguments)
    if done.returncode:
        pytest.fail(f"{done.stdout}\n{done.stderr}", pytrace=False)


def python_files() -> list[Path]:
    return sorted(path for folder in CODE for path in (ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree() -> list[str]:
    """Every file that belongs to the project: kept by git, or not yet but not ignored either."""
    done = run("git", "ls-files", "--cached", "--others", "--exclude-standard")
    if done.returncode:
        pytest.skip("not a git checkout, so there is no list of the project's files")
    return [name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function without its docstring."""
    documented = ast.get_docstring(function, clean=False)
    first = function.body[0]
    return function.end_lineno - function.lineno + 1 - (first.end_lineno - first.lineno + 1 if documented else 0)


def test_the_code_obeys_the_style():
    passes(sys.executable, "-m", "ruff", "check", "--output-format", "concise", *CODE)


def test_the_code_is_formatted():
    passes(sys.executable, "-m", "ruff", "format", "--check", *CODE)


@pytest.mark.slow
def test_the_types_of_the_engine_hold():
    passes(sys.executable, "-m", "mypy", "--no-error-summary")


def test_imports_point_backwards_only():
    passes(str(Path(sys.executable).parent / "lint-imports"))


def by_hand(path):
    """Whether people wrote a file; Django writes migrations, and nobody reads them as prose."""
    return "migrations" not in path.parts


def test_no_file_is_too_long():
    written = [path for path in python_files() if by_hand(path)]
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in written}
    long = {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE}
    assert {name: lines for name, lines in long.items() if name not in LONG_FILES} == {}
    assert set(LONG_FILES) <= set(long), "these are short enough now: take them off the list"


def test_no_function_is_too_long():
    long = {}
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and body_lines(node) > LONGEST_FUNCTION:
                long[f"{name_of(path)}:{node.name}"] = body_lines(node)
    assert {name: lines for name, lines in long.items() if name not in LONG_FUNCTIONS} == {}
    assert set(LONG_FUNCTIONS) <= set(long), "these are short enough now: take them off the list"


def test_files_and_folders_are_named_by_what_they_hold():
    parts = {
        (part, name_of(path)) for path in python_files() for part in (path.stem, *path.relative_to(ROOT).parts[:-1])
    }
    assert {name for part, name in parts if EMPTY_NAMES.search(part.casefold())} == set()


@pytest.mark.parametrize(
    ("name", "empty"), [("utils", True), ("unit_helpers", True), ("common", True), ("helper", True), ("units", False)]
)
def test_the_rule_for_names_tells_empty_names_from_others(name, empty):
    assert bool(EMPTY_NAMES.search(name)) is empty


def swallowed_without_reason(text: str) -> list[tuple[int, str]]:
    """Where the unknown is swallowed with no comment in the statement or just above it: line and function."""
    lines, tree = text.splitlines(), ast.parse(text)
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    found = []
    for number, line in enumerate(lines, start=1):
        if not SWALLOWS.search(line.split("#", 1)[0]):
            continue
        around = [node for node in statements if node.lineno <= number <= node.end_lineno]
        first, last = min(((n.lineno, n.end_lineno) for n in around), key=lambda span: span[1] - span[0])
        if any("#" in near for near in lines[max(0, first - 3) : last]):
            continue
        functions = [node.name for node in around if isinstance(node, ast.FunctionDef)]
        found.append((number, functions[-1] if functions else ""))
    return found


def test_the_unknown_is_swallowed_nowhere_without_a_reason():
    found: dict[str, list[int]] = {}
    for room in ("course", "guidance"):
        for path in sorted((ROOT / "src" / "hepatica" / room).rglob("*.py")):
            for line, function in swallowed_without_reason(path.read_text(encoding="utf-8")):
                found.setdefault(f"{name_of(path)}:{function}", []).append(line)
    assert {place: lines for place, lines in found.items() if place not in SWALLOWED_WITH_REASON} == {}
    assert set(SWALLOWED_WITH_REASON) <= set(found), "these have gone: take them off the list"


def test_the_search_for_swallowed_unknowns_finds_them():
    planted = """
def response(x):
    normal = pl.when(x <= 1).then("yes").otherwise("no")
    return normal


def shown(x):
    # null is no true
    return x.filter(
        pl.col("alt").fill_null(0),
    )
"""
    assert swallowed_without_reason(planted) == [(3, "response")]


def dependency_lines() -> list[str]:
    """The lines of pyproject.toml that name a dependency, in the order of the file."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    declared = tomllib.loads(text)
    wanted = [*declared["build-system"]["requires"], *declared["project"]["dependencies"]]
    wanted += [one for group in declared["project"]["optional-dependencies"].values() for one in group]
    lines = [line for line in text.splitlines() if any(f'"{one}"' in line for one in wanted)]
    assert len(lines) == len(wanted)
    return lines


def test_every_dependency_says_what_it_is_for():
    assert [line for line in dependency_lines() if not re.search(r"#\s*\w", line)] == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_locks_hold_versions_and_hashes_and_no_address(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index-url" not in text
    pinned = [block for block in re.split(r"\n(?=[a-z0-9])", text) if block.strip()]
    assert pinned
    unpinned = [block.splitlines()[0] for block in pinned if "==" not in block or "--hash=sha256:" not in block]
    assert unpinned == []


def test_the_locks_hold_every_dependency():
    names = [re.split(r"[^A-Za-z0-9_.-]", line.split('"')[1])[0].casefold() for line in dependency_lines()]
    names.remove("hepatica")  # its own extras, named once more among the tests' needs
    locked = "".join(
        (ROOT / lock).read_text(encoding="utf-8") for lock in ("requirements.lock", "requirements-test.lock")
    )
    assert [name for name in names if not re.search(rf"^{re.escape(name)}==", locked, re.MULTILINE)] == []


def test_no_path_of_one_machine_is_in_the_project():
    found = {}
    for name in tree():
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:  # a picture
            continue
        if name != name_of(Path(__file__)) and (paths := MACHINE_PATH.findall(text)):
            found[name] = paths
    assert found == {}


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("/home/anna/centre", True),
        ("open('/srv/data/x')", True),
        (r"C:\Users\anna", True),
        ("https://example.org/home/page", False),
        ("1/2 and mg/kg/day", False),
        ("FOLDER/patients.csv", False),
    ],
)
def test_the_search_for_machine_paths_tells_them_from_others(text, is_one):
    assert bool(MACHINE_PATH.search(text)) is is_one


def test_no_data_of_patients_is_in_the_project():
    assert [name for name in tree() if name.casefold().endswith(DATA_ENDINGS)] == []
    assert [name for name in tree() if "fixtures/" in name] == []


def test_every_source_file_says_what_it_holds():
    silent = [
        name_of(path)
        for path in (ROOT / "src").rglob("*.py")
        if by_hand(path) and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []
