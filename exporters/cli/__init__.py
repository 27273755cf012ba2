"""The ``dfc-export`` program."""
