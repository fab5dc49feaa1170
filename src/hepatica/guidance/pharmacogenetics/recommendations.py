"""CPIC's recommendation for a thiopurine by TPMT and NUDT15, and what it means for a start as low as in AIH.

CPIC's percentages are of the dose that CPIC calls normal. Autoimmune hepatitis is usually started below it; a
planned start is compared with CPIC's range and never multiplied.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from hepatica.errors import UsageError
from hepatica.guidance.pharmacogenetics.phenotypes import UNKNOWN
from hepatica.vocabulary import drug_of
from hepatica.vocabulary.documents import read_yaml

HERE = Path(__file__).parent
NO_RESULT = "no_result"
POPULATIONS = ("non_malignant", "malignant")
Range = tuple[float, float]


@dataclass(frozen=True)
class Recommendation:
    """What CPIC recommends for a drug and two phenotypes.

    `action` is normal_start, reduced_start, alternative_drug, no_dose_from_genotype (in malignant disease also
    drastically reduced doses), or unknown where neither gene has a result. `percent_of_normal` is of the dose
    that `normal_start` names; `start_mg_per_kg` is that percentage in mg/kg a day, where CPIC gives mg/kg.
    """

    drug: str
    tpmt: str
    nudt15: str
    version: str
    valid_from: str
    population: str
    action: str
    percent_of_normal: Range | None
    normal_start: str
    start_mg_per_kg: Range | None
    weeks_to_steady_state: Range | None
    text: str
    comment: str
    strength: str | None
    implications: tuple[str, ...]
    notes: tuple[str, ...]
    source: str
    verified: bool


def recommendation(
    drug: str,
    tpmt: str | None,
    nudt15: str | None,
    *,
    version: str = "2024",
    planned_start_mg_per_kg: float | None = None,
    population: str = "non_malignant",
) -> Recommendation:
    """Return CPIC's recommendation for a thiopurine start; None or "unknown" is a gene without a result.

    `planned_start_mg_per_kg` is the daily dose that is planned; it adds notes and changes nothing else.
    Raises UsageError for another drug, phenotype, version, or population.
    """
    if population not in POPULATIONS:
        raise UsageError("CPIC", f"{population!r} is no population", f"give {' or '.join(POPULATIONS)}")
    name, table = _thiopurine(drug), cpic(version)
    planned = _per_kg(table, planned_start_mg_per_kg)
    pair = _known_phenotype("TPMT", tpmt), _known_phenotype("NUDT15", nudt15)
    row = table["rows"][name][pair[0]].get(pair[1])
    text, comment, strength = _row(table, row)
    percent = _range(text.get("percent"))
    normal = table["normal_start"][name]
    start = _start(percent, _range(normal.get("mg_per_kg")))
    action = table["actions"][text["action"]][population] if row else UNKNOWN
    return Recommendation(
        drug=name,
        tpmt=pair[0],
        nudt15=pair[1],
        version=table["version"],
        valid_from=str(table["valid_from"]),
        population=population,
        action=action,
        percent_of_normal=percent,
        normal_start=normal["said"],
        start_mg_per_kg=start,
        weeks_to_steady_state=_range(text.get("weeks")),
        text=text["text"],
        comment=comment,
        strength=strength,
        implications=tuple(_implications()[gene][found] for gene, found in zip(("TPMT", "NUDT15"), pair, strict=True)),
        notes=(
            *_start_notes(action, name, table, planned),
            *_compared(planned, start),
            *_version_notes(table, pair),
        ),
        source=table["source"],
        verified=table["verified"],
    )


@lru_cache(maxsize=4)
def cpic(version: str) -> dict[str, Any]:
    """Return one version of CPIC's table: texts, comments, and a row for each drug and pair of phenotypes."""
    versions = sorted(path.stem.removeprefix("cpic_") for path in HERE.glob("cpic_*.yaml"))
    if version not in versions:
        raise UsageError("CPIC", f"there is no version {version}", f"give one of {', '.join(versions)}")
    table = _yaml(f"cpic_{version}.yaml")
    if "extends" not in table:
        return table
    base = cpic(table["extends"].removeprefix("cpic_"))
    return {**base, **table, "texts": {**base["texts"], **table["texts"]}, "rows": _changed(base, table)}


def _changed(base: dict[str, Any], table: dict[str, Any]) -> dict[str, Any]:
    """Return the base version's rows with those that a later version changed."""
    rows = {drug: {tpmt: dict(row) for tpmt, row in by_tpmt.items()} for drug, by_tpmt in base["rows"].items()}
    for drug, by_tpmt in table["rows"].items():
        for tpmt, row in by_tpmt.items():
            rows[drug][tpmt].update(row)
    return rows


@lru_cache(maxsize=1)
def _implications() -> dict[str, Any]:
    """Return what each phenotype means for thiopurines."""
    return _yaml("implications.yaml")


def _yaml(name: str) -> dict[str, Any]:
    """Return one file's content."""
    content: dict[str, Any] = read_yaml((HERE / name).read_text(encoding="utf-8"))
    return content


def _thiopurine(drug: str) -> str:
    """Return our name of a thiopurine; refuses any other drug."""
    found = drug_of(drug)
    thiopurines = list(cpic("2022")["rows"])
    if found is None or found[0] not in thiopurines:
        raise UsageError("CPIC", f"{drug!r} is no thiopurine", f"give one of {', '.join(thiopurines)}")
    return found[0]


def _known_phenotype(gene: str, phenotype: str | None) -> str:
    """Return a phenotype as the table names it; no phenotype is the table's "no result"."""
    if phenotype in (None, "", UNKNOWN, NO_RESULT):
        return NO_RESULT
    names = [name for name in _implications()[gene] if name != NO_RESULT]
    if phenotype not in names:
        raise UsageError("CPIC", f"{phenotype!r} is no phenotype of {gene}", f"give one of {', '.join(names)}, unknown")
    return str(phenotype)


def _row(table: dict[str, Any], row: list[str] | None) -> tuple[dict[str, Any], str, str | None]:
    """Return a row's text, comment, and strength; without any genotype CPIC has no row."""
    if row is None:
        return {"text": "No TPMT and no NUDT15 result: CPIC has no recommendation without a genotype."}, "", None
    text, comment, strength = row
    return table["texts"][text], table["comments"][comment], strength


def _range(pair: list[float] | None) -> Range | None:
    """Return two numbers of a file as a range."""
    return None if pair is None else (float(pair[0]), float(pair[1]))


def _start(percent: Range | None, normal: Range | None) -> Range | None:
    """Return CPIC's reduced start in mg/kg a day: the percentages of CPIC's normal dose, of no other."""
    if percent is None or normal is None:
        return None
    return (round(percent[0] * normal[0] / 100, 4), round(percent[1] * normal[1] / 100, 4))


def _start_notes(action: str, drug: str, table: dict[str, Any], planned: float | None) -> tuple[str, ...]:
    """Return what a planned start in mg/kg a day means beside CPIC's normal start."""
    normal = table["normal_start"][drug]
    if action == "alternative_drug":
        return (
            "A low start does not make a thiopurine safe here: CPIC's comment on low doses is about intermediates.",
        )
    if action != "reduced_start" or "mg_per_kg" not in normal:
        return ()
    basis = f"The percentages are of CPIC's normal start ({normal['said']}); do not multiply a lower start by them."
    if planned is not None and planned >= normal["mg_per_kg"][0]:
        return (basis, f"The planned {planned:g} mg/kg a day is not below CPIC's normal start: the reduction applies.")
    return (basis, f"{_below(drug, planned)}, dose reduction might not be recommended for intermediate metabolizers.")


def _below(drug: str, planned: float | None) -> str:
    """Say which start lies below CPIC's normal start, in words that CPIC's comment continues."""
    if planned is not None:
        return f"The planned {planned:g} mg/kg a day is below CPIC's normal start; then, in CPIC's own comment"
    usual = _implications()["usual_start_in_aih"].get(drug)
    example = f" (as autoimmune hepatitis usually is: {usual})" if usual else ""
    return f"Where the start is below CPIC's normal start{example}, then, in CPIC's own comment"


def _compared(planned: float | None, start: Range | None) -> tuple[str, ...]:
    """Say where a planned start lies against CPIC's reduced start."""
    if planned is None or start is None:
        return ()
    place = "above" if planned > start[1] else "below" if planned < start[0] else "within"
    return (f"The planned start lies {place} CPIC's reduced start of {start[0]:g}-{start[1]:g} mg/kg a day.",)


def _per_kg(table: dict[str, Any], planned: float | None) -> float | None:
    """Return a planned start that can be a dose per kg of body weight; refuses 50 mg taken for 50 mg/kg."""
    low, high = table["planned_start_range_mg_per_kg"]
    if planned is not None and not low <= planned <= high:
        remedy = f"give mg per kg of body weight and day ({low:g} to {high:g}): divide the daily dose by the weight"
        raise UsageError("CPIC", "the planned start is no dose in mg/kg a day", remedy)
    return planned


def _version_notes(table: dict[str, Any], pair: tuple[str, str]) -> tuple[str, ...]:
    """Return where sources differ on a pair with a possible intermediate since the change of 2024."""
    intermediate = ("intermediate", "possible_intermediate")
    open_ = "possible_intermediate" in pair and all(found in intermediate for found in pair)
    return (table["notes"]["both_at_least_possible"],) if open_ and "notes" in table else ()
