"""What hospitals write as a unit, and what becomes of the value."""

from __future__ import annotations

import csv

import polars as pl
import pytest

from hepatica import vocabulary


def canonical(analyte, value, unit):
    """The value in the analyte's canonical unit as (value, unit); None if the unit is not understood."""
    given = pl.DataFrame({"analyte": [analyte], "unit_given": [unit], "value": [float(value)]})
    spelled = given.with_columns(spelling=vocabulary.unit_spelling(pl.col("unit_given")))
    found = spelled.join(vocabulary.unit_conversions(), on=["analyte", "spelling"], how="inner")
    return None if found.is_empty() else found.select(pl.col("value") * pl.col("factor"), "unit").row(0)


@pytest.mark.parametrize(
    ("analyte", "value", "unit", "expected"),
    [
        ("ALT", 1, "µkat/L", (60, "U/L")),  # micro sign
        ("ALT", 1, "μkat/l", (60, "U/L")),  # Greek mu
        ("ALT", 0.5, "ukat/L", (30, "U/L")),
        ("ALT", 35, "IU/L", (35, "U/L")),
        ("ALT", 35, "U / l", (35, "U/L")),
        ("ALT", 35, "UI/L", (35, "U/L")),
        ("BILIRUBIN", 1, "mg/dl", (17.104, "umol/L")),
        ("BILIRUBIN", 5.85, "mg/dL", (100.0584, "umol/L")),
        ("BILIRUBIN", 17.1, "µmol/L", (17.1, "umol/L")),
        ("BILIRUBIN", 17.1, "mcmol/L", (17.1, "umol/L")),
        ("CREATININE", 1, "mg/dL", (88.42, "umol/L")),
        ("IGG", 2000, "mg/dL", (20, "g/L")),
        ("IGG", 2, "g/dL", (20, "g/L")),
        ("IGG", 20000, "mg/L", (20, "g/L")),
        ("IGG", 20, "g/l", (20, "g/L")),
        ("GAMMA_GLOBULIN", 2, "g/dl", (20, "g/L")),
        ("ALBUMIN", 3.9, "g/dL", (39, "g/L")),
        ("ALBUMIN", 3.9, "gm/dL", (39, "g/L")),
        ("HAEMOGLOBIN", 13, "g/dL", (130, "g/L")),
        ("HAEMOGLOBIN", 8, "mmol/L", (128.912, "g/L")),
        ("GLUCOSE", 180.156, "mg/dL", (10, "mmol/L")),
        ("SODIUM", 140, "mEq/L", (140, "mmol/L")),
        ("TACROLIMUS", 6, "ng/mL", (6, "ug/L")),
        ("CICLOSPORIN", 120, "ng/ml", (120, "ug/L")),
        ("INFLIXIMAB", 5, "µg/mL", (5, "mg/L")),
        ("FERRITIN", 76.6, "ng/mL", (76.6, "ug/L")),
        ("INR", 1.2, "", (1.2, "1")),
        ("INR", 1.2, "1", (1.2, "1")),
        ("BMD_T", -2.5, "", (-2.5, "1")),
        ("HEIGHT", 1.72, "m", (172, "cm")),
        ("WEIGHT", 100, "lbs", (45.359237, "kg")),
        ("AFP", 10, "kU/L", (12.1, "ug/L")),
    ],
)
def test_mass_and_substance(analyte, value, unit, expected):
    number, canonical_unit = canonical(analyte, value, unit)
    assert (pytest.approx(number, rel=1e-4), canonical_unit) == expected


@pytest.mark.parametrize(
    "unit",
    ["10*9/L", "10^9/L", "10⁹/L", "10E9/l", "x10^9/L", "x109/L", "G/L", "Gpt/l", "/nL", "1/nl", "exp 9 /l", "exp 9/l",
     "10*3/uL", "10^3/µL", "10³/µl", "x10^3/uL", "K/uL", "K/mcL", "thou/cu mm", "Thousand/uL", "Tsd/µl", "10*3/mm3"],
)  # fmt: skip
def test_a_count_is_the_same_however_it_is_written(unit):
    assert canonical("PLATELETS", 206, unit) == (206, "10*9/L")


@pytest.mark.parametrize("unit", ["cells/uL", "/µL", "/mm3", "10*6/L"])
def test_single_cells_are_counted_in_thousands(unit):
    number, canonical_unit = canonical("NEUTROPHILS", 2512, unit)
    assert (pytest.approx(number), canonical_unit) == (2.512, "10*9/L")


def test_g_per_litre_is_giga_for_platelets_and_gram_for_albumin():
    assert canonical("PLATELETS", 206, "G/l") == (206, "10*9/L")
    assert canonical("ALBUMIN", 39, "g/l") == (39, "g/L")


@pytest.mark.parametrize(
    ("analyte", "value", "unit"),
    [
        ("PLATELETS", 0.38, "10*3/uL"),  # millions written as thousands
        ("PLATELETS", 206000, "10*3/uL"),
        ("INR", 85, ""),  # a Quick value in per cent
        ("ALBUMIN", 3.9, "g/L"),
        ("ALBUMIN", 39, "g/dL"),
        ("IGG", 1250, "g/L"),
        ("HAEMOGLOBIN", 12.3, "g/L"),
        ("LEUKOCYTES", 4200, "10*9/L"),
        ("CREATININE", 0.9, "umol/L"),
        ("GLUCOSE", 96, "mmol/L"),
        ("HEIGHT", 1.72, "cm"),
        ("SODIUM", 14, "mmol/L"),
    ],
)
def test_a_slip_of_the_unit_is_implausible(analyte, value, unit):
    low, high = vocabulary.analytes()[analyte].plausible
    number, _ = canonical(analyte, value, unit)
    assert not low <= number <= high


def test_an_ast_of_6_after_138_is_odd_but_possible():
    ast = vocabulary.analytes()["AST"]
    assert ast.plausible[0] <= 6.2 < ast.usual[0]


@pytest.mark.parametrize(
    "unit",
    ["pmol/8x10^8 RBC", "pmol/8*10^8 RBC", "pmol/8x10e8", "pmol/8 × 10⁸ RBC", "pmol/(8.10*8.{RBC})", "pmol/8E8 RBC",
     "pmol/8 x 10^8 red blood cells", "pmol/8x10^8 Erythrozyten", "pmol / 8x10E8 RBC"],
)  # fmt: skip
@pytest.mark.parametrize("analyte", ["TGN", "MMP"])
def test_metabolites_per_red_cells(analyte, unit):
    assert canonical(analyte, 260, unit) == (260, "pmol/8x10^8 RBC")


@pytest.mark.parametrize("unit", ["pmol/0.2 mL", "pmol/0.2ml", "pmol/0,2 ml", "pmol/(200.uL)", "pmol/(2.10*-1.mL)"])
@pytest.mark.parametrize("analyte", ["TGN", "MMP"])
def test_metabolites_per_volume_stay_what_they_are(analyte, unit):
    assert canonical(analyte, 260, unit) == (260, "pmol/0.2 mL")


@pytest.mark.parametrize("unit", ["pmol/8 x 108 RBC", "pmol/8 x 108 red blood cells", "pmol/8x108"])
def test_a_lost_superscript_is_understood_and_noted(unit):
    assert canonical("TGN", 260, unit) == (260, "pmol/8x10^8 RBC")
    spelled = pl.select(vocabulary.unit_spelling(pl.lit(unit))).item()
    assert spelled in vocabulary.lost_superscripts()["spelling"]


def test_a_well_written_unit_is_not_noted_as_a_lost_superscript():
    spelled = pl.select(vocabulary.unit_spelling(pl.lit("pmol/8x10^8 RBC"))).item()
    assert spelled not in vocabulary.lost_superscripts()["spelling"]


@pytest.mark.parametrize("analyte", ["TGN", "MMP"])
def test_metabolites_are_never_converted(analyte):
    conversions = vocabulary.unit_conversions().filter(pl.col("analyte") == analyte)
    assert conversions["factor"].unique().to_list() == [1.0]
    assert set(conversions["unit"]) == {"pmol/8x10^8 RBC", "pmol/0.2 mL"}


@pytest.mark.parametrize(
    ("analyte", "unit"),
    [
        ("TGN", ""),
        ("TGN", "pmol"),
        ("TGN", "pmol/L"),
        ("TGN", "nmol/8x10^8 RBC"),
        ("ALT", ""),
        ("ALT", "mg/dL"),
        ("INR", "%"),
        ("LSM", "m/s"),
        ("GAMMA_GLOBULIN", "%"),
        ("NEUTROPHILS", "%"),
        ("ANA", "U/mL"),
        ("HBV_DNA", "log IU/mL"),
    ],
)
def test_a_unit_that_does_not_fit_is_not_guessed(analyte, unit):
    assert canonical(analyte, 1, unit) is None


def test_hba1c_in_percent_is_not_turned_into_millimoles():
    assert canonical("HBA1C", 6.5, "%") == (6.5, "%")
    assert canonical("HBA1C", 48, "mmol/mol") == (48, "mmol/mol")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Imurek", ("azathioprine", None)),
        ("IMUREL 50 mg", ("azathioprine", None)),
        ("Decortin", ("prednisone", None)),
        ("Decortin H", ("prednisolone", None)),
        ("Decortin  H 5 mg Tabletten", ("prednisolone", "oral")),
        ("Urbason", ("methylprednisolone", None)),
        ("Cell Cept", ("mycophenolate", None)),
        ("mycophenolate mofetil 500 MG Oral Tablet [Cellcept]", ("mycophenolate", "oral")),
        ("Budenofalk 3 mg Kapseln", ("budesonide", "oral")),
        ("budesonide nasal spray", ("budesonide", "nasal")),
        ("Budesonide 0.25 MG/ML Inhalation Suspension", ("budesonide", "inhaled")),
        ("Budesonid Inhalationskapseln", ("budesonide", "inhaled")),
        ("Budenofalk Rektalschaum", ("budesonide", "rectal")),
        ("budesonide 160 mcg / formoterol 4.5 mcg", ("budesonide", "inhaled")),
        ("prednisolone eye drops", ("prednisolone", "eye")),
        ("Prednisolon Augentropfen", ("prednisolone", "eye")),
        ("prednisolone acetate ophthalmic suspension", ("prednisolone", "eye")),
        ("hydrocortisone cream", ("hydrocortisone", "topical")),
        ("tacrolimus 0.1 % Salbe", ("tacrolimus", "topical")),
        ("ATC:L01XC02", ("rituximab", None)),
        ("rxnorm:7145", ("mycophenolate", None)),
        ("Predniso(lo)ne", ("prednisolone", None)),
        ("azathioprine + allopurinol", None),
        ("prednisologen", None),
        ("", None),
    ],
)
def test_drug_and_route_of_what_was_written(text, expected):
    assert vocabulary.drug_of(text) == expected


def test_microkatal_limits_of_a_laboratory_become_our_adult_limits(fixtures_folder):
    lines = (fixtures_folder / "limits" / "leipzig_limits.csv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(lines))
    limits = vocabulary.default_limits()
    compared = 0
    for code, analyte in {
        "ALAT_S": "ALT",
        "ASAT_S": "AST",
        "AP_S": "ALP",
        "GGT_S": "GGT",
        "CRE_S": "CREATININE",
    }.items():
        for row in (row for row in rows if row["Code"] == code and row["Sex"] in {"female", "male"}):
            theirs, unit = canonical(analyte, row["UpperLimit"], row["Unit"])
            ours = limits.filter(pl.col("analyte") == analyte, pl.col("sex") == row["Sex"], pl.col("age_to").is_null())
            compared += 1
            assert unit == ours["unit"].item()
            assert theirs == pytest.approx(ours["upper"].item(), rel=0.2), (analyte, row["Sex"])
    assert compared == 10


def test_every_liver_test_of_a_hospital_feed_is_known_with_its_unit(fixtures_folder):
    lines = (fixtures_folder / "messy_csv" / "labs_first_1000.txt").read_text(encoding="latin-1").splitlines()
    feed = pl.DataFrame(list(csv.DictReader(lines[2:])))
    known = feed.with_columns(key=pl.col("NAME").str.to_lowercase()).join(vocabulary.analyte_codes(), on="key")
    assert set(known["analyte"]) >= {
        *("ALT", "AST", "ALP", "BILIRUBIN", "BILIRUBIN_DIRECT", "ALBUMIN", "INR", "FERRITIN", "AFP", "ANA", "SMA"),
        *("PLATELETS", "LEUKOCYTES", "NEUTROPHILS", "LYMPHOCYTES", "HAEMOGLOBIN", "MCV", "MCH"),
        *("CREATININE", "SODIUM", "GLUCOSE", "HCV_RNA"),
    }
    with_unit = known.filter(pl.col("REFERENCE_UNIT") != "")
    spelled = with_unit.with_columns(spelling=vocabulary.unit_spelling(pl.col("REFERENCE_UNIT")))
    lost = spelled.join(vocabulary.unit_conversions(), on=["analyte", "spelling"], how="anti")
    # Percentages of a differential and logarithms of a viral load are no absolute values, and stay out.
    assert set(lost["REFERENCE_UNIT"]) == {"%", "log IU/mL"}
