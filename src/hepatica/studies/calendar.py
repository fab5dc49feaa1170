"""How many days a study counts as a year and as a month, where time is told in them; windows are calendar months."""

DAYS_A_YEAR = 365.25
DAYS_A_MONTH = DAYS_A_YEAR / 12
