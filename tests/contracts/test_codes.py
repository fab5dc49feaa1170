"""Codes of public terminologies: each is well formed, carries its right check digit, and says where it was read."""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import accumulate, chain, repeat

import pytest
import yaml

from hepatica import vocabulary
from hepatica.vocabulary.files import ANALYTE_FILES, DRUG_FILES, OTHER_FILES, document

FHIR = yaml.safe_load((files("hepatica.sources.fhir") / "fhir.yaml").read_text(encoding="utf-8"))
STATUS = re.compile(r"(C|C2|M-hi|M-med|M-lo)(?: ([a-z0-9_]+))?")
SHAPES = {
    "loinc": r"[0-9]{1,7}-[0-9]",
    "snomed": r"[1-9][0-9]{5,17}",
    "atc": r"[ABCDGHJLMNPRSV][0-9]{2}[A-Z]{2}[0-9]{2}",
    "rxnorm": r"[1-9][0-9]{0,7}",
    "omop": r"[1-9][0-9]{0,9}",
    "icd10": r"[A-Z][0-9]{2}(\.[0-9]{1,2})?",
    "icd10cm": r"[A-Z][0-9]{2}(\.[0-9]{1,4})?",
    "icd10gm": r"[A-Z][0-9]{2}(\.[0-9]{1,2})?",
    "icd9": r"([0-9]{3}|V[0-9]{2})(\.[0-9]{1,2})?",
}
# The multiplication of the dihedral group of ten, row by row, and the permutation that Verhoeff's scheme applies.
TIMES = [[(a + b) % 5 if a < 5 and b < 5 else 0 for b in range(10)] for a in range(10)]
for a in range(10):
    for b in range(10):
        turned = (a + b if a < 5 else a - b) % 5
        TIMES[a][b] = turned if (a < 5) == (b < 5) else turned + 5
MIXED = [list(range(10)), [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
MIXED = list(accumulate(repeat(MIXED[1], 7), lambda done, step: [done[digit] for digit in step], initial=MIXED[0]))


def shipped():
    """Every code of the vocabulary, and where it stands."""
    drugs = vocabulary.drugs().values()
    holders = (*vocabulary.analytes().values(), *drugs, *vocabulary.conditions().values())
    listed = [code for holder in holders for code in holder.codes]
    return listed + [code for drug in drugs for form in drug.local for code in form.atc]


def former():
    return [code for drug in vocabulary.drugs().values() for code in drug.atc_former]


def of_fhir(system):
    """Every code of a system that FHIR needs beside the vocabulary."""
    parts = ("routes", "answers", "yes_no", "genetic_parts", "genetic_tests", "genetic_answers", "genetic_reports")
    keys = chain(*(FHIR[part] for part in parts), FHIR["biopsy"]["procedure"], FHIR["biopsy"]["report"])
    written = chain(*(FHIR[part].values() for part in ("titre_codes", "presence_codes", "molar_codes")))
    single = [FHIR["pathology_report"]["code"], FHIR["genetic_assessment"]["code"]]
    found = [key.partition(":")[2] for key in keys if key.startswith(f"{system}:")]
    return found + ([*written, *single] if system == "loinc" else [])


def statuses(content):
    """Every status that a document gives a code, at any depth."""
    if isinstance(content, dict):
        return [said for value in content.values() for said in statuses(value)]
    if isinstance(content, list):
        return [said for value in content for said in statuses(value)]
    return [content] if isinstance(content, str) and STATUS.fullmatch(content) else []


def mod_10(code):
    """The check digit of a LOINC code; the letters of answers (LA…) count by their place after the digits."""
    values = [ord(sign) - ord("0") for sign in reversed(code.partition("-")[0])]
    return -sum(value if place % 2 else 2 * value - value // 5 * 9 for place, value in enumerate(values)) % 10


def verhoeff(code):
    """What Verhoeff's scheme makes of a SNOMED CT identifier: 0 if its check digit is right."""
    digits = [MIXED[place % 8][int(digit)] for place, digit in enumerate(reversed(code))]
    return list(accumulate(digits, lambda done, digit: TIMES[done][digit], initial=0))[-1]


# Is the check a check? Codes printed in the terminologies' own guides, and the same with one digit changed.


@pytest.mark.parametrize("code", ["1742-6", "2465-3", "10154-3", "LA33-6", "LA32-8", "LA6576-8"])
def test_the_check_digit_of_known_loinc_codes(code):
    assert mod_10(code) == int(code[-1])


@pytest.mark.parametrize("code", ["22298006", "73211009", "404684003", "138875005"])
def test_a_wrong_digit_in_a_known_snomed_identifier_is_noticed(code):
    assert verhoeff(code) == 0
    wrong = [code[:at] + str((int(code[at]) + 1) % 10) + code[at + 1 :] for at in range(len(code))]
    swapped = [code[:at] + code[at + 1] + code[at] + code[at + 2 :] for at in range(len(code) - 1)]
    assert all(verhoeff(one) for one in [*wrong, *swapped] if one != code)


# The codes


def test_every_loinc_code_has_its_check_digit():
    codes = [code.code for code in shipped() if code.system == "loinc"] + of_fhir("loinc")
    assert len(codes) > 130
    assert [code for code in codes if mod_10(code) != int(code[-1])] == []


def test_every_snomed_identifier_has_its_check_digit():
    codes = [code.code for code in shipped() if code.system == "snomed"] + of_fhir("snomed")
    assert len(codes) > 55
    assert [code for code in codes if verhoeff(code)] == []


@pytest.mark.parametrize("system", sorted(SHAPES))
def test_every_code_has_the_shape_of_its_terminology(system):
    codes = [code.code for code in shipped() if code.system == system]
    codes += [code.code for code in former()] if system == "atc" else []
    assert codes
    assert [code for code in codes if not re.fullmatch(SHAPES[system], code)] == []


# Where they were read


def test_every_code_says_whether_it_is_verified_and_where_it_was_read():
    for code in [*shipped(), *former()]:
        assert STATUS.fullmatch(code.status), code
        source = vocabulary.vocabulary_sources()[code.source]
        assert (code.source == "memory") == code.status.startswith("M-"), code
        assert source.status == "C" or code.status != "C", code


@pytest.mark.parametrize("part", ["routes", "answers", "yes_no", "genetic_parts", "genetic_answers", "genes"])
def test_every_code_of_fhir_says_how_sure_it_is(part):
    assert all(STATUS.fullmatch(entry["status"]) for entry in FHIR[part].values())


def cited(content):
    """Every source that a document names, at any depth."""
    if isinstance(content, dict):
        named = [value for key, value in content.items() if key in {"source", "factor_source", "caution_source"}]
        lists = [
            one for key in ("sources", "codes") if isinstance(content.get(key), dict) for one in content[key].values()
        ]
        return named + [one for one in lists if isinstance(one, str)] + list(chain(*map(cited, content.values())))
    return list(chain(*map(cited, content))) if isinstance(content, list) else []


def test_every_source_that_is_cited_is_described_and_every_one_described_is_cited():
    names = (*ANALYTE_FILES, *DRUG_FILES, *OTHER_FILES)
    documents = [FHIR, *(document(name) for name in names if name != "sources.yaml")]
    said = [STATUS.fullmatch(one) for content in documents for one in statuses(content)]
    behind = {one[2] for one in said if one[2]} | {"memory" for one in said if one[1].startswith("M-")}
    behind |= {"secondary" for one in said if one[0] == "C2"}
    assert behind | {key for content in documents for key in cited(content)} == set(vocabulary.vocabulary_sources())
