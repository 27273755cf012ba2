"""A network fitted to pictures."""
