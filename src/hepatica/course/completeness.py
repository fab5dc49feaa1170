"""Completeness: of whom the endpoints can be judged, and why not of the others. Three groups: in, out, unknown."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import polars as pl

from hepatica.course.response import NOT_APPLICABLE, NOT_ASSESSABLE, PENDING


@dataclass(frozen=True, slots=True)
class EndpointCompleteness:
    """Of the patients with an index date: for how many an endpoint was due, and could be judged; reasons why not."""

    endpoint: str
    patients: int
    with_index_date: int
    due: int
    assessable: int
    answers: dict[str, int]
    not_assessable_because: dict[str, int]

    def to_dict(self) -> dict[str, object]:
        """Return the counts as plain values."""
        return asdict(self)


def endpoint_completeness(response: pl.DataFrame) -> list[EndpointCompleteness]:
    """Return the completeness of the two dated endpoints from a response table."""
    return [_of(response, endpoint) for endpoint in ("response_4_weeks", "cbr_by_6_months")]


def _of(response: pl.DataFrame, endpoint: str) -> EndpointCompleteness:
    answers = _counted(response[endpoint])
    treated = response.filter(pl.col("index_date").is_not_null())
    due = treated.filter(pl.col(endpoint) != PENDING)
    # A baseline that was normal makes the early response not applicable: neither judged nor missing.
    due = due.filter(pl.col(endpoint) != NOT_APPLICABLE)
    open_ended = due.filter(pl.col(endpoint) == NOT_ASSESSABLE)
    return EndpointCompleteness(
        endpoint=endpoint,
        patients=response.height,
        with_index_date=treated.height,
        due=due.height,
        assessable=due.height - open_ended.height,
        answers=answers,
        not_assessable_because=_counted(open_ended[f"{endpoint}_reason"]),
    )


def _counted(words: pl.Series) -> dict[str, int]:
    """Return how often each word stands there, the most frequent first."""
    counts = words.value_counts(sort=True).sort("count", words.name, descending=[True, False])
    return dict(zip(counts[words.name].to_list(), counts["count"].to_list(), strict=True))
