"""Several models on the same pictures."""
