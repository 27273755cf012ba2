"""One module per form of checkpoint."""
