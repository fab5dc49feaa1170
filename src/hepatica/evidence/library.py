"""The library: one YAML file per study, read, held to its schema, and offered by name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from hepatica.errors import SourceError, UsageError
from hepatica.vocabulary.documents import place_of, read_yaml, remedy_of

STATUS_WORDS: Mapping[str, str] = {
    "C": "confirmed: read in a copy of the paper, its abstract, or an authoritative file",
    "C2": "confirmed in a secondary source only",
    "M-hi": "from memory, more than 90 % sure",
    "M-med": "from memory, 65 to 90 % sure",
    "M-lo": "from memory, less than 65 % sure",
    "D": "derived from the printed figures, not printed itself",
    "digest": "read in a published summary only",
}


@dataclass(frozen=True)
class Citation:
    """Where a study was published; an identifier that is not confirmed is None."""

    authors: str | None
    title: str | None
    journal: str | None
    year: int | None
    volume: str | None = None
    pages: str | None = None
    doi: str | None = None
    pmid: str | None = None
    pmcid: str | None = None
    trial: str | None = None
    update: str | None = None


@dataclass(frozen=True)
class Arm:
    """A group of patients and its size; None where the size is not given."""

    name: str
    n: int | None


@dataclass(frozen=True)
class Endpoint:
    """What a study calls its response, in its own definition (BR, CBR, and CR are three different things)."""

    code: str
    name: str
    definition: str
    status: str


@dataclass(frozen=True)
class Statement:
    """A definition, dose, or threshold that a study states and that no arithmetic can check."""

    id: str
    says: str
    status: str


@dataclass(frozen=True)
class Figure:
    """A reported number as printed, and what is needed to recompute it; it holds no verdict."""

    study: str
    id: str
    says: str
    printed: str
    status: str
    verified: bool  # status C in a study whose paper or abstract was read
    endpoint: str | None
    kind: str
    inputs: Mapping[str, Any]


@dataclass(frozen=True)
class Study:
    """One study: citation, design, population, arms, endpoints, statements, figures, caveats."""

    id: str
    aliases: tuple[str, ...]
    subject: str
    citation: Citation
    status: str
    verified: bool
    read: str
    design: str
    population: str
    arms: tuple[Arm, ...]
    endpoints: tuple[Endpoint, ...]
    statements: tuple[Statement, ...]
    figures: tuple[Figure, ...]
    caveats: tuple[str, ...]

    def figure(self, figure_id: str) -> Figure:
        """One figure of this study; UsageError if there is none of that name."""
        for figure in self.figures:
            if figure.id == figure_id:
                return figure
        names = ", ".join(figure.id for figure in self.figures)
        raise UsageError(f"study {self.id}", f"no figure {figure_id!r}", f"use one of: {names}")


@cache
def _validator() -> Draft202012Validator:
    schema = json.loads(files("hepatica.evidence").joinpath("study.schema.json").read_text("utf-8"))
    return Draft202012Validator(schema)


def read_study(text: str, where: str) -> Study:
    """Reads one study file; SourceError with place, problem, and remedy where it is not a study."""
    try:
        document = read_yaml(text)
    except yaml.YAMLError as cause:
        raise SourceError(where, f"not readable as YAML: {cause}", "correct the file's YAML") from cause
    problem = best_match(_validator().iter_errors(document))
    if problem is not None:
        raise _schema_error(problem, where)
    _check_consistency(document, where)
    return _study(document)


def _schema_error(problem: ValidationError, where: str) -> SourceError:
    remedy = remedy_of(
        problem,
        lacking="add the missing entry; write null for a number that the source does not give",
        otherwise="write it as study.schema.json says; a printed number stands in quotes, with its decimals",
    )
    if problem.validator == "additionalProperties":
        remedy += "; a verdict is computed, never written down"
    return SourceError(f"{where}{place_of(problem, counted_from=0)}", problem.message, remedy)


def _check_consistency(document: Mapping[str, Any], where: str) -> None:
    """What a schema cannot say: names are unique, endpoints exist, verified goes with a confirmed source."""
    names = [entry["id"] for entry in [*document["figures"], *document.get("statements", [])]]
    for name in names:
        if names.count(name) > 1:
            raise SourceError(where, f"two figures or statements are called {name!r}", "rename one of them")
    codes = {endpoint["code"] for endpoint in document["endpoints"]}
    for figure in document["figures"]:
        if "endpoint" in figure and figure["endpoint"] not in codes:
            raise SourceError(
                f"{where}, figure {figure['id']}",
                f"no endpoint {figure['endpoint']!r} is defined",
                "define it under endpoints, or correct its code",
            )
    if document["verified"] and document["status"] != "C":
        raise SourceError(
            where, f"verified, but its status is {document['status']}", "verified needs status C: the paper was read"
        )


def _study(document: Mapping[str, Any]) -> Study:
    return Study(
        id=document["id"],
        aliases=tuple(document.get("aliases", ())),
        subject=document["subject"],
        citation=Citation(**document["citation"]),
        status=document["status"],
        verified=document["verified"],
        read=document["read"],
        design=document["design"],
        population=document["population"],
        arms=tuple(Arm(**arm) for arm in document["arms"]),
        endpoints=tuple(Endpoint(**endpoint) for endpoint in document["endpoints"]),
        statements=tuple(Statement(**statement) for statement in document.get("statements", ())),
        figures=tuple(_figure(figure, document) for figure in document["figures"]),
        caveats=tuple(document["caveats"]),
    )


def _figure(figure: Mapping[str, Any], document: Mapping[str, Any]) -> Figure:
    return Figure(
        study=document["id"],
        id=figure["id"],
        says=figure["says"],
        printed=figure["printed"],
        status=figure["status"],
        verified=document["verified"] and figure["status"] == "C",
        endpoint=figure.get("endpoint"),
        kind=figure["recompute"]["kind"],
        inputs=figure["recompute"]["inputs"],
    )


@cache
def studies() -> dict[str, Study]:
    """Every study of the library by its id, in alphabetical order."""
    found: dict[str, Study] = {}
    folder = files("hepatica.evidence").joinpath("studies")
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".yaml"):
            continue
        study = read_study(file.read_text("utf-8"), f"evidence/studies/{file.name}")
        if file.name != f"{study.id}.yaml":
            raise SourceError(f"evidence/studies/{file.name}", f"its id is {study.id!r}", "name the file after the id")
        found[study.id] = study
    _refuse_shared_names(found)
    return found


def _refuse_shared_names(found: Mapping[str, Study]) -> None:
    owner: dict[str, str] = {}
    for study in found.values():
        for name in (study.id, *study.aliases):
            if name in owner:
                raise SourceError(
                    f"evidence/studies/{study.id}.yaml", f"{name!r} also names {owner[name]}", "rename it"
                )
            owner[name] = study.id


def study(name: str) -> Study:
    """One study by its id or another name of it; UsageError if the library does not hold it."""
    for entry in studies().values():
        if name == entry.id or name in entry.aliases:
            return entry
    raise UsageError("evidence", f"no study {name!r}", f"use one of: {', '.join(studies())}")


def figures() -> Iterator[Figure]:
    """Every reported figure of the library, study by study."""
    for entry in studies().values():
        yield from entry.figures
