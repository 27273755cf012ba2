"""Evidence and its hashes: read, checked, written."""
