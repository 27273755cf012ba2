"""What was tried against the tool's promises, by whoever made the evidence or the model."""
