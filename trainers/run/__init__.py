"""One training: what was asked, what decides its outcome, and where it is kept."""
