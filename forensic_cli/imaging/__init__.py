"""From a file's bytes to the uint8 picture a network takes. Pillow is used here only."""

from forensic_cli.imaging.native.jpeg_warnings import listen

listen()  # before Pillow is imported, by any of the modules here
