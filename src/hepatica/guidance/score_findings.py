"""Findings around scores: what fills their items, their categories, renal function, and acute severe disease."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from hepatica.guidance.facts.treated import of_class
from hepatica.guidance.files import own_file
from hepatica.guidance.reckoning import AtMost, Cases, Change, Days, Either, Joined, Mapped
from hepatica.guidance.scored import Known, Scored, ScoreNumber
from hepatica.guidance.scores import scores
from hepatica.guidance.terms import (
    All,
    Cell,
    ElseFrom,
    Exceeds,
    Is,
    Months,
    Names,
    NeverRecorded,
    Not,
    Only,
    Read,
    Seen,
    Term,
    Word,
    YesNo,
)  # fmt: skip

_POSITIVE, _NEGATIVE = frozenset({"positive"}), frozenset({"negative"})
SCORES = (
    "simplified_2008", "revised_1999_before_treatment", "revised_1999_after_treatment", "juvenile_2018_aih",
    "juvenile_2018_asc", "histology_2008", "histology_2022", "paris_aih_pbc", "child_pugh", "surfasa_indicator",
    "surfasa_fraction", "ukeld_fall_day_7", "r_value", "hys_law", "rucam_2016_hepatocellular", "rucam_2016_cholestatic",
)  # fmt: skip


@cache
def limit(name: str) -> float:
    """Return a number that findings compare with, by its name; facts.yaml has its unit and source."""
    return float(own_file("facts/facts.yaml")["limits"][name]["value"])


def score_terms(known: Known) -> Mapping[str, Term]:
    """Return the findings around scores, by name."""
    categories: dict[str, Term] = {name: Scored(name, known) for name in SCORES}
    return {**categories, **_items(), **_severity(known), **_injury(), **_told()}


def _feature(name: str) -> Term:
    return Is(Word(name), frozenset({"yes"}))


def _hepatitis_c() -> Term:
    """Whether hepatitis C is active: its RNA says so; without one, negative antibodies exclude it."""
    excluded = Is(Word("anti_hcv"), _NEGATIVE)
    return ElseFrom(Is(Word("hcv_rna"), _POSITIVE), Only(Not(excluded), when=excluded))


def _items() -> Mapping[str, Term]:
    """Return the items of diagnostic scores that are put together from several results."""
    # Hepatitis A and E leave nothing in the record that excludes them; B and C are what it can tell.
    viral = Either((Is(Word("hbsag"), _POSITIVE), _hepatitis_c()))
    portal, lobular = _feature("portal_hepatitis"), _feature("lobular_hepatitis")
    relapsed = Not(NeverRecorded("relapse_date"))
    low = limit("low_titre_at_most")
    return {
        "viral_hepatitis_absent": YesNo(Not(viral)),
        "viral_markers": Mapped(YesNo(viral), {"yes": "positive", "no": "negative"}),
        "other_causes_absent": YesNo(Only(Not(viral), when=viral)),
        "hepatotoxic_drug": YesNo(Seen("hepatotoxic_drug_before_treatment")),
        "other_autoantibodies": YesNo(Either(tuple(Is(Word(name), _POSITIVE) for name in ("sla", "lc1", "panca")))),
        "sma_presence": Read("sma", _presence),
        "histology_pattern": Cases(((All((portal, Not(lobular))), "portal"), (All((lobular, Not(portal))), "lobular"))),
        "response_to_treatment": Cases(((relapsed, "relapse"), (Seen("cbr_date"), "complete"))),
        "antibodies_low": YesNo(
            All((AtMost("ana_now", low), AtMost("sma_now", low), Is(Word("lkm1_now"), _NEGATIVE),
                 Is(Word("lc1_now"), _NEGATIVE)))
        ),
    }  # fmt: skip


def _presence(titre: str) -> str:
    """Return whether a titre (1:80, <1:40, negative) is positive."""
    return "negative" if titre == "negative" or titre.startswith("<") else "positive"


def _severity(known: Known) -> Mapping[str, Term]:
    """Return acute severe disease, its first days, decompensation, and renal function."""
    recorded = Is(Word("acute_severe_recorded"), frozenset({"yes"}))
    clotting = Not(AtMost("inr_day_0", limit("acute_severe_inr_from"), below=True))
    jaundice = Not(AtMost("bilirubin_day_0", limit("acute_severe_bilirubin_above")))
    kidney = {"creatinine": "creatinine", "age": "age", "sex": "sex"}
    signs = Either(tuple(_recorded(day) for day in ("ascites_date", "bleeding_date", "encephalopathy_date")))
    # With a recent encephalopathy, or an INR that has reached the limit, somebody must look for the other of the two.
    inr_now = Not(AtMost("inr", limit("acute_severe_inr_from"), below=True))
    in_doubt = Either((_recorded_within("encephalopathy_date"), All((_recorded_within("inr_date"), inr_now))))
    return {
        "liver_failure_in_doubt": YesNo(in_doubt),
        "decompensation_in_doubt": YesNo(Either((_feature("cirrhosis"), signs))),
        "acute_severe_at_start": YesNo(Either((recorded, clotting, jaundice))),
        "first_month": YesNo(Not(Exceeds(Days("index_date", "as_of"), limit("first_month")))),
        "inr_change": Change("inr_day_0", "inr_day_3"),
        "bilirubin_change": Change("bilirubin_day_0", "bilirubin_day_3"),
        "ukeld_day_0": ScoreNumber("ukeld", _on_day("ukeld", 0), known),
        "ukeld_day_7": ScoreNumber("ukeld", _on_day("ukeld", 7), known),
        "meld_na_day_3": ScoreNumber("meld_na", _on_day("meld_na", 3), known),
        "portal_hypertension": YesNo(Either((_recorded("portal_hypertension_date"), _recorded("bleeding_date")))),
        "ascites": YesNo(Seen("ascites_date")),
        "encephalopathy": YesNo(Seen("encephalopathy_date")),
        "variceal_bleeding": YesNo(Seen("bleeding_date")),
        "egfr": ScoreNumber("ckd_epi_2021", kidney, known),
    }


def _recorded(day: str) -> Term:
    """Whether a thing has a day: recorded or not is never unknown."""
    return Not(NeverRecorded(day))


def _recorded_within(day: str, days: str = "last_month") -> Term:
    """Whether a thing has a day of so many last days: a limit of facts.yaml."""
    return All((_recorded(day), Not(Exceeds(Days(day, "as_of"), limit(days)))))


def _on_day(score: str, day: int) -> dict[str, str]:
    """Return the findings of one day of treatment that are a score's items."""
    return {item: f"{item}_day_{day}" for item in scores()[score].items}


def _injury() -> Mapping[str, Term]:
    """Return what speaks for or against a drug as the cause when ALT rises."""
    on_anti_tnf = Names("current_drugs", frozenset(of_class("anti_tnf")))
    longest = limit("rise_days_longest")
    began, ended = Days("hepatotoxic_drug_date", "rise_date"), Days("hepatotoxic_drug_last", "rise_date")
    # Nitrofurantoin injures after years: while it is taken no time is too long. Of an event nobody knows the end.
    endless = All((Not(_recorded("hepatotoxic_drug_last")), Not(Exceeds(began, limit("drug_without_end")))))
    taken = All((_recorded("hepatotoxic_drug_last"), Not(Exceeds(ended, limit("rise_days_after_stopping")))))
    toxic = All((_feature("hepatotoxic_drug_recorded"), Exceeds(began, -1), Either((endless, taken))))
    to_rise = Days("anti_tnf_start", "rise_date")
    onset = Cases(
        (
            (Exceeds(to_rise, longest), "compatible"),
            (Exceeds(to_rise, limit("rise_days_shortest") - 1), "suggestive"),
            (Exceeds(to_rise, -1), "compatible"),
        )
    )
    return {
        "drug_suspected": YesNo(Either((on_anti_tnf, toxic))),
        "hepatotoxic_drug_before_rise": YesNo(toxic),
        "alt_raised": YesNo(_recorded("rise_date")),
        "days_from_anti_tnf_to_rise": to_rise,
        # B cells stay away for months after the last infusion.
        "anti_cd20_in_effect": YesNo(_recorded_within("anti_cd20_last", "anti_cd20_works_on")),
        "rucam_onset": Only(onset, when=on_anti_tnf),
        "known_hepatotoxicity": Mapped(Word("anti_tnf"), {"infliximab": "listed"}),
        "rucam_re_exposure": Cases(((Not(Exceeds(Cell("anti_tnf_courses"), 1)), "not_done"),)),
    }


def _told() -> Mapping[str, Term]:
    """Return times and sentences."""
    save, retrieve = "result_to_save", "result_to_retrieve"
    return {
        "months_on_line": Months(Cell("line_start"), Cell("as_of")),
        "result_to_save_told": Joined(
            "{}, from {} to {}: {}", (save, f"{save}_from", f"{save}_by", f"{save}_why")
        ),
        "result_to_retrieve_told": Joined(
            "{}, of {} to {}: {}", (retrieve, f"{retrieve}_from", f"{retrieve}_by", f"{retrieve}_why")
        ),
        "endpoint_at_stake": YesNo(_feature(f"{save}_open")),
        "endpoint_to_retrieve": YesNo(_feature(f"{retrieve}_open")),
        "response_known_now": YesNo(Is(Word("missing", frozenset()), frozenset({""}))),
    }  # fmt: skip
