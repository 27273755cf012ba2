"""Networks by name, and names by the shapes of a checkpoint's tensors."""
