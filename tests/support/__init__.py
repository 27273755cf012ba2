"""What tests share: evidence, models and checkpoints made on the spot, and ways to run the tool."""
