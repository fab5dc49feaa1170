"""Findings: what rules may read about one patient, from the state row and from nothing else.

findings.yaml names and describes them; the derived ones are defined here, once for one patient and a cohort. A finding
that needs rows of the record (not the state) belongs to the course.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import polars as pl

from hepatica.course import DERIVED
from hepatica.errors import UsageError
from hepatica.guidance.files import own_file
from hepatica.guidance.pharmacogenetics import phenotype
from hepatica.guidance.scores.dose_equivalents import azathioprine_for
from hepatica.guidance.terms import (
    UNKNOWN_WORDS,
    All,
    Cell,
    ElseFrom,
    Exceeds,
    HowMany,
    Is,
    Least,
    Months,
    Names,
    NeverRecorded,
    Not,
    Only,
    Read,
    Scaled,
    Seen,
    Term,
    Within,
    Word,
    YesNo,
)
from hepatica.vocabulary import drugs

NUMBER, WORD, YES_NO = "number", "word", "yes_no"
# Columns in which nothing means that it did not happen: a loss of response, as no drug means that none is taken.
NOTHING_MEANS_NONE = frozenset({"loss_of_cbr_date"})


@dataclass(frozen=True)
class Finding:
    """One thing a rule may read: what it is called, what it can be, which day and unit belong to it."""

    name: str
    label: str
    kind: str
    obtain: str
    term: Term
    derived: bool = False
    unit: str = ""
    unit_from: str | None = None
    date: str | None = None
    comparator: str | None = None
    reason: str | None = None
    discarded: str = ""
    choices: tuple[str, ...] = ()
    not_known: Mapping[str, str] = field(default_factory=dict)


def _class_of(*classes: str) -> frozenset[str]:
    """Return the drugs of some classes."""
    return frozenset(name for name, drug in drugs().items() if drug.drug_class in classes)


def _immunosuppressants() -> frozenset[str]:
    return frozenset(name for name, drug in drugs().items() if drug.immunosuppressant)


def _takes(*names: str) -> Term:
    return YesNo(Names("current_drugs", frozenset(names)))


def _takes_class(*classes: str) -> Term:
    return YesNo(Names("current_drugs", _class_of(*classes)))


def _as_azathioprine() -> dict[str, float]:
    """Return mg of azathioprine that a mg of each thiopurine stands for; tioguanine has no equivalent."""
    mercaptopurine = azathioprine_for(1).mg
    return {"azathioprine": 1.0} | ({"mercaptopurine": mercaptopurine} if mercaptopurine is not None else {})


def _phenotype_from(gene: str) -> Term:
    """Return the phenotype as reported, else the one that the diplotype means [cpic_2019]."""
    column = gene.lower()

    def read(diplotype: str) -> str | None:
        found = phenotype(gene, diplotype).phenotype
        return None if found in UNKNOWN_WORDS else found

    return ElseFrom(Word(f"{column}_phenotype"), Read(f"{column}_diplotype", read))


def _line_words(line: int) -> str:
    """Return a line of therapy as rules name it."""
    return {1: "first", 2: "second"}.get(line, "third_or_later")


_THIOPURINES = _class_of("thiopurine")
_STEROIDS = _class_of("glucocorticoid", "other_glucocorticoid")
_ON_THIOPURINE = Names("current_drugs", _THIOPURINES)
_TREATED = Not(Is(Word("cbr_by_6_months", frozenset()), frozenset({"not_applicable"})))
_DRUGS_NOW = HowMany("regimen", _immunosuppressants())
# Why a drug ended, where the reason says whether it was tolerated.
_STOP_REASON = Word("last_stop_reason", UNKNOWN_WORDS | {"other"})
_NOT_TOLERATED = Is(_STOP_REASON, frozenset({"intolerance", "adverse_event"}))
_STOPPED_THIOPURINE = Is(Word("last_stopped_drug"), _THIOPURINES)
# A level from before the last dose change would be acted on twice.
_ON_THIS_DOSE = Within("metabolite_date", "days_on_thiopurine_dose")
_MONTHS_ON_REGIMEN = Months(Cell("regimen_start"), Cell("as_of"))
_MONTHS_IN_CBR = Only(
    Months(Cell("cbr_date"), Cell("as_of")),
    when=All((Is(Word("in_cbr"), frozenset({"yes"})), NeverRecorded("loss_of_cbr_date"))),
)

TERMS: Mapping[str, Term] = {
    "treated": YesNo(_TREATED),
    # Days without treatment are not there for a patient who was never treated: then they are on none.
    "on_immunosuppression": YesNo(
        ElseFrom(Not(Exceeds(Cell("treatment_free_days"), 0)), Only(_TREATED, when=Not(_TREATED)))
    ),
    "immunosuppressed": _takes(*_immunosuppressants()),
    "monotherapy": YesNo(All((Exceeds(_DRUGS_NOW, 0), Not(Exceeds(_DRUGS_NOW, 1))))),
    "second_agent": _takes(*(_immunosuppressants() - _STEROIDS)),
    "on_thiopurine": YesNo(_ON_THIOPURINE),
    "on_azathioprine_or_mercaptopurine": _takes("azathioprine", "mercaptopurine"),
    "on_mycophenolate": _takes_class("mycophenolate"),
    "on_budesonide": _takes("budesonide"),
    "on_systemic_steroid": _takes(*(_STEROIDS - {"budesonide"})),
    "on_steroid": _takes(*_STEROIDS),
    "on_tacrolimus": _takes("tacrolimus"),
    "on_ciclosporin": _takes("ciclosporin"),
    "on_calcineurin_or_mtor_inhibitor": _takes_class("calcineurin_inhibitor", "mtor_inhibitor"),
    "on_anti_tnf": _takes_class("anti_tnf"),
    "anti_tnf_for_aih": YesNo(Names("regimen", _class_of("anti_tnf"))),
    "on_anti_cd20": _takes_class("anti_cd20"),
    "on_baricitinib": _takes("baricitinib"),
    "on_allopurinol": _takes("allopurinol"),
    "on_febuxostat": _takes("febuxostat"),
    "on_aminosalicylate": _takes_class("aminosalicylate"),
    "on_ribavirin": _takes("ribavirin"),
    "on_ppi": _takes_class("proton_pump_inhibitor"),
    "on_colestyramine": _takes("colestyramine"),
    "on_azole_or_macrolide": _takes_class("azole_antifungal", "macrolide"),
    "on_azole": _takes_class("azole_antifungal"),
    "on_enzyme_inducer": _takes_class("enzyme_inducer"),
    "on_probenecid": _takes("probenecid"),
    "months_treated": Months(Cell("index_date"), Cell("as_of")),
    "line_of_therapy": Read("line", _line_words),
    "months_on_regimen": _MONTHS_ON_REGIMEN,
    "thiopurine_dose_as_azathioprine_mg_kg": Scaled(
        Cell("thiopurine_dose_mg_kg"), Word("thiopurine"), _as_azathioprine()
    ),
    # On a thiopurine now: it was not stopped. Else the last stopped drug tells, if it was a thiopurine.
    "thiopurine_intolerance": YesNo(
        ElseFrom(Only(Not(_ON_THIOPURINE), when=_ON_THIOPURINE), Only(_NOT_TOLERATED, when=_STOPPED_THIOPURINE))
    ),
    "cbr_reached": YesNo(Seen("cbr_date")),
    "months_in_cbr": _MONTHS_IN_CBR,
    "months_in_cbr_on_regimen": Least(_MONTHS_IN_CBR, _MONTHS_ON_REGIMEN),
    # A ratio exists only where both levels are numbers of an assay; a pattern says it where they are not.
    "metabolites_undetectable": YesNo(
        Only(
            ElseFrom(Is(Word("metabolite_pattern"), frozenset({"undetectable"})), Not(Seen("mmp_tgn_ratio"))),
            when=_ON_THIS_DOSE,
        )
    ),
    "tgn": Only(Cell("tgn"), when=_ON_THIS_DOSE),
    "mmp": Only(Cell("mmp"), when=_ON_THIS_DOSE),
    "mmp_tgn_ratio": Only(Cell("mmp_tgn_ratio"), when=_ON_THIS_DOSE),
    "months_treated_at_lsm": Months(Cell("index_date"), Cell("lsm_date")),
    "tpmt": _phenotype_from("TPMT"),
    "nudt15": _phenotype_from("NUDT15"),
    "monitoring_overdue": YesNo(Not(Is(Word("overdue", frozenset()), frozenset({""})))),
}


@cache
def findings() -> dict[str, Finding]:
    """Return every finding that rules may read, by name."""
    described = own_file("findings.yaml")["findings"]
    return {name: _finding(name, entry) for name, entry in described.items()}


def _finding(name: str, entry: Mapping[str, Any]) -> Finding:
    said = dict(entry)
    said["choices"] = ("yes", "no") if said["kind"] == YES_NO else tuple(said.get("choices", ()))
    return Finding(name=name, term=_term(name, said), **said)


def _term(name: str, entry: Mapping[str, Any]) -> Term:
    """Return a finding's definition: its own, or the state's column as it is."""
    if entry.get("derived", False):
        return TERMS[name]
    if entry["kind"] in (WORD, YES_NO):
        return Word(name, UNKNOWN_WORDS | frozenset(entry.get("not_known", ())))
    return Cell(name)


class Findings(dict[str, Any]):
    """One patient's findings and the columns of the state row beside them; `state` is the row as it came."""

    def __init__(self, state_row: Mapping[str, Any], found: Mapping[str, Any]) -> None:
        super().__init__({**state_row, **found})
        self.state = state_row


def findings_of(state_row: Mapping[str, Any]) -> Findings:
    """Return one patient's findings; None is unknown.

    The row is one of the state table, with dates (`derive(...)["state"].row(n, named=True)`).
    """
    return Findings(state_row, {name: finding.term.of(state_row) for name, finding in findings().items()})


def with_findings(state: pl.DataFrame, names: Iterable[str]) -> pl.LazyFrame:
    """Return a state table with some findings added or cleaned; UsageError where it lacks a column of the state."""
    lacking = [column for column in DERIVED["state"] if column not in state.columns]
    if lacking:
        raise UsageError(
            "the state table", f"lacks {', '.join(lacking)}", "give the table `state` as the course derives it"
        )
    known = findings()
    # Words are cleaned in place; a derived finding reads the state as it came, so both are made in one step.
    return state.lazy().with_columns(**{name: known[name].term.expr() for name in names})
