"""Damage that a file's own bytes prove, also where a decoder makes a picture of them."""
