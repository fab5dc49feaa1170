"""The vocabulary's files: complete, unambiguous, sourced, and free of the codes that must not be used."""

from __future__ import annotations

import copy
import re

import polars as pl
import pytest

from hepatica import vocabulary
from hepatica.errors import SourceError
from hepatica.record.tables import EVENTS, LOCAL_ROUTES, ROUTES, VARIANTS
from hepatica.vocabulary.drugs import IMMUNOSUPPRESSANT_CLASSES
from hepatica.vocabulary.files import ANALYTE_FILES, DRUG_FILES, OTHER_FILES, document
from hepatica.vocabulary.schema_check import check_document

FILES = ANALYTE_FILES + DRUG_FILES + OTHER_FILES
RECORD_ANALYTES = [
    "ALT", "AST", "ALP", "GGT", "BILIRUBIN", "BILIRUBIN_DIRECT", "ALBUMIN", "INR", "PLATELETS", "LEUKOCYTES",
    "NEUTROPHILS", "HAEMOGLOBIN", "CREATININE", "SODIUM", "IGG", "GAMMA_GLOBULIN", "IGM", "TGN", "MMP",
    "TPMT_ACTIVITY", "ANA", "SMA", "LKM1", "LC1", "SLA", "AMA", "PANCA", "HBSAG", "HBV_DNA", "HCV_RNA",
    "CERULOPLASMIN", "ALPHA1_ANTITRYPSIN", "AFP", "TACROLIMUS", "CICLOSPORIN", "INFLIXIMAB", "ANTI_INFLIXIMAB",
    "FERRITIN", "GLUCOSE", "HBA1C", "LSM", "BMD_T", "WEIGHT", "HEIGHT",
]  # fmt: skip
SYSTEMIC_DRUGS = [
    "azathioprine", "mercaptopurine", "tioguanine", "prednisone", "prednisolone", "methylprednisolone",
    "budesonide", "mycophenolate", "tacrolimus", "ciclosporin", "infliximab", "adalimumab", "rituximab",
    "sirolimus", "everolimus", "belimumab", "baricitinib", "tofacitinib", "ruxolitinib", "upadacitinib",
]  # fmt: skip


def drug_and_route(key):
    """What the vectorised table says of a key: (drug, route), or None if it has no such key."""
    found = vocabulary.drug_names().filter(pl.col("key") == key).select("drug", "route").rows()
    return found[0] if found else None


# --- schemas


@pytest.mark.parametrize("name", FILES)
def test_every_file_obeys_its_schema(name):
    check_document(name, document(name))


@pytest.mark.parametrize(
    ("name", "path", "wrong", "place"),
    [
        ("analytes_liver.yaml", ("analytes", "ALT", "kind"), "enzyme", "analytes > ALT > kind"),
        ("analytes_liver.yaml", ("analytes", "ALT", "names"), ["ALAT"], "analytes > ALT > names > 0"),
        ("drugs_immunosuppressants.yaml", ("drugs", "rituximab", "atc"), {"L01": "C"}, "drugs > rituximab > atc"),
        ("limits.yaml", ("limits", "ALT", "bands", 0, "sex"), "both", "limits > ALT > bands > 0 > sex"),
        ("units.yaml", ("units", "U/L", "spellings"), ["µU/L"], "units > U/L > spellings > 0"),
        ("conditions.yaml", ("conditions", "ascites", "meaning"), "finding", "conditions > ascites"),
        ("sources.yaml", ("sources", "si_prefix", "status"), "sure", "sources > si_prefix > status"),
        ("routes.yaml", ("routes", "eye", "words"), [], "routes > eye > words"),
    ],
)
def test_a_broken_entry_is_named_with_its_file_and_place(name, path, wrong, place):
    content = copy.deepcopy(document(name))
    entry = content
    for step in path[:-1]:
        entry = entry[step]
    entry[path[-1]] = wrong
    with pytest.raises(SourceError) as error:
        check_document(name, content)
    assert error.value.where == f"{name}: {place}"


def test_a_steroid_without_an_equivalent_must_say_why():
    content = copy.deepcopy(document("drugs_immunosuppressants.yaml"))
    del content["drugs"]["budesonide"]["no_equivalent_because"]
    with pytest.raises(SourceError, match="no_equivalent_because"):
        check_document("drugs_immunosuppressants.yaml", content)


# --- names and codes are unambiguous


@pytest.mark.parametrize(
    ("table", "column"),
    [
        (vocabulary.analyte_codes, "key"),
        (vocabulary.drug_names, "key"),
        (vocabulary.condition_codes, "key"),
        (vocabulary.route_words, "word"),
    ],
)
def test_no_name_or_code_means_two_things(table, column):
    keys = table()[column]
    assert keys.filter(keys.is_duplicated()).to_list() == []


@pytest.mark.parametrize(
    ("table", "column"),
    [(vocabulary.analyte_codes, "key"), (vocabulary.drug_names, "key"), (vocabulary.route_words, "word")],
)
def test_keys_are_lower_case_and_trimmed(table, column):
    keys = table()[column].to_list()
    assert keys == [" ".join(key.lower().split()) for key in keys]


def test_rejected_codes_are_not_shipped():
    shipped = {
        *vocabulary.analyte_codes()["key"],
        *vocabulary.drug_names()["key"],
        *vocabulary.condition_codes()["key"],
    }
    assert len(vocabulary.rejected_codes()) >= 7
    assert shipped.isdisjoint(vocabulary.rejected_codes())


def test_only_codes_read_at_the_source_count_as_verified():
    holders = (*vocabulary.analytes().values(), *vocabulary.drugs().values(), *vocabulary.conditions().values())
    codes = [code for holder in holders for code in holder.codes]
    assert {code.status for code in codes if code.verified} == {"C"}
    assert {code.status for code in codes if not code.verified} == {"C2", "M-hi", "M-med", "M-lo"}


# --- analytes


def test_every_analyte_of_the_record_is_there():
    assert set(RECORD_ANALYTES) <= set(vocabulary.analytes())


@pytest.mark.parametrize(
    ("key", "analyte"),
    [
        ("alt", "ALT"),
        ("gpt", "ALT"),
        ("tgp", "ALT"),
        ("alat", "ALT"),
        ("got", "AST"),
        ("tgo", "AST"),
        ("alk.phos", "ALP"),
        ("leukozyten", "LEUKOCYTES"),
        ("white blood cell count", "LEUKOCYTES"),
        ("thrombozyten", "PLATELETS"),
        ("plaquettes", "PLATELETS"),
        ("piastrine", "PLATELETS"),
        ("6-tgn", "TGN"),
        ("memp", "MMP"),
        ("loinc:1742-6", "ALT"),
        ("omop:3006923", "ALT"),
        ("loinc:8095-2", "SMA"),
    ],
)
def test_field_names_and_codes_are_known(key, analyte):
    assert vocabulary.analyte_codes().filter(pl.col("key") == key)["analyte"].to_list() == [analyte]


def test_no_loinc_code_is_claimed_for_quantitative_metabolites():
    assert vocabulary.analytes()["TGN"].loinc == ()
    assert vocabulary.analytes()["MMP"].loinc == ()


def test_elisa_units_cannot_feed_a_titre():
    elisa = vocabulary.analytes()["LKM1_ELISA"]
    assert "32220-6" in elisa.loinc
    assert elisa.units == ("U/mL",)
    assert vocabulary.analytes()["LKM1"].units == ("1",)


def test_usual_lies_within_plausible():
    for analyte in vocabulary.analytes().values():
        assert analyte.plausible[0] <= analyte.usual[0] < analyte.usual[1] <= analyte.plausible[1], analyte.code


@pytest.mark.parametrize("code", ["TGN", "MMP", "HBV_DNA", "HCV_RNA", "NEUTROPHILS", "TACROLIMUS", "INFLIXIMAB", "ALT"])
def test_a_true_zero_is_never_quarantined(code):
    assert vocabulary.analytes()[code].plausible[0] == 0


def test_an_alt_of_zero_is_odd():
    assert vocabulary.analytes()["ALT"].usual[0] > 0


def test_every_conversion_has_a_known_source_and_agrees_with_the_molar_mass():
    grams_per_litre = {"g/L": 1, "mg/dL": 0.01, "mg/L": 0.001, "ug/L": 1e-6}
    moles_per_litre = {"mmol/L": 1e-3, "umol/L": 1e-6, "nmol/L": 1e-9}
    checked = 0
    for analyte in vocabulary.analytes().values():
        if analyte.conversions:
            assert analyte.factor_source in vocabulary.vocabulary_sources(), analyte.code
        for unit, factor in analyte.conversions.items():
            target = analyte.units[0]
            if analyte.molar_mass and unit in grams_per_litre and target in moles_per_litre:
                expected = grams_per_litre[unit] / analyte.molar_mass / moles_per_litre[target]
            elif analyte.molar_mass and unit in moles_per_litre and target in grams_per_litre:
                expected = moles_per_litre[unit] * analyte.molar_mass / grams_per_litre[target]
            else:
                continue
            checked += 1
            assert factor == pytest.approx(expected, rel=1e-3), (analyte.code, unit)
    assert checked >= 12


# --- units

# The part of UCUM's grammar that the vocabulary uses: prefixed atoms, powers of ten, numbers, annotations.
UCUM_ATOM = (
    r"(?:[cdfkmnpu]?(?:U|kat|g|L|mol|m|Pa|\[iU\])|h|%|\[lb_av\]|\[in_i\]|10\*-?\d+|\d+)(?:\{[^{}]*\})?|\{[^{}]*\}"
)
UCUM_PRODUCT = rf"(?:{UCUM_ATOM})(?:\.(?:{UCUM_ATOM}))*"
UCUM = re.compile(rf"(?:{UCUM_PRODUCT})(?:/(?:{UCUM_ATOM}|\({UCUM_PRODUCT}\)))*")


@pytest.mark.parametrize("code", vocabulary.units())
def test_units_are_valid_ucum(code):
    assert UCUM.fullmatch(vocabulary.units()[code].ucum), vocabulary.units()[code].ucum


@pytest.mark.parametrize("text", ["pmol/8x10^8 RBC", "10^9/L", "µmol/L", "IU/L", "g/l", ""])
def test_the_field_s_spellings_are_no_ucum(text):
    assert not UCUM.fullmatch(text)


def test_canonical_units_are_their_ucum_code_except_for_the_metabolites():
    differing = {unit.code for unit in vocabulary.units().values() if unit.code != unit.ucum}
    assert differing == {"pmol/8x10^8 RBC", "pmol/0.2 mL"}


def test_every_unit_of_an_analyte_is_in_the_unit_file():
    named = {unit for entry in vocabulary.analytes().values() for unit in (*entry.units, *entry.conversions)}
    assert named == set(vocabulary.units())


def test_every_canonical_unit_and_its_display_are_understood_as_themselves():
    conversions = vocabulary.unit_conversions()
    for analyte in vocabulary.analytes().values():
        for unit in analyte.units:
            written = pl.DataFrame({"unit": [unit, vocabulary.units()[unit].display, vocabulary.units()[unit].ucum]})
            spelled = written.select(spelling=vocabulary.unit_spelling(pl.col("unit")))
            found = spelled.join(conversions.filter(analyte=analyte.code), on="spelling", how="left")
            assert found.select("unit", "factor").unique().rows() == [(unit, 1.0)], (analyte.code, unit)


def test_a_spelling_never_has_two_meanings_for_one_analyte():
    for analyte in vocabulary.analytes().values():
        meanings = {}
        accepted = [(unit, unit, 1.0) for unit in analyte.units]
        accepted += [(source, analyte.units[0], factor) for source, factor in analyte.conversions.items()]
        for source, unit, factor in accepted:
            for spelling in vocabulary.units()[source].spellings:
                assert meanings.setdefault(spelling, (unit, factor)) == (unit, factor), (analyte.code, spelling)


# --- default limits


def test_limits_stand_in_the_canonical_unit_and_have_a_known_source():
    sources = vocabulary.vocabulary_sources()
    for row in vocabulary.default_limits().iter_rows(named=True):
        assert row["unit"] == vocabulary.analytes()[row["analyte"]].units[0]
        assert row["source"] in sources
        assert not row["verified"] or sources[row["source"]].status == "C", row


def test_limits_are_in_order_and_within_the_usual_range():
    for row in vocabulary.default_limits().iter_rows(named=True):
        low, high = vocabulary.analytes()[row["analyte"]].usual
        assert row["age_to"] is None or row["age_from"] < row["age_to"], row
        assert row["lower"] is None or low <= row["lower"] < row["upper"], row
        assert low < row["upper"] <= high, row


@pytest.mark.parametrize("sex", ["female", "male"])
def test_never_two_limits_for_one_patient(sex):
    for analyte, bands in vocabulary.default_limits().filter(pl.col("sex").is_in([sex, "any"])).group_by("analyte"):
        ordered = bands.sort("age_from")
        for earlier, later in zip(ordered["age_to"][:-1], ordered["age_from"][1:], strict=True):
            assert earlier is not None, analyte
            assert earlier <= later, analyte


@pytest.mark.parametrize("analyte", ["ALT", "AST", "ALP", "GGT", "BILIRUBIN", "ALBUMIN", "IGG", "IGM", "PLATELETS",
                                     "LEUKOCYTES", "NEUTROPHILS", "CREATININE", "SODIUM", "INR"])  # fmt: skip
@pytest.mark.parametrize("sex", ["female", "male"])
def test_from_one_year_on_everyone_has_exactly_one_limit(analyte, sex):
    bands = vocabulary.default_limits().filter(pl.col("analyte") == analyte, pl.col("sex").is_in([sex, "any"]))
    for age in (1, 2.5, 4, 9.9, 12, 13, 15, 16, 17, 18, 19, 44, 70, 99):
        held = bands.filter(pl.col("age_from") <= age, pl.col("age_to").is_null() | (pl.col("age_to") > age))
        assert held.height == 1, age


# --- drugs


def test_the_systemic_drugs_are_those_of_the_course():
    assert [name for name, drug in vocabulary.drugs().items() if drug.immunosuppressant] == SYSTEMIC_DRUGS
    companions = {name for name, drug in vocabulary.drugs().items() if drug.companion}
    assert companions == {"allopurinol", "ursodeoxycholic_acid"}
    classes = {drug.drug_class for drug in vocabulary.drugs().values() if drug.immunosuppressant}
    assert classes == set(IMMUNOSUPPRESSANT_CLASSES)


def test_steroid_equivalents():
    equivalents = {
        name: drug.prednisolone_equivalent
        for name, drug in vocabulary.drugs().items()
        if drug.drug_class == "glucocorticoid"
    }
    assert equivalents == {"prednisone": 1, "prednisolone": 1, "methylprednisolone": 1.25, "budesonide": None}
    assert "liver" in vocabulary.drugs()["budesonide"].no_equivalent_because


def test_each_former_atc_code_is_replaced_by_a_current_one_of_the_same_drug():
    for drug in vocabulary.drugs().values():
        assert {former.replaced_by for former in drug.atc_former} <= set(drug.atc), drug.name


@pytest.mark.parametrize(
    ("key", "drug", "route"),
    [
        ("atc:d11ah01", "tacrolimus", "topical"),
        ("atc:s01xa18", "ciclosporin", "eye"),
        ("atc:s01ba04", "prednisolone", "eye"),
        ("atc:c05aa04", "prednisolone", "rectal"),
        ("protopic", "tacrolimus", "topical"),
        ("ikervis", "ciclosporin", "eye"),
    ],
)
def test_local_codes_and_brands_imply_their_route(key, drug, route):
    assert drug_and_route(key) == (drug, route)


def test_routes_are_those_of_the_record():
    words = vocabulary.route_words()
    assert set(words["route"]) <= set(ROUTES)
    assert set(words.filter("local")["route"]) == set(LOCAL_ROUTES)
    local_forms = {form.route for drug in vocabulary.drugs().values() for form in drug.local}
    assert local_forms <= set(LOCAL_ROUTES)


def test_local_routes_come_before_systemic_ones():
    local = vocabulary.route_words()["local"].to_list()
    assert local == sorted(local, reverse=True)


# --- conditions


@pytest.mark.parametrize("code", ["snomed:408335007", "omop:200762", "icd10:K75.4", "icd9:571.42", "orpha:2137"])
def test_autoimmune_hepatitis_in_every_terminology(code):
    assert vocabulary.condition_of(code).key == "autoimmune_hepatitis"


@pytest.mark.parametrize(
    ("code", "condition"),
    [
        ("icd10:K71.9", "toxic_liver_disease"),
        ("icd10:K71.50", "toxic_liver_disease_with_chronic_active_hepatitis"),
        ("icd10:K51.90", "ulcerative_colitis"),
        ("icd10:K83.09", None),
        ("icd10:K83.0", None),
        ("icd10:K83.01", None),
        ("icd10cm:K83.01", "primary_sclerosing_cholangitis"),
        ("icd10cm:K83.09", None),
        ("icd10cm:K83.0", None),
        ("icd10gm:K83.00", "primary_sclerosing_cholangitis"),
        ("icd10gm:K83.01", None),
        ("icd10:I85.0", "variceal_bleeding"),
        ("icd10cm:I85.0", None),
        ("icd10cm:I85.00", "oesophageal_varices"),
        ("icd10gm:I85.0", "variceal_bleeding"),
        ("icd10cm:Z33.1", "pregnant"),
        ("icd10cm:Z33.2", None),
        ("icd10cm:K51.90", "ulcerative_colitis"),
        ("icd10:K76.82", "encephalopathy"),
        ("icd10gm:K76.82", None),
        ("icd9:576.1", None),
        ("icd10:I85.01", "variceal_bleeding"),
        ("icd10:K7", None),
        ("icd10:", None),
        ("snomed:40833500", None),
        ("snomed:4083350071", None),
    ],
)
def test_an_icd_code_counts_as_its_nearest_ancestor_other_codes_only_as_themselves(code, condition):
    found = vocabulary.condition_of(code)
    assert (found.key if found else None) == condition


def test_conditions_speak_the_words_of_the_record():
    for condition in vocabulary.conditions().values():
        assert condition.event is None or condition.event in EVENTS, condition.key
        assert condition.variant is None or condition.variant in VARIANTS, condition.key


def test_a_status_is_no_date():
    undated = {key for key, condition in vocabulary.conditions().items() if not condition.dated}
    assert undated == {"transplanted_liver_present", "pregnant"}
