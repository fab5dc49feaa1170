"""Exchange with other systems: a record written as CSV, Parquet, FHIR R4, OMOP CDM 5.4, or REDCap."""
