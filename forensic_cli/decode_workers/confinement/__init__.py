"""What a decoder may not do, should a file take it over."""
