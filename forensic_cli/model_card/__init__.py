"""What a model says of itself: its card, and how its pictures are prepared."""
