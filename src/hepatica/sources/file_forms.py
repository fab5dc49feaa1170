"""Files whose rows are more than rows: an export in which one row holds several forms, and a fact stands in many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import polars as pl

    from hepatica.sources.account import Account
    from hepatica.sources.mapping_rules import TableRule


class FileForm(Protocol):
    """How the rows of such a file are read for one rule of a mapping. Blocks hold the columns as `in:NAME`."""

    @property
    def path(self) -> Path:
        """Return where the file lies."""

    def structure(self) -> list[str]:
        """Return the columns that say what a row is; every rule needs them besides its own."""

    def elsewhere(self, rule: TableRule) -> Mapping[str, pl.DataFrame]:
        """Return the cells of other rows that a rule needs, read from the file beforehand."""

    def rows(
        self, block: pl.DataFrame, rule: TableRule, elsewhere: Mapping[str, pl.DataFrame], account: Account
    ) -> pl.DataFrame:
        """Return the rows of a block that a rule is about, their cells as the form means them, with `key`."""

    def once(self, made: Iterator[pl.DataFrame], rule: TableRule, account: Account) -> Iterator[pl.DataFrame]:
        """Yield one row per patient of rows that each hold a part of what is known of one."""
