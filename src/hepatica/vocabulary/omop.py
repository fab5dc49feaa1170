"""Concepts of the OMOP vocabularies that stand for no analyte, drug, or condition: sexes, routes, units, answers."""

from __future__ import annotations

from functools import cache
from typing import Any

from hepatica.vocabulary.files import document


@cache
def omop_words(kind: str) -> dict[int, str]:
    """Return what each concept of a kind means (`routes`: 4132161 is oral; `answers`: 9191 is positive)."""
    return {concept: word for word, concepts in document("omop.yaml")[kind].items() for concept in concepts}


@cache
def omop_concepts(kind: str) -> dict[str, int]:
    """Return the concept that is written for each word of a kind (`sexes`: female is 8532)."""
    return {word: next(iter(concepts)) for word, concepts in document("omop.yaml")[kind].items()}


@cache
def omop_milligrams() -> dict[int, float]:
    """Return how many milligrams one of each unit of a tablet's strength is (8504, gram: 1000)."""
    entries: dict[str, dict[str, Any]] = document("omop.yaml")["strengths"]
    return {entry["concept"]: float(entry["factor"]) for entry in entries.values()}


@cache
def omop_codes(kind: str) -> dict[str, tuple[str, ...]]:
    """Return the codes of a kind by their vocabulary, to be looked up in a model's own concepts (`liver_biopsy`)."""
    return {vocabulary: tuple(map(str, codes)) for vocabulary, codes in document("omop.yaml")[kind].items()}


@cache
def inpatient_visits() -> frozenset[int]:
    """Return the concepts of a visit that was a stay in hospital."""
    return frozenset(document("omop.yaml")["inpatient_visits"])
