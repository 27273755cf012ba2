"""A checkpoint as something that runs, and becomes a graph."""
