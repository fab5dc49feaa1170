"""What would let a model see the samples it is judged on. Each finding is a sentence with its remedy."""

from __future__ import annotations

import numpy as np

from hepatica.studies.signature.table import MetaboliteTable

# A column whose mean is 0 and whose SD is 1 over all samples, to this precision, was scaled before it came here.
CLOSE = 1e-3
# So large a share of such columns is no chance.
SHARE = 0.9


def leaks(table: MetaboliteTable, place: str) -> list[str]:
    """Return the leaks that the table or the definition shows, in words; an empty list says that none was found."""
    found = [*_repeated(table), *_twins(table), *_scaled_before(table)]
    if place == "outside_folds":
        found.append(
            "Leakage: the definition scales and fills in outside the folds, so each fold was prepared with the samples "
            "it is judged on. Set preparation.place to inside_folds; the figures of both are shown."
        )
    return found


def _repeated(table: MetaboliteTable) -> list[str]:
    if table.patient is None:
        return [
            (
                "The table does not say whose samples these are, so repeated samples of one patient cannot be told. "
                "Name the column (table.patient)."
            )
        ]
    if table.groups is None:
        return []
    patients = len(set(table.patient))
    return [
        (
            f"Leakage prevented: {len(table.samples)} samples come from {patients} patients. All samples of a patient "
            "are kept in one fold; folds by sample would let the model recognise the patient."
        )
    ]


def _twins(table: MetaboliteTable) -> list[str]:
    """Find samples with the same values throughout: one sample under two names."""
    filled = np.where(np.isnan(table.values), -np.inf, table.values)
    _, first, inverse = np.unique(filled, axis=0, return_index=True, return_inverse=True)
    again = [place for place, row in enumerate(np.ravel(inverse)) if first[row] != place]
    if not again:
        return []
    named = ", ".join(table.samples[place] for place in again[:5])
    return [
        (
            f"Leakage: {len(again)} samples repeat the values of another one ({named}). Remove them, or name the "
            "patients (table.patient), so that they stay in one fold."
        )
    ]


def _scaled_before(table: MetaboliteTable) -> list[str]:
    varied = table.values[:, (~np.isnan(table.values)).sum(axis=0) > 1]
    if not varied.size:
        return []
    centred = np.abs(np.nanmean(varied, axis=0)) < CLOSE
    unit = np.abs(np.nanstd(varied, axis=0, ddof=1) - 1) < CLOSE
    scaled = int((centred & unit).sum())
    if scaled < SHARE * varied.shape[1]:
        return []
    return [
        (
            f"Leakage: {scaled} of {varied.shape[1]} metabolites have mean 0 and deviation 1 over all samples: the "
            "table was scaled before it came here, and no cross-validation can undo that. Give the values as measured."
        )
    ]
