"""The patients as the other tables look them up: who is known, when they were born, whether and when they died."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from hepatica.record.distinct import Distinct, as_text, trimmed


@dataclass(frozen=True)
class People:
    """The patients that were kept (`frame`, one row each), and where the rows of the others stand (`set_aside`).

    A row of another table knows its patient by `person`, the place in `frame`; null if the patient is unknown.
    """

    frame: pl.DataFrame
    set_aside: pl.DataFrame

    @classmethod
    def of(cls, patients: pl.DataFrame, quarantine: pl.DataFrame) -> People:
        """Return the people of the patients that were kept, and of those in quarantine."""
        frame = patients.select(
            "patient_id", "birth_date", "earliest:birth_date", "sex", "centre", died=pl.lit(None, pl.Date)
        )
        in_quarantine = quarantine.filter(pl.col("patient_id").is_not_null())
        places = in_quarantine.select("patient_id", place=place_in_words())
        return cls(frame, places.unique("patient_id", keep="first", maintain_order=True))

    def with_deaths(self, events: pl.DataFrame) -> People:
        """Return the people with the day of their death, the earliest if several are recorded."""
        deaths = events.filter(pl.col("event") == "death").group_by("patient_id").agg(died=pl.col("date").min())
        frame = self.frame.drop("died").join(deaths, on="patient_id", how="left", maintain_order="left")
        return People(frame, self.set_aside)

    def find(self, cells: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Return each row's patient_id without blanks around it, and its person."""
        found = Distinct.of(as_text(cells, cells.name))
        per_text = pl.DataFrame({"patient_id": trimmed(found.texts)}).join(
            self.frame.select("patient_id").with_row_index("person"), on="patient_id", how="left", maintain_order="left"
        )
        as_sent = cells.dtype == pl.String and per_text["patient_id"].equals(found.texts)
        patient_id = cells if as_sent else found.spread(per_text["patient_id"])
        return patient_id, found.spread(per_text["person"])

    def told(self, column: str, person: pl.Series) -> pl.Series:
        """Return something about each row's patient; null where the patient or the thing is unknown."""
        return self.frame[column].gather(person)

    def why_unknown(self, rows: pl.DataFrame) -> pl.Series:
        """Return for rows of unknown patients where the patient's own row is in quarantine, if it is."""
        known = rows.select("patient_id").join(self.set_aside, on="patient_id", how="left", maintain_order="left")
        return known.select(said=pl.format("the patient's own row is in quarantine, {}", "place"))["said"]


def place_in_words() -> pl.Expr:
    """Return where a row stands, as words: patients.csv line 3, or the source's own key."""
    line = pl.format("line {}", "line")
    return pl.concat_str("file", pl.coalesce(line, "key"), separator=" ", ignore_nulls=True)
