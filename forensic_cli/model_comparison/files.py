"""The files of a comparison."""

FILES = ("comparison.md", "comparison.csv", "comparison.json", "f1_speed.png")
"""Markdown, CSV, JSON, and the plot of F1 against speed."""
