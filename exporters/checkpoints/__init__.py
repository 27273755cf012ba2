"""A checkpoint, opened: what is known of it, and what its export needs to be told."""
