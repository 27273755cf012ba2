"""What a C compiler makes faster; everything works, with the same pixels, without it."""
