"""German pages write days as 05.03.2024, and read both that and ISO 8601."""

from __future__ import annotations

DATE_FORMAT = SHORT_DATE_FORMAT = "d.m.Y"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "d.m.Y H:i"
# The browser's own day field sends ISO 8601, and is shown its value in it: that form goes first.
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d.%m.%Y"]
