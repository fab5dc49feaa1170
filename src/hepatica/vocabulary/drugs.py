"""Drugs: our name for each, its class, its codes past and present, its foreign names, and its local routes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

from hepatica.vocabulary.codes import Code, codes, status_and_source
from hepatica.vocabulary.files import DRUG_FILES, document

if TYPE_CHECKING:
    from collections.abc import Iterator

# The classes whose drugs make a regimen of hepatitis. Methotrexate, for one, is given for other diseases.
IMMUNOSUPPRESSANT_CLASSES = (
    "glucocorticoid",
    "thiopurine",
    "mycophenolate",
    "calcineurin_inhibitor",
    "mtor_inhibitor",
    "anti_tnf",
    "anti_cd20",
    "anti_baff",
    "jak_inhibitor",
)


@dataclass(frozen=True)
class FormerAtc:
    """An ATC code that older data still carry, and the code that replaced it."""

    code: str
    replaced_by: str
    status: str
    source: str


@dataclass(frozen=True)
class LocalForm:
    """The same substance by a local route (an inhaler, eye drops), by its own ATC codes and names."""

    route: str
    atc: tuple[Code, ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Drug:
    """A drug by our name: an `immunosuppressant` makes a regimen, a `companion` belongs to one, others neither.

    `prednisolone_equivalent` is mg prednisolone per mg; `None` means that there is no systemic equivalent
    (`no_equivalent_because` says why) or that the drug is no steroid. `atc` holds the current systemic codes
    of `atc_release`, `atc_former` the renumbered ones, `local` the forms that never count as treatment.
    """

    name: str
    drug_class: str
    immunosuppressant: bool
    companion: bool
    prednisolone_equivalent: float | None
    atc: tuple[str, ...]
    rxnorm: tuple[str, ...]
    omop: tuple[int, ...]
    names: tuple[str, ...]
    codes: tuple[Code, ...] = field(repr=False)
    atc_former: tuple[FormerAtc, ...] = ()
    atc_release: str = ""
    local: tuple[LocalForm, ...] = ()
    no_equivalent_because: str | None = None


def _local(entry: dict[str, Any], source: str) -> tuple[LocalForm, ...]:
    """Return the local forms of a drug's entry."""
    return tuple(
        LocalForm(route, codes("atc", form["atc"], source), tuple(form["names"]))
        for route, form in entry.get("local", {}).items()
    )


def _former(entry: dict[str, Any], source: str) -> tuple[FormerAtc, ...]:
    """Return the renumbered ATC codes of a drug's entry."""
    return tuple(
        FormerAtc(code, former["replaced_by"], *status_and_source(former["status"], source))
        for code, former in entry.get("atc_former", {}).items()
    )


def _drug(name: str, entry: dict[str, Any], atc_release: str, read_in: dict[str, str]) -> Drug:
    """Return the drug that an entry of the data file describes."""
    atc, rxnorm, omop = (codes(system, entry[system], read_in[system]) for system in ("atc", "rxnorm", "omop"))
    return Drug(
        name=name,
        drug_class=entry["class"],
        immunosuppressant=entry["class"] in IMMUNOSUPPRESSANT_CLASSES,
        companion=entry.get("companion", False),
        prednisolone_equivalent=entry.get("prednisolone_equivalent"),
        atc=tuple(item.code for item in atc),
        rxnorm=tuple(item.code for item in rxnorm),
        omop=tuple(int(item.code) for item in omop),
        names=tuple(entry["names"]),
        codes=atc + rxnorm + omop,
        atc_former=_former(entry, read_in["atc_former"]),
        atc_release=atc_release,
        local=_local(entry, read_in["atc"]),
        no_equivalent_because=entry.get("no_equivalent_because"),
    )


@cache
def drugs() -> dict[str, Drug]:
    """Return every drug by our name (`azathioprine`), with class, codes, names, and local forms."""
    return {
        name: _drug(name, entry, document(file)["atc_release"], document(file)["sources"])
        for file in DRUG_FILES
        for name, entry in document(file)["drugs"].items()
    }


def _keys(drug: Drug) -> Iterator[tuple[str, str | None]]:
    """Yield each key that names a drug with the route it implies (null if none)."""
    systemic = (drug.name, *drug.names, *(code.key for code in drug.codes))
    former = (f"atc:{code.code}".lower() for code in drug.atc_former)
    for key in dict.fromkeys((*systemic, *former)):
        yield key, None
    for form in drug.local:
        for key in (*form.names, *(code.key for code in form.atc)):
            yield key, form.route


@cache
def drug_names() -> pl.DataFrame:
    """Return every key that names a drug (`imurek`, `atc:l04ax01`): key, drug, route (null unless implied)."""
    rows = [(key, drug.name, route) for drug in drugs().values() for key, route in _keys(drug)]
    return pl.DataFrame(rows, schema={"key": pl.String, "drug": pl.String, "route": pl.String}, orient="row")


@cache
def route_words() -> pl.DataFrame:
    """Return the words that say how a drug is given (`nasenspray`): word, route, local; local routes first."""
    rows = [
        (word, route, entry["local"])
        for route, entry in document("routes.yaml")["routes"].items()
        for word in entry["words"]
    ]
    return pl.DataFrame(rows, schema={"word": pl.String, "route": pl.String, "local": pl.Boolean}, orient="row")


def _whole_words(words: list[str]) -> re.Pattern[str]:
    """Return a pattern that finds any of the words, the longest first, where they stand alone."""
    alternatives = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)")


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the patterns that find a drug's name and a route's word inside a longer text."""
    names = [key for key in drug_names()["key"] if ":" not in key]
    return _whole_words(names), _whole_words(route_words()["word"].to_list())


@cache
def _by_key() -> dict[str, tuple[str, str | None]]:
    """Return drug and route of each key."""
    return {key: (drug, route) for key, drug, route in drug_names().iter_rows()}


def _route_in(text: str) -> str | None:
    """Return the route that a text's words say, a local one before a systemic one; None if they say none."""
    said = set(_patterns()[1].findall(text))
    for word, route in route_words().select("word", "route").iter_rows():
        if word in said:
            return str(route)
    return None


def drug_of(name: str) -> tuple[str, str | None] | None:
    """Return drug and route of a name, code, or product text (`Prednisolon Augentropfen`: prednisolone, eye).

    None if no drug of the vocabulary, or more than one, is named. The route is None unless it is implied.
    """
    text = " ".join(name.lower().split())
    known = _by_key()
    if text in known:
        return known[text]
    found = [known[key] for key in _patterns()[0].findall(text)]
    if len({drug for drug, _ in found}) != 1:
        return None
    # A brand that is only local settles the route; otherwise the words around the name do.
    route = next((route for _, route in found if route is not None), None)
    return found[0][0], route if route is not None else _route_in(text)
