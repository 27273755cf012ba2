"""The jobs of dfc-export, top to bottom."""
