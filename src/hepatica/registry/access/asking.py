"""Who asks: the person of a request, and at which centres a permission holds for them."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from hepatica.registry.access.roles import roles
from hepatica.registry.models import Centre, Patient, Person


class Asking:
    """A signed-in person's permissions, each with the centres where it holds."""

    def __init__(self, person: Person) -> None:
        self.person = person

    @cached_property
    def _held(self) -> dict[str, set[int | None]]:
        """Return permission → centres that are open; None stands for the whole installation."""
        held: dict[str, set[int | None]] = {}
        for role, centre in self.person.memberships.exclude(centre__closed=True).values_list("role", "centre_id"):
            for permission in roles()[role].permissions:
                held.setdefault(permission, set()).add(centre)
        return held

    @cached_property
    def roles(self) -> list[str]:
        """Return the names of the roles that the person holds anywhere."""
        return sorted(set(self.person.memberships.values_list("role", flat=True)))

    def may(self, permission: str, centre: int | None = None) -> bool:
        """Say whether the person has a permission: at this centre, or, without one, anywhere."""
        held = self._held.get(permission, set())
        return bool(held) if centre is None else bool(held & {centre, None})

    def centres(self, permission: str) -> QuerySet[Centre]:
        """Return the open centres where a permission holds, by name."""
        held = self._held.get(permission, set())
        every = Centre.objects.filter(closed=False).order_by("name")
        return every if None in held else every.filter(pk__in=held)

    def patients(self, permission: str = "patients.read") -> QuerySet[Any]:
        """Return the patients whom the person may see with a permission; everybody else's do not exist for them."""
        held = self._held.get(permission, set())
        found = Patient.objects.filter(centre__closed=False).select_related("centre")
        return found if None in held else found.filter(centre_id__in=held)
