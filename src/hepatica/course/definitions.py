"""Definition sets: the named, versioned parameters by which a record becomes a course.

A set is a YAML file in `definition_sets/`, or a file of the user's own. It may extend another set and then
says only what differs. A number of the course stands here or in a protocol, never in code.
"""

from __future__ import annotations

import calendar
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from hepatica.course.extending import layers, merged
from hepatica.errors import UsageError

# The same loader in C, where it is built in: it reads a protocol in a tenth of the time.
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
HERE = Path(__file__).parent
SETS = HERE / "definition_sets"
DEFAULT = "iaihg_2022"
EPOCH = date(1970, 1, 1).toordinal()
# Ratios to the upper limit are rounded to nine decimals, so this is the smallest step between two of them.
RATIO_STEP = 1e-9


def day_number(day: date) -> int:
    """Return a date as whole days since 1970-01-01, the form in which the course counts."""
    return day.toordinal() - EPOCH


def day_date(number: int) -> date:
    """Return the date of a day number."""
    return date.fromordinal(number + EPOCH)


@lru_cache(maxsize=65536)
def months_later(day: int, months: int) -> int:
    """Return the day so many calendar months later; the 31st becomes the last day of a shorter month."""
    start = date.fromordinal(day + EPOCH)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    try:
        later = date(year, month + 1, start.day)
    except ValueError:  # a shorter month; asked for only then, because looking up its length takes as long again
        later = date(year, month + 1, calendar.monthrange(year, month + 1)[1])
    return later.toordinal() - EPOCH


@dataclass(frozen=True, slots=True)
class Definitions:
    """One definition set, flat, in the units of its names (days, ×ULN, g/L)."""

    name: str
    title: str
    source: str
    verified: bool
    version: int
    gap_days: int
    ignore_days: int
    initial_days: int
    pair_days: int
    normal_xuln: float
    alt_required: bool
    ast_required: bool
    alt_counts: bool
    ast_counts: bool
    igg_required: bool
    response_months: int | None
    response_days: int | None
    assess_days: int
    baseline_days: int
    early_from_day: int
    early_target_day: int
    early_to_day: int
    early_fall: float
    confirm_days: int
    change_days: int
    relapse_xuln: float
    relapse_igg_g_l: float | None
    relapse_igg_xuln: float | None
    carry_days: int
    remission_hai_below: int
    steady_days: int
    metabolite_pair_days: int
    at_diagnosis_days: int
    cirrhosis_stages: dict[str, int]
    child_bearing_from: int
    child_bearing_to: int
    pregnancy_days: int
    worklist_lead_days: int

    def response_end(self, index: int) -> int:
        """Return the last day of the response window (index + 6 months in the default set)."""
        if self.response_months is not None:
            return months_later(index, self.response_months)
        return index + (self.response_days or 0)  # the schema demands one of the two

    def response_window_text(self) -> str:
        """Return the window in words, for reports."""
        if self.response_months is not None:
            return f"{self.response_months} months"
        return f"{self.response_days} days"


def definition_sets() -> list[str]:
    """Return the names of the definition sets that come with Hepatica."""
    return sorted(path.stem for path in SETS.glob("*.yaml"))


@lru_cache
def definitions(name_or_path: str = DEFAULT) -> Definitions:
    """Return a definition set by its name, or from a file of the user's own.

    Raises `UsageError` for an unknown name, an unreadable file, or a value that the schema refuses.
    """
    return _flat(definition_values(name_or_path))


def definition_values(name_or_path: str) -> dict[str, Any]:
    """Return a definition set's values, those of the sets that it extends included; raises as `definitions` does."""
    return merged(layers(name_or_path, _validated, root=DEFAULT))


def _file_of(name_or_path: str) -> Path:
    """Return the file of a set that comes with Hepatica, or of the user's own."""
    own = SETS / f"{name_or_path}.yaml"
    if own.is_file() and "/" not in name_or_path:
        return own
    path = Path(name_or_path)
    if path.is_file():
        return path
    raise UsageError(
        f"definitions {name_or_path}",
        "there is no such set or file",
        f"use one of {', '.join(definition_sets())}, or the path of a YAML file",
    )


def _validated(name_or_path: str) -> dict[str, Any]:
    """Return the file's own values after the schema has accepted them."""
    schema = json.loads((HERE / "definitions.schema.json").read_text(encoding="utf-8"))
    return validated_yaml(_file_of(name_or_path), schema, f"definitions {name_or_path}")


def validated_yaml(path: Path, schema: dict[str, Any], where: str) -> dict[str, Any]:
    """Return a YAML file's values; a syntax error or a broken schema says where and what to do."""
    try:
        values = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506  (safe either way)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(where, f"{path.name} is not readable YAML: {error}", "repair the file") from error
    for place, what, remedy in not_plain(values):
        raise UsageError(where, f"{place}: {what}", f"{remedy} in {path.name}")
    problem = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(values))
    if problem is not None:
        place = "/".join(str(step) for step in problem.absolute_path) or "the file"
        raise UsageError(where, f"{place}: {problem.message}", f"repair {place} in {path.name}")
    loaded: dict[str, Any] = values
    return loaded


def not_plain(values: object, place: str = "") -> Iterator[tuple[str, str, str]]:
    """Return what YAML allows and a schema cannot judge: keys that are no text, NaN, infinity; place, what, remedy."""
    if isinstance(values, dict):
        for key, inner in values.items():
            if isinstance(key, str):
                yield from not_plain(inner, f"{place}.{key}".lstrip("."))
            else:
                yield place or "the file", f"the key {key} is no text", f'write "{key}" in quotes'
    elif isinstance(values, list):
        for number, inner in enumerate(values, start=1):
            yield from not_plain(inner, f"{place}[{number}]")
    elif isinstance(values, float) and not math.isfinite(values):
        yield place, f"{values} is no number to count with", "write a number, or leave the entry out"


def _flat(values: dict[str, Any]) -> Definitions:
    """Return the set with its groups laid flat, so that the story reads one name a number."""
    early, loss, relapse = values["early_response"], values["loss"], values["relapse"]
    enzymes, window = values["transaminases"], values["response_window"]
    counted = [*enzymes["required"], *enzymes["also"]]
    same = (
        "name", "title", "source", "verified", "version", "gap_days", "ignore_days", "initial_days", "pair_days",
        "igg_required", "assess_days", "carry_days", "remission_hai_below", "steady_days",
        "metabolite_pair_days", "at_diagnosis_days", "cirrhosis_stages", "pregnancy_days",
        "worklist_lead_days",
    )  # fmt: skip
    return Definitions(
        **{name: values[name] for name in same},
        # "below the limit" and "at the limit" differ by one step of a rounded ratio.
        normal_xuln=1.0 if values["at_limit"] == "normal" else 1.0 - RATIO_STEP,
        alt_required="ALT" in enzymes["required"],
        ast_required="AST" in enzymes["required"],
        alt_counts="ALT" in counted,
        ast_counts="AST" in counted,
        response_months=window.get("months"),
        response_days=window.get("days"),
        baseline_days=early["baseline_days"],
        early_from_day=early["from_day"],
        early_target_day=early["target_day"],
        early_to_day=early["to_day"],
        early_fall=early["fall"],
        confirm_days=loss["confirm_days"],
        change_days=loss["change_days"],
        relapse_xuln=relapse["transaminases_xuln"] - (RATIO_STEP if relapse["at_limit"] == "relapse" else 0.0),
        relapse_igg_g_l=relapse["igg_g_l"],
        relapse_igg_xuln=relapse["igg_xuln"],
        child_bearing_from=values["child_bearing_ages"]["from"],
        child_bearing_to=values["child_bearing_ages"]["to"],
    )
