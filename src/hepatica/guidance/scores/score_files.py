"""Scores are files: tables, coefficients, sources as YAML; a formula as a Python file of the same name.

Each `*.yaml` here is one score; what scores share is in `shared/`. A file may extend another and
then says only what differs. A new score is found without being registered anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from hepatica.guidance.scores.item import Item, Kind, plain_unit
from hepatica.guidance.scores.point_rows import Row
from hepatica.guidance.scores.score import Case, Example, Part, Score, Source
from hepatica.vocabulary import units
from hepatica.vocabulary.documents import read_yaml

HERE = Path(__file__).parent
QUANTITIES = HERE / "shared" / "quantities.yaml"
COMBINATIONS: Mapping[str, Callable[[list[float]], float]] = {"sum": sum, "lowest": min}


@lru_cache(maxsize=1)
def scores() -> dict[str, Score]:
    """Return every score by its name."""
    names = sorted(path.stem for path in HERE.glob("*.yaml"))
    return {name: _score(name, score_file(name)) for name in names}


def score_file(name: str) -> dict[str, Any]:
    """Return a score's file as it reads after what it extends; items are merged one by one."""
    said = _yaml(HERE / f"{name}.yaml")
    if "extends" not in said:
        return said
    base = score_file(said.pop("extends"))
    items = {**base["items"], **said.get("items", {})}
    return {**base, **said, "items": {item: spec for item, spec in items.items() if spec != "not used"}}


@lru_cache(maxsize=1)
def quantities() -> dict[str, Any]:
    """Return what scores share: quantities with unit and range, and the units that the vocabulary lacks."""
    return _yaml(QUANTITIES)


@lru_cache(maxsize=1)
def filled_from_record() -> dict[str, Any]:
    """Return by which findings a record fills the items of each score."""
    return _yaml(HERE / "shared" / "from_record.yaml")


def _yaml(path: Path) -> dict[str, Any]:
    """Return one file's content."""
    content: dict[str, Any] = read_yaml(path.read_text(encoding="utf-8"))
    return content


def _score(name: str, file: Mapping[str, Any]) -> Score:
    """Return the score of a file."""
    formulas = import_module(f"hepatica.guidance.scores.{file['formula']}") if "formula" in file else None
    source = file["source"]
    items = {item: _item(item, spec or {}, file["source"]) for item, spec in file["items"].items()}
    classify = getattr(formulas, "classify", None)
    return Score(
        name=name,
        title=file["title"],
        question=file["question"],
        unit=file.get("unit", ""),
        decimals=file.get("decimals", 0),
        items=items,
        parts=() if classify else _parts(file, items, formulas),
        combine=COMBINATIONS[file.get("combine", "sum")],
        classify=classify,
        categories=tuple(_row(row, "category") for row in file.get("categories", [])),
        numbers={key: float(number) for key, number in file.get("numbers", {}).items()},
        remarks=getattr(formulas, "remarks", None),
        like=getattr(formulas, "like", None),
        notes=tuple(file.get("notes", [])),
        examples=tuple(_example(example) for example in file["examples"]),
        source=Source(source["key"], source["citation"], source.get("doi", ""), source["read"], source["verified"]),
    )


def _example(spec: Mapping[str, Any]) -> Example:
    """Return a published or hand-computed patient."""
    given = {item: _word(value) for item, value in spec["given"].items()}
    return Example(given, spec.get("total"), spec.get("category"), spec["origin"])


def _item(name: str, own: Mapping[str, Any], source: Mapping[str, Any]) -> Item:
    """Return an item: the shared quantity of its name (or that it names with `is_a`), with what the score adds."""
    spec = {**quantities()["quantities"].get(own.get("is_a", name), {}), **own}
    kind, unit = Kind(spec["kind"]), spec.get("unit", "")
    spellings, display = _spelled(unit)
    low, high = spec.get("range", (0.0, 0.0))
    least, most = spec.get("counted", (None, None))
    return Item(
        name=name,
        kind=kind,
        meaning=spec["meaning"],
        unit=unit,
        display_unit=display,
        low=float(low),
        high=float(high),
        choices=_words(spec.get("choices", [])),
        words={_word(word): _words(stands_for) for word, stands_for in spec.get("words", {}).items()},
        spellings=frozenset(["", *map(plain_unit, spellings)]),
        rows=tuple(_row(row, "points") for row in spec.get("points", [])),
        least=least,
        most=most,
        remedy=spec.get("remedy", ""),
        state_column=spec.get("state_column"),
        state_unit=spec.get("state_unit", unit),
        disputed=spec.get("disputed", {}),
        source=spec.get("source", source["key"]),
        verified=spec.get("verified", source["verified"]),
    )


def _spelled(unit: str) -> tuple[tuple[str, ...], str]:
    """Return a unit's spellings and how it is shown: the vocabulary's, or those of the scores' own units."""
    if unit in units():
        return units()[unit].spellings, units()[unit].display
    return tuple(quantities()["units"].get(unit, [])), unit


def _word(value: Any) -> Any:
    """Return a YAML cell with its yes and no as words."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def _words(value: Any) -> tuple[str, ...]:
    """Return one word or several as words."""
    return tuple(str(_word(word)) for word in (value if isinstance(value, list) else [value]))


def _row(spec: Mapping[str, Any], gives: str) -> Row:
    """Return one row of a points table or of the categories."""
    limits = {key: float(spec[key]) for key in ("at_least", "above", "at_most", "below") if key in spec}
    only_if = {item: _words(words) for item, words in spec.get("if", {}).items()}
    return Row(spec[gives], **limits, words=_words(spec["is"]) if "is" in spec else (), only_if=only_if)


def _parts(file: Mapping[str, Any], items: Mapping[str, Item], formulas: ModuleType | None) -> tuple[Part, ...]:
    """Return a score's parts: those that its file names, then one for each other item with points."""
    named = [_part(spec, items, formulas) for spec in file.get("parts", [])]
    taken = {item for spec in file.get("parts", []) for item in _reads(spec, items)}
    alone = [
        _part({"name": name, "rows": [[name]]}, items, None)
        for name, item in items.items()
        if item.rows and name not in taken
    ]
    return (*named, *alone)


def _reads(spec: Mapping[str, Any], items: Mapping[str, Item]) -> list[str]:
    """Return the items that a part's specification names; "all" is all."""
    if "rows" in spec:
        return [item for row in spec["rows"] for item in row]
    return list(items) if spec["items"] == "all" else list(spec["items"])


def _part(spec: Mapping[str, Any], items: Mapping[str, Item], formulas: ModuleType | None) -> Part:
    """Return a part: a rule from the score's Python file, or the sum over rows of each row's best item."""
    reads = _reads(spec, items)
    names = tuple(dict.fromkeys([*reads, *(other for item in reads for other in items[item].conditions)]))
    if "rows" in spec:
        return Part(spec["name"], names, _best_of_rows(spec["rows"], spec.get("most")))
    return Part(spec["name"], names, getattr(formulas, spec["name"]))


def _best_of_rows(rows: list[list[str]], most: float | None) -> Callable[[Case], float]:
    """Return the rule of a table part: of each row the best item counts, rows add up, to at most `most`."""

    def points(case: Case) -> float:
        total = sum(max(case.points[item] for item in row) for row in rows)
        return total if most is None else min(total, most)

    return points
