"""The reference of some evidence: what it is held to, and how."""
