"""How the stores of the pass become the record's tables: SQL over the rows on the disk."""

# ruff: noqa: S608 - every name in these queries is our own; no value of a file is ever put into one
from __future__ import annotations

from hepatica.record import TABLES

# Rows of a resource that stands in the files in a later version too, or was deleted, do not count. What tells a
# resource is its server, its key, and whom it is about: ids are only unique on one server.
_KNOWS_VERSIONS = ("patients", "measurements", "treatments", "events", "biopsies", "genotypes", "diagnoses", "people")
_IDENTITY = "string_split(identity, chr(10))[1]"
_VERSION = "string_split(identity, chr(10))[2]"
_LATEST = f"""
CREATE OR REPLACE TEMP TABLE latest AS
SELECT {_IDENTITY} AS identity, max(version) AS version FROM versions
GROUP BY 1 HAVING count(DISTINCT version) > 1
"""
SUPERSEDED = f"""
SELECT (SELECT count(*) FROM (SELECT {_IDENTITY} AS i FROM versions GROUP BY 1 HAVING count(DISTINCT version) > 1))
     + (SELECT count(*) FROM deleted)
"""


def _without_older(store: str) -> str:
    return f"""
DELETE FROM "{store}" WHERE key IN (SELECT ref FROM deleted) OR EXISTS (
  SELECT 1 FROM latest WHERE latest.identity = string_split("{store}".identity, chr(10))[1]
  AND latest.version > string_split("{store}".identity, chr(10))[2]
)
"""


# Two different people under one id (two servers, two hospitals) must not become one: what refers to them is nobody's.
# 1970 and 1970-05-01 may be the same day of birth, and a Patient without one may be anybody of that id.
DOUBLE = """
CREATE TABLE double_ids AS
SELECT patient_id FROM people GROUP BY patient_id
HAVING count(DISTINCT server) > 1 OR (count(DISTINCT born) > 1 AND NOT starts_with(max(born), min(born)))
"""
_PERSON = """
CREATE TABLE person AS
SELECT ref, CASE WHEN count(DISTINCT patient_id) = 1 AND NOT bool_or(patient_id IN (SELECT patient_id FROM double_ids))
  THEN any_value(patient_id) ELSE ref || ' (several patients)' END AS patient_id
FROM people WHERE patient_id IS NOT NULL GROUP BY ref
"""
_MEDICATION = """
CREATE TABLE medication AS
SELECT ref, any_value(drug) AS drug, any_value(route) AS route, any_value(label) AS label FROM medications GROUP BY ref
"""
_REASON = "CREATE TABLE reason AS SELECT ref, any_value(indication) AS indication FROM reasons GROUP BY ref"
# A medication that is there and is none of the vocabulary's: counted, and not a row.
_OTHER_DRUGS = """
CREATE TABLE other_drugs AS
SELECT t.sequence, coalesce(m1.label, m2.label) AS label FROM treatments t
LEFT JOIN medication m1 ON m1.ref = t.medication
LEFT JOIN medication m2 ON m2.ref = t.medication2 AND m1.ref IS NULL
WHERE t.drug IS NULL AND coalesce(m1.ref, m2.ref) IS NOT NULL AND coalesce(m1.drug, m2.drug) IS NULL
"""
UNKNOWN_MEDICATIONS = "SELECT label, count(*) FROM other_drugs GROUP BY label ORDER BY label"
_WITHOUT_OTHER_DRUGS = "DELETE FROM treatments WHERE sequence IN (SELECT sequence FROM other_drugs)"

WITHOUT_OLDER = (_LATEST, *(_without_older(store) for store in _KNOWS_VERSIONS))
INDEXES = (_PERSON, _MEDICATION, _REASON, _OTHER_DRUGS, _WITHOUT_OTHER_DRUGS)

_WHO = "coalesce(p1.patient_id, p2.patient_id, t.who)"
_PEOPLE = "LEFT JOIN person p1 ON p1.ref = t.who LEFT JOIN person p2 ON p2.ref = t.who2"


def _query(table: str, columns: dict[str, str], joins: str = "", where: str = "TRUE") -> str:
    """Return the query of a table: its columns as the record has them, with the patient's id, and the origin."""
    who = {"patient_id": _WHO}
    named = ", ".join(
        f'{(who | columns).get(name, f"t.{chr(34)}{name}{chr(34)}")} AS "{name}"' for name in TABLES[table].names
    )
    return (
        f'SELECT t.sequence, {named}, t.file, t.line, t.key FROM "{table}" t {_PEOPLE if table != "patients" else ""} '
        f"{joins} WHERE {where} ORDER BY t.sequence"
    )


# A patient's diagnosis is the earliest of autoimmune hepatitis; a variant is told by its own Condition, and two
# different ones are none that the record can hold.
_DIAGNOSIS = f"""
LEFT JOIN (
  SELECT {_WHO} AS patient_id, min(t.date) FILTER (t.kind = 'AIH') AS diagnosed,
    CASE WHEN count(DISTINCT t.aih_type) = 1 THEN any_value(t.aih_type) END AS aih_type,
    CASE count(DISTINCT t.kind) FILTER (t.kind <> 'AIH')
      WHEN 0 THEN CASE WHEN count(DISTINCT t.variant) = 1 THEN any_value(t.variant) END
      WHEN 1 THEN any_value(t.kind) FILTER (t.kind <> 'AIH') END AS variant
  FROM diagnoses t {_PEOPLE} GROUP BY 1
) d ON d.patient_id = t.patient_id
"""
_DRUG = "coalesce(m1.drug, m2.drug, t.medication)"
_MEDICATIONS = (
    "LEFT JOIN medication m1 ON m1.ref = t.medication LEFT JOIN medication m2 ON m2.ref = t.medication2 "
    "AND m1.ref IS NULL"
)
_REASONS = "LEFT JOIN reason r1 ON r1.ref = t.reason LEFT JOIN reason r2 ON r2.ref = t.reason2 AND r1.ref IS NULL"
# What a Patient says of a death, and a report of a biopsy, count only where nothing fuller tells the same.
_TOLD_ELSEWHERE = """
t.from_patient IS NULL OR NOT EXISTS (
  SELECT 1 FROM events e LEFT JOIN person q1 ON q1.ref = e.who LEFT JOIN person q2 ON q2.ref = e.who2
  WHERE e.event = 'death' AND e.from_patient IS NULL
  AND coalesce(q1.patient_id, q2.patient_id, e.who) = coalesce(p1.patient_id, p2.patient_id, t.who)
)
"""
_FOUND_ELSEWHERE = """
t.day_alone IS NULL OR NOT EXISTS (
  SELECT 1 FROM biopsies b LEFT JOIN person q1 ON q1.ref = b.who LEFT JOIN person q2 ON q2.ref = b.who2
  WHERE b.day_alone IS NULL AND b.date[1:10] = t.date[1:10]
  AND coalesce(q1.patient_id, q2.patient_id, b.who) = coalesce(p1.patient_id, p2.patient_id, t.who)
)
"""
TABLE_QUERIES = {
    "patients": _query(
        "patients",
        {
            "patient_id": "t.patient_id",
            "diagnosis_date": "d.diagnosed",
            "aih_type": "d.aih_type",
            "variant": "d.variant",
        },
        _DIAGNOSIS,
    ),
    "measurements": _query("measurements", {}),
    "treatments": _query(
        "treatments",
        {
            "drug": f"coalesce(t.drug, {_DRUG})",
            "indication": "coalesce(t.indication, r1.indication, r2.indication)",
            "route": "coalesce(t.route, m1.route, m2.route)",
        },
        f"{_MEDICATIONS} {_REASONS}",
    ),
    "events": _query(
        "events",
        {"related_drug": "coalesce(t.related_drug, m1.drug, m2.drug)"},
        _MEDICATIONS,
        _TOLD_ELSEWHERE,
    ),
    "biopsies": _query("biopsies", {}, where=_FOUND_ELSEWHERE),
    "genotypes": _query("genotypes", {}),
}
