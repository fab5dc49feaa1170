"""A survey of centres' protocols: who does what, every count with its denominator and with those who did not say.

The questions are those of the European paediatric survey (`survey.yaml`); the same function counts any centres.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from hepatica.evidence import Figure, study
from hepatica.evidence.printed import printed
from hepatica.evidence.proportions import wilson
from hepatica.guidance.protocols.agreement import same_answer
from hepatica.guidance.protocols.answers import KNOWN, NONE, OTHER, UNKNOWN, Answer
from hepatica.guidance.protocols.practice import Practice
from hepatica.guidance.protocols.questions import protocol_data
from hepatica.guidance.protocols.readings import READERS
from hepatica.guidance.protocols.wording import value_text
from hepatica.vocabulary import drugs

SURVEY = "survey.yaml"
SURVEY_ROWS = pl.Schema(
    {
        "share": pl.String(),
        "question": pl.String(),
        "counted": pl.String(),
        "among": pl.String(),
        "of": pl.Int64(),
        "count": pl.Int64(),
        "not": pl.Int64(),
        "unknown": pl.Int64(),
        "not_among": pl.Int64(),
        "among_unknown": pl.Int64(),
        "percent": pl.Float64(),
        "wilson_low": pl.Float64(),
        "wilson_high": pl.Float64(),
        "text": pl.String(),
        "remark": pl.String(),
    }
)


def survey(practices: Iterable[Practice]) -> pl.DataFrame:
    """Return each share of the survey among centres' protocols, one row a share (`SURVEY_ROWS`).

    `of` = count + not + unknown are the centres that the share is of; with `not_among` (the other centres) and
    `among_unknown` (whose place is not known) they are all. `percent` and its 95 % Wilson interval are of those whose
    answer is known, null where none is.
    """
    asked = list(practices)
    rows = [_row(name, spec, asked) for name, spec in protocol_data(SURVEY)["shares"].items()]
    for row in rows:
        row["remark"] = _remark(row, rows)
    return pl.DataFrame(rows, schema=SURVEY_ROWS)


def in_group(one: Practice, among: dict[str, Any] | None) -> bool | None:
    """Say whether a centre is one of those that a share is of; None where its answer is not known."""
    if among is None:
        return True
    answer = one.answer(among["question"])
    if not among.get("stated"):
        return matches(answer, among)
    return None if answer.state == UNKNOWN else answer.state != NONE


def matches(answer: Answer[Any], wanted: dict[str, Any]) -> bool | None:
    """Say whether an answer is the wanted one, or includes the wanted drug; None where it is not known.

    "other" is none of the answers that the survey printed, so it is not the wanted one.
    """
    if answer.state in (OTHER, NONE):
        return False
    if answer.value is None:
        return None
    if "includes" in wanted:
        return _includes(answer.value, wanted["includes"])
    question = answer.question
    return same_answer(answer, Answer(question, KNOWN, READERS[question](wanted["answer"])))


def _includes(listed: tuple[str, ...], drug: str) -> bool | None:
    """Say whether a list names a drug; a class that holds it, or "other", leaves it open."""
    if drug in listed:
        return True
    return None if {OTHER, drugs()[drug].drug_class} & set(listed) else False


def _row(name: str, spec: dict[str, Any], asked: Sequence[Practice]) -> dict[str, Any]:
    """Return one share's counts."""
    among = spec.get("among")
    places = [in_group(one, among) for one in asked]
    found = [matches(one.answer(spec["question"]), spec) for one, there in zip(asked, places, strict=True) if there]
    yes, no = found.count(True), found.count(False)
    low, high = wilson(yes, yes + no) if yes + no else (None, None)
    return {
        "share": name,
        "question": spec["question"],
        "counted": _counted(spec),
        "among": "all centres" if among is None else among["said"],
        "of": len(found),
        "count": yes,
        "not": no,
        "unknown": found.count(None),
        "not_among": places.count(False),
        "among_unknown": places.count(None),
        "percent": 100 * yes / (yes + no) if yes + no else None,
        "wilson_low": None if low is None else 100 * low,
        "wilson_high": None if high is None else 100 * high,
        "text": _text(yes, no, found.count(None)),
        "remark": "",
    }


def _counted(spec: dict[str, Any]) -> str:
    if "includes" in spec:
        return str(spec["includes"])
    return value_text(READERS[spec["question"]](spec["answer"]))


def _text(yes: int, no: int, unknown: int) -> str:
    """Return a share as it is printed: 21 of 36 (58.3 %), and how many did not say."""
    known = f"{yes} of {yes + no} ({100 * yes / (yes + no):.1f} %)" if yes + no else "none known"
    return known + (f", {unknown} unknown" if unknown else "")


def _remark(row: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    """Say of a count what its share is of other centres, so that nobody takes one denominator for the other."""
    same = ("question", "counted", "count")
    others = [
        other
        for other in rows
        if all(other[key] == row[key] for key in same) and other["of"] != row["of"] and other["percent"] is not None
    ]
    said = [f"not of the {other['of']} ({other['among']}), of which it is {other['percent']:.1f} %" for other in others]
    if not said or row["percent"] is None:
        return ""
    return f"{row['count']} is {row['percent']:.1f} % of the {row['of']} ({row['among']}), {', '.join(said)}"


def against_published(counted: pl.DataFrame) -> pl.DataFrame:
    """Return the survey's shares beside the published ones: printed, published_percent, agrees (yes, no, unknown).

    agrees is yes where the percentage, or the count where the paper prints none, is the published one. A percentage
    that the paper prints next to the wrong group agrees with the right one only.
    """
    specs = protocol_data(SURVEY)["shares"]
    published = study(protocol_data(SURVEY)["study"])
    rows = []
    for row in counted.to_dicts():
        spec = specs[row["share"]]
        figure = published.figure(spec["figure"])
        percent = figure.inputs.get("percent")
        rows.append((row["share"], figure.printed, percent, _agrees(row, figure, spec.get("part"))))
    columns = {"share": pl.String, "printed": pl.String, "published_percent": pl.String, "agrees": pl.String}
    beside = pl.DataFrame(rows, schema=columns, orient="row")
    shown = counted.select("share", "counted", "among", "of", "count", "percent", "remark")
    return shown.join(beside, on="share", how="left", maintain_order="left")


def _agrees(row: dict[str, Any], figure: Figure, part: int | None) -> str:
    if row["percent"] is None:
        return "unknown"
    if part is not None:
        same = row["count"] == figure.inputs["parts"][part]
    else:
        same = row["count"] == figure.inputs["count"] and printed(figure.inputs["percent"]).rounded_from(row["percent"])
    return "yes" if same else "no"
