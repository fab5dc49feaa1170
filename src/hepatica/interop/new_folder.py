"""A folder that appears whole or not at all: what is written stands beside it until everything went well."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hepatica.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """Yield a scratch folder that becomes `out` at the end, and vanishes if anything fails.

    Raises:
        UsageError: `out` holds something already, or cannot be made.
    """
    _refuse_what_is_there(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    except OSError as trouble:
        raise _cannot(out, trouble) from trouble
    try:
        yield scratch
        scratch.chmod(0o755)
        _refuse_what_is_there(out)
        scratch.replace(out)  # over an empty folder, or where there was none
    except OSError as trouble:
        raise _cannot(out, trouble) from trouble
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _refuse_what_is_there(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise UsageError(str(out), "is a file", "name a folder that does not exist yet")
    if out.is_dir() and any(out.iterdir()):
        raise UsageError(str(out), "is not empty; nothing in it is overwritten", "name a new folder, or empty this one")


def _cannot(out: Path, trouble: OSError) -> UsageError:
    what = trouble.strerror or str(trouble)
    return UsageError(str(out), f"cannot be written ({what})", "name a folder on a disk with room that can be written")
