"""The schema of the registry, step by step: one line of migrations."""
