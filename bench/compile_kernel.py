"""Build the optional compiled kernel into a folder of its own, and compare its answers with the uncompiled ones.

python bench/compile_kernel.py DIR

The comparison runs both over two processes on the same invented patients (SYNTHETIC), all tables, byte by byte.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measuring import ROOT, step

PATIENTS = 2_000


def main() -> None:
    target = Path(sys.argv[1]).resolve()
    package = built(target / "build")
    print(f"compiled package: {package}", flush=True)
    compare(package)


def built(work: Path) -> Path:
    """Compile a copy of the source and return the folder to put first on the path."""
    shutil.copytree(ROOT / "src", work / "src", ignore=shutil.ignore_patterns("*.egg-info", "__pycache__", "*.so"))
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, work / name)
    subprocess.run(
        [sys.executable, "setup.py", "--quiet", "build_ext", "--inplace"],
        cwd=work,
        check=True,
        env={**os.environ, "HEPATICA_COMPILE": "1"},
    )
    return work / "src"


def compare(package: Path) -> None:
    """Fail unless both give the same tables."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = str(Path(scratch) / "cohort")
        step("course_steps.py", "make", folder, str(PATIENTS))
        plain = step("course_steps.py", "answers", folder).said
        compiled = step("course_steps.py", "answers", folder, environment={"PYTHONPATH": str(package)}).said
    if not compiled.pop("compiled") or plain.pop("compiled"):
        sys.exit("the kernel was not found where it should be, or was found where it should not be")
    differing = [table for table, digest in plain.items() if compiled[table] != digest]
    if differing:
        sys.exit(f"the compiled kernel gives other answers: {', '.join(differing)}")
    print(f"the same answers to the byte: {', '.join(plain)}")


if __name__ == "__main__":
    main()
