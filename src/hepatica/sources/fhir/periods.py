"""From when to when a drug was taken, as far as a resource tells. An end that is not told is not "still taken"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from hepatica.sources.fhir.codes import agreed
from hepatica.sources.fhir.shapes import Resource, decimal, inside, items, text

# What stands as the end where a drug is no longer taken and nobody says since when: the row is set aside, with this.
_NOT_TOLD = "not told (status {})"
_GOES_ON = ("active", "in-progress")


@dataclass(frozen=True)
class Span:
    """First and last day; a last day of None means that the drug is still taken."""

    start: str | None
    end: str | None


def span_of(resource: Resource) -> Span | str:
    """Return when a drug was taken, or why the resource does not say it."""
    kind = resource["resourceType"]
    if kind == "MedicationRequest":
        return _requested(resource)
    if kind == "MedicationDispense":
        return _dispensed(resource)
    return _stated(resource, is_statement=kind == "MedicationStatement")


def _ended(resource: Resource, end: str | None) -> str | None:
    """Return the end, or that it is not told although the status says that the drug is no longer taken."""
    status = text(resource, "status") or ""
    return end if end is not None or status in _GOES_ON else _NOT_TOLD.format(status)


def _requested(resource: Resource) -> Span:
    bounds = [one for one in (inside(part, "timing", "repeat") for part in items(resource, "dosageInstruction")) if one]
    starts = [said for one in bounds if (said := text(one, "boundsPeriod", "start")) is not None]
    start = min(starts, default=None) or text(resource, "authoredOn")
    ends = [said for one in bounds if (said := _bound(one, start)) is not None]
    end = max(ends) if len(ends) == len(bounds) and ends else None
    if end is None and resource.get("status") == "completed":
        end = _supplied(resource, start)
    return Span(start, _ended(resource, end))


def _bound(repeat: Resource, start: str | None) -> str | None:
    """Return the last day that a dosage is bound to."""
    period = text(repeat, "boundsPeriod", "end")
    return period if period is not None else _after(start, _days(inside(repeat, "boundsDuration")))


def _supplied(resource: Resource, start: str | None) -> str | None:
    """Return the last day for which a completed request supplied the drug, repeats included."""
    request = resource.get("dispenseRequest")
    days = _days(inside(request, "expectedSupplyDuration"))
    repeats = decimal(request, "numberOfRepeatsAllowed") or Decimal(0)  # FHIR: absent means no repeats
    return _after(start, None if days is None else days * (1 + repeats))


def _dispensed(resource: Resource) -> Span | str:
    start = text(resource, "whenHandedOver") or text(resource, "whenPrepared")
    end = _after(start, _days(inside(resource, "daysSupply")))
    return "dispensed, for how long is not told" if end is None else Span(start, end)


def _stated(resource: Resource, *, is_statement: bool) -> Span:
    period = resource.get("effectivePeriod")
    if isinstance(period, dict):
        return Span(text(period, "start"), _ended(resource, text(period, "end")))
    when = text(resource, "effectiveDateTime")
    # One dose is given on its day; that a drug is taken on a day says nothing of its end.
    return Span(when, _ended(resource, None) if is_statement else when)


def _days(duration: object) -> Decimal | None:
    """Return a duration in days; None if it is none, or in months, whose length differs."""
    amount, unit = decimal(duration, "value"), text(duration, "code") or text(duration, "unit")
    hours = agreed("hours_in").get({"days": "d", "day": "d", "weeks": "wk", "week": "wk"}.get(unit or "", unit))
    return None if amount is None or hours is None else amount * Decimal(hours) / 24


def _after(start: str | None, days: Decimal | None) -> str | None:
    """Return the last of so many days that begin with a start; None if either is not known to the day."""
    if start is None or days is None or not 1 <= days < 100_000:
        return None
    try:
        return (date.fromisoformat(start[:10]) + timedelta(days=int(days) - 1)).isoformat()
    except (ValueError, OverflowError):
        return None
