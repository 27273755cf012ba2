"""AD1, the logical image of AccessData's FTK Imager, read in place. Format: ``docs/ad1.md``."""
