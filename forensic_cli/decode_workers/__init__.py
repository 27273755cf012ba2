"""Imaging, supervised: processes that decode one file after another within limits."""
