"""``python -m exporters`` is dfc-export."""

from exporters.cli.app import main

main()
