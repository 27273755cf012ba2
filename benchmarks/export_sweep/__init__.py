"""Every kind of image classifier that the installed libraries have, put through dfc-export."""

import os

from exporters.libraries import prepare

os.environ.setdefault("OMP_NUM_THREADS", "1")  # two trials at a time, each on one thread
prepare()  # before any of the libraries is imported
