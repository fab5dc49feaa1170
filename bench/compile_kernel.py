"""Build the optional compiled kernel into a folder of its own, and compare its answers with the uncompiled ones.

python bench/compile_kernel.py DIR
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from measuring import ROOT


def main() -> None:
    target = Path(sys.argv[1]).resolve()
    work = target / "build"
    shutil.copytree(ROOT / "src", work / "src", ignore=shutil.ignore_patterns("*.egg-info", "__pycache__", "*.so"))
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, work / name)
    subprocess.run(
        [sys.executable, "setup.py", "--quiet", "build_ext", "--inplace"],
        cwd=work,
        check=True,
        env={**os.environ, "HEPATICA_COMPILE": "1"},
    )
    print(f"compiled package: {work / 'src'}")


if __name__ == "__main__":
    main()
