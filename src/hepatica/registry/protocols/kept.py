"""A centre's own protocols as files that the engine reads, each named by its content so that none is ever stale."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import yaml
from django.conf import settings

from hepatica.course.protocol import PROTOCOLS, protocol_files
from hepatica.registry.models import Centre, CentreProtocol, Person
from hepatica.registry.writing import OverwriteError

OWN = "own:"


def readable(centre: Centre) -> str:
    """Return the name or path by which the engine reads the protocol that a centre uses."""
    if not centre.protocol.startswith(OWN):
        return centre.protocol
    return path_of(CentreProtocol.objects.get(centre=centre, name=centre.protocol.removeprefix(OWN)))


def path_of(kept: CentreProtocol) -> str:
    """Return the file of a centre's own protocol; it is made of the database's text wherever it is missing."""
    content = kept.text.encode()
    folder = settings.INSTALLATION.data / "protocols"
    path: Path = folder / f"{hashlib.sha256(content).hexdigest()}.yaml"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, scratch = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(scratch).replace(path)
    return str(path)


def own_word(kept: CentreProtocol) -> str:
    """Return what stands in Centre.protocol for one of the centre's own."""
    return f"{OWN}{kept.name}"


def shipped_text(name: str) -> str:
    """Return the YAML text of a protocol that comes with Hepatica; KeyError where there is none of that name."""
    if name not in protocol_files():
        raise KeyError(name)
    return (PROTOCOLS / f"{name}.yaml").read_text(encoding="utf-8")


def copy_text(of: str, name: str, title: str) -> str:
    """Return the text of a centre's own protocol that takes over everything from another, to be edited."""
    head = {
        "name": name, "extends": of, "kind": "centre", "title": title,
        "source": "the centre", "verified": False, "version": 1,
    }  # fmt: skip
    return yaml.safe_dump(head, sort_keys=False, allow_unicode=True)


def save(kept: CentreProtocol, text: str, *, version: int, by: Person) -> None:
    """Save a checked text over the version that was read; OverwriteError where somebody saved one since."""
    found = CentreProtocol.objects.filter(pk=kept.pk, version=version)
    if not found.update(text=text, version=version + 1, edited_by=by):
        raise OverwriteError(f"protocol {kept.pk}")
