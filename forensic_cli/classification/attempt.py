"""One attempt at a run, as a value: what was asked, of which evidence, after which attempt."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from forensic_cli.audit.replay import Replay
from forensic_cli.classification.resumption import Earlier
from forensic_cli.evidence.files_source import FilesSource
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.several import SeveralSource
from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.foundation.path_text import visible
from forensic_cli.outputs.csv import FULL, RELATIVE
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
            "name": _name(self.source),
            "kind": self.source.kind,
            "entries": len(self.listing),
            "bytes": self.listing.total_bytes,
            "listing_sha256": self.listing.sha256,
        }

    @property
    def name_form(self) -> str:
        """What the CSV have as a file's name; without a root nothing can be left out."""
        form = self.settings.name_form
        return form if self.source.root or form != RELATIVE else FULL

    @property
    def replaces(self) -> bool:
        """Whether this attempt, or an earlier one of the run, was allowed to replace outputs."""
        return self.settings.force or (self.state is not None and self.state.forced)

    def shown(self, item: EvidenceItem) -> str:
        """An entry's name in the outputs."""
        return visible(self.source.root + item.path)


def _name(source: EvidenceSource) -> str:
    if isinstance(source, SeveralSource):
        return ", ".join(map(_name, source.sources))
    if isinstance(source, FilesSource):
        first, *more = source.paths
        return f"{len(source.paths)} files" if more else visible(os.fsencode(first.name))
    return visible(source.name)
