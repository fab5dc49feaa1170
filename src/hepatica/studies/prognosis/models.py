"""The models: Cox, with Firth's penalty where events are few; Fine and Gray for competing ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from hepatica.errors import UsageError
from hepatica.studies.prognosis.landmark import CENSORED, COVARIATES, DEATH, TRANSPLANT
from hepatica.studies.statistics.cox import CoxFit, cox
from hepatica.studies.statistics.fine_gray import fine_gray
from hepatica.studies.statistics.firth import firth_cox

TERMS = pl.Schema(
    {
        "model": pl.String(),
        "covariate": pl.String(),
        "label": pl.String(),
        "hr": pl.Float64(),
        "lower": pl.Float64(),
        "upper": pl.Float64(),
        "p": pl.Float64(),
        "method": pl.String(),
        "patients": pl.Int64(),
        "events": pl.Int64(),
    }
)
PROPORTIONAL = pl.Schema({"covariate": pl.String(), "chi_square": pl.Float64(), "df": pl.Int64(), "p": pl.Float64(),
                          "events": pl.Int64()})  # fmt: skip
COX, FIRTH, FINE_GRAY = "Cox (Efron)", "Cox with Firth's penalty", "Fine and Gray"


@dataclass(frozen=True)
class Fitted:
    """A model as table rows, the test of proportional hazards where there is one, and what was noteworthy."""

    terms: pl.DataFrame
    proportional: pl.DataFrame
    notes: tuple[str, ...] = ()


def complete(frame: pl.DataFrame, covariates: Sequence[str]) -> pl.DataFrame:
    """Return the patients of whom every covariate is known."""
    return frame.drop_nulls(list(covariates))


def cox_table(frame: pl.DataFrame, covariates: Sequence[str], *, model: str, least: float, confidence: float) -> Fitted:
    """Return the hazard ratios of complete cases, by Cox or, where events are few or separate, with Firth's penalty.

    Frame: years, event, and the covariates as numbers. A covariate that is the same for all is left out and noted.
    """
    known = complete(frame, covariates)
    # What is the same in all who are still followed at the first event tells nobody apart at any later one.
    told_apart = known.filter(pl.col("years") >= pl.col("years").filter("event").min())
    varying = [name for name in covariates if told_apart[name].n_unique() > 1]
    notes = [
        f"{model}: {COVARIATES[name]} is the same for all in whom an event could be seen, and was left out."
        for name in covariates
        if name not in varying
    ]
    events = int(known["event"].sum())
    if not events or not varying:
        return Fitted(TERMS.to_frame(), PROPORTIONAL.to_frame(), (*notes, f"{model}: no events, so no hazard ratio."))
    plain = cox(known, time="years", event="event", covariates=varying, confidence=confidence)
    few = events < least * len(varying)
    if not few and not plain.separated:
        return Fitted(_cox_rows(plain, model, COX), _proportional(plain), tuple(notes))
    why = (
        "an estimate is infinite (separation)" if plain.separated else f"{events} events for {len(varying)} covariates"
    )
    try:
        penalised = firth_cox(known, time="years", event="event", covariates=varying, confidence=confidence)
    except UsageError as trouble:
        left = f"{model}: not fitted, because of {why}, and with Firth's penalty {trouble.what}."
        return Fitted(TERMS.to_frame(), PROPORTIONAL.to_frame(), (*notes, left))
    rows = [
        _row(model, term.name, (term.ratio, term.lower, term.upper, term.p), FIRTH, known.height, events)
        for term in penalised.terms
    ]
    notes.append(f"{model}: fitted with Firth's penalty and profile likelihood intervals, because of {why}.")
    return Fitted(pl.DataFrame(rows, schema=TERMS, orient="row"), PROPORTIONAL.to_frame(), tuple(notes))


def _cox_rows(fit: CoxFit, model: str, method: str) -> pl.DataFrame:
    rows = [
        _row(model, term.name, (term.hr, term.lower, term.upper, term.p), method, fit.n, fit.events)
        for term in fit.terms
    ]
    return pl.DataFrame(rows, schema=TERMS, orient="row")


def _row(
    model: str, name: str, told: tuple[float | None, ...], method: str, patients: int, events: int
) -> tuple[object, ...]:
    return (model, name, COVARIATES.get(name, name), *told, method, patients, events)


def _proportional(fit: CoxFit) -> pl.DataFrame:
    rows = [(test.name, test.chi_square, test.df, test.p, fit.events) for test in fit.proportionality]
    return pl.DataFrame(rows, schema=PROPORTIONAL, orient="row")


def fine_gray_table(frame: pl.DataFrame, covariates: Sequence[str], *, least: float, confidence: float) -> Fitted:
    """Return the subdistribution hazard ratios of death and of transplant, each with the other as competing end."""
    known = complete(frame, covariates)
    parts, notes = [TERMS.to_frame()], []
    for cause in (DEATH, TRANSPLANT):
        varying = [name for name in covariates if known[name].n_unique() > 1]
        events = int((known["cause"] == cause).sum())
        model = f"{cause}, Fine-Gray"
        if not varying or events < least * len(varying) or not events:
            notes.append(f"{model}: {events} events are too few for {len(varying)} covariates, so it was not fitted.")
            continue
        try:
            fit = fine_gray(
                known,
                time="years",
                cause="cause",
                covariates=varying,
                of=cause,
                censored=CENSORED,
                confidence=confidence,
            )
        except UsageError as error:
            notes.append(f"{model}: not fitted: {error.what}.")
            continue
        rows = [
            _row(model, term.name, (term.hr, term.lower, term.upper, term.p), FINE_GRAY, fit.n, fit.events)
            for term in fit.terms
        ]
        parts.append(pl.DataFrame(rows, schema=TERMS, orient="row"))
    return Fitted(pl.concat(parts), PROPORTIONAL.to_frame(), tuple(notes))
