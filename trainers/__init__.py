"""dfc-train: labelled pictures in, a checkpoint with its training record out."""
