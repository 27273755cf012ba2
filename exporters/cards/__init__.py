"""Cards of exported models."""
