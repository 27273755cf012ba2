"""Published detectors: facts about their layout and preparation; no weights, no code of theirs."""
