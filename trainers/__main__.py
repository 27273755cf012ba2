"""``python -m trainers``."""

from trainers.cli.app import main

main()
