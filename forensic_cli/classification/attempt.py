"""One attempt at a run, as a value: what was asked, of which evidence, after which attempt."""

from collections.abc import Mapping
from dataclasses import dataclass

from forensic_cli.audit.replay import Replay
from forensic_cli.classification.resumption import Earlier
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.foundation.path_text import visible
from forensic_cli.outputs.run_folder import RunFolder
from forensic_cli.records import EvidenceItem
from forensic_cli.settings import ClassifySettings


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt.

    Attributes:
        settings: What was asked.
        source: The evidence.
        listing: Its entries.
        folder: Where the run keeps what is not finished.
        earlier: The attempt that this one goes on from, if any.
    """

    settings: ClassifySettings
    source: EvidenceSource
    listing: Listing
    folder: RunFolder
    earlier: Earlier | None

    @property
    def state(self) -> Replay | None:
        """What the log says so far, where this attempt goes on from an earlier one."""
        return self.earlier.state if self.earlier else None

    @property
    def evidence_record(self) -> Mapping[str, object]:
        """The evidence, for the log."""
        return {
            "name": visible(self.source.name),
            "kind": self.source.kind,
            "entries": len(self.listing),
            "bytes": self.listing.total_bytes,
            "listing_sha256": self.listing.sha256,
        }

    @property
    def replaces(self) -> bool:
        """Whether this attempt, or an earlier one of the run, was allowed to replace outputs."""
        return self.settings.force or (self.state is not None and self.state.forced)

    def shown(self, item: EvidenceItem) -> str:
        """An entry's name in the outputs."""
        return visible(self.source.name + b"/" + item.path)
