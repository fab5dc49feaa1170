"""`hepatica study NAME SOURCE --power N`: the power of a study of so many patients, by simulation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import click

from hepatica.cli.output import Command, print_json, progress, to_people
from hepatica.errors import UsageError
from hepatica.studies.definition import Definition
from hepatica.studies.power import StudyPower, p_values_of, study_power


@dataclass(frozen=True)
class AskedPower:
    """How large the planned study is, which of its p-values counts, and how often it is simulated."""

    patients: int
    number: str | None
    trials: int
    seed: int


def power_options(command: Command) -> Command:
    """Add to the verb what a study's power is simulated from."""
    for option in (
        click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="With --power."),
        click.option(
            "--simulations", type=click.IntRange(min=1), default=200, show_default=True, help="How many, with --power."
        ),
        click.option(
            "--number",
            metavar="KEY",
            help="With --power: the p-value that counts (log_rank.p); without it: which there are.",
        ),
        click.option(
            "--power",
            "power_of",
            type=click.IntRange(min=1),
            metavar="N",
            help="Write no report: the power of this study with N patients, drawn again and again from SOURCE.",
        ),
    ):
        command = option(command)
    return command


def tell_power(name: str, source: Any, definition: Definition, asked: AskedPower, form: str) -> None:
    """Print the power of a study of so many patients, with its interval and what it was simulated from.

    Raises UsageError where no p-value is named (and names those that there are), and for too few patients to draw from.
    """
    if asked.number is None:
        tests = ", ".join(p_values_of(name, source, definition))
        raise UsageError(
            "--number",
            "which p-value counts is not said",
            f"name one of: {tests}" if tests else f"{name} tests nothing",
        )
    with progress("simulated studies", asked.trials) as done:
        found = study_power(
            name, source, definition,
            patients=asked.patients, number=asked.number, trials=asked.trials, seed=asked.seed, done=done,
        )  # fmt: skip
    synthetic = bool(getattr(source, "synthetic", False))
    alpha = round(1 - definition["confidence"], 10)
    if form == "json":
        print_json(_document(name, found, alpha, synthetic=synthetic))
    else:
        to_people.print(_words(name, found, alpha, synthetic=synthetic), markup=False, highlight=False)


def _document(name: str, found: StudyPower, alpha: float, *, synthetic: bool) -> dict[str, Any]:
    power = found.simulated.power
    return {
        "study": name,
        "number": found.number,
        "patients": found.patients,
        "alpha": alpha,
        "power": power.share,
        "lower": power.lower,
        "upper": power.upper,
        "simulations": found.simulated.trials,
        "not_analysed": found.refused,
        "seed": found.simulated.seed,
        "synthetic": synthetic,
    }


def _words(name: str, found: StudyPower, alpha: float, *, synthetic: bool) -> str:
    power, trials = found.simulated.power, found.simulated.trials
    interval = f"95 % interval {100 * power.lower:.0f} to {100 * power.upper:.0f} %"
    shown = f"{round(power.share * trials):,} of {trials:,} simulated studies"
    told = [
        f"Power of study {name} with {found.patients:,} patients: {100 * power.share:.0f} % ({interval}).",
        f"{shown} have {found.number} at or below {alpha:g} (seed {found.simulated.seed}).",
    ]
    if found.refused:
        told.append(f"{found.refused:,} could not be analysed, or had no such test; they count as showing nothing.")
    if synthetic:
        told.insert(0, "SYNTHETIC DATA: these patients are invented; the power is that of the model they come from.")
    return "\n".join(told)
