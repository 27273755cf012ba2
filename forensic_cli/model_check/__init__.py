"""May this model file be used here: its self-test, and what an inspection finds."""
