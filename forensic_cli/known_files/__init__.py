"""Lists of known files: by whom they are known is of interest, not what is in them."""
