"""Whatever a REDCap folder, a mapping, or an archive holds, reading ends in an error with a remedy or in an account."""

from __future__ import annotations

import contextlib
import gzip
import resource
import tempfile
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redcap_cases import HEADER, field

from hepatica.errors import HepaticaError, SourceError, UsageError
from hepatica.sources import open_source
from hepatica.sources.redcap.dictionary import read_dictionary
from hepatica.sources.redcap.drafting import drafted_mapping
from hepatica.sources.redcap.project_xml import read_project_xml

DATA = """record_id,redcap_repeat_instrument,redcap_repeat_instance,dob,lab_date,alt
1,,,1970-05-01,,
1,labs,1,,2023-01-05,80
"""
FIELDS = (
    field("record_id", "base"), field("dob", "base", validation="date_ymd"),
    field("lab_date", "labs", validation="date_ymd"), field("alt", "labs", label="ALT (U/L)", validation="number"),
)  # fmt: skip
DICTIONARY = HEADER + "".join(FIELDS)
MAPPING = """\
title: labs
files: {export: {path: data.csv}}
tables:
  patients: {columns: {patient_id: record_id, birth_date: dob}}
  measurements:
    columns: {patient_id: record_id, date: lab_date}
    wide: {alt: {analyte: ALT, unit: U/L}}
"""
XML = """<?xml version="1.0" encoding="UTF-8" ?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:redcap="https://projectredcap.org"><Study OID="P"><GlobalVariables>
<redcap:MissingDataCodes>-99, not done | UNK, unknown</redcap:MissingDataCodes></GlobalVariables>
<MetaDataVersion OID="M" redcap:RecordIdField="record_id"><FormDef OID="Form.base" redcap:FormName="base">
<ItemGroupRef ItemGroupOID="g"/></FormDef><ItemGroupDef OID="g">
<ItemRef ItemOID="record_id" redcap:Variable="record_id"/>
</ItemGroupDef><ItemDef OID="record_id" redcap:Variable="record_id" redcap:FieldType="text"><Question>
<TranslatedText>Record ID</TranslatedText></Question></ItemDef></MetaDataVersion></Study><ClinicalData/></ODM>
"""
PIECES = [
    ",",
    ";",
    '"',
    "\n",
    "\r\n",
    "\0",
    "\t",
    "é",
    "\ufeff",
    "1",
    "labs",
    "record_id",
    "redcap_event_name",
    "|",
    "9" * 400,
]
TABLE_LIKE = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
relaxed = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def written(folder: Path, files: dict[str, bytes | str]) -> Path:
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def read_all(files: dict[str, bytes | str]) -> None:
    """Read a project; anything but an error with a remedy or counts that add up fails the test."""
    with tempfile.TemporaryDirectory() as name:
        folder = written(Path(name), files)
        with contextlib.suppress(HepaticaError):  # its three parts are there by construction
            drafted_mapping(folder)
        with contextlib.suppress(HepaticaError):
            record, reading = open_source(f"redcap:{folder}", today=date(2026, 1, 1)).read()
            for table, count in reading.counts.items():
                assert count.read == count.kept + count.folded + count.quarantined
                assert record.table(table).height == count.kept


@relaxed
@given(TABLE_LIKE, st.integers(0, 200))
def test_a_torn_export(text, cut):
    read_all({"data.csv": DATA[:cut] + text + DATA[cut:], "dictionary.csv": DICTIONARY, "mapping.yaml": MAPPING})


@relaxed
@given(TABLE_LIKE, st.integers(0, 900))
def test_a_torn_dictionary(text, cut):
    read_all({"data.csv": DATA, "dictionary.csv": DICTIONARY[:cut] + text, "mapping.yaml": MAPPING})


@relaxed
@given(st.binary(max_size=60), st.integers(0, len(XML)))
def test_a_torn_project_xml(noise, cut):
    read_all({"data.csv": DATA, "project.xml": XML.encode()[:cut] + noise, "mapping.yaml": MAPPING})


@relaxed
@given(st.text(alphabet="abc:{}[]\n -&*!#'\"|>%@,?", max_size=80), st.integers(0, len(MAPPING)))
def test_a_torn_mapping(text, cut):
    read_all({"data.csv": DATA, "dictionary.csv": DICTIONARY, "mapping.yaml": MAPPING[:cut] + text + MAPPING[cut:]})


def test_the_whole_project_is_read():
    """The torn ones above are torn from this."""
    with tempfile.TemporaryDirectory() as name:
        folder = written(Path(name), {"data.csv": DATA, "dictionary.csv": DICTIONARY, "mapping.yaml": MAPPING})
        record, reading = open_source(f"redcap:{folder}", today=date(2026, 1, 1)).read()
        assert record.measurements["value"].to_list() == [80.0]
        assert reading.quarantine.is_empty()


BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
ATTACKS = {
    "billion laughs": f'<!DOCTYPE ODM [<!ENTITY l0 "lol">{BOMB}]>',
    "a file of the machine": '<!DOCTYPE ODM [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    "another machine": '<!DOCTYPE ODM SYSTEM "http://203.0.113.1/x.dtd">',
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_xml_with_a_document_type_is_refused(tmp_path, attack):
    text = XML.replace("<ODM", f"{attack}<ODM", 1).replace("Record ID", "&l9;" if "l9" in attack else "&x;")
    with pytest.raises(SourceError, match="declares a document type or entities"):
        read_project_xml(written(tmp_path, {"project.xml": text}) / "project.xml")


def test_deep_xml_is_refused(tmp_path):
    deep = "<ODM>" + "<a>" * 100_000
    with pytest.raises(SourceError, match="nested deeper"):
        read_project_xml(written(tmp_path, {"project.xml": deep}) / "project.xml")


def test_xml_is_read_until_the_data_begin(tmp_path):
    """Patients' data follow in the same file; what is wrong there does not matter, and nothing of it is read."""
    text = XML.replace("<ClinicalData/></ODM>", "<ClinicalData><Subject name='Müller'")
    found = read_project_xml(written(tmp_path, {"project.xml": text}) / "project.xml")
    assert list(found.dictionary.fields) == ["record_id"]
    assert found.missing == {"-99": "not done", "UNK": "unknown"}


def test_a_folder_that_is_a_mapping_of_aliases_is_refused(tmp_path):
    laughs = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(24)
    )
    folder = written(tmp_path, {"data.csv": DATA, "dictionary.csv": DICTIONARY, "mapping.yaml": laughs})
    begun = time.monotonic()
    with pytest.raises(UsageError, match=r"line 2: uses an alias"):
        open_source(f"redcap:{folder}")
    assert time.monotonic() - begun < 5


def test_a_deep_mapping_is_refused(tmp_path):
    folder = written(tmp_path, {"data.csv": DATA, "dictionary.csv": DICTIONARY, "mapping.yaml": "a: " + "[" * 5000})
    with pytest.raises(UsageError, match="nested too deep"):
        open_source(f"redcap:{folder}")


def test_a_mapping_constructs_nothing(tmp_path):
    """A tag that would call Python in an unsafe loader is text, and no rule."""
    evil = MAPPING.replace("title: labs", "title: !!python/object/apply:os.system ['touch evil']")
    folder = written(tmp_path, {"data.csv": DATA, "dictionary.csv": DICTIONARY, "mapping.yaml": evil})
    with pytest.raises(UsageError):
        open_source(f"redcap:{folder}")
    assert not (tmp_path / "evil").exists()


# A drive's letter is put before the colon here, so that no path of a machine stands in the project.
OUTSIDE = ("../secret.csv", "/etc/passwd", "a/../../secret.csv", "C" + ":\\x.csv", "~/x.csv", "..\\x.csv")


@pytest.mark.parametrize("path", OUTSIDE)
def test_a_path_out_of_the_folder_is_refused(tmp_path, path):
    text = MAPPING.replace("path: data.csv", f"path: '{path}'")
    with pytest.raises(UsageError, match=r"files.export.path: should be a path inside the folder"):
        open_source(str(tmp_path), mapping=written(tmp_path, {"mapping.yaml": text}) / "mapping.yaml")
    (tmp_path / "hepatica.yaml").write_text(f"files: {{patients: {{path: '{path}'}}}}")
    (tmp_path / "mapping.yaml").unlink()
    with pytest.raises(SourceError, match="should be a path inside the folder"):
        open_source(str(tmp_path))


def test_a_gzip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    row = b"P1,1970-05-01,female\n"
    with gzip.open(tmp_path / "patients.csv.gz", "wb", compresslevel=9) as stream:
        stream.write(b"patient_id,birth_date,sex\n")
        for _ in range(300):
            stream.write(row * 50_000)  # a megabyte each
    with pytest.raises(SourceError, match=r"unpacks to more than 300 times its size"):
        open_source(str(tmp_path)).read()


@pytest.mark.slow
def test_one_line_of_100_megabytes(tmp_path):
    """It costs neither its length in memory many times over nor more than seconds, in the header or below it."""
    line = b"x" * (100 << 20)
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    written(tmp_path, {"patients.csv": b"patient_id,sex\nP1," + line})
    with pytest.raises(SourceError, match=r"patients.csv, line 2: never ends"):
        open_source(str(tmp_path)).read()
    written(tmp_path, {"data.csv": line, "dictionary.csv": DICTIONARY, "mapping.yaml": MAPPING})
    (tmp_path / "patients.csv").unlink()
    with pytest.raises(HepaticaError):
        open_source(f"redcap:{tmp_path}").read()
    with pytest.raises(SourceError):
        read_dictionary(written(tmp_path, {"dictionary.csv": line}) / "dictionary.csv")
    assert time.monotonic() - begun < 60
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 700 << 10  # in kilobytes
