"""``python -m forensic_cli`` is ``dfc-classify``."""

import os
import sys

# ``python -m`` looks for modules in the working folder first, which may be evidence with a numpy.py
# in it; this program's own folder may stay.
_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - see above
if not sys.flags.safe_path and sys.path and os.path.abspath(sys.path[0]) != _HERE:  # noqa: PTH100
    del sys.path[0]

from forensic_cli.cli.app import main  # noqa: E402 - only now

main()
