"""Exports: consented patients under pseudonyms, written by the exchange formats, with a manifest beside them."""
