"""Derived findings: how each is made from the columns of a patient's standing, once for one patient and a cohort."""

from __future__ import annotations

from collections.abc import Mapping

from hepatica.guidance.pharmacogenetics import phenotype
from hepatica.guidance.reckoning import Days, Either
from hepatica.guidance.scores.dose_equivalents import as_azathioprine
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
    Word,
    YesNo,
)
from hepatica.vocabulary import drugs


def _class_of(*classes: str) -> frozenset[str]:
    """Return the drugs of some classes."""
    return frozenset(name for name, drug in drugs().items() if drug.drug_class in classes)


def _immunosuppressants() -> frozenset[str]:
    return frozenset(name for name, drug in drugs().items() if drug.immunosuppressant)


def _takes(*names: str) -> Term:
    return YesNo(Names("current_drugs", frozenset(names)))


def _takes_class(*classes: str) -> Term:
    return YesNo(Names("current_drugs", _class_of(*classes)))


def _phenotype_from(gene: str) -> Term:
    """Return the phenotype as reported, else the one that the diplotype means [cpic_2019]."""
    column = gene.lower()

    def read(diplotype: str) -> str | None:
        found = phenotype(gene, diplotype).phenotype
        return None if found in UNKNOWN_WORDS else found

    return ElseFrom(Word(f"{column}_phenotype"), Read(f"{column}_diplotype", read))


def _line_words(line: float) -> str:
    """Return a line of therapy as rules name it."""
    return {1: "first", 2: "second"}.get(int(line), "third_or_later")


def _failed(names: frozenset[str]) -> Term:
    """Whether a drug ended for non-response or intolerance; unknown where it ended and nobody recorded why."""
    ended = _named_in("ended_drugs", names)
    failed = _named_in("failed_drugs", names)
    return ElseFrom(Only(failed, when=failed), Only(failed, when=Not(ended)))


def _named_in(column: str, names: frozenset[str]) -> Term:
    """Whether a list names a drug; who has no list has none on it."""
    none = NeverRecorded(column)
    return ElseFrom(Names(column, names), Only(Not(none), when=none))


_THIOPURINES = _class_of("thiopurine")
_STEROIDS = _class_of("glucocorticoid", "other_glucocorticoid")
_ON_THIOPURINE = Names("current_drugs", _THIOPURINES)
_ON_MYCOPHENOLATE = Names("current_drugs", _class_of("mycophenolate"))
_ON_TACROLIMUS = Names("current_drugs", frozenset({"tacrolimus"}))
_NEVER_STOPPED = Either((_ON_THIOPURINE, NeverRecorded("last_thiopurine_stop")))
_TREATED = Not(Is(Word("cbr_by_6_months", frozenset()), frozenset({"not_applicable"})))
_DRUGS_NOW = HowMany("regimen", _immunosuppressants())
# Why the last thiopurine ended, where the reason says whether it was tolerated.
_NOT_TOLERATED = Is(
    Word("last_thiopurine_stop_reason", UNKNOWN_WORDS | {"other"}), frozenset({"intolerance", "adverse_event"})
)
# A level from before the last change of dose or of allopurinol would be acted on twice.
_ON_THIS_DOSE = Not(Exceeds(Days("metabolite_date", "thiopurine_dose_since"), 0))
_MONTHS_ON_REGIMEN = Months(Cell("regimen_start"), Cell("as_of"))
_MONTHS_IN_CBR = Months(Cell("cbr_since"), Cell("as_of"))

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
    "on_mycophenolate": YesNo(_ON_MYCOPHENOLATE),
    "on_budesonide": _takes("budesonide"),
    "on_systemic_steroid": _takes(*(_STEROIDS - {"budesonide"})),
    "on_steroid": _takes(*_STEROIDS),
    "on_tacrolimus": YesNo(_ON_TACROLIMUS),
    "on_ciclosporin": _takes("ciclosporin"),
    "on_calcineurin_or_mtor_inhibitor": _takes_class("calcineurin_inhibitor", "mtor_inhibitor"),
    "on_anti_tnf": _takes_class("anti_tnf"),
    "anti_tnf_for_aih": YesNo(Names("regimen", _class_of("anti_tnf"))),
    "on_baricitinib": _takes("baricitinib"),
    "on_allopurinol": _takes("allopurinol"),
    "allopurinol_stopped": YesNo(Not(NeverRecorded("allopurinol_stop"))),
    "on_udca": _takes("ursodeoxycholic_acid"),
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
    "line_of_therapy": Read("line_reached", _line_words),
    "months_on_regimen": _MONTHS_ON_REGIMEN,
    "thiopurine_dose_as_azathioprine_mg_kg": Scaled(
        Cell("thiopurine_dose_mg_kg"), Word("thiopurine"), as_azathioprine()
    ),
    # On a thiopurine now, or never: none was stopped. Else why the last one ended tells.
    "thiopurine_intolerance": YesNo(ElseFrom(Only(Not(_NEVER_STOPPED), when=_NEVER_STOPPED), _NOT_TOLERATED)),
    "thiopurine_given": YesNo(Either((_ON_THIOPURINE, Not(NeverRecorded("last_thiopurine_stop"))))),
    "thiopurine_failed": YesNo(_failed(_THIOPURINES)),
    "mycophenolate_tried": YesNo(Either((_ON_MYCOPHENOLATE, _failed(_class_of("mycophenolate"))))),
    "tacrolimus_tried": YesNo(Either((_ON_TACROLIMUS, _failed(frozenset({"tacrolimus"}))))),
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
