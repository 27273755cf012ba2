"""The command line: ``dfc-classify``. Typer and rich are used here and nowhere else."""
