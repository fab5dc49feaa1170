"""The story of one patient: exposures, regimens, lines, response, metabolites, outcomes, as a clinic letter tells it.

Pure: (compact record, definitions, protocol, as-of day) in, story out. One patient or ten million, the same function.
"""

from __future__ import annotations

from dataclasses import dataclass

from hepatica.course.biochemistry import Evaluation, evaluations, status, status_since
from hepatica.course.definitions import Definitions
from hepatica.course.exposures import Exposure, counted_exposures, exposures
from hepatica.course.metabolites import MetaboliteExposure, metabolite_exposure
from hepatica.course.monitoring import Overdue, overdue
from hepatica.course.outcomes import Outcomes, outcomes
from hepatica.course.patient import Patient, Treatment
from hepatica.course.protocol import Formulary, Protocol
from hepatica.course.regimens import Regimen, initial_drugs, regimens, set_lines
from hepatica.course.response import Ends, Response, response


@dataclass(frozen=True, slots=True)
class Reader:
    """What every story of a run is read with: definitions, protocol, formulary, as-of day."""

    definitions: Definitions
    protocol: Protocol
    formulary: Formulary
    as_of: int


@dataclass(slots=True)
class Story:
    """What happened to one patient up to the as-of day. `response` is None without an index date."""

    patient: Patient
    reader: Reader
    index: int | None
    index_row: Treatment | None
    taken: list[Exposure]
    counted: list[Exposure]
    regimens: list[Regimen]
    evaluations: list[Evaluation]
    now: Evaluation
    response: Response | None
    metabolites: MetaboliteExposure
    outcomes: Outcomes
    overdue: list[Overdue]
    definitions: Definitions
    as_of: int


def story(patient: Patient, reader: Reader, days: list[Evaluation] | None = None) -> Story:
    """Return the story of one patient, whose record holds nothing dated after the as-of day.

    `days` are the patient's evaluations up to that day where they were judged in bulk; else they are judged here.
    """
    d, as_of = reader.definitions, reader.as_of
    # A row whose route is not known (a bare code that inhalers share) starts nothing; reading has warned of it.
    systemic = [row for row in patient.treatments if row.systemic]
    taken = exposures(systemic, d.gap_days, as_of)
    counted = counted_exposures(systemic, taken, reader.formulary, d.gap_days, as_of)
    index_row = counted[0].rows[0] if counted else None
    index = counted[0].start if counted else None

    companions = [exposure for exposure in taken if exposure.drug in reader.formulary.companions]
    lines = regimens(counted + companions, d.ignore_days, as_of)
    if index is not None:
        set_lines(lines, reader.protocol.tiers, initial_drugs(counted, index, d.initial_days))

    what_came = outcomes(patient, index, d)
    transplant = what_came.transplant.day if what_came.transplant is not None else None
    native_until = as_of if transplant is None else min(as_of, transplant)
    seen = evaluations(patient, native_until, d) if days is None else _until(days, native_until)
    now = status_since(seen[-1], as_of, d) if seen else status(as_of, None, None, None, d)
    answer = None
    if index is not None:
        death = what_came.death.day if what_came.death is not None else None
        answer = response(patient, index, seen, counted, Ends(transplant, death, patient.last_seen), d, as_of)
    return Story(
        patient=patient,
        reader=reader,
        index=index,
        index_row=index_row,
        taken=taken,
        counted=counted,
        regimens=lines,
        evaluations=seen,
        now=now,
        response=answer,
        metabolites=metabolite_exposure(patient, taken, reader.formulary, reader.protocol, d),
        outcomes=what_came,
        overdue=overdue(patient, taken, reader.formulary, reader.protocol, as_of),
        definitions=d,
        as_of=as_of,
    )


def _until(days: list[Evaluation], last: int) -> list[Evaluation]:
    """Return the evaluations up to a day."""
    return days if not days or days[-1].day <= last else [one for one in days if one.day <= last]
