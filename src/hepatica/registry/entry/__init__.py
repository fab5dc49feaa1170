"""Entering rows by hand: the forms of the six tables, and what the check says of a row before it is kept."""
