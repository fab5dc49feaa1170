"""Roles and permissions, as permissions.yaml says them; the one list of who may do what."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _

FILE = Path(__file__).parent / "permissions.yaml"


@dataclass(frozen=True)
class Role:
    """What somebody is here, in words and in permissions; `at_centre` says that it is held at one centre."""

    name: str
    title: str
    prose: str
    at_centre: bool
    apart: bool
    permissions: frozenset[str]


@cache
def _content() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return content


@cache
def permissions() -> dict[str, str]:
    """Return every permission with what it allows, in words."""
    return dict(_content()["permissions"])


@cache
def roles() -> dict[str, Role]:
    """Return every role by its name."""
    return {
        name: Role(
            name=name,
            title=told["title"],
            prose=told["prose"],
            at_centre=told["scope"] == "centre",
            apart=told.get("apart", False),
            permissions=frozenset(told["permissions"]),
        )
        for name, told in _content()["roles"].items()
    }


def refusal(held: list[str], wanted: str) -> str | None:
    """Say why a role cannot be given to somebody who holds others; None where it can."""
    together = {*held, wanted}
    alone = [roles()[name].title for name in together if roles()[name].apart]
    if alone and len(together) > 1:
        words = _("%(role)s is held alone: whoever rules the accounts or reads the audit sees no patient")
        return words % {"role": _(alone[0])}
    return None
