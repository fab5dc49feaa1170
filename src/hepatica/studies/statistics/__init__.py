"""Numbers only: estimates, intervals, and tests in full precision, refereed by R (docs/referee.md).

The survival models are written here in numpy: lifelines knows one kind of interval, one way with ties, and no
competing risks without moving tied times, says nothing when an effect is infinite, and takes seconds to load.
"""
