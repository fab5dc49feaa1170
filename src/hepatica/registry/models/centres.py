"""The centres of an installation, and by which standards each reads its patients' courses."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from hepatica.course.definitions import DEFAULT
from hepatica.course.protocol import DEFAULT_PROTOCOL
from hepatica.registry.models.audited import Audited


class Centre(Audited):
    """A treating centre. `code` is what stands in the record's column centre."""

    code = models.CharField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=200)
    definitions = models.CharField(_("definition set"), max_length=60, default=DEFAULT)
    protocol = models.CharField(_("protocol"), max_length=60, default=DEFAULT_PROTOCOL)
    agrees_to_studies = models.BooleanField(_("takes part in approved studies"), default=False)
    # A closed centre keeps its rows; no role opens it until it is opened again.
    closed = models.BooleanField(_("closed"), default=False)

    def __str__(self) -> str:
        """Return the centre's name."""
        return self.name
