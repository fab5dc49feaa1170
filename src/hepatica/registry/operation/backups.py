"""Backups: the record in one archive, the identities with the secrets in another, so that they can be kept apart."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connections

from hepatica import __version__
from hepatica.errors import SourceError, UsageError
from hepatica.registry.audit.ledgers import LEDGERS
from hepatica.registry.audit.verify import Head, Verifications, head, verify_both
from hepatica.registry.databases import IDENTITIES
from hepatica.registry.installation import SECRETS_FILE
from hepatica.registry.operation.dumps import dump, is_empty, kind_of, load
from hepatica.registry.operation.starting import HEADS_FILES, bring_up_to_date, known_heads

# archive → the database in it, and the files of the data folder that go with it.
ARCHIVES = {
    "record.tar": ("default", (HEADS_FILES["default"],)),
    "identities.tar": (IDENTITIES, (HEADS_FILES[IDENTITIES], SECRETS_FILE)),
}
DUMP, MANIFEST = "database.dump", "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """What an archive holds: made when and by which version, from which kind of database, and the audit's head then."""

    made_at: str
    version: str
    database: str
    kind: str
    audit_head: str
    sha256: str


def back_up(out: Path) -> list[Path]:
    """Write both archives into a new folder, whole or not at all; only their owner can read them.

    Raises UsageError where the folder is there already, or a database cannot be dumped.
    """
    if out.exists():
        raise UsageError(str(out), "is there already", "name a folder that is not there yet with --out")
    out.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    try:
        for name, (alias, beside) in ARCHIVES.items():
            _archive(scratch / name, alias, [settings.INSTALLATION.data / one for one in beside])
        scratch.replace(out)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return [out / name for name in ARCHIVES]


def _archive(path: Path, alias: str, beside: list[Path]) -> None:
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        dumped, manifest = Path(folder) / DUMP, Path(folder) / MANIFEST
        ledger = next(one for one in LEDGERS if one.alias == alias)
        at = str(head(ledger))  # before the dump: the dump holds at least this entry
        values = connections.databases[alias]
        dump(values, dumped)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        told = Manifest(now, __version__, alias, kind_of(values), at, _digest(dumped))
        manifest.write_text(json.dumps(asdict(told), indent=2), encoding="utf-8")
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as raw, tarfile.open(fileobj=raw, mode="w") as archive:
            for one in (manifest, dumped, *(one for one in beside if one.is_file())):
                archive.add(one, one.name)
            archive.close()
            raw.flush()
            os.fsync(raw.fileno())


def restore(folder: Path) -> Verifications:
    """Put a backup's content into this installation's empty databases, bring it up to date, and verify its audits.

    Raises SourceError where the backup is incomplete or damaged, UsageError where there is something already.
    """
    with tempfile.TemporaryDirectory() as scratch:
        opened = {name: _opened(folder / name, Path(scratch) / name) for name in ARCHIVES}
        for name, (alias, _) in ARCHIVES.items():
            _refuse_unfitting(opened[name], alias, folder / name)
        for name, (alias, beside) in ARCHIVES.items():
            connections[alias].close()
            load(connections.databases[alias], opened[name] / DUMP)
            for one in beside:
                _put_beside(opened[name] / one, settings.INSTALLATION.data / one)
        known = {alias: [_manifest(opened[name], folder).audit_head] for name, (alias, _) in ARCHIVES.items()}
    bring_up_to_date()
    written = known_heads()
    return verify_both({alias: [*map(Head.of, [*known[alias], *written[alias]])] for alias in known})


def _opened(path: Path, into: Path) -> Path:
    """Return an archive unpacked, its content held to its manifest."""
    try:
        with tarfile.open(path) as archive:
            archive.extractall(into, filter="data")
    except (OSError, tarfile.TarError) as error:
        raise SourceError(str(path), "cannot be read", "name the folder that hepatica backup wrote") from error
    if _digest(into / DUMP) != _manifest(into, path).sha256:
        raise SourceError(str(path), "is damaged: its content is not what was backed up", "take another backup")
    return into


def _manifest(folder: Path, where: Path) -> Manifest:
    try:
        return Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise SourceError(str(where), "has no readable manifest", "take another backup") from error


def _refuse_unfitting(folder: Path, alias: str, where: Path) -> None:
    """Refuse a backup of the other kind of database, and databases that hold something."""
    values = connections.databases[alias]
    kind = _manifest(folder, where).kind
    if kind != kind_of(values):
        raise UsageError(str(where), f"is a backup of {kind}", f"name a {kind} database")
    if not is_empty(values):
        remedy = "restore into a new --data folder, or name an empty database"
        raise UsageError(f"database {alias}", "is not empty, and nothing is overwritten", remedy)


def _put_beside(kept: Path, target: Path) -> None:
    """Put a file of the data folder back. The secrets of the backup count: pseudonyms were made with them."""
    if not kept.is_file():
        return
    scratch = target.with_suffix(".restoring")
    shutil.copyfile(kept, scratch)
    scratch.chmod(0o600)
    scratch.replace(target)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
