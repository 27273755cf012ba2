"""The ``dfc-train`` program."""
