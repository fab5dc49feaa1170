"""What a centre does, as far as the course needs it: drug tiers, metabolite thresholds, monitoring intervals.

Protocols are YAML files; `guidance/` reads further sections of the same files.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from hepatica.course.definitions import HERE, validated_yaml
from hepatica.course.extending import Layer, layers, merged
from hepatica.errors import UsageError
from hepatica.vocabulary import analytes, drugs

PROTOCOLS = HERE / "protocols"
DEFAULT_PROTOCOL = "default"
# In a schedule: on any immunosuppressant.
IMMUNOSUPPRESSED = "immunosuppressed"


@dataclass(frozen=True, slots=True)
class MetaboliteThresholds:
    """Thresholds for one unit of TGN and MMP; the target includes both ends, MMP and ratio are high from theirs."""

    unit: str
    tgn_low: float
    tgn_high: float
    mmp_high: float
    ratio_high: float
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Phase:
    """So often until that day of the exposure; no `until_day` = from then on."""

    every_days: int
    until_day: int | None


@dataclass(frozen=True, slots=True)
class Monitoring:
    """What is due how often while on a class of drugs (or on any immunosuppressant)."""

    name: str
    what: str
    analytes: tuple[str, ...]
    drug_class: str
    phases: tuple[Phase, ...]
    grace_days: int
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Protocol:
    """A centre's protocol as the course reads it."""

    name: str
    title: str
    tiers: dict[str, int]
    metabolites: dict[str, MetaboliteThresholds]
    monitoring: tuple[Monitoring, ...]


@dataclass(frozen=True, slots=True)
class Formulary:
    """What the story asks of a drug, as plain dictionaries: its class, and which drugs count as what."""

    class_of: dict[str, str]
    immunosuppressants: frozenset[str]
    companions: frozenset[str]
    prednisolone_equivalent: dict[str, float]
    # The drugs of each class, and under IMMUNOSUPPRESSED every immunosuppressant.
    of_class: dict[str, frozenset[str]]


@lru_cache
def formulary() -> Formulary:
    """Return the vocabulary's drugs in the form that the story reads."""
    known = drugs()
    classes = {drug.drug_class for drug in known.values()}
    return Formulary(
        class_of={name: drug.drug_class for name, drug in known.items()},
        immunosuppressants=frozenset(name for name, drug in known.items() if drug.immunosuppressant),
        companions=frozenset(name for name, drug in known.items() if drug.companion),
        prednisolone_equivalent={
            name: drug.prednisolone_equivalent
            for name, drug in known.items()
            if drug.prednisolone_equivalent is not None
        },
        of_class={
            **{one: frozenset(name for name, drug in known.items() if drug.drug_class == one) for one in classes},
            IMMUNOSUPPRESSED: frozenset(name for name, drug in known.items() if drug.immunosuppressant),
        },
    )


def protocol_files() -> list[str]:
    """Return the names of the protocols that come with Hepatica."""
    return sorted(path.stem for path in PROTOCOLS.glob("*.yaml"))


@lru_cache
def protocol(name_or_path: str = DEFAULT_PROTOCOL) -> Protocol:
    """Return a protocol by its name, or from a file of the centre's own; nonsense is refused with the place."""
    return protocol_of(protocol_values(name_or_path))


def protocol_values(name_or_path: str) -> dict[str, Any]:
    """Return a protocol's values, all sections, those of the protocols that it extends included.

    The schema and the vocabulary have accepted them; raises `UsageError` with the place otherwise.
    """
    values = merged(protocol_layers(name_or_path))
    _refuse_unknown_words(values, f"protocol {name_or_path}", _file_of(name_or_path))
    return values


def protocol_layers(name_or_path: str) -> tuple[Layer, ...]:
    """Return what a protocol's file says itself, then what the protocols say that it extends."""
    return layers(name_or_path, _own_values)


def protocol_schema() -> dict[str, Any]:
    """Return the schema that a protocol's file is held to."""
    schema: dict[str, Any] = json.loads((HERE / "protocol.schema.json").read_text(encoding="utf-8"))
    return schema


def _own_values(name_or_path: str) -> dict[str, Any]:
    """Return the values of one file after the schema has accepted them."""
    return validated_yaml(_file_of(name_or_path), protocol_schema(), f"protocol {name_or_path}")


def _file_of(name_or_path: str) -> Path:
    """Return the file of a protocol that comes with Hepatica, or of the centre's own."""
    own = PROTOCOLS / f"{name_or_path}.yaml"
    path = own if own.is_file() and "/" not in name_or_path else Path(name_or_path)
    if not path.is_file():
        known = ", ".join(protocol_files())
        raise UsageError(
            f"protocol {name_or_path}",
            "there is no such protocol or file",
            f"use one of {known}, or the path of a YAML file",
        )
    return path


def _refuse_unknown_words(values: dict[str, Any], where: str, path: Path) -> None:
    """Refuse drugs and analytes that the vocabulary does not know, and a target whose ends are swapped."""
    tiers = values["tiers"]
    unknown = [drug for tier in tiers.values() for drug in tier if drug not in drugs()]
    unknown += [code for item in values["monitoring"] for code in item["analytes"] if code not in analytes()]
    if unknown:
        raise UsageError(where, f"unknown {', '.join(unknown)}", f"use the vocabulary's names in {path.name}")
    twice = [drug for tier in tiers.values() for drug in tier if sum(drug in other for other in tiers.values()) > 1]
    if twice:
        raise UsageError(where, f"{twice[0]} stands in two tiers", f"name each drug once in {path.name}")
    for item in values["metabolites"]:
        if item["tgn_target"]["low"] >= item["tgn_target"]["high"]:
            raise UsageError(
                where, f"metabolites {item['unit']}: the target's low end is not below its high end", "swap"
            )


def protocol_of(values: dict[str, Any]) -> Protocol:
    """Return the sections that the course reads of a protocol's values."""
    return Protocol(
        name=values["name"],
        title=values["title"],
        tiers={drug: int(tier) for tier, named in values["tiers"].items() for drug in named},
        metabolites={item["unit"]: _thresholds(item) for item in values["metabolites"]},
        monitoring=tuple(_monitoring(item) for item in values["monitoring"]),
    )


def _thresholds(item: dict[str, Any]) -> MetaboliteThresholds:
    return MetaboliteThresholds(
        unit=item["unit"],
        tgn_low=item["tgn_target"]["low"],
        tgn_high=item["tgn_target"]["high"],
        mmp_high=item["mmp_high"],
        ratio_high=item["mmp_tgn_ratio_high"],
        source=item["source"],
        verified=item["verified"],
    )


def _monitoring(item: dict[str, Any]) -> Monitoring:
    return Monitoring(
        name=item["name"],
        what=item["what"],
        analytes=tuple(item["analytes"]),
        drug_class=item["while"],
        phases=tuple(Phase(phase["every_days"], phase.get("until_day")) for phase in item["phases"]),
        grace_days=item["grace_days"],
        source=item["source"],
        verified=item["verified"],
    )
