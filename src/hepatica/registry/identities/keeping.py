"""Who is who: what is kept of one patient, and finding a patient by what stands on a chart."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from hepatica.registry.audit.acting import acting
from hepatica.registry.databases import IDENTITIES
from hepatica.registry.identities.models import Identity

FIELDS = ("family_name", "given_name", "hospital_number")
# A family name is found by its beginning from here on; a shorter one (Li, Ng) is found when it is written whole.
SHORTEST_BEGINNING = 3


class ChangedMeanwhileError(Exception):
    """Somebody else saved an identity since the form was opened; nothing was overwritten."""


class NumberTakenError(Exception):
    """Another patient of the centre has the hospital number."""


def identity_of(patient_key: UUID) -> Identity | None:
    """Return who a patient is; None where nobody entered it."""
    return Identity.objects.filter(patient_key=patient_key).first()


def state_of(identity: Identity | None) -> str:
    """Return what stands for an identity as it is now, and changes with it; it says nothing about the person."""
    if identity is None:
        return ""
    told = "\0".join((identity.salt, *(getattr(identity, name) for name in FIELDS)))
    return hashlib.sha256(told.encode()).hexdigest()


def keep(patient: Any, values: Mapping[str, str], *, state: str, by: Any) -> None:
    """Keep who a patient is, in a transaction of the identities' own; with nothing in any field it is removed.

    Raises ChangedMeanwhileError where it is no longer as `state` says, NumberTakenError where another patient of the
    centre has the hospital number: that is asked first, because a server that refuses a row writes it into its log.
    """
    with acting(by, using=IDENTITIES):
        known = identity_of(patient.key)
        if state_of(known) != state:
            raise ChangedMeanwhileError
        if not any(values[name] for name in FIELDS):
            Identity.objects.filter(patient_key=patient.key).delete()
            return
        number = values["hospital_number"]
        holders = Identity.objects.filter(centre_code=patient.centre.code, hospital_number=number)
        if number and holders.exclude(patient_key=patient.key).exists():
            raise NumberTakenError
        kept = known or Identity(patient_key=patient.key, centre_code=patient.centre.code)
        for name in FIELDS:
            setattr(kept, name, values[name])
        kept.save()


def found(typed: str, centre_codes: Iterable[str]) -> dict[UUID, Identity]:
    """Return the identities at some centres with this hospital number or family name, or a name that begins so.

    Capitals and the way in which an accent was typed do not count; databases differ in that, so it is decided here.
    """
    wanted = _plain(typed)
    return {
        one.patient_key: one
        for one in Identity.objects.filter(centre_code__in=list(centre_codes))
        if wanted and _fits(one, wanted)
    }


def _fits(one: Identity, wanted: str) -> bool:
    name = _plain(one.family_name)
    begins = len(wanted) >= SHORTEST_BEGINNING and name.startswith(wanted)
    return begins or wanted in (name, _plain(one.hospital_number))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().casefold()
