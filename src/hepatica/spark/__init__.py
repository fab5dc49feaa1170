"""The course on many machines: the same function on each bucket of patients, by Spark.

Spark moves the rows so that each patient is wholly in one bucket, and calls on each bucket what a single machine calls:
the record's checks and the course. There is no second definition of anything, so there is nothing that could drift.
"""

from __future__ import annotations

from hepatica.spark.course import CourseOnSpark, course_on_spark, parquet_tables
from hepatica.spark.invented import invented_tables, simulated_course

__all__ = ["CourseOnSpark", "course_on_spark", "invented_tables", "parquet_tables", "simulated_course"]
