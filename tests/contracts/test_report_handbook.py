"""The handbook names everything that the code has, and the same code writes the same bytes."""

from __future__ import annotations

import click

from hepatica.course import DERIVED, definition_sets
from hepatica.record.tables import TABLES
from hepatica.report.handbook import write_handbook
from hepatica.report.markdown import table
from hepatica.vocabulary import analytes, drugs


@click.group()
def tool() -> None:
    """A tool."""


@tool.command()
@click.argument("source")
@click.option("--depth", type=click.Choice(["deep", "flat"]), default="flat", help="How | deep.")
@click.option("--fast", is_flag=True, help="Fast.")
def dig(source: str, depth: str, fast: bool) -> None:
    """Dig in SOURCE."""


def pages(folder, commands=None):
    return {path.stem: path.read_text(encoding="utf-8") for path in write_handbook(folder, commands)}


def test_every_column_of_the_record_stands_in_the_data_dictionary(tmp_path):
    text = pages(tmp_path)["data-dictionary"]
    for one in TABLES.values():
        section = text.split(f"## {one.name}\n")[1].split("\n## ")[0]
        assert [column.name for column in one.columns if f"| `{column.name}` |" not in section] == []
        assert all(choice in section for column in one.columns for choice in column.choices)


def test_every_derived_column_analyte_drug_and_definition_set_is_named(tmp_path):
    found = pages(tmp_path)
    assert [
        column for columns in DERIVED.values() for column in columns if f"`{column}`" not in found["derived-tables"]
    ] == []
    assert [code for code in analytes() if f"| `{code}` |" not in found["analytes"]] == []
    assert [name for name in drugs() if f"| `{name}` |" not in found["drugs"]] == []
    assert [name for name in definition_sets() if f"| `{name}` |" not in found["definitions"]] == []


def test_codes_say_how_sure_they_are(tmp_path):
    text = pages(tmp_path)["analytes"]
    one = next(iter(analytes()["ALT"].codes))
    assert f"{one.code} ({one.status})" in text


def test_commands_come_from_the_commands_themselves(tmp_path):
    text = pages(tmp_path, tool)["commands"]
    assert "## tool dig" in text
    assert "tool dig [OPTIONS] SOURCE" in text
    assert "| `--depth` | How \\| deep. (deep, flat) | flat |" in text
    assert "| `--fast` | Fast. | – |" in text


def test_the_same_code_writes_the_same_bytes(tmp_path):
    assert pages(tmp_path / "a", tool) == pages(tmp_path / "b", tool)


def test_every_link_of_the_contents_leads_to_a_page(tmp_path):
    found = pages(tmp_path, tool)
    links = [
        line.split("](")[1].removesuffix(".md)") for line in found["README"].splitlines() if line.startswith("- [")
    ]
    assert sorted(links) == sorted(name for name in found if name != "README")


def test_text_cannot_break_out_of_its_cell():
    assert table(["a"], [["x | y\nz <b>"]]).splitlines()[2] == "| x \\| y z &lt;b> |"
    assert table(["a"], [[None], [()], [("p", "q")], [False]]).splitlines()[2:] == [
        "| – |",
        "| – |",
        "| p, q |",
        "| no |",
    ]
