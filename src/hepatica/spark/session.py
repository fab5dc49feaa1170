"""A Spark session: the cluster's own under spark-submit, else one on this machine, on loopback alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hepatica.errors import UsageError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# What a session on one machine is told; a cluster brings its own.
_ON_ONE_MACHINE: dict[str, bool | float | int | str | None] = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


@contextmanager
def spark_session(cores: int | None = None) -> Iterator[SparkSession]:
    """Give a session and stop it at the end; with `cores` it runs on this machine.

    Raises:
        UsageError: PySpark is not installed.
    """
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415 - Spark is optional
    except ImportError as trouble:
        raise UsageError("spark", "PySpark is not installed", "pip install 'hepatica[spark]'") from trouble
    builder = SparkSession.builder.appName("Hepatica")
    if cores is not None:
        # Workers run the Python that runs this, where Hepatica is installed.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = builder.master(f"local[{cores}]").config(map=_ON_ONE_MACHINE)
    session = builder.getOrCreate()
    try:
        yield session
    finally:
        session.stop()
