"""From a file's bytes to the uint8 picture a network takes. Pillow is used here only."""
