"""Evidence in which no inner container was opened: what all such sources have alike."""

from collections.abc import Sequence

from forensic_cli.evidence.inside import Inside
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.source import EvidenceSource, Part
from forensic_cli.records import EvidenceItem


class Undescended:
    """What is the same for all evidence in which no inner container was opened."""

    @property
    def root(self: EvidenceSource) -> bytes:
        """Its name."""
        return self.name + b"/"

    def inside(self, item: EvidenceItem) -> Inside | None:  # noqa: ARG002 - as others
        """None was opened."""
        return None

    def parts(self: EvidenceSource, listing: Listing) -> Sequence[Part]:
        """All of it."""
        return (Part(b"", self, listing),)
