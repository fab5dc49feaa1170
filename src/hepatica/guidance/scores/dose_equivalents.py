"""Doses that stand for each other: steroids in prednisolone, azathioprine in mercaptopurine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from hepatica.errors import UsageError
from hepatica.record.tables import LOCAL_ROUTES
from hepatica.vocabulary import drug_of, drugs
from hepatica.vocabulary.documents import read_yaml

SOURCE = "steroid_equivalents (see the vocabulary's sources)"
FACTORS = Path(__file__).parent / "shared" / "dose_equivalents.yaml"


@dataclass(frozen=True)
class Equivalent:
    """A dose in mg of another drug, or None with the reason why there is none."""

    drug: str
    mg: float | None
    because: str
    source: str
    verified: bool


def prednisolone_equivalent(drug: str, mg: float) -> Equivalent:
    """Return the mg of prednisolone that a steroid dose stands for; none for budesonide or a local form, and why.

    Source: the vocabulary's steroid equivalents. Raises UsageError for a name that is no systemic steroid.
    """
    found = drug_of(drug)
    known = drugs()[found[0]] if found else None
    if known is None or known.drug_class != "glucocorticoid":
        steroids = sorted(name for name, entry in drugs().items() if entry.drug_class == "glucocorticoid")
        remedy = f"give one of {', '.join(steroids)}"
        raise UsageError("prednisolone equivalent", f"{drug!r} is no steroid known here", remedy)
    route = found[1] if found else None
    if route in LOCAL_ROUTES:
        because = f"{known.name} by the route {route} is not systemic treatment"
        return Equivalent("prednisolone", None, because, SOURCE, verified=False)
    factor = known.prednisolone_equivalent
    if factor is None:
        because = f"{known.name} has no equivalent: {known.no_equivalent_because}"
        return Equivalent("prednisolone", None, because, SOURCE, verified=False)
    because = f"1 mg {known.name} stands for {factor:g} mg prednisolone"
    return Equivalent("prednisolone", mg * factor, because, SOURCE, verified=False)


def mercaptopurine_for(azathioprine_mg: float) -> Equivalent:
    """Return the mg of mercaptopurine that an azathioprine dose stands for (molar masses and release)."""
    return _thiopurine("mercaptopurine", azathioprine_mg, "mercaptopurine_per_azathioprine")


def azathioprine_for(mercaptopurine_mg: float) -> Equivalent:
    """Return the mg of azathioprine that a mercaptopurine dose stands for (molar masses and release)."""
    return _thiopurine("azathioprine", mercaptopurine_mg, "azathioprine_per_mercaptopurine")


def as_azathioprine() -> dict[str, float]:
    """Return mg of azathioprine that a mg of each thiopurine stands for; tioguanine has no equivalent."""
    mercaptopurine = azathioprine_for(1).mg
    return {"azathioprine": 1.0} | ({"mercaptopurine": mercaptopurine} if mercaptopurine is not None else {})


def _thiopurine(drug: str, mg: float, factor: str) -> Equivalent:
    facts = _factors()
    because = f"factor {facts[factor]:g}: {facts['because']}"
    return Equivalent(drug, mg * facts[factor], because, facts["source"], facts["verified"])


@lru_cache(maxsize=1)
def _factors() -> dict[str, Any]:
    """Return the factors between azathioprine and mercaptopurine."""
    facts: dict[str, Any] = read_yaml(FACTORS.read_text(encoding="utf-8"))
    return facts
