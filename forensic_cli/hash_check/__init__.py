"""The integrity check alone: evidence, a single file, or whatever the manifests at hand name."""
