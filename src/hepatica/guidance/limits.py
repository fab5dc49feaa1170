"""Limits: the numbers that a rule compares with, each with its unit and source; a protocol's where the rule says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hepatica.errors import UsageError

Numbers = Mapping[str, float]


@dataclass(frozen=True, eq=False)  # each limit of a rule is itself
class Limit:
    """A number per unit; empty where the protocol says nothing. `verified`: its source was read.

    `stands_in` says that the number is the default protocol's and not that of the protocol that is in use.
    """

    name: str
    by_unit: Numbers
    source: str
    verified: bool
    protocol_path: str = ""
    note: str = ""
    stands_in: str = ""

    def said(self, unit: str) -> str:
        """Return the number with its unit, as text; says so where it only stands in from the default protocol."""
        number = with_unit(self.by_unit[unit], unit)
        return f"{number} ({self.stands_in})" if self.stands_in else number


def with_unit(number: float, unit: str) -> str:
    """Return a number and its unit as text; a unit of 1 is not said, and of a power of ten it is so many times."""
    if unit in ("", "1"):
        return f"{number:g}"
    return f"{number:g} {'× ' if unit.startswith('10^') else ''}{unit}"


def limits_of(
    entries: Mapping[str, Any],
    rule_source: Mapping[str, Any],
    protocol: Mapping[str, Any] | None,
    where: str,
    from_default: Mapping[str, str] | None = None,
) -> dict[str, Limit]:
    """Return a rule's limits under a protocol; without one (None), under the example that the rule gives.

    `from_default` names the sections that the protocol has from the default, with the words that say so.
    """
    stands_in = from_default if from_default is not None else {}
    return {
        name: replace(
            _limit(name, entry, rule_source, protocol, where),
            stands_in=stands_in.get(entry.get("protocol", "").partition(".")[0], ""),
        )
        for name, entry in entries.items()
    }


def _limit(
    name: str,
    entry: Mapping[str, Any],
    rule_source: Mapping[str, Any],
    protocol: Mapping[str, Any] | None,
    where: str,
) -> Limit:
    source, verified = entry.get("source", rule_source["id"]), entry.get("verified", rule_source["verified"])
    if "protocol" not in entry:
        return Limit(name, {entry["unit"]: float(entry["value"])}, source, verified, note=entry.get("note", ""))
    path, example = entry["protocol"], entry["example"]
    if protocol is None:
        return Limit(name, {example["unit"]: float(example["value"])}, "example", verified=False, protocol_path=path)
    found = dict(_in_protocol(path, entry["example"]["unit"], protocol, f"{where}, thresholds.{name}"))
    numbers = {unit: number for unit, (number, _) in found.items()}
    sure = bool(found) and all(known for _, known in found.values())
    return Limit(name, numbers, f"protocol {protocol['name']}", sure, protocol_path=path)


def _in_protocol(
    path: str, unit: str, protocol: Mapping[str, Any], where: str
) -> Iterator[tuple[str, tuple[float, bool]]]:
    """Yield unit and (number, whether its source was read) that a protocol gives at a path.

    Nothing where the section is missing; a section that is a list gives one number for each item's unit.
    """
    head, _, rest = path.partition(".")
    section = protocol.get(head)
    items = section if isinstance(section, list) else [section]
    for item in items:
        number = value_at(item, rest)
        if number is None or not isinstance(item, Mapping):
            continue
        if not isinstance(number, int | float):
            raise UsageError(where, f"{path} of protocol {protocol['name']} is no number", "name the path of a number")
        yield (
            _nearest(item, rest, "unit", unit),
            (float(number), _nearest(item, rest, "verified", protocol["verified"])),
        )


def _nearest(item: Mapping[str, Any], path: str, key: str, otherwise: Any) -> Any:
    """Return what is said beside a number of a section, or nearest above it; else what holds for the whole."""
    steps = path.split(".")
    for depth in range(len(steps) - 1, -1, -1):
        beside = value_at(item, ".".join(steps[:depth]))
        if isinstance(beside, Mapping) and key in beside:
            return beside[key]
    return otherwise


def value_at(section: object, path: str) -> object:
    """Return what stands at a dotted path; None where the section or a step of the path is missing."""
    for step in path.split(".") if path else []:
        if not isinstance(section, Mapping) or step not in section:
            return None
        section = section[step]
    return section
