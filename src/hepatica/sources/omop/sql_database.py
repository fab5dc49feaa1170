"""CDM tables in a database that SQLAlchemy has a driver for (PostgreSQL): read by cursors on its side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl
from sqlalchemy import Engine, Integer, Select, create_engine, inspect
from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

from hepatica.errors import SourceError
from hepatica.sources.omop.address import Address
from hepatica.sources.omop.database import ROWS_AT_ONCE, CdmTable, shaped
from hepatica.sources.omop.model import NEEDED, TABLES, UNREAD, is_number

_REMEDY = "check the URL, the schema (?schema=NAME), and the permission to read"


class SqlDatabase:
    """The tables of a schema, asked in the database's own SQL."""

    def __init__(self, address: Address) -> None:
        self._shown = address.shown
        self._engine = self._opened(address)
        self.tables: dict[str, CdmTable] = {}
        try:
            self._look(address.schema)
        except SQLAlchemyError as trouble:
            self.close()
            raise self._fault(trouble) from trouble
        except SourceError:
            self.close()
            raise

    def frames(self, statement: Select[*tuple[Any, ...]], rows: int = ROWS_AT_ONCE) -> Iterator[pl.DataFrame]:
        """Yield a statement's rows as frames of text; the database sends them as they are asked for."""
        names = [str(found.key) for found in statement.selected_columns]
        schema = dict.fromkeys(names, pl.String())
        try:
            with self._engine.connect() as connection:
                reading = connection.execution_options(stream_results=True, yield_per=rows)
                for part in reading.execute(statement).partitions():
                    columns = zip(*part, strict=True)
                    cells = {name: pl.Series(name, cell, pl.String) for name, cell in zip(names, columns, strict=True)}
                    yield pl.DataFrame(cells, schema=schema)
        except SQLAlchemyError as trouble:
            raise self._fault(trouble) from trouble

    def rejected(self) -> list[str]:
        """Return nothing: a database has no lines that are no rows."""
        return []

    def close(self) -> None:
        """Give back the connections."""
        self._engine.dispose()

    def _opened(self, address: Address) -> Engine:
        try:
            return create_engine(address.url, pool_pre_ping=True)
        except (NoSuchModuleError, ImportError) as trouble:
            raise SourceError(
                self._shown, "has no driver here", "install it (pip install 'hepatica[postgres]'), or correct the URL"
            ) from trouble
        except (SQLAlchemyError, TypeError, ValueError) as trouble:
            raise SourceError(self._shown, "cannot be opened", _REMEDY) from trouble

    def _look(self, schema: str | None) -> None:
        """Find the tables of the model and their columns, whatever their letter case."""
        inspector = inspect(self._engine)
        names = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
        for actual in names:
            name = actual.casefold()
            if name not in TABLES and name not in UNREAD:
                continue
            if name in self.tables:
                raise SourceError(self._shown, f"holds the table {name} twice", "rename one of them")
            types: dict[str, Any] = {found["name"]: found["type"] for found in inspector.get_columns(actual, schema)}
            columns = shaped(types, name) if name in TABLES else {}
            lacking = [column for column in NEEDED.get(name, ()) if column not in columns]
            if lacking:
                what = f"table {actual} has no column {', '.join(lacking)}"
                raise SourceError(self._shown, what, "fill it as OMOP CDM 5.3 or 5.4")
            odd = [known for known, written in columns.items() if is_number(known) and _is_no_number(types[written])]
            self.tables[name] = CdmTable(name, actual, schema, columns, frozenset(odd))

    def _fault(self, trouble: SQLAlchemyError) -> SourceError:
        """Return the error in two lines; the driver's own text may hold values or a password, so its kind is told."""
        kind = type(getattr(trouble, "orig", None) or trouble).__name__
        return SourceError(self._shown, f"cannot be read ({kind})", _REMEDY)


def _is_no_number(kind: Any) -> bool:
    return not isinstance(kind, Integer)
