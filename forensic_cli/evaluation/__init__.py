"""How good a result is, where the answers are known."""
