"""A hospital's own codes, declared in a file: the analyte or drug that each means, as the vocabulary names it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from hepatica.errors import UsageError
from hepatica.vocabulary import analyte_codes, drug_of

_TABLES = ("analytes", "drugs")


def declared_codes(path: Path, example: str) -> dict[str, dict[str, str]]:
    """Return the codes that a file declares, under `analytes` and `drugs`; `example` is a line of such a file.

    Raises:
        UsageError: the file cannot be read, or names what the vocabulary does not know.
    """
    shape = f"write analytes: or drugs: and below it lines such as {example}"
    content = _content(path, shape)
    for name, entries in content.items():
        for code, meaning in entries.items():
            if not _is_known(name, meaning):
                what = f"{meaning!r} is not in the vocabulary"
                raise UsageError(f"{path}: {name}: {code}", what, "name an analyte or drug as the handbook lists it")
    return content


def _content(path: Path, shape: str) -> dict[str, dict[str, str]]:
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as trouble:
        raise UsageError(str(path), "cannot be read", "name a YAML file") from trouble
    except (yaml.YAMLError, RecursionError, ValueError) as trouble:
        raise UsageError(str(path), "is not YAML", shape) from trouble
    if not isinstance(content, dict) or not set(content) <= set(_TABLES):
        raise UsageError(str(path), f"has other parts than {' and '.join(_TABLES)}", shape)
    for name, entries in content.items():
        if not isinstance(entries, dict) or not all(isinstance(text, str) for pair in entries.items() for text in pair):
            raise UsageError(f"{path}: {name}", "is no list of codes with their meaning", shape)
    return content


def _is_known(name: str, meaning: str) -> bool:
    if name == "drugs":
        return drug_of(meaning) is not None
    return meaning.strip().lower() in set(analyte_codes()["key"])
