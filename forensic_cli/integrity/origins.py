"""Where a reference came from: a closed list.

A list that came with the evidence, inside it, was made by whoever made the evidence: what it says
shows damage on the way, and nothing against the sender.
"""

from enum import StrEnum
from pathlib import Path


class Origin(StrEnum):
    """Where a reference came from."""

    GIVEN = "given"
    WORKING_FOLDER = "working folder"
    BESIDE = "beside the evidence"
    INSIDE = "inside the evidence"

    @property
    def is_independent(self) -> bool:
        """Whether it can say anything against whoever made the evidence."""
        return self is not Origin.INSIDE


def origin_of(manifest: Path, evidence: Path, otherwise: Origin) -> Origin:
    """Where a manifest came from; inside counts more than how it was found or given.

    Args:
        manifest: Its file; links are followed.
        evidence: The folder or the container.
        otherwise: How it was found or given, where it is not inside.
    """
    return Origin.INSIDE if manifest.resolve().is_relative_to(evidence.resolve()) else otherwise
