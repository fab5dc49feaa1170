"""Traps of units and limits: the same number in another unit, assay, or age is another finding."""

from __future__ import annotations

from datetime import date

import pytest
from advice_cases import advised, answer, told
from course_cases import alt, ast, drug, igg, record, result, state, tgn
from reading_cases import ANNA, read, read_result
from reading_cases import result as row

from hepatica import vocabulary
from hepatica.course import definition_sets, definitions, derive
from hepatica.errors import UsageError
from hepatica.guidance.scores import scores

PER_CELLS, PER_BLOOD = "pmol/8x10^8 RBC", "pmol/0.2 mL"
PREDNISOLONE, AZATHIOPRINE = drug("prednisolone", 0, dose=5), drug("azathioprine", 0, dose=100)


def test_metabolites_per_red_cells_and_per_blood_are_kept_apart():
    """Trap 1: pmol/8x10^8 RBC and pmol/0.2 mL are two units, neither is turned into the other, and none is guessed."""
    told = read(measurements=[row("300", "TGN", PER_CELLS), row("300", "TGN", PER_BLOOD)])
    assert [(one["value"], one["unit"]) for one in told.kept()] == [(300.0, PER_CELLS), (300.0, PER_BLOOD)]
    assert read_result("300", "TGN", None).reasons() == ["missing_unit"]


def test_8_x_108_red_cells_are_8_times_10_to_the_8th_and_said_so():
    """Trap 1: copied pages lose the superscript; "8 x 108" is read as 8x10^8 and noted."""
    told = read_result("300", "TGN", "pmol/8 x 108 RBC")
    assert (told.only("value"), told.only("unit")) == (300.0, PER_CELLS)
    assert any("superscript" in note for note in told.reading.notes)


def test_the_factor_between_two_assays_is_told_and_never_applied():
    """Trap 2: Dervieux-Boulieu reads 6-TGN about 2.6 times as high as Lennard; the assay is not in the unit."""
    analyte = vocabulary.analytes()["TGN"]
    assert "Dervieux" in analyte.caution
    assert "2.6" in analyte.caution
    factors = vocabulary.unit_conversions().filter(analyte="TGN")["factor"]
    assert set(factors) == {1.0}


def test_macrocytosis_moves_haemoglobin_normalised_levels_so_units_share_no_limit():
    """Trap 3: a thiopurine raises MCH (33 instead of 30 pg), so that levels normalised to haemoglobin are 10 % off."""
    assert "MCH" in vocabulary.analytes()["TGN"].caution
    for unit, rule, other in (
        (PER_BLOOD, "thiopurine_level.weltzsch_2024", "thiopurine_level.bsg_ibd"),
        (PER_CELLS, "thiopurine_level.bsg_ibd", "thiopurine_level.weltzsch_2024"),
    ):
        levels = [tgn(200, 230, unit), result("MMP", 200, 900, unit=unit, limit=None), alt(200, 90), igg(200, 20)]
        found = advised(told(levels, [PREDNISOLONE, AZATHIOPRINE]), 210)
        assert answer(found, rule).outcome not in {"unknown", "not_applicable"}
        assert answer(found, other).outcome == "unknown"


def test_gamma_globulin_of_2_g_dl_is_not_igg_of_20_g_l():
    """Trap 9: relapse by gamma globulin above 2 g/dL is not relapse by IgG above 20 g/L; they are two analytes."""
    told = read_result("2.4", "gamma globulin", "g/dL")
    assert (told.only("analyte"), told.only("value"), told.only("unit")) == ("GAMMA_GLOBULIN", 24.0, "g/L")
    globulin = result("GAMMA_GLOBULIN", 200, 24, unit="g/L")
    found = state(record([alt(100, 20), igg(100, 12), alt(200, 20), globulin], [PREDNISOLONE]), 210)
    assert (found["relapse_date"], found["in_cbr"], found["missing"]) == (None, "unknown", "IgG within 30 days")


def test_igg_above_20_g_l_is_a_relapse_in_the_default_set_alone():
    """Trap 9: IgG above 20 g/L could not be traced; no study's own set and no verified one calls it a relapse."""
    told = record([alt(100, 20), ast(100, 20), igg(100, 12), igg(200, 21)], [PREDNISOLONE])
    relapsed = {name for name in definition_sets() if state(told, 210, name)["relapse_date"] is not None}
    assert relapsed == {"iaihg_2022"}
    assert not definitions("iaihg_2022").verified


def test_the_alp_ratio_of_the_revised_score_is_one_of_multiples_of_the_limits():
    """Trap 12: ALP over ALT counts as multiples of the limits: 300 (limit 100) over 100 (limit 50) is 1.5, not 3."""
    score = scores()["revised_1999_before_treatment"]

    def lowest(alp_xuln: float, transaminase_xuln: float) -> float:
        return score.evaluate({"alp_xuln": alp_xuln, "transaminase_xuln": transaminase_xuln}).low

    for alp_xuln, transaminase_xuln, points in ((2, 10, 2), (1.499, 1, 2), (3, 2, 0), (3, 1, 0), (3.001, 1, -2)):
        assert lowest(alp_xuln, transaminase_xuln) - lowest(9, 1) == points + 2
    with pytest.raises(UsageError, match="upper limit"):
        score.evaluate({"alp_xuln": "300 U/L"})


def test_albi_takes_umol_and_grams_per_litre_and_refuses_the_american_units():
    """Trap 23: ALBI is computed from umol/L and g/L; 1.2 mg/dL and 3.5 g/dL make it nonsense."""
    albi = scores()["albi"]
    assert albi.evaluate({"bilirubin": "20.52 umol/L", "albumin": "35 g/L"}).total == pytest.approx(-2.109, abs=5e-4)
    for item, given, remedy in (
        ("bilirubin", "1.2 mg/dL", "17.104"),
        ("albumin", "3.5 g/dL", "10"),
        ("albumin", 3.5, "10"),
    ):
        with pytest.raises(UsageError) as refused:
            albi.evaluate({item: given})
        assert remedy in refused.value.remedy


@pytest.mark.parametrize(
    ("born", "limit"),
    [("2019-06-01", 6.31), ("2018-01-01", 9.94), ("2012-01-01", 11.65), ("2005-01-01", 13.08), ("1980-01-01", 16.0)],
)
def test_igg_is_judged_by_the_limit_of_the_patients_age(born, limit):
    """Trap 27: IgG of 14.5 g/L is normal in an adult (16 g/L) and raised at every age of childhood."""
    found = read(patients=[ANNA | {"birth_date": born}], measurements=[row("14.5", "IGG", "g/L")])
    assert (found.only("upper_limit"), found.only("limit_from")) == (limit, "default")
    assert (found.only("x_uln") > 1) is (limit < 16)


@pytest.mark.parametrize("birth_date", [None, "2019-12-31"])
def test_igg_without_a_limit_for_the_age_is_unknown_and_not_judged_by_16(birth_date):
    """Trap 27: a newborn, or a patient of unknown age, has no default limit; then the multiple is unknown."""
    found = read(patients=[ANNA | {"birth_date": birth_date}], measurements=[row("14.5", "IGG", "g/L")])
    assert (found.only("upper_limit"), found.only("x_uln")) == (None, None)


def test_a_child_with_14_g_l_of_igg_is_not_in_response():
    """Trap 27: with 16 g/L a girl of eight would be called a responder; by the limit of her age she is not."""
    girl = ANNA | {"birth_date": "2012-01-01"}
    results = [row("25", date="2020-03-01"), row("14.5", "IGG", "g/L", date="2020-03-01")]
    steroid = {"patient_id": "P1", "drug": "prednisolone", "start": "2020-01-01"}

    def in_response(patient):
        return read(patients=[patient], measurements=results, treatments=[steroid]).record

    answers = {
        name: derive(in_response(who), definitions("iaihg_2022"), date(2020, 3, 1), tables=["state"])["state"][
            "in_cbr"
        ][0]
        for name, who in {"girl": girl, "woman": ANNA}.items()
    }
    assert answers == {"girl": "no", "woman": "yes"}
