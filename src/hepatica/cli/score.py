"""`hepatica score`: one published score with its items; missing items give the range of possible totals."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click
import yaml

from hepatica.cli.output import DONE, as_of_option, exit_code, page_format_option, say
from hepatica.cli.running import Asked, course_options, opened
from hepatica.course import derive
from hepatica.errors import UsageError
from hepatica.guidance.facts import STANDING_TABLES, standing
from hepatica.guidance.findings import findings_of
from hepatica.guidance.score_words import patient_score, sources_text
from hepatica.guidance.scores import Score, score_text, scores
from hepatica.synthetic import is_synthetic

FILES = (".yaml", ".yml", ".json")


@click.command()
@click.argument("name", required=False)
@click.argument("items", nargs=-1, metavar="[ITEM=VALUE]...")
@click.option("--from", "origin", metavar="FILE|SOURCE", help="Items from a YAML or JSON file, or a SOURCE's patient.")
@click.option("--patient", metavar="ID", help="The patient of SOURCE whose record fills the items.")
@click.option(
    "--mapping", type=click.Path(path_type=Path, dir_okay=False), help="How SOURCE's foreign CSV files are read."
)
@as_of_option
@course_options
@page_format_option
def score(
    name: str | None,
    items: tuple[str, ...],
    origin: str | None,
    patient: str | None,
    mapping: Path | None,
    as_of: date | None,
    definition_set: str,
    practice: str,
    form: str,
) -> int:
    """Compute the score NAME from ITEM=VALUE, a file, or a patient's record; missing items give the range of totals.

    Without NAME list the scores, without items show what it asks for. A value may carry its unit ("bilirubin=100
    umol/L"); another unit than the score's is refused, not converted. From a record each item names the rows behind it,
    or says what it needs; ITEM=VALUE counts instead of the record's.

    Example: hepatica score simplified_2008 --from my-centre/ --patient P017
    """
    if name is None:
        rows = [{"name": each.name, "title": each.title, "question": each.question} for each in scores().values()]
        say(form, "Scores", rows, "\n".join(f"{row['name']}: {row['title']}" for row in rows))
        return DONE
    asked, given = _score(name), _of_words(items)
    if patient is not None:
        source = Asked.of(_needed(origin), mapping, as_of, definition_set, practice)
        return _of_patient(asked, patient, source, given, form)
    values = {**_of_file(origin), **given}
    if not values:
        say(form, asked.title, _items(asked), _items_text(asked))
        return DONE
    result = asked.evaluate(values)
    say(form, asked.title, result.to_dict(), score_text(result))
    return DONE


def _needed(origin: str | None) -> str:
    if origin is None:
        raise UsageError("--patient", "names a patient of no source", "add --from SOURCE")
    return origin


def _of_patient(asked: Score, patient: str, source: Asked, given: Mapping[str, str], form: str) -> int:
    """Fill a score from a patient's record, and say which rows are behind each item."""
    with opened(source) as centre:
        record, reading = centre.read_patient(patient)
    if record.patients.is_empty():
        raise UsageError(f"patient {patient}", "is not in this source", "check the patient_id in patients")
    tables = derive(record, source.defined, source.as_of, source.practice, tables=STANDING_TABLES)
    row = standing(record, tables, source.defined).row(0, named=True)
    found = patient_score(asked.name, findings_of(row), record, given)
    mark = "SYNTHETIC DATA\n" if is_synthetic(patient) else ""
    text = f"{mark}{score_text(found.result)}\n{sources_text(found)}"
    say(form, asked.title, {"patient_id": patient, "as_of": source.as_of, **found.to_dict()}, text)
    return exit_code(reading)


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


def _of_file(origin: str | None) -> Mapping[str, Any]:
    """Return the items of a YAML or JSON file."""
    if origin is None:
        return {}
    file = Path(origin)
    if file.suffix not in FILES:
        raise UsageError(
            origin, "is no file of items", f"give a file ({', '.join(FILES)}), or a source with --patient ID"
        )
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
