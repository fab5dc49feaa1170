"""The methods paragraph that every study shares, generated from its definition and the software that ran."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import version
from typing import Any

import hepatica
from hepatica.course import definitions
from hepatica.studies.cohort import Cohort

# What computes the numbers; the report names each with its version.
LIBRARIES = (
    "polars",
    "numpy",
    "scipy",
    "scikit-learn",
    "firthmodels",
)


@lru_cache
def software() -> dict[str, str]:
    """Return the versions of Hepatica and of the libraries that compute."""
    return {"hepatica": hepatica.__version__, **{name: version(name) for name in LIBRARIES}}


def cohort_methods(cohort: Cohort, definition: dict[str, Any]) -> str:
    """Return the sentences on data, population, index date, and endpoint set."""
    used = definitions(cohort.definitions)
    unread = "" if used.verified else " (the set is not yet verified against the primary text)"
    eligible = f"{population_words(definition['population'])} " if "population" in definition else ""
    # A single patient's year would tell when: a case is told without dates.
    years = "" if "patient" in definition else _years(cohort)
    return (
        f"{source_words(cohort)}{years} The course of each patient was derived as of {cohort.as_of} by the "
        f"definition set {used.name}, version {used.version} ({used.title}){unread}, and the protocol "
        f"{cohort.protocol}. The index date is the first day of the first immunosuppressant given for autoimmune "
        "hepatitis. "
        f"{eligible}A criterion or an endpoint that cannot be known from the record is reported as unknown, apart from "
        "yes and no; nobody is counted as a failure for want of a result."
    )


def _years(cohort: Cohort) -> str:
    """Return the years of the index dates as a sentence with a space before it; nothing where there is no such date."""
    years = cohort.table("outcomes")["index_date"].dt.year().drop_nulls().sort().to_list()
    if not years:
        return ""
    first, last = years[0], years[-1]
    return f" Treatment began in {first}." if first == last else f" Treatment began in the years {first} to {last}."


def source_words(cohort: Cohort) -> str:
    """Return how many patients of how many centres were studied, and whether they are invented."""
    patients = cohort.record.patients.height
    centres = cohort.record.patients["centre"].n_unique()
    words = f"The data are {patients:,} patients of {centres:,} centre{'' if centres == 1 else 's'}."
    return f"Invented (synthetic) patients were studied. {words}" if cohort.synthetic else words


def population_words(population: dict[str, Any]) -> str:
    """Return the criteria of a population as a sentence."""
    parts = [
        f"{name}: {', '.join(population[key])}"
        for key, name in (("centres", "centre"), ("sexes", "sex"), ("aih_types", "type"), ("variants", "variant"))
        if population[key]
    ]
    for key, name in (("age_at_index", "age at the index date"), ("index_date", "index date")):
        limits = [f"{word} {population[key][word]}" for word in ("from", "to") if population[key].get(word) is not None]
        parts += [f"{name} {' '.join(limits)}"] if limits else []
    if population["cirrhosis_at_diagnosis"] != "any":
        parts.append(f"cirrhosis at diagnosis: {population['cirrhosis_at_diagnosis']}")
    if not parts:
        return "All patients with an index date were eligible."
    return f"Eligible were patients with an index date and {'; '.join(parts)}."


def software_methods() -> str:
    """Return the sentence on software."""
    named = ", ".join(f"{name} {number}" for name, number in software().items() if name != "hepatica")
    return f"Computed with Hepatica {hepatica.__version__} ({named}); intervals and p-values are two-sided."
