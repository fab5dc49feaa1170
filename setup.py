"""The optional compiled kernel: the story's modules, same source, built with mypyc when HEPATICA_COMPILE=1."""

import os

from setuptools import setup

# Definitions stay as they are: they travel to the workers, and a compiled frozen class cannot be unpickled.
KERNEL = [
    f"src/hepatica/course/{name}.py"
    for name in (
        "biochemistry", "days", "exposures", "known", "metabolites", "monitoring", "one_patient", "outcomes", "patient",
        "prepare", "regimens", "response", "state", "story", "worklist",
    )
]  # fmt: skip


def extensions():
    """Return the kernel's extension modules, none unless they are asked for."""
    if os.environ.get("HEPATICA_COMPILE") != "1":
        return []
    from mypyc.build import mypycify  # noqa: PLC0415  (mypy is no dependency of a plain install)

    return mypycify(KERNEL, opt_level="2", verbose=False)


setup(ext_modules=extensions())
