"""Mechanics without a subject; standard library only."""
