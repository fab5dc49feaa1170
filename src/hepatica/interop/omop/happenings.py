"""Events, biopsies, and genotypes as OMOP conditions, procedures, deaths, and observations."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from hepatica.interop.omop.people import People, condition_concept
from hepatica.sources.omop.encoding import (
    BIOPSY_FINDINGS,
    EVENT,
    GENOTYPE,
    GENOTYPE_FINDINGS,
    LIVER_BIOPSY,
    LONG_TEXT,
    LONGEST_SOURCE_VALUE,
    LONGEST_TEXT,
    PERSON_FACTS,
    TOLD_ELSEWHERE,
)
from hepatica.vocabulary import conditions, omop_concepts

PROCEDURES = ("liver_transplant",)
_OBSERVATION = {
    "person_id": pl.Int64,
    "observation_date": pl.Date,
    "observation_source_value": pl.String,
    "text": pl.String,
    "qualifier_source_value": pl.String,
    "unit_source_value": pl.String,
    "value_source_value": pl.String,
    "observation_event_id": pl.Int64,
    "obs_event_field_concept_id": pl.Int64,
}


@dataclass
class Observations:
    """Rows of observation as they come together, numbered from `first`: what the model has no other place for."""

    first: int
    parts: list[pl.DataFrame] = field(default_factory=list)

    @property
    def next_id(self) -> int:
        """Return the number that the next row gets."""
        return self.first + sum(part.height for part in self.parts)

    def add(self, rows: pl.DataFrame) -> None:
        """Take rows after those before; columns that are not given are empty."""
        absent = [pl.lit(None, kind).alias(name) for name, kind in _OBSERVATION.items() if name not in rows.columns]
        self.parts.append(
            rows.with_columns(absent).select(pl.col(name).cast(kind) for name, kind in _OBSERVATION.items())
        )

    def table(self, type_concept: int) -> pl.DataFrame:
        """Return the table observation; a text that is too long for it is left to the notes."""
        rows = self._numbered()
        short = pl.col("text").str.len_chars() <= LONGEST_TEXT
        return rows.select(
            "observation_id",
            "person_id",
            "observation_date",
            "observation_source_value",
            "qualifier_source_value",
            "unit_source_value",
            "value_source_value",
            "observation_event_id",
            "obs_event_field_concept_id",
            observation_concept_id=0,
            observation_type_concept_id=type_concept,
            value_as_string=pl.when(short).then("text"),
            observation_source_concept_id=0,
        )

    def notes(self, type_concept: int) -> pl.DataFrame:
        """Return the rows of note: the texts that are too long for an observation."""
        rows = self._numbered().filter(pl.col("text").str.len_chars() > LONGEST_TEXT)
        return rows.select(
            "person_id",
            note_date="observation_date",
            note_type_concept_id=type_concept,
            note_class_concept_id=0,
            note_text="text",
            encoding_concept_id=0,
            language_concept_id=0,
            note_source_value=pl.lit(LONG_TEXT),
            note_event_id="observation_id",
            note_event_field_concept_id=omop_concepts("model")["field_observation"],
        )

    def _numbered(self) -> pl.DataFrame:
        every = pl.concat([pl.DataFrame(schema=_OBSERVATION), *self.parts])
        return every.with_row_index("observation_id", offset=self.first).with_columns(
            pl.col("observation_id").cast(pl.Int64)
        )


def person_facts(people: People, observations: Observations) -> None:
    """Add what a patient is and OMOP has no column for: type, variant, the year or month of a diagnosis."""
    partial = pl.when(pl.col("diagnosis_date").str.len_chars() < len("2010-06-05")).then("diagnosis_date")
    long = pl.when(pl.col("ethnicity").str.len_chars() > LONGEST_SOURCE_VALUE).then("ethnicity")
    rows = people.numbered(people.sent.drop("person_id").with_columns(partial_diagnosis=partial, long_ethnicity=long))
    for name, word in PERSON_FACTS.items():
        told = rows.filter(pl.col(name).is_not_null() & (pl.col(name) != "unknown"))
        observations.add(
            told.select("person_id", observation_date="first", observation_source_value=pl.lit(word), text=pl.col(name))
        )


def placed_events(sent: pl.DataFrame, people: People) -> pl.DataFrame:
    """Return events with where they go: condition_occurrence, procedure_occurrence, death, or observation.

    A table other than observation holds an event only if nothing more is known than it has columns for.
    """
    rows = people.numbered(sent).with_columns(extra=_says_more())
    known = pl.DataFrame(
        [
            (one.event, one.detail, condition_concept(key), "procedure" if key in PROCEDURES else "condition")
            for key, one in conditions().items()
            if one.event is not None and one.dated and condition_concept(key) is not None
        ],
        schema={"event": pl.String, "detail": pl.String, "concept": pl.Int64, "place": pl.String},
        orient="row",
    ).unique(["event", "detail"], keep="first", maintain_order=True)
    rows = rows.join(known, on=["event", "detail"], how="left", nulls_equal=True, maintain_order="left")
    is_death = pl.col("event") == "death"
    first_death = is_death & pl.struct("person_id", "event").is_first_distinct()
    bare = pl.col("place").is_not_null() & ~pl.col("extra") & (pl.col("cause") == "unknown")
    return rows.with_columns(
        place=pl.when(first_death).then(pl.lit("death")).when(bare).then("place").otherwise(pl.lit("observation"))
    )


def _says_more() -> pl.Expr:
    """Return whether an event says whether it was serious, or which drug is behind it."""
    return (pl.col("serious") != "unknown") | pl.col("related_drug").is_not_null()


def deaths(events: pl.DataFrame, type_concept: int, observations: Observations) -> pl.DataFrame:
    """Return the table death; a death of which more is known than its cause is also an observation, which counts."""
    rows = events.filter(place="death").with_columns(more=pl.col("extra") | pl.col("detail").is_not_null())
    told_events(rows.filter("more"), observations)
    return rows.select(
        "person_id",
        death_date="date",
        death_type_concept_id=type_concept,
        cause_concept_id=0,
        cause_source_value=pl.when("more").then(pl.lit(TOLD_ELSEWHERE)).otherwise("cause"),
        cause_source_concept_id=0,
    )


def told_events(events: pl.DataFrame, observations: Observations) -> None:
    """Add events that no other table can hold."""
    observations.add(
        events.select(
            "person_id",
            observation_date="date",
            observation_source_value=EVENT + pl.col("event"),
            text="detail",
            qualifier_source_value="serious",
            unit_source_value="cause",
            value_source_value="related_drug",
        )
    )


def biopsies(sent: pl.DataFrame, people: People, offset: int, observations: Observations) -> pl.DataFrame:
    """Return biopsies as procedures, numbered from `offset`, and add their findings."""
    rows = people.numbered(sent).with_row_index("number", offset=offset)
    _add_findings(rows, "number", BIOPSY_FINDINGS, "field_procedure_occurrence", observations)
    return rows.select("person_id", "date", concept=pl.lit(0, pl.Int64), source_value=pl.lit(LIVER_BIOPSY))


def genotypes(sent: pl.DataFrame, people: People, observations: Observations) -> None:
    """Add genetic results: the gene, and what was found in it."""
    rows = people.numbered(sent).with_row_index("number", offset=observations.next_id)
    observations.add(
        rows.select("person_id", observation_date="date", observation_source_value=pl.lit(GENOTYPE), text="gene")
    )
    _add_findings(rows, "number", GENOTYPE_FINDINGS, "field_observation", observations)


def _add_findings(
    rows: pl.DataFrame, number: str, names: dict[str, str], owner: str, observations: Observations
) -> None:
    """Add the findings of each row that are known, each pointing to its owner."""
    for name, word in names.items():
        told = rows.filter(pl.col(name).is_not_null() & (pl.col(name).cast(pl.String) != "unknown"))
        observations.add(
            told.select(
                "person_id",
                observation_date="date",
                observation_source_value=pl.lit(word),
                text=pl.col(name).cast(pl.String),
                observation_event_id=number,
                obs_event_field_concept_id=omop_concepts("model")[owner],
            )
        )
