"""Every setting of a training, and the published systems' own."""
