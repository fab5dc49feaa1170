"""Practice of centres (Cananzi 2025): who does what by protocol, and whether recorded practice is as the protocol."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from hepatica.errors import SourceError, UsageError
from hepatica.guidance.protocols import (
    Practice,
    against_published,
    audit,
    comparison_rows,
    practice,
    practices,
    reconstructed_centres,
    survey,
)
from hepatica.pictures import bars
from hepatica.pictures.answers import answer_grid
from hepatica.studies.cohort import cohort_of
from hepatica.studies.definition import Definition
from hepatica.studies.practice.places import figure as places_figure
from hepatica.studies.practice.places import placed
from hepatica.studies.release import Counts, Open
from hepatica.studies.result import Figure, Findings, Number, Sheet

SURVEY = "survey:cananzi_2025"
MOST_IN_GRID = 40
MOST_LISTED = 3  # of so many centres every answer is printed; of more the picture shows them, and the file has them


@dataclass(frozen=True)
class Centres:
    """The protocols that are counted; `rebuilt` are SYNTHETIC centres made from a survey's published counts."""

    practices: tuple[Practice, ...]
    rebuilt: bool

    @property
    def synthetic(self) -> bool:
        """Return whether any of the centres is invented."""
        return any(one.synthetic for one in self.practices)


def open_input(where: str, definition: Definition) -> Centres:
    """Return the protocols that SOURCE names: a folder of them, names with commas, or a survey.

    Raises:
        SourceError: the folder holds no protocol.
        UsageError: a protocol is not known or not valid.
    """
    if where == SURVEY:
        return Centres(tuple(reconstructed_centres(definition["seed"])), rebuilt=True)
    folder = Path(where).expanduser()
    if folder.is_dir():
        found = tuple(practice(path) for path in sorted(folder.glob("*.yaml")))
        if not found:
            raise SourceError(where, "holds no protocol", f"put centres' protocols (YAML) into it, or give {SURVEY}")
        return Centres(found, rebuilt=False)
    known = practices()
    names = [name.strip() for name in where.split(",")]
    if strange := [name for name in names if name not in known and not Path(name).is_file()]:
        raise UsageError(f"SOURCE {strange[0]}", "is no folder, file, or protocol", f"protocols are {', '.join(known)}")
    return Centres(tuple(practice(name) for name in names), rebuilt=False)


def fingerprint(source: Centres) -> str:
    """Return the SHA-256 of what every centre answers."""
    return hashlib.sha256(repr([(one.name, tuple(one.answers())) for one in source.practices]).encode()).hexdigest()


def analyse(source: Centres, definition: Definition) -> Findings:
    """Return who does what, and where asked whether a cohort is treated as one of the protocols says.

    Raises:
        UsageError: the protocol of the audit is not among those read.
    """
    counted = survey(source.practices)
    rows = comparison_rows(source.practices)
    sheets = _sheets(source, counted, rows)
    published = definition["published"] if definition["published"] is not None else source.rebuilt
    if published:
        sheets["published"] = Sheet(_published(counted), "Beside the published figures of the survey", Open())
    figures = _figures(len(source.practices))
    numbers = _numbers(counted, rows, source)
    notes = _notes(source, counted, rows)
    if (mapped := placed(rows, definition)) is not None:
        sheets["places"], more = mapped
        figures["places"] = places_figure(sheets["places"].frame["asks"][0])
        notes += more
    if definition["recorded"]["source"] is not None:
        audited, more = _audited(source, definition)
        sheets["recorded"] = audited
        figures["recorded"] = _audit_figure()
        numbers |= {
            f"recorded.{row['check']}.{group}": row[group]
            for row in audited.frame.filter(pl.col("centre") == "all centres").to_dicts()
            for group in ("as_protocol", "not_as_protocol", "unknown")
        }
        notes += more
    return Findings(
        sheets=sheets,
        figures=figures,
        numbers=numbers,
        methods=(_methods(source, definition),),
        notes=tuple(notes),
        fills={"strobe": {"4": "methods", "12a": "methods", "13a": "table:shares", "16a": "table:shares"}},
    )


def _sheets(source: Centres, counted: pl.DataFrame, rows: pl.DataFrame) -> dict[str, Sheet]:
    """Return who does what, and each centre's answers."""
    return {
        "shares": Sheet(_shares(counted), "Who does what: centres, of how many, and how many did not say", Open()),
        "answers": Sheet(
            rows.select("theme", "asks", "agreement", "protocol", "answer", "source", "verified"),
            "Each centre's answer to each question",
            Open(),
            drawn=len(source.practices) > MOST_LISTED,
        ),
        "numbered": Sheet(
            _numbered(rows),
            "What the numbers of the picture stand for, of centres whose answer is known",
            Open(),
        ),
        "grid": Sheet(
            _answered(rows).select("asks", "protocol", "answer", "group"), "Who answers alike", Open(), drawn=True
        ),
    }


def _shares(counted: pl.DataFrame) -> pl.DataFrame:
    return counted.select(
        "question", "counted", "among", "count", "of", "unknown", "not_among", "among_unknown", "percent",
        "wilson_low", "wilson_high",
        pl.col("remark").fill_null(""),  # nothing to remark is nothing unknown
    ).with_columns(question=_question())  # fmt: skip


def _question() -> pl.Expr:
    """Return a question's name as words."""
    words = pl.col("question").str.replace_all("_", " ")
    return words.str.replace(r"\btpmt\b", "TPMT").str.replace(r"\bppi\b", "PPI")


def _published(counted: pl.DataFrame) -> pl.DataFrame:
    """Return the shares beside the published ones, named by their question."""
    questions = counted.select("share", question=_question())
    beside = questions.join(against_published(counted), on="share", how="left", maintain_order="left").drop("share")
    return beside.with_columns(percent=pl.col("percent").round(1))


def _answered(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the answers to the questions that anybody answered."""
    return rows.filter(pl.col("group").is_not_null().any().over("asks"))


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    """Return each answer with its number in the picture, and the centres that give it of those who answered."""
    known = _answered(rows).filter(pl.col("group").is_not_null())
    counted = known.group_by("asks", number="group", maintain_order=True).agg(
        answer=pl.col("answer").first(), count=pl.len().cast(pl.Int64)
    )
    return counted.with_columns(of=pl.col("count").sum().over("asks"))


def _among() -> pl.Expr:
    """Return the denominator in words where it is not all centres."""
    return pl.when(pl.col("among") == "all centres").then(pl.lit("")).otherwise(pl.format(", of {}", "among"))


def _figures(centres: int) -> dict[str, Figure]:
    figures = {
        "shares": Figure(
            "Who does what",
            "The share of the centres that answer so, of those whose answer is known, with 95 % Wilson intervals.",
            ("shares",),
            lambda tables, width: bars(
                tables["shares"].select(
                    "count",
                    label=pl.format("{}: {}{}", "question", "counted", _among()),
                    of=pl.col("of") - pl.col("unknown"),
                    share=pl.col("percent") / 100, lower=pl.col("wilson_low") / 100, upper=pl.col("wilson_high") / 100,
                ),
                share_title="Centres (%)",
                width=width,
            ),
        )
    }  # fmt: skip
    if centres <= MOST_IN_GRID:
        figures["answers"] = Figure(
            "Who answers alike",
            "Questions by centres; in a row, one number and colour is one answer, and ? is an answer not known.",
            ("grid",),
            lambda tables, width: answer_grid(tables["grid"], width=width),
        )
    return figures


def _audited(source: Centres, definition: Definition) -> tuple[Sheet, list[str]]:
    """Return how many patients of a cohort are treated as one of the protocols says."""
    told = definition["recorded"]
    by_name = {one.name: one for one in source.practices}
    if told["protocol"] not in by_name:
        raise UsageError("recorded.protocol", f"{told['protocol']} is not read", f"use one of {', '.join(by_name)}")
    one = by_name[told["protocol"]]
    course = {"definitions": "iaihg_2022", "protocol": told["protocol"], "as_of": told["as_of"]}
    cohort = cohort_of(told["source"], course=course)
    cohort.derive("state", "regimens")
    counts = audit(cohort.table("state"), cohort.table("regimens"), cohort.record, one)
    frame = counts.select(
        "check",
        "asks",
        "expected",
        "centre",
        "of",
        "as_protocol",
        "not_as_protocol",
        "unknown",
        "not_applicable",
        "percent",
    )
    release = Counts(
        keys=("check", "asks", "expected", "centre"),
        cells=("of", "as_protocol", "not_as_protocol", "unknown", "not_applicable"),
        sums=(("of", ("as_protocol", "not_as_protocol", "unknown")),),
        total=(("centre", "all centres"),),
    )
    notes = [f"Recorded practice was audited against {one.title} as of {cohort.as_of}."]
    if cohort.synthetic:
        notes.append("SYNTHETIC: the patients of the audit are invented.")
    return Sheet(frame, f"Patients treated as {one.title} says", release), notes


def _audit_figure() -> Figure:
    return Figure(
        "Recorded practice against the protocol",
        "The share of the patients treated as the protocol says, of those of whom it is known.",
        ("recorded",),
        lambda tables, width: bars(
            tables["recorded"]
            .filter(pl.col("centre") == "all centres")
            .select(label="asks", count="as_protocol", of=pl.col("as_protocol") + pl.col("not_as_protocol")),
            width=width,
        ),
    )


def _numbers(counted: pl.DataFrame, rows: pl.DataFrame, source: Centres) -> dict[str, Number]:
    numbers: dict[str, Number] = {"centres": len(source.practices)}
    for row in counted.to_dicts():
        numbers |= {f"share.{row['share']}.{key}": row[key] for key in ("count", "of", "unknown", "percent")}
    agreement = dict(rows.unique("question").group_by("agreement").len().rows())
    return numbers | {f"questions.{word}": agreement.get(word, 0) for word in ("same", "different", "unknown")}


def _notes(source: Centres, counted: pl.DataFrame, rows: pl.DataFrame) -> list[str]:
    notes = []
    if source.rebuilt:
        notes.append(
            "SYNTHETIC centres: the survey published how many centres do what, not which centre does what. Which "
            "answers go together in one of these centres means nothing."
        )
    elif source.synthetic:
        notes.append("SYNTHETIC: at least one of the centres is invented.")
    notes += [row["remark"] + "." for row in counted.to_dicts() if row["remark"]]
    silent_to = rows.filter(pl.col("group").is_null().all().over("asks"))["asks"].unique(maintain_order=True).to_list()
    if silent_to:
        notes.append(f"Nobody's answer is known to: {' '.join(silent_to)}")
    unread = [one.name for one in source.practices if not one.verified]
    if unread and not source.rebuilt:
        notes.append(f"Not verified against the primary text: {', '.join(unread)}.")
    if silent := counted.filter(pl.col("unknown") > 0).height:
        notes.append(
            f"In {silent} of {counted.height} shares some centres did not say; they are counted, not left out."
        )
    return notes


def _methods(source: Centres, definition: Definition) -> str:
    asked = "rebuilt from a survey's published counts" if source.rebuilt else "as their protocols say"
    audited = (
        f" A cohort was audited against the protocol {definition['recorded']['protocol']}, patient by patient."
        if definition["recorded"]["source"]
        else ""
    )
    return (
        f"The practice of {len(source.practices)} centres or guidelines was counted, {asked}. A share's denominator is "
        "named with it; centres that did not say are counted apart, and percentages with 95 % Wilson intervals are of "
        f"those whose answer is known.{audited}"
    )
