"""Pseudonyms: a keyed hash of the patient's key, another one in every domain, so that two exports cannot be joined."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from uuid import UUID

from django.conf import settings

from hepatica.registry.audit.acting import acting, current
from hepatica.registry.databases import IDENTITIES
from hepatica.registry.identities.models import PseudonymDomain

LENGTH = 20
# Who draws a key where nobody changes anything: a study that is looked at for the first time.
FIRST_USE = "first use"


def pseudonym(patient_key: UUID, domain: str) -> str:
    """Return the patient's pseudonym in a domain: the same for the same domain, without relation to any other.

    It needs the domain's key (in the identities' database) and the installation's (in its file of secrets).
    """
    return pseudonyms([patient_key], domain)[patient_key]


def pseudonyms(patient_keys: Iterable[UUID], domain: str) -> dict[UUID, str]:
    """Return the pseudonyms of several patients in a domain, by their keys."""
    own = _key(domain)
    return {key: pseudonym_by(own, key) for key in patient_keys}


def _key(domain: str) -> str:
    """Return a domain's key; it is drawn when the domain is used for the first time."""
    known = PseudonymDomain.objects.filter(name=domain).values_list("key", flat=True).first()
    if known is not None:
        return str(known)
    with acting(current().actor or FIRST_USE, using=IDENTITIES):
        found, _ = PseudonymDomain.objects.get_or_create(name=domain, defaults={"key": secrets.token_hex(32)})
    return str(found.key)


def pseudonym_by(domain_key: str, patient_key: UUID) -> str:
    """Return the pseudonym that a domain's key gives to a patient."""
    both = bytes.fromhex(settings.PSEUDONYM_KEY) + bytes.fromhex(domain_key)
    return hmac.new(both, patient_key.bytes, hashlib.sha256).hexdigest()[:LENGTH]
