"""Draws course.png: one invented patient's course, from the demo's centre. Run it as the README says."""

from __future__ import annotations

import sys
from datetime import date
from io import BytesIO
from pathlib import Path

import altair as alt
import polars as pl
import vl_convert
from PIL import Image

from hepatica.course import derive
from hepatica.report.course_chart import course_chart
from hepatica.sources import open_source
from hepatica.synthetic.model import load_model

OUT = Path(__file__).with_name("course.png")
COLOURS = 200
LONGEST_DAYS = 5500  # fifteen years still show single visits at this width


def telling_patient(tables: dict[str, pl.DataFrame], measurements: pl.DataFrame) -> str:
    """Return the patient with a response, its loss, and metabolites within so many years who has the most results."""
    lost = pl.col("cbr_date").is_not_null() & pl.col("loss_of_cbr_date").is_not_null()
    regained = pl.col("tgn").is_not_null() & (pl.col("alt_xuln") <= 1)
    story = lost & regained & (pl.col("follow_up_days") <= LONGEST_DAYS)
    wanted = tables["state"].filter(story)["patient_id"].to_list()
    drawn = measurements.filter(pl.col("patient_id").is_in(wanted) & pl.col("analyte").is_in(["ALT", "IGG", "TGN"]))
    return drawn.group_by("patient_id").len().sort("len", "patient_id", descending=[True, False])["patient_id"][0]


def draw(centre: str) -> None:
    """Draw the telling patient of a centre that `hepatica demo` invented."""
    with open_source(centre) as source:
        record, _ = source.read()
    exported = date.fromisoformat(load_model()["calendar.extract"])
    tables = derive(record, as_of=exported)
    patient = telling_patient(tables, record.measurements)
    chart = course_chart(record, tables, patient)
    chart.title = alt.Title(f"SYNTHETIC patient {patient}: course up to {exported}", fontSize=14, anchor="start")
    drawn = Image.open(BytesIO(vl_convert.vegalite_to_png(chart.to_dict(), scale=1.5))).convert("RGB")
    drawn.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(OUT, optimize=True)


if __name__ == "__main__":
    draw(sys.argv[1])
