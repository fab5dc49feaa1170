"""A randomised comparison (CAMARO 2024): what it showed, arm by arm, and how large the next one must be."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from hepatica.errors import UsageError
from hepatica.studies.attrition import Attrition, Flow
from hepatica.studies.cohort import Cohort, cohort_of
from hepatica.studies.definition import Definition
from hepatica.studies.release import Counts, Open
from hepatica.studies.result import Findings, Number, Sheet
from hepatica.studies.trial.allocation import CONTROL, INTERVENTION, allotted, read_allocation
from hepatica.studies.trial.baseline import table_one
from hepatica.studies.trial.comparison import Arms, Compared, compared
from hepatica.studies.trial.design import available, needed
from hepatica.studies.trial.outcome import arms_of, endpoint, serious_events, stops
from hepatica.studies.trial.words import figures, methods, notes

DESIGN, COUNTS = "design", "counts"
# What each kind of report fills: a design has no patients, and counts have no diagram. How large a next trial must be
# does not say how the size of this one was determined.
_DESIGNED = {"7a": "methods; table:needed"}
_COUNTED = {"12a": "methods", "16": "table:endpoints", "17a": "table:endpoints", "17b": "table:endpoints",
            "19": "table:endpoints"}  # fmt: skip
_ANALYSED = {
    **_COUNTED, "6a": "methods", "12b": "methods; table:subgroups", "13a": "table:attrition; table:endpoints",
    "13b": "table:attrition", "15": "table:baseline", "18": "table:subgroups", "19": "table:safety",
}  # fmt: skip
FILLS = {"design": _DESIGNED, "counts": _COUNTED, "cohort": _ANALYSED}
_COMPARED = Counts(
    keys=("endpoint", "test"),
    cells=("intervention", "intervention_of", "control", "control_of"),
)
UNITS = {"difference": "percentage points"}
DESIGNED = dict.fromkeys(
    (
        "intervention_share", "control_share", "power", "power_exact", "power_normal", "detectable", "simulated",
        "simulated_with_loss",
    ),
    "%",
)  # fmt: skip


@dataclass(frozen=True)
class TrialInput:
    """What is analysed: a cohort with its allocation, published counts, or nothing but a design."""

    kind: str
    cohort: Cohort | None = None
    allocation: pl.DataFrame | None = None

    @property
    def synthetic(self) -> bool:
        """Return whether the patients are invented."""
        return self.cohort is not None and self.cohort.synthetic


def open_input(where: str, definition: Definition) -> TrialInput:
    """Return what SOURCE names: a cohort, `counts`, or `design`.

    Raises:
        UsageError: a cohort without an allocation, or `counts` without counts.
    """
    if where == DESIGN:
        return TrialInput(DESIGN)
    if where == COUNTS:
        if definition["counts"] is None:
            raise UsageError("counts", "the definition holds none", "write them under counts")
        return TrialInput(COUNTS)
    if definition["allocation"] is None:
        remedy = "name its file under allocation (patient_id, arm, randomised), or give counts or design as SOURCE"
        raise UsageError("allocation", "who was allotted to which arm is not said, and is never guessed", remedy)
    allocation = read_allocation(Path(definition["allocation"]).expanduser(), definition["arms"])
    return TrialInput("cohort", cohort_of(where, course=definition["course"]), allocation)


def fingerprint(source: TrialInput) -> str:
    """Return the SHA-256 of the facts and of the allocation; of nothing but its kind where there are none."""
    parts = [source.kind]
    if source.cohort is not None and source.allocation is not None:
        parts += [source.cohort.data_fingerprint, source.allocation.sort("patient_id").write_csv()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def analyse(source: TrialInput, definition: Definition) -> Findings:
    """Return what the trial showed, and the design of the next one."""
    test, level = definition["primary"]["test"], definition["confidence"]
    sheets = {
        "needed": Sheet(needed(definition["design"], test), "How large a trial must be", Open(), DESIGNED),
        "available": Sheet(
            available(definition["design"], test, level), "What patients available can show", Open(), DESIGNED
        ),
    }
    if source.kind == DESIGN:
        return _findings(sheets, {}, None, definition, source)
    if source.cohort is None or source.allocation is None:
        found = _of_counts(definition)
        return _findings({"endpoints": _endpoints(found), **sheets}, _flat(found), None, definition, source)
    return _of_cohort(source.cohort, source.allocation, sheets, definition, source)


def _of_counts(definition: Definition) -> dict[str, Compared]:
    told, level = definition["counts"], definition["confidence"]
    labels = {
        "primary": definition["primary"]["label"],
        "serious": "serious adverse event",
        "stopped": "stopped for an adverse event",
    }
    return {
        name: compared(
            labels[name],
            Arms(tuple(both["intervention"]), tuple(both["control"])),
            definition["primary"]["test"] if name == "primary" else "fisher",
            level,
        )
        for name, both in told.items()
    }


def _of_cohort(
    everyone: Cohort, allocation: pl.DataFrame, design: dict[str, Sheet], definition: Definition, source: TrialInput
) -> Findings:
    plan, level = definition["primary"], definition["confidence"]
    cohort = everyone.of_patients(allocation["patient_id"])
    cohort.derive("outcomes", "evaluations")
    everybody = allotted(cohort, allocation)
    told = endpoint(cohort, everybody, plan["weeks"], plan["window_days"])
    patients = everybody.join(told, on="patient_id")
    found = {"primary": compared(plan["label"], arms_of(patients, plan["missing"]), plan["test"], level)}
    found |= {
        f"primary_{missing}": compared(f"{plan['label']}; {words}", arms_of(patients, missing), plan["test"], level)
        for missing, words in (
            ("failure", "without assessment: not met"),
            ("unknown", "without assessment: left out"),
            ("best", "without assessment: met in the intervention arm alone"),
            ("worst", "without assessment: met in the control arm alone"),
        )
    }
    found |= _secondary(cohort, everybody, definition)
    safety = _safety(cohort, everybody, definition)
    sheets = {
        "endpoints": _endpoints(found),
        "safety": _endpoints(safety, _safety_caption(definition)),
        "baseline": table_one(everybody),
        "subgroups": Sheet(_subgroups(patients, definition), "The primary endpoint by subgroup", _COMPARED, UNITS),
        **design,
        "patients": Sheet(
            patients.select(
                "patient_id", "arm", "randomised", "in_cohort", "met", *dict.fromkeys(definition["subgroups"])
            ),
            "A row per patient allotted, with the primary endpoint (never leaves the centre)",
            drawn=True,
        ),
    }
    flow = _flow(patients, definition)
    return _findings(sheets, _flat({**found, **safety}), flow, definition, source, patients)


def _secondary(cohort: Cohort, everybody: pl.DataFrame, definition: Definition) -> dict[str, Compared]:
    found = {}
    for number, told in enumerate(definition["secondary"], start=1):
        other = cohort.under({**definition["course"], "definitions": told["definitions"]})
        met = endpoint(other, everybody, told["weeks"], told["window_days"])
        arms = arms_of(everybody.join(met, on="patient_id"), definition["primary"]["missing"])
        found[f"secondary_{number}"] = compared(told["label"], arms, "fisher", definition["confidence"])
    return found


def _safety(cohort: Cohort, everybody: pl.DataFrame, definition: Definition) -> dict[str, Compared]:
    """Return serious events and stops; whether somebody without a record had none is for the definition to say."""
    weeks, level = definition["safety"]["weeks"], definition["confidence"]
    named = {
        "serious": ("serious adverse event", serious_events(cohort, everybody, weeks)),
        "stopped": ("stopped for an adverse event", stops(cohort, everybody, definition["arms"], weeks)),
    }
    found = {}
    for name, (label, has) in named.items():
        marked = everybody.with_columns(met=pl.Series(["yes" if one else "no" for one in has], dtype=pl.String))
        found[name] = compared(label, arms_of(marked, "failure"), "fisher", level)
    return found


def _safety_caption(definition: Definition) -> str:
    """Return what the counts of events are: of events sought in everybody, or of those that somebody recorded."""
    weeks = f"up to week {definition['safety']['weeks']:g}"
    if definition["safety"]["complete"]:
        return f"Safety {weeks}: events were sought in everybody"
    return f"Safety {weeks}: patients of whom it is recorded; of the others it is not known, so p tells of records"


def _subgroups(patients: pl.DataFrame, definition: Definition) -> pl.DataFrame:
    """Return the primary endpoint's difference in each subgroup; whose subgroup is unknown is a row of its own."""
    rows = []
    for column in definition["subgroups"]:
        known = patients.with_columns(pl.col(column).fill_null("unknown"))  # not in the record: said as unknown
        for value in sorted(known[column].unique().to_list()):
            part = known.filter(pl.col(column) == value)
            label = f"{column.replace('_', ' ')}: {value}"
            arms = arms_of(part, definition["primary"]["missing"])
            rows.append(compared(label, arms, "fisher", definition["confidence"]).row())
    return pl.DataFrame(rows, infer_schema_length=None)


def _endpoints(found: dict[str, Compared], caption: str = "Endpoints compared") -> Sheet:
    rows = [one.row() for one in found.values()]
    return Sheet(pl.DataFrame(rows, infer_schema_length=None), caption, _COMPARED, UNITS)


def _flat(found: dict[str, Compared]) -> dict[str, Number]:
    return {key: value for name, one in found.items() for key, value in one.numbers(name).items()}


def _flow(patients: pl.DataFrame, definition: Definition) -> Attrition:
    known = pl.when(pl.col("met") != "unknown").then(pl.lit(value=True))
    return (
        Flow.of(patients, "randomised", "Randomised")
        .keep("in_cohort", "With a record", pl.col("in_cohort"), out="not in the cohort")
        .keep(
            "assessed",
            f"Assessed at {definition['primary']['weeks']:g} weeks",
            known,
            out="not assessed",
            unknown=pl.col("arm").replace_strict(
                {arm: f"no assessment, {definition['arms'][arm]}" for arm in (INTERVENTION, CONTROL)}
            ),
        )
        .attrition
    )


def _findings(
    sheets: dict[str, Sheet],
    numbers: dict[str, Number],
    attrition: Attrition | None,
    definition: Definition,
    source: TrialInput,
    patients: pl.DataFrame | None = None,
) -> Findings:
    return Findings(
        sheets=sheets,
        figures=figures(sheets, definition),
        numbers={**numbers, **_design_numbers(sheets)},
        attrition=attrition,
        methods=methods(source.kind, definition, source.cohort),
        notes=notes(source.kind, definition, numbers, patients),
        fills={"consort": FILLS[source.kind]},
        shared_numbers={"primary": "primary.intervention_of", "secondary": "primary.intervention_of"},
    )


def _design_numbers(sheets: dict[str, Sheet]) -> dict[str, Number]:
    numbers: dict[str, Number] = {}
    for row in sheets["needed"].frame.to_dicts():
        numbers[f"needed.{row['scenario']}.{row['method']}"] = row["total"]
    for row in sheets["available"].frame.to_dicts():
        numbers |= {
            f"available.{row['scenario']}.{key}": row[key]
            for key in ("power_exact", "power_normal", "simulated", "detectable")
        }
    return numbers
