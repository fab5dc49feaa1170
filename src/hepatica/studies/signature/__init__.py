"""A signature of metabolites (Dimou 2024): does a pattern of metabolites tell the disease? Research only.

Every figure on how well it tells comes from samples that the model never saw; what would let it see them is warned of.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hepatica.errors import UsageError
from hepatica.studies.definition import Definition
from hepatica.studies.result import Findings, Number
from hepatica.studies.signature.as_published import AsPublished, as_published
from hepatica.studies.signature.judged import Judged, external, judged
from hepatica.studies.signature.leakage import leaks
from hepatica.studies.signature.models import ElasticNet, Model, PlsDa
from hepatica.studies.signature.preparation import transformed
from hepatica.studies.signature.quality import kept, quality
from hepatica.studies.signature.sheets import beside, figures, methods, sheets
from hepatica.studies.signature.table import MetaboliteTable, read_table
from hepatica.studies.signature.validation import Permuted, Samples, permuted

RESEARCH_ONLY = (
    "Research only: this is a statement about a table of samples. It must not be used for the diagnosis of a patient, "
    "and no advice on a patient can reach it."
)
FILLS = {
    "tripod": {
        "4a": "methods", "9": "methods", "10a": "methods", "10b": "methods", "10d": "methods",
        "13a": "table:performance", "14a": "table:performance", "14b": "table:carriers", "16": "table:performance",
    }
}  # fmt: skip


def open_input(where: str, definition: Definition) -> MetaboliteTable:
    """Return the table of metabolites that SOURCE names."""
    return read_table(Path(where).expanduser(), definition["table"])


def fingerprint(source: MetaboliteTable) -> str:
    """Return the SHA-256 of the file that was read."""
    return source.sha256


def analyse(source: MetaboliteTable, definition: Definition) -> Findings:
    """Return how well the metabolites tell the classes, by nested cross-validation, and which of them carry it.

    Raises:
        UsageError: no metabolite is good enough, or a class has too few samples for the folds.
    """
    measured = quality(source, definition["quality"])
    chosen = kept(measured)
    if not chosen.any():
        raise UsageError("quality", "no metabolite is good enough", "look at the limits, and at the table's values")
    table = source.of_metabolites(chosen)
    samples = _samples(table, definition)
    plan = definition["validation"]
    models = _models(definition, len(table.names))
    found = {name: judged(model, samples, plan) for name, model in models.items()}
    other_place = _other_place(samples, definition)
    shuffled = permuted(models["pls_da"], samples, plan, plan["seed"]) if plan["permutations"] else None
    told = _published(samples, definition)
    second = _second(table, definition)
    notes = [RESEARCH_ONLY, *leaks(source, definition["preparation"]["place"]), *_notes(source, table, definition)]
    return Findings(
        sheets={**sheets(table, samples, measured, found, second, definition), **beside(told, found, shuffled)},
        figures=figures(),
        numbers={
            **_counts(source, table),
            **{key: value for name, one in found.items() for key, value in one.numbers(name).items()},
            **(
                {f"other_place.{key}": value for key, value in other_place.numbers("pls_da").items()}
                if other_place
                else {}
            ),
            **_permutation(shuffled),
            **_published_numbers(told),
            **(second.numbers("external.pls_da") if second else {}),
        },
        methods=methods(source, table, definition),
        notes=tuple(notes),
        fills=FILLS,
    )


def _models(definition: Definition, metabolites: int) -> dict[str, Model]:
    """Return the models asked for; there are no more components than metabolites."""
    settings = definition["models"]
    models: dict[str, Model] = {"pls_da": PlsDa(min(settings["pls_da"]["components"], metabolites))}
    if settings["elastic_net"] is not None:
        models["elastic_net"] = ElasticNet(
            tuple(settings["elastic_net"]["strengths"]), settings["elastic_net"]["lasso_share"]
        )
    return models


def _samples(table: MetaboliteTable, definition: Definition) -> Samples:
    preparation = definition["preparation"]
    return Samples(transformed(table, preparation["transform"]), table.disease, table.groups, preparation)


def _other_place(samples: Samples, definition: Definition) -> Judged | None:
    """Return the right way beside the mistake, where the definition insists on preparing outside the folds."""
    if definition["preparation"]["place"] == "inside_folds":
        return None
    inside = {**definition["preparation"], "place": "inside_folds"}
    right = Samples(samples.values, samples.disease, samples.groups, inside)
    return judged(_models(definition, samples.values.shape[1])["pls_da"], right, definition["validation"])


def _published(samples: Samples, definition: Definition) -> AsPublished | None:
    split = definition["as_published"]
    if split is None:
        return None
    return as_published(samples.values, samples.disease, split, definition["preparation"]["neighbours"])


def _second(table: MetaboliteTable, definition: Definition) -> Judged | None:
    """Return how the model of the first table does on the second."""
    if definition["second_table"] is None:
        return None
    whole = read_table(Path(definition["second_table"]).expanduser(), definition["table"])
    if lacking := [name for name in table.names if name not in whole.names]:
        raise UsageError("second_table", f"lacks the metabolite {lacking[0]}", "give a table with the same metabolites")
    if shared := set(table.patient or table.samples) & set(whole.patient or whole.samples):
        raise UsageError(
            "second_table",
            f"{len(shared)} samples or patients are in both tables, so it validates nothing",
            "give samples of other patients, named differently",
        )
    other = whole.of_metabolites(np.array([name in table.names for name in whole.names]))
    model = _models(definition, len(table.names))["pls_da"]
    return external(model, _samples(table, definition), _samples(other, definition), definition)


def _counts(source: MetaboliteTable, table: MetaboliteTable) -> dict[str, Number]:
    return {
        "samples": len(table.samples),
        "samples.positive": int(table.disease.sum()),
        "samples.negative": int((~table.disease).sum()),
        "metabolites": len(source.names),
        "metabolites.kept": len(table.names),
        "pooled": len(source.pooled),
    }


def _permutation(test: Permuted | None) -> dict[str, Number]:
    if test is None:
        return {}
    return {
        "permutation.auc": test.observed,
        "permutation.p": test.p,
        "permutation.shuffled_median": float(np.median(test.shuffled)),
        "permutation.number": len(test.shuffled),
    }


def _published_numbers(found: AsPublished | None) -> dict[str, Number]:
    if found is None:
        return {}
    return {
        "as_published.train_auc": found.train_area,
        "as_published.test_auc": found.test_area,
        "as_published.test_auc_lower": found.lower,
        "as_published.test_auc_upper": found.upper,
        "as_published.train": found.train,
        "as_published.test": found.test,
    }


def _notes(source: MetaboliteTable, table: MetaboliteTable, definition: Definition) -> list[str]:
    notes = []
    if source.other_classes:
        left = ", ".join(f"{name} {number}" for name, number in source.other_classes.items())
        notes.append(f"Samples of other classes were not analysed: {left}.")
    if not len(source.pooled):
        notes.append(
            "There are no pooled quality-control samples: the precision of every metabolite is unknown, and they are "
            f"{'kept' if definition['quality']['unknown_precision'] == 'keep' else 'left out'} as the definition says."
        )
    smaller = min(int(table.disease.sum()), int((~table.disease).sum()))
    if len(table.names) > smaller:
        notes.append(
            f"There are more metabolites ({len(table.names)}) than samples of the smaller class ({smaller}): a model "
            "fits its own samples well whatever they hold. Only figures on samples it never saw count."
        )
    if definition["as_published"] is not None:
        notes.append("The figure as published depends on one split; the nested figure is the mean over many.")
    return notes
