"""The audit: append-only, hash-chained, written by the database itself, verified by a command."""
