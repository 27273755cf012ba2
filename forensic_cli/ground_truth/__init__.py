"""What a set's pictures are known to be: from a table, or from the folders they lie in."""
