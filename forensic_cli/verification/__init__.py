"""Evidence held to its reference: entry by entry, and a container as a whole."""
