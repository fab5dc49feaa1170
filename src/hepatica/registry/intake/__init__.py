"""Files that come in: unpacked with care, read and reported on, taken in as a whole, and undone."""
