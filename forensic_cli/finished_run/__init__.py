"""A finished run, read back and verified, as one value."""
