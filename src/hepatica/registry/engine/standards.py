"""By which standards a centre's courses are read, and the key by which what was derived is known to be current."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import lru_cache

from django.conf import settings
from django.utils import timezone

from hepatica import __version__
from hepatica.course import Definitions, Protocol, definitions, protocol
from hepatica.record.settings import ReadingSettings
from hepatica.registry.models import Centre
from hepatica.registry.protocols.kept import readable


@dataclass(frozen=True)
class CentreStandards:
    """Definitions, protocol (as the course reads it, and by the name that guidance reads it by), day, and notice."""

    defined: Definitions
    practice: Protocol
    protocol: str
    as_of: date
    notice_accepted: bool
    reading: ReadingSettings

    @property
    def key(self) -> str:
        """Return a digest of everything that a derived value depends on besides the data."""
        told = {
            "definitions": asdict(self.defined),
            "protocol": asdict(self.practice),
            "name": self.protocol,
            "as_of": self.as_of,
            "notice": self.notice_accepted,
            "engine": engine_version(),
            "limits": self.reading.limits.rows(),
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def today() -> date:
    """Return the day that counts as today: the installation's own where it says so, else the calendar's."""
    fixed: date | None = settings.INSTALLATION.as_of
    if fixed is not None:
        return fixed
    now: datetime = timezone.localtime()
    return now.date()


def standards_of(centre: Centre) -> CentreStandards:
    """Return the standards of a centre today."""
    used = readable(centre)
    return CentreStandards(
        defined=definitions(centre.definitions),
        practice=protocol(used),
        protocol=used,
        as_of=today(),
        notice_accepted=settings.INSTALLATION.notice_accepted,
        reading=ReadingSettings(),
    )


@lru_cache
def engine_version() -> str:
    """Return what identifies the engine: its version and its rules, so that an edited rule is never shown as old."""
    from hepatica.guidance.rules import FOLDER  # noqa: PLC0415  (slow to load, needed late)

    content = hashlib.sha256()
    for path in sorted(FOLDER.glob("*.yaml")):
        content.update(path.read_bytes())
    return f"{__version__} {content.hexdigest()[:16]}"
