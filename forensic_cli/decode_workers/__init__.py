"""Imaging, supervised: processes that decode one file after another within limits."""

from forensic_cli.imaging.native.jpeg_warnings import listen

listen()  # before Pillow is imported, by any of the modules here
