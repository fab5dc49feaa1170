"""The registry's tables: people, centres, the record with its origin, the audit, and what was derived."""

from __future__ import annotations

from hepatica.registry.models.audit import AuditEntry, AuditForm, History, PatientSeal
from hepatica.registry.models.audited import Audited, audited_models
from hepatica.registry.models.centres import Centre
from hepatica.registry.models.consent import ConsentAct, ConsentText, Purpose
from hepatica.registry.models.derived import Basis, DerivedItem, DerivedState
from hepatica.registry.models.erasures import Erasure
from hepatica.registry.models.exports import Export
from hepatica.registry.models.facts import (
    FACTS,
    MODELS,
    Biopsy,
    Event,
    Genotype,
    Measurement,
    Patient,
    Treatment,
    stored_columns,
)
from hepatica.registry.models.imports import Import
from hepatica.registry.models.people import Invitation, Membership, Person
from hepatica.registry.models.protocols import CentreProtocol
from hepatica.registry.models.queries import Query
from hepatica.registry.models.treating import TreatingClinician
from hepatica.registry.models.uploads import Upload, WaitingRow

__all__ = [
    "FACTS",
    "MODELS",
    "AuditEntry",
    "AuditForm",
    "Audited",
    "Basis",
    "Biopsy",
    "Centre",
    "CentreProtocol",
    "ConsentAct",
    "ConsentText",
    "DerivedItem",
    "DerivedState",
    "Erasure",
    "Event",
    "Export",
    "Genotype",
    "History",
    "Import",
    "Invitation",
    "Measurement",
    "Membership",
    "Patient",
    "PatientSeal",
    "Person",
    "Purpose",
    "Query",
    "TreatingClinician",
    "Treatment",
    "Upload",
    "WaitingRow",
    "audited_models",
    "stored_columns",
]
