"""Where things are in the files of each picture format, without decoding them."""
