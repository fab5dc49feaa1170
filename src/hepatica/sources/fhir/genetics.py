"""Genotypes: Observations of a variant, a diplotype, or a metaboliser phenotype of a gene."""

from __future__ import annotations

from hepatica.sources.fhir.codes import agreed, answer, keys
from hepatica.sources.fhir.gathering import Gathering
from hepatica.sources.fhir.shapes import Resource, codings, items, text, words

_OWN_PART = "urn:hepatica:genetics|"


def is_genetic(resource: Resource) -> bool:
    """Whether an Observation is one of a gene."""
    known = {*agreed("genetic_reports"), *agreed("genetic_tests")}
    return any(key in known or key.startswith(_OWN_PART) for key in keys(resource.get("code")))


def read_genotype(one: Gathering, when: str | None) -> str | None:
    """Take a genotype; returns why it was not used if it names no gene."""
    resource = one.resource
    values: dict[str, str | None] = {}
    for key in keys(resource.get("code")):
        _read_own_value(resource, key, values)
    for part in items(resource, "component"):
        _read_part(part, values)
    if values.get("gene") is None:
        return "genetic result without a gene"
    if len(values) == 1:
        return "genetic result without a value"
    one.add("genotypes", **one.about(), **{**values, "date": when})
    return None


def _read_own_value(resource: Resource, key: str, values: dict[str, str | None]) -> None:
    """Take what the Observation's own value says: the result of a test of one gene, or a part of a report."""
    test = agreed("genetic_tests").get(key)
    column = test["column"] if test else agreed("genetic_parts").get(key, {}).get("column")
    if column is not None and (said := _said(resource, column)) is not None:
        values[column] = said
    if test is not None:
        values["gene"] = test["gene"]


def _read_part(part: Resource, values: dict[str, str | None]) -> None:
    for key in keys(part.get("code")):
        column = agreed("genetic_parts").get(key, {}).get("column")
        if column is None and key.startswith(_OWN_PART):
            column = key.removeprefix(_OWN_PART)
        if column is not None and (said := _said(part, column)) is not None:
            values[column] = said


def _said(element: Resource, column: str) -> str | None:
    concept = element.get("valueCodeableConcept")
    if column == "gene":
        named = [agreed("genes")[code]["gene"] for _, code in codings(concept) if code in agreed("genes")]
        if named:
            return str(named[0])
    return answer(concept, "genetic_answers") or next(words(concept), None) or text(element, "valueString")
