"""The registry: people, consent, and the daily work of a centre. The only room that knows Django."""
