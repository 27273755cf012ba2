"""Ways to run the map from items to outcomes; all give the same outcomes in the same order."""
