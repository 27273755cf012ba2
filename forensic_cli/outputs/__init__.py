"""The files of a run: sealed segments while it runs, whole files under final names at its end."""
