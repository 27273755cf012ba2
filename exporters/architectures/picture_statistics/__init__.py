"""A fixed set of pixel statistics and one learnt layer: small, exact, and the built-in model's."""
