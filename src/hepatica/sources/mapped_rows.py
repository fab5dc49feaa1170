"""The rows that a mapping makes of a file's rows: chosen, translated, spread. None disappears without being counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from hepatica.sources.column_rules import cell, code_columns, is_listed, name_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hepatica.sources.account import Account
    from hepatica.sources.mapping_rules import TableRule


def chosen(rows: pl.DataFrame, rule: TableRule, account: Account) -> pl.DataFrame:
    """Return the rows that the mapping wants; those it leaves out are counted by their values."""
    for column, values in rule.keep.items():
        rows = _kept(
            rows, column, is_listed(column, dict.fromkeys(values)), f"whose {column} is not to be kept", rule, account
        )
    for column, values in rule.leave_out.items():
        wanted = is_listed(column, dict.fromkeys(values)).not_()
        rows = _kept(rows, column, wanted, f"whose {column} is to be left out", rule, account)
    listed = [(column.source, column.values) for column in rule.columns if column.others == "leave_out"]
    if rule.codes is not None and rule.codes.others == "leave_out":
        listed.append((rule.codes.column, dict.fromkeys(rule.codes.table, "")))
    for name, meanings in listed:
        rows = _kept(rows, name, is_listed(name, meanings), f"whose {name} is not listed", rule, account)
    return rows


def _kept(
    rows: pl.DataFrame, column: str, wanted: pl.Expr, why: str, rule: TableRule, account: Account
) -> pl.DataFrame:
    sure = wanted.fill_null(value=False)  # is_listed is never null; held here so that no row can fall between
    values = rows.filter(sure.not_()).select(cell(column))[name_in(column)]
    account.leave_out(f"{rule.table} {why}", values, named=column not in rule.identifying())
    return rows.filter(sure)


def long_rows(rows: pl.DataFrame, rule: TableRule, columns: Iterable[pl.Expr]) -> pl.DataFrame:
    """Return one row of the table for each row of the file."""
    made = {expression.meta.output_name(): expression for expression in columns}
    for name, said in (code_columns(rule.codes) if rule.codes is not None else {}).items():
        # The row's own unit or limit goes before that of the code table.
        made[name] = pl.coalesce(made[name], said) if name in made else said
    return rows.select(*_origin(rows), **made)


def wide_rows(rows: pl.DataFrame, rule: TableRule, columns: Iterable[pl.Expr], account: Account) -> pl.DataFrame:
    """Return one measurement for each filled cell of the analytes' columns; `key` names the column."""
    common = list(columns)
    parts = []
    for column, entry in rule.wide.items():
        filled = rows.filter(cell(column).is_not_null())
        account.empty_cells[column] += rows.height - filled.height
        key = pl.concat_str("key", pl.lit(f", field {column}")) if "key" in rows.columns else pl.lit(column)
        parts.append(
            filled.select(
                "line",
                *common,
                analyte=pl.lit(entry.analyte),
                value=cell(column),
                unit=_part(entry.unit, entry.unit_column),
                lower_limit=_part(entry.lower_limit, entry.lower_limit_column),
                upper_limit=_part(entry.upper_limit, entry.upper_limit_column),
                key=key,
            )
        )
    return pl.concat(parts).sort("line", maintain_order=True)


def _part(fixed: str | None, column: str | None) -> pl.Expr:
    return pl.lit(fixed, pl.String) if column is None else cell(column)


def _origin(rows: pl.DataFrame) -> list[str]:
    return [name for name in ("line", "key") if name in rows.columns]


def different(made: Iterator[pl.DataFrame], rule: TableRule, account: Account) -> Iterator[pl.DataFrame]:
    """Yield the different rows once, each with the line it stands on first."""
    facts = [column.target for column in rule.columns]
    rows = 0
    found: list[pl.DataFrame] = []
    for frame in made:
        rows += frame.height
        found.append(frame.unique(facts, keep="first", maintain_order=True))
    if found:
        whole = pl.concat(found).unique(facts, keep="first", maintain_order=True)
        account.note(f"{rule.table}: {whole.height:,} different rows from {rows:,}")
        yield whole
