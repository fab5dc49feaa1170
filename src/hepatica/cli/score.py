"""`hepatica score`: one published score with its items; missing items give the range of possible totals."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import yaml

from hepatica.cli.output import DONE, page_format_option, say
from hepatica.errors import UsageError
from hepatica.guidance.scores import Score, score_text, scores


@click.command()
@click.argument("name", required=False)
@click.argument("items", nargs=-1, metavar="[ITEM=VALUE]...")
@click.option("--from", "file", type=click.Path(path_type=Path, dir_okay=False), help="Items from a YAML or JSON file.")
@page_format_option
def score(name: str | None, items: tuple[str, ...], file: Path | None, form: str) -> int:
    """Compute the score NAME from ITEM=VALUE; without NAME list the scores, without items show what it asks for.

    A value may carry its unit ("bilirubin=100 umol/L"); another unit than the score's is refused, not converted.

    Example: hepatica score fib4 age=57 ast=80 alt=90 platelets=180
    """
    if name is None:
        rows = [{"name": each.name, "title": each.title, "question": each.question} for each in scores().values()]
        say(form, "Scores", rows, "\n".join(f"{row['name']}: {row['title']}" for row in rows))
        return DONE
    asked = _score(name)
    values = {**_of_file(file), **_of_words(items)}
    if not values:
        say(form, asked.title, _items(asked), _items_text(asked))
        return DONE
    result = asked.evaluate(values)
    say(form, asked.title, result.to_dict(), score_text(result))
    return DONE


def _score(name: str) -> Score:
    known = scores()
    if name not in known:
        raise UsageError(f"score {name}", "there is no such score", f"use one of {', '.join(sorted(known))}")
    return known[name]


def _of_words(items: Sequence[str]) -> dict[str, str]:
    """Return ITEM=VALUE as pairs."""
    pairs = {}
    for word in items:
        item, sign, value = word.partition("=")
        if not sign:
            raise UsageError(word, "is not ITEM=VALUE", "write it as bilirubin=2.5")
        pairs[item.strip()] = value.strip()
    return pairs


def _of_file(file: Path | None) -> Mapping[str, Any]:
    """Return the items of a YAML or JSON file."""
    if file is None:
        return {}
    try:
        text = file.read_text(encoding="utf-8")
        values = json.loads(text) if file.suffix == ".json" else yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, ValueError, yaml.YAMLError) as error:
        raise UsageError(str(file), f"cannot be read: {error}", "give a YAML or JSON file of items") from error
    if not isinstance(values, dict):
        raise UsageError(str(file), "does not hold items", "write one `item: value` a line")
    return values


def _items(asked: Score) -> dict[str, object]:
    """Return what a score asks for."""
    return {
        "name": asked.name,
        "title": asked.title,
        "question": asked.question,
        "items": [{"name": item.name, "meaning": item.meaning, "unit": item.unit} for item in asked.items.values()],
    }


def _items_text(asked: Score) -> str:
    lines = [f"{asked.title}: {asked.question}"]
    for item in asked.items.values():
        unit = f" [{item.display_unit}]" if item.display_unit else ""
        choices = f" ({', '.join(item.choices)})" if item.choices else ""
        lines.append(f"  {item.name}: {item.meaning}{unit}{choices}")
    return "\n".join(lines)
