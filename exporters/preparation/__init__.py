"""Where a model's preprocessing is written down, and how the card says it."""
