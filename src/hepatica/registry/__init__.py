"""The registry: people, consent, and the daily work of a centre; the only room that knows Django."""
