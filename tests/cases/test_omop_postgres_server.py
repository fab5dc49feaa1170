"""The tests' own PostgreSQL server: it answers, and a database of it starts empty."""

from __future__ import annotations

from sqlalchemy import create_engine, inspect, text

from postgres_server import PostgresServer


def test_a_database_of_the_test_run_answers_and_is_empty(postgres_server: PostgresServer) -> None:
    engine = create_engine(postgres_server.database("empty_one"))
    with engine.connect() as connection:
        version = connection.execute(text("select current_setting('server_version_num')::int")).scalar_one()
    assert version >= 130000
    assert inspect(engine).get_table_names() == []
    engine.dispose()
