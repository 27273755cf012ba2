"""Hash manifests: bytes in, expected digests out; no line is ever dropped."""
