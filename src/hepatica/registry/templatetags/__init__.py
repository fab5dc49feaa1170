"""What templates can do with the engine's words."""
