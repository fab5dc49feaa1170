"""The texts beside an invented cohort: what it is, what its truth files mean, and the model that it came from."""

from __future__ import annotations

import yaml

from hepatica.synthetic.model import Model
from hepatica.synthetic.truth import truth_columns

_WHAT = """SYNTHETIC: NO PERSON IN THESE FILES EXISTS

Every patient, date, result, treatment, and event here was invented by a program (hepatica synthesize) from a stated
model, truth/model.yaml. Nothing here is evidence about autoimmune hepatitis, its treatment, or any centre. Patients'
pseudonyms begin with SYN-, and centres are called Synthetic centre 1, 2, ...

The tables are as a centre would send them. truth/ holds what is true of the same patients: what response a patient
really had, with what probability a treatment was chosen, who died when. Reading the tables must not need it.

"""
_TRUTH = """SYNTHETIC TRUTH: what is true of the invented patients of the folder above

model.yaml   the model with the source of each figure, or what is assumed, and how this cohort was made
"""


def readme(made: dict[str, int | str], model: Model, rows: dict[str, int]) -> dict[str, str]:
    """Return the texts of a cohort's folder by file name; `made` says how it was made."""
    how = "\n".join(f"{name}: {value}" for name, value in made.items())
    counts = "\n".join(f"{name}: {count:,} rows" for name, count in rows.items())
    header = yaml.safe_dump({"made": {"synthetic": True, **made}}, sort_keys=False)
    return {
        "README.txt": f"{_WHAT}Made with\n{how}\n\nHolds\n{counts}\n",
        "truth/README.txt": _TRUTH + _columns(),
        "truth/model.yaml": f"# SYNTHETIC: how the cohort of this folder was made, and the model it was made from.\n"
        f"{header}{model.text}",
    }


def _columns() -> str:
    """Return the meaning of every column of the truth files."""
    parts = []
    for name, columns in truth_columns().items():
        lines = [f"  {column}: {meaning}" for column, meaning in columns.items()]
        parts.append("\n".join((f"\n{name}.csv", *lines)))
    return "\n".join(parts) + "\n"
