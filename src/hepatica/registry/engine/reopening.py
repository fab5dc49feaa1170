"""Reading the registry in another process: the recipe travels, and the process opens the database for itself."""

from __future__ import annotations

from typing import Any

from hepatica.registry.operation import starting


def reopened(centres: tuple[int, ...], patients: tuple[int, ...] | None, named: str) -> Any:
    """Return the tables of a recipe, after the registry's settings were loaded in this process."""
    starting.configure()
    from hepatica.registry.engine.registry_tables import RegistryTables  # noqa: PLC0415  (after its settings)

    return RegistryTables(centres, patients, named)
