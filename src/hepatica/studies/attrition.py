"""Who is in, who is out, and of whom it is not known: three groups at every step, never two."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

# What a step says of one patient; `verdict` is true, false, or null (unknown).
_OUT, _UNKNOWN = "out", "unknown"


@dataclass(frozen=True)
class Step:
    """One step: how many stay in, how many are out, of how many it is unknown, and for which reasons they are lost.

    `reasons` counts the lost by reason as (group, reason) -> patients, group being "out" or "unknown".
    """

    key: str
    label: str
    in_: int
    out: int = 0
    unknown: int = 0
    reasons: dict[tuple[str, str], int] = field(default_factory=dict)

    def reasons_of(self, group: str) -> str:
        """Return why patients are lost to a group at this step, with counts, in words: "no IgG 12; dead 3"."""
        return "; ".join(f"{why} {count:,}" for (lost_to, why), count in self.reasons.items() if lost_to == group)


@dataclass(frozen=True)
class Attrition:
    """The way from everybody to those analysed. Each step's in + out + unknown is the step before's in."""

    steps: tuple[Step, ...]

    def frame(self) -> pl.DataFrame:
        """Return the steps as a table: key, step, before, in, out, out_reasons, unknown, unknown_reasons."""
        before = [self.steps[0].in_, *(step.in_ for step in self.steps[:-1])]
        return pl.DataFrame(
            {
                "key": [step.key for step in self.steps],
                "step": [step.label for step in self.steps],
                "before": before,
                "in": [step.in_ for step in self.steps],
                "out": [step.out for step in self.steps],
                "out_reasons": [step.reasons_of("out") for step in self.steps],
                "unknown": [step.unknown for step in self.steps],
                "unknown_reasons": [step.reasons_of("unknown") for step in self.steps],
            },
            schema_overrides={"before": pl.Int64, "in": pl.Int64, "out": pl.Int64, "unknown": pl.Int64},
        )

    def numbers(self) -> dict[str, int]:
        """Return each step's three counts under flat keys: attrition.treated.in, .out, .unknown."""
        return {
            f"attrition.{step.key}.{group}": count
            for step in self.steps
            for group, count in (("in", step.in_), ("out", step.out), ("unknown", step.unknown))
        }


@dataclass(frozen=True)
class Flow:
    """A frame with a row per patient on its way through the steps: who is still in, and what was lost before.

    `Flow.of(frame, "patients", "All patients").keep("treated", "Treated", verdict, out="never treated")`
    """

    patients: pl.DataFrame
    steps: tuple[Step, ...]

    @classmethod
    def of(cls, patients: pl.DataFrame, key: str = "patients", label: str = "All patients") -> Flow:
        """Begin with everybody; the frame has a row per patient."""
        return cls(patients, (Step(key, label, patients.height),))

    @property
    def attrition(self) -> Attrition:
        """Return the steps so far."""
        return Attrition(self.steps)

    def keep(
        self, key: str, label: str, verdict: pl.Expr, *, out: str | pl.Expr, unknown: str | pl.Expr = "not recorded"
    ) -> Flow:
        """Keep those of whom the verdict is true; false is out, null is unknown, each with its reason.

        The reasons are words, or expressions that give words per patient; without words a reason is "not stated".
        """
        judged = self.patients.with_columns(
            _group=pl.when(verdict)
            .then(pl.lit("in"))
            .when(verdict.is_null())
            .then(pl.lit(_UNKNOWN))
            .otherwise(pl.lit(_OUT)),  # true and null are named above: what is left is false
        )
        reason = pl.when(pl.col("_group") == _OUT).then(_words(out)).otherwise(_words(unknown))  # lost are these two
        lost = judged.filter(pl.col("_group") != "in").with_columns(_reason=reason.fill_null("not stated"))
        counts = (
            lost.group_by("_group", "_reason").len().sort("_group", "len", "_reason", descending=[False, True, False])
        )
        kept = judged.filter(pl.col("_group") == "in").drop("_group")
        step = Step(
            key,
            label,
            kept.height,
            lost.filter(pl.col("_group") == _OUT).height,
            lost.filter(pl.col("_group") == _UNKNOWN).height,
            {(group, why): number for group, why, number in counts.iter_rows()},
        )
        return Flow(kept, (*self.steps, step))


def _words(reason: str | pl.Expr) -> pl.Expr:
    return pl.lit(reason) if isinstance(reason, str) else reason.cast(pl.String)
