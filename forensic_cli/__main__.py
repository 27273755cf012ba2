"""``python -m forensic_cli`` is ``dfc-classify``."""

from forensic_cli.cli.app import main

main()
