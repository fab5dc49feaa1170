"""Sources: what centres have (a folder of CSV or Parquet, or their own files with a mapping), opened and read."""

from __future__ import annotations

from hepatica.sources.joining import joined_readings
from hepatica.sources.opening import open_source
from hepatica.sources.source import Bucket, Progress, Source

__all__ = ["Bucket", "Progress", "Source", "joined_readings", "open_source"]
