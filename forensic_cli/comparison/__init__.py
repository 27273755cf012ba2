"""Several models on the same pictures: how right, how fast, how much of one mind."""
