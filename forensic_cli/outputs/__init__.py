"""The files of a run: committed segments while it runs, whole files with final names at its end."""
