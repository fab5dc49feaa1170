"""Where the centres are: an answer by place, for those whose place the definition tells."""

from __future__ import annotations

import polars as pl

from hepatica.errors import UsageError
from hepatica.pictures.places import place_map
from hepatica.studies.definition import Definition
from hepatica.studies.release import Open
from hepatica.studies.result import Figure, Sheet

UNKNOWN = "not known"


def placed(rows: pl.DataFrame, definition: Definition) -> tuple[Sheet, list[str]] | None:
    """Return each placed centre's answer to the question of the map, and what to note; None without a map.

    Raises:
        UsageError: a question or a centre that is not among those read.
    """
    told = definition["map"]
    if not told["places"]:
        return None
    here = rows.filter(pl.col("question") == told["question"])
    if here.is_empty():
        known = ", ".join(rows["question"].unique(maintain_order=True))
        raise UsageError("map.question", f"{told['question']} is no question", f"use one of {known}")
    if strange := sorted(set(told["places"]) - set(here["protocol"])):
        raise UsageError("map.places", f"{strange[0]} is not among the centres read", "name it as its protocol does")
    at = pl.DataFrame(
        [(name, *place) for name, place in told["places"].items()],
        schema={"protocol": pl.String, "latitude": pl.Float64, "longitude": pl.Float64},
        orient="row",
    )
    answer = pl.when(pl.col("group").is_null()).then(pl.lit(UNKNOWN)).otherwise(pl.col("answer"))
    frame = here.join(at, on="protocol", how="inner").select("asks", "protocol", "latitude", "longitude", answer=answer)
    lost = here.height - frame.height
    notes = [f"On the map are {frame.height} of {here.height} centres; of {lost} no place is told."] if lost else []
    asks = here["asks"][0]
    return Sheet(frame.sort("protocol"), f"{asks} By place (degrees north and east)", Open()), notes


def figure(asks: str) -> Figure:
    """Return the picture of the answers by place."""
    return Figure(
        f"Where: {asks}",
        "Each centre at its latitude and longitude, with its answer as colour and shape. No coast or border is drawn.",
        ("places",),
        lambda tables, width: place_map(tables["places"], unknown=UNKNOWN, width=width),
    )
