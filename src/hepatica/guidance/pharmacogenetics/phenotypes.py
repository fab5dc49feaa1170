"""TPMT and NUDT15: from two star alleles to the metaboliser phenotype, as CPIC assigns it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from hepatica.errors import UsageError
from hepatica.vocabulary.documents import read_yaml

UNKNOWN = "unknown"
ALLELES = Path(__file__).parent / "alleles.yaml"
_ALTERNATIVES = re.compile(r"\s+or\s+|\|", re.IGNORECASE)


@dataclass(frozen=True)
class Phenotype:
    """A metaboliser phenotype, or unknown with the reason.

    `phenotype` is poor, intermediate, possible_intermediate, normal, indeterminate (the genotype is known, what it
    does is not), or unknown (there is no usable genotype).
    """

    gene: str
    diplotype: str
    phenotype: str
    because: str
    notes: tuple[str, ...]
    source: str
    verified: bool


@lru_cache(maxsize=1)
def allele_table() -> dict[str, Any]:
    """Return the functions of the alleles, the phenotype of each pair of functions, and notes."""
    table: dict[str, Any] = read_yaml(ALLELES.read_text(encoding="utf-8"))
    return table


@lru_cache(maxsize=2)
def allele_functions(gene: str) -> dict[str, str]:
    """Return each star allele of a gene with its function: normal, no_function, uncertain, unknown_function."""
    genes = allele_table()["genes"]
    if gene not in genes:
        raise UsageError("phenotype", f"{gene} is no gene of this table", f"give {' or '.join(genes)}")
    return {allele: function for function, alleles in genes[gene].items() for allele in alleles}


def phenotype(gene: str, diplotype: str | None) -> Phenotype:
    """Return the phenotype of a diplotype ("*1/*3A"); alternatives ("*1/*3A or *3B/*3C") count if they agree.

    Unknown, with the reason, for a missing diplotype, an allele that the table does not have, and alternatives
    that differ. Source: CPIC allele functionality. Raises UsageError for another gene than TPMT and NUDT15.
    """
    alternatives = [_one_diplotype(gene, text) for text in _ALTERNATIVES.split(diplotype or "")]
    if len({found.phenotype for found in alternatives}) == 1:
        return alternatives[0]
    either = " or ".join(f"{found.diplotype} ({found.phenotype})" for found in alternatives)
    return _result(gene, diplotype or "", UNKNOWN, f"the test leaves open {either}")


def _one_diplotype(gene: str, text: str) -> Phenotype:
    """Return the phenotype of one pair of alleles."""
    functions = allele_functions(gene)
    alleles = _alleles(gene, text)
    if not text.strip():
        return _result(gene, "", UNKNOWN, "no diplotype is given")
    if len(alleles) != 2:
        return _result(gene, text.strip(), UNKNOWN, "not two star alleles (*1/*3A)")
    named = "/".join(sorted(alleles, key=_by_number))
    strangers = [allele for allele in alleles if allele not in functions]
    if strangers:
        return _result(gene, named, UNKNOWN, f"allele {' and '.join(strangers)} is not in CPIC's table")
    pair = sorted(functions[allele] for allele in alleles)
    found = next(
        (row["phenotype"] for row in allele_table()["phenotypes"] if sorted(row["alleles"]) == pair),
        "indeterminate",
    )
    said = ", ".join(f"{allele} {functions[allele].replace('_', ' ')}" for allele in named.split("/"))
    return _result(gene, named, found, said)


def _alleles(gene: str, text: str) -> list[str]:
    """Return the star alleles of a text, written as CPIC writes them."""
    bare = "".join(text.upper().split()).removeprefix(gene)
    return ["*" + allele.lstrip("*") for allele in bare.split("/") if allele.lstrip("*")]


def _by_number(allele: str) -> tuple[int, str]:
    """Sort *2 before *10; an allele without a number last."""
    digits = re.match(r"\*(\d+)", allele)
    return (int(digits[1]) if digits else 10**6, allele)


def _result(gene: str, diplotype: str, found: str, because: str) -> Phenotype:
    """Return a phenotype with the notes that belong to its diplotype and to itself."""
    table = allele_table()
    notes = table["notes"][gene]
    said = tuple(notes[key] for key in (diplotype, found) if key in notes)
    return Phenotype(gene, diplotype, found, because, said, table["source"], table["verified"])
