"""Protocols of the centres themselves: copied, edited, checked line by line, and used."""
