"""English pages write days as ISO 8601 does: 05/03 is the fifth of March to one reader, May the third to another."""

from __future__ import annotations

DATE_FORMAT = SHORT_DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "Y-m-d H:i"
# The browser's own day field sends ISO 8601, and is shown its value in it.
DATE_INPUT_FORMATS = ["%Y-%m-%d"]
