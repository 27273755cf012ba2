"""From a score to a statement: a calibration fitted to known pictures, and applied to a run."""
