"""From the registry's rows to what the engine says of them: one validation, one derivation, and a cache of it."""
