"""Evidence in which no inner container was opened: what all such sources have alike."""

from forensic_cli.evidence.inside import Inside
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.records import EvidenceItem


class Undescended:
    """What is the same for all evidence in which no inner container was opened."""

    def inside(self, item: EvidenceItem) -> Inside | None:  # noqa: ARG002 - as others
        """None was opened."""
        return None

    def verified_part(self: EvidenceSource, listing: Listing) -> tuple[EvidenceSource, Listing]:
        """All of it."""
        return self, listing
