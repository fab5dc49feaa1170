"""The documents cannot go stale: links lead somewhere; every word, column, verb, and key is explained or known."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from cli_centre import commands, verbs

from hepatica import __version__, cli
from hepatica.course import definition_sets, protocol_files
from hepatica.course.columns import DERIVED
from hepatica.course.explain import Milestone
from hepatica.evidence import study_rows
from hepatica.record.tables import CANONICAL, EVENTS, PHENOTYPES, STOP_REASONS, TABLES
from hepatica.report.handbook import write_handbook

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
names = [path.relative_to(ROOT).as_posix() for path in DOCUMENTS]

PATTERNS = ("undetectable", "low_low", "low_high", "target", "target_high_mmp", "high_tgn")
ANSWERS = ("achieved", "not_achieved", "pending", "not_assessable", "not_applicable", "response", "non_response")
KINDS_OF_WORK = ("safety", "endpoint", "overdue", "retrieve")


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def without_code(text: str) -> str:
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def glossary() -> str:
    return text_of(ROOT / "GLOSSARY.md")


def explained_words() -> set[str]:
    """The code words that the glossary explains: what stands there in backticks."""
    return set(re.findall(r"`([a-z0-9_]+)`", glossary()))


@pytest.fixture(scope="module")
def handbook(tmp_path_factory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("handbook")
    return {path.name: text_of(path) for path in write_handbook(folder, cli.hepatica)}


def rows_of(page: str) -> dict[str, str]:
    """The code words that a page's tables explain, each with what its row says."""
    return {row[1]: row[2] for row in re.finditer(r"^\| `([^`]+)` \|(.*)$", page, re.MULTILINE)}


# Words


@pytest.mark.parametrize("word", [*PATTERNS, *ANSWERS, *KINDS_OF_WORK, *EVENTS, *TABLES, *DERIVED])
def test_the_glossary_explains_every_table_event_answer_and_pattern(word):
    assert word in explained_words()


@pytest.mark.parametrize("word", [*STOP_REASONS, *PHENOTYPES])
def test_the_glossary_names_every_stop_reason_and_phenotype(word):
    assert word in explained_words()


def test_the_glossary_explains_no_word_that_the_code_does_not_use():
    code = "\n".join(text_of(path) for path in (ROOT / "src").rglob("*") if path.suffix in (".py", ".yaml"))
    assert {word for word in explained_words() if not re.search(rf"\b{re.escape(word)}\b", code)} == set()


def test_each_term_of_the_glossary_is_explained_once():
    terms = re.findall(r"^\s*- \*\*([^*]+)\*\*", glossary(), re.MULTILINE)
    assert len(terms) > 80
    assert sorted({term for term in terms if terms.count(term) > 1}) == []


def test_the_data_dictionary_explains_every_column_of_the_record(handbook):
    page = handbook["data-dictionary.md"]
    explained = rows_of(page)
    for table in TABLES.values():
        assert f"## {table.name}" in page
        assert {name for name in table.names if not re.search(r"\w{3,}", explained.get(name, ""))} == set()
        assert set(CANONICAL[table.name]) <= set(explained)


def test_the_handbook_explains_every_derived_column(handbook):
    page = handbook["derived-tables.md"]
    for table, columns in DERIVED.items():
        part = page.split(f"## {table}\n", 1)[1].split("\n## ", 1)[0]
        explained = rows_of(part)
        assert set(explained) == set(columns)
        assert [name for name, said in explained.items() if not re.search(r"\w{3,}|INR", said)] == []


def test_the_handbook_has_every_definition_set_protocol_and_verb(handbook):
    assert [name for name in definition_sets() if f"`{name}`" not in handbook["definitions.md"]] == []
    assert [name for name in protocol_files() if f"## {name}:" not in handbook["protocols.md"]] == []
    assert [verb for verb in verbs() if f"## hepatica {' '.join(verb)}" not in handbook["commands.md"]] == []


def test_milestones_are_explained():
    assert {"because", "unknown_needs"} <= set(Milestone.__slots__)
    assert "**milestone**" in glossary()


# Links, paths, keys, commands


@pytest.mark.parametrize("path", DOCUMENTS, ids=names)
def test_links_lead_somewhere(path):
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", without_code(text_of(path)))
    local = [target for target in targets if not re.match(r"[a-z]+:", target)]
    assert [target for target in local if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=names)
def test_paths_that_are_named_exist(path):
    named = re.findall(r"`((?:src|tests|docs|scripts|examples|bench)/[\w./-]+)`", text_of(path))
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_documents_that_the_code_names_exist():
    code = "\n".join(text_of(path) for path in (ROOT / "src").rglob("*") if path.suffix in (".py", ".yaml", ".json"))
    named = set(re.findall(r"\bdocs/[\w/-]+\.md\b", code))
    assert "docs/mapping.md" in named
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=names)
def test_sources_that_are_cited_are_in_the_evidence_library(path):
    known = {row["id"] for row in study_rows()}
    cited = set(re.findall(r"\[([a-z]+(?:_[a-z]+)*_\d{4})\](?!\()", without_code(text_of(path))))
    assert cited <= known


@pytest.mark.parametrize("path", DOCUMENTS, ids=names)
def test_commands_that_are_shown_exist(path):
    shown = re.findall(r"(?m)^(?:\$ )?hepatica ([a-z]+)|`hepatica ([a-z]+)", text_of(path))
    assert {verb for pair in shown for verb in pair if verb} <= set(commands())


def test_every_verb_is_told_in_the_documents():
    text = "\n".join(text_of(path) for path in DOCUMENTS)
    assert [verb for verb in commands() if f"hepatica {verb}" not in text] == []


def test_yaml_that_is_shown_can_be_read():
    for path in DOCUMENTS:
        for block in re.findall(r"```yaml\n(.*?)```", text_of(path), re.DOTALL):
            if "…" not in block:
                assert yaml.safe_load(block), path.name


# What each document promises


def test_the_readme_is_short_and_says_what_hepatica_is_not():
    text = text_of(ROOT / "README.md")
    assert len(text.splitlines()) <= 120
    assert "not a medical device" in text.casefold()
    assert "bash scripts/demo.sh" in text
    assert "bash scripts/test.sh" in text
    assert "pip install ." in text
    assert (ROOT / "docs/pictures/course.png").stat().st_size > 10_000


def test_the_map_of_the_house_names_every_room():
    rooms = {path.parent.name for path in (ROOT / "src/hepatica").glob("*/__init__.py")}
    text = text_of(ROOT / "README.md")
    assert {room for room in rooms if f"`{room}/`" not in text} == set()


def test_the_changelog_begins_with_this_version():
    first = re.search(r"^## (\S+)", text_of(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert first is not None
    assert first[1] == __version__


@pytest.mark.parametrize("name", definition_sets())
def test_the_changelog_names_every_definition_set(name):
    assert name == "iaihg_2022" or f"`{name}`" in text_of(ROOT / "CHANGELOG.md")


@pytest.mark.parametrize("path", DECISIONS, ids=[path.stem for path in DECISIONS])
def test_a_decision_is_one_page_of_context_decision_consequence(path):
    text = text_of(path)
    number = int(path.stem[:4])
    assert text.startswith(f"# {number}. ")
    assert len(text.splitlines()) <= 40
    assert re.findall(r"^## (\w+)", text, re.MULTILINE) == ["Context", "Decision", "Consequence"]
    assert re.search(r"^\d{4}-\d{2}-\d{2}$", text, re.MULTILINE)
    assert f"decisions/{path.name}" in text_of(ROOT / "docs" / "index.md")


def test_decisions_are_numbered_without_a_gap():
    assert [int(path.stem[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_every_document_is_in_the_index():
    index = text_of(ROOT / "docs" / "index.md")
    pages = [path.name for path in (ROOT / "docs").glob("*.md") if path.name != "index.md"]
    assert [name for name in pages if f"({name})" not in index] == []


def test_the_contributors_table_answers_the_usual_questions():
    text = text_of(ROOT / "CONTRIBUTING.md")
    asked = (
        "a drug",
        "an analyte",
        "a column",
        "limit",
        "relapse",
        "threshold",
        "a rule",
        "a study",
        "a page",
        "command",
    )
    table = text.split("## Where do I change …?", 1)[1].split("\n## ", 1)[0]
    assert [words for words in asked if words not in table] == []
