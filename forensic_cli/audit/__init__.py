"""The examiner's log: written as a hash chain, checked the same way."""
