"""Evidence as an ordered list of entries with readable contents, whatever holds them."""
