"""What the record promises to those who build on it."""

from __future__ import annotations

import pickle

import pytest
from reading_cases import TODAY, raw_table, read, result

from hepatica.record import CANONICAL, TABLES, Reading, Record
from hepatica.record.checking import check_tables
from hepatica.record.reasons import PROBLEM, REASONS, sentence
from hepatica.record.record import PROBLEM_SCHEMA
from hepatica.record.settings import DATE_FORMATS, EXCEL_FORMATS, ReadingSettings
from hepatica.record.tables import ORIGIN, YES_NO, Kind
from hepatica.record.words import plain, result_words, synonyms, words
from hepatica.vocabulary import analytes

CHOICES = [
    pytest.param(column, id=f"{table.name}.{column.name}")
    for table in TABLES.values()
    for column in table.columns
    if column.kind is Kind.CHOICE
]


@pytest.mark.parametrize("name", TABLES)
def test_every_column_is_in_the_canonical_frame_with_its_origin(name):
    canonical = CANONICAL[name]
    assert next(iter(canonical)) == "row"
    assert list(canonical)[-3:] == list(ORIGIN)
    expected = set(TABLES[name].names)
    assert expected <= set(canonical) | {"value"}


def test_the_yes_no_words_stay_words_through_yaml():
    assert set(words()["choices"]["yes_no"]) == {"yes", "no"}


@pytest.mark.parametrize("column", CHOICES)
def test_every_choice_has_words_and_no_word_means_two_choices(column):
    name = "yes_no" if column.choices == YES_NO else column.name
    spellings = words()["choices"][name]
    assert set(spellings) <= set(column.choices)
    meant: dict[str, str] = {plain(choice): choice for choice in column.choices}
    for choice, others in spellings.items():
        for word in others:
            assert isinstance(word, str), f"{word!r} of {name} must be quoted"
            assert meant.setdefault(plain(word), choice) == choice, f"{word} means two choices"
    assert synonyms(column).items() >= meant.items()


def test_no_word_is_both_positive_and_negative():
    spellings = words()["results"]
    assert not {plain(word) for word in spellings["positive"]} & {plain(word) for word in spellings["negative"]}
    assert set(result_words().values()) == {"positive", "negative"}


def test_quantities_in_words_are_quantities():
    known = analytes()
    for code in words()["quantities_in_words"]:
        assert code in known
        assert known[code].kind == "quantity"


def test_every_number_in_the_words_has_a_source_and_says_whether_it_was_verified():
    known = words()
    entries = [known["titre_steps"], known["years"], *known["scales"].values(), *known["route_must_be_said"]]
    for entry in entries:
        source = known["sources"][entry["source"]]
        assert isinstance(entry["verified"], bool)
        assert source["status"] == "C" or not entry["verified"]
    assert {entry["source"] for entry in entries} == set(known["sources"])


def test_every_reason_has_a_sentence_and_required_cells_have_their_own():
    for reason in REASONS:
        assert "{" not in sentence(reason, "date")
    for table in TABLES.values():
        assert all(f"missing_{name}" in REASONS for name in table.required)
    assert PROBLEM.categories.to_list() == list(REASONS)


def test_an_empty_reading_and_record_have_the_schemas():
    assert Reading().quarantine.schema == PROBLEM_SCHEMA
    empty = Record.of()
    assert all(empty.table(name).schema == CANONICAL[name] for name in TABLES)
    assert Reading.merged([]).counts == {}


def sent(thing):
    return pickle.loads(pickle.dumps(thing))  # noqa: S301 - its own bytes


def test_settings_record_and_reading_travel_to_another_process():
    settings = ReadingSettings(date_formats=("DD.MM.YYYY",), time_zone="Europe/Berlin")
    assert sent(settings).date_formats == settings.date_formats
    told = read(settings, measurements=[result("35"), result("x")])
    assert sent(told.reading).quarantine.equals(told.reading.quarantine)
    assert sent(told.reading).counts == told.reading.counts
    assert sent(told.record).measurements.equals(told.record.measurements)


def test_date_formats_do_not_share_a_name():
    assert not set(DATE_FORMATS) & set(EXCEL_FORMATS)


def test_a_record_of_some_patients_keeps_row_numbers():
    patients: list[dict[str, object]] = [{"patient_id": "P1"}, {"patient_id": "P2"}]
    told = read(patients=patients, measurements=[result("35"), result("36", patient_id="P2")])
    some = told.record.of_patients(["P2"])
    assert some.patients["row"].to_list() == [1]
    assert some.measurements["row"].to_list() == [1]


def test_origin_is_optional_and_then_unknown():
    bare = raw_table("patients", [{"patient_id": "P1"}]).drop(*ORIGIN)
    record, _ = check_tables({"patients": bare}, today=TODAY)
    assert record.patients.select(*ORIGIN).row(0) == (None, None, None)
    assert record.patients.schema == CANONICAL["patients"]
