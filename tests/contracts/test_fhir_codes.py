"""What is agreed for FHIR fits the vocabulary and the record: every code leads to a word that the record has."""

from __future__ import annotations

from hepatica.record.tables import CANONICAL, GENOTYPES, PHENOTYPES, ROUTES, STOP_REASONS
from hepatica.sources.fhir.codes import agreed
from hepatica.vocabulary import analytes, drugs, rejected_codes

CHOICES = {column.name: column.choices for column in GENOTYPES.columns}


def test_every_code_that_is_written_is_one_of_its_analytes_in_the_vocabulary():
    for part in ("titre_codes", "presence_codes", "molar_codes"):
        for analyte, code in agreed(part).items():
            assert code in analytes()[analyte].loinc, (part, analyte)
    for part in ("vital_signs", "imaging"):
        assert set(agreed(part)) <= set(analytes())


def test_no_rejected_code_is_agreed():
    text = str({part: agreed(part) for part in ("biopsy", "genetic_parts", "genetic_tests", "presence_codes")})
    assert [code for code in rejected_codes() if code.partition(":")[2] in text] == []


def test_words_are_the_records():
    assert {entry["route"] for entry in agreed("routes").values()} <= set(ROUTES)
    assert set(agreed("v3_routes").values()) <= set(ROUTES)
    assert set(agreed("stop_reasons").values()) <= set(STOP_REASONS)
    assert {entry["word"] for entry in agreed("answers").values()} == {"positive", "negative"}
    assert {entry["word"] for entry in agreed("yes_no").values()} == {"yes", "no"}


def test_genetic_parts_are_columns_and_their_answers_choices():
    columns = {entry["column"] for entry in agreed("genetic_parts").values()}
    assert columns <= set(CANONICAL["genotypes"])
    words = {*PHENOTYPES, *CHOICES["zygosity"], *CHOICES["classification"]}
    assert {entry["word"] for entry in agreed("genetic_answers").values()} <= words


def test_every_route_can_be_written():
    local = {form.route for drug in drugs().values() for form in drug.local}
    assert local | set(ROUTES) - {"unknown"} <= {entry["route"] for entry in agreed("routes").values()}
