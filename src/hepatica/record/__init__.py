"""The record: six tables, one row per fact, each row checked and with its origin. What centres agree on."""

from __future__ import annotations

from hepatica.record.record import Reading, Record, TableCount
from hepatica.record.tables import CANONICAL, TABLES

__all__ = ["CANONICAL", "TABLES", "Reading", "Record", "TableCount"]
