"""How days and numbers are written in German."""
