"""Labelled pictures: where they are, whether they can be read, which are trained on."""
