"""Hepatica: treat-to-target for autoimmune hepatitis. The folders are the data's way (see README)."""

__version__ = "0.1.0"
