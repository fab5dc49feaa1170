"""The schema of the identities, step by step."""
