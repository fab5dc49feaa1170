"""Sources: what centres have (a folder of CSV or Parquet, or their own files with a mapping), opened and read."""

from __future__ import annotations

from hepatica.sources.opening import open_source
from hepatica.sources.source import Bucket, Progress, Source

__all__ = ["Bucket", "Progress", "Source", "open_source"]
