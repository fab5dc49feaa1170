"""How Hepatica writes into OMOP tables what the model has no column for, so that it reads the same thing again.

Such facts are rows of `observation` with concept 0, one of these words in observation_source_value, and the fact in
value_as_string; a text of more than 60 signs stands in a note that points to its row.
"""

from __future__ import annotations

from hepatica.record.tables import HISTOLOGY

EVENT = "hepatica:event:"
GENOTYPE = "hepatica:genotype"
LONG_TEXT = "hepatica:text"
# Ends the source value of a diagnosis whose day nobody knows; the row's date is the first day the patient was seen.
UNDATED = "(date unknown)"
# The cause of a death of which an observation tells more; that row counts, and this one is for others.
TOLD_ELSEWHERE = "hepatica:event:death"
# Ends the source value of a result whose upper limit was there and could not be used: no other may take its place.
NO_USABLE_LIMIT = " (upper limit not usable)"
LIVER_BIOPSY = "liver biopsy"
LONGEST_TEXT = 60
LONGEST_SOURCE_VALUE = 50
# A dose as taken, in the directions: "50 mg/day", and what the drug was given for: "50 mg/day; for AIH".
DIRECTIONS = (
    r"^\s*(?:([0-9][0-9.eE+-]*)\s*(mg/day|mg/kg/day|mg/kg))?\s*;?\s*(?:for (AIH|extrahepatic|transplant|unknown))?\s*$"
)

PERSON_FACTS = {name: f"hepatica:{name}" for name in ("aih_type", "variant", "partial_diagnosis", "long_ethnicity")}
BIOPSY_FINDINGS = {name: f"hepatica:biopsy:{name}" for name in (*HISTOLOGY, "hai", "fibrosis_stage", "fibrosis_scale")}
GENOTYPE_FINDINGS = {
    name: f"hepatica:genotype:{name}"
    for name in ("variant", "zygosity", "classification", "mechanism", "diplotype", "phenotype")
}
# The diagnoses that tell about patients rather than events.
DIAGNOSES = {
    "aih": "autoimmune_hepatitis",
    "pbc": "primary_biliary_cholangitis",
    "psc": "primary_sclerosing_cholangitis",
}
