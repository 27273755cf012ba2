"""What the main job asks of whatever turns items into outcomes, on this machine or on others."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from forensic_cli.model_card.card import ModelCard
from forensic_cli.records import EvidenceItem, ItemOutcome, Status

Lost = Callable[[EvidenceItem, Status, str], None]
"""Told of each decode worker that was lost over an item which is tried again: the item, what it is
reported as where that happens again, and the sentence for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedModel:
    """The model that a pipeline runs, and the device that runs it.

    Attributes:
        card: What the model says of itself.
        path: The path of its file.
        size: The size of its file, in bytes.
        sha256: SHA-256 of its file.
        device: The device in words.
        device_record: Everything about the device, for the log.
        score_facts: What of the runtime and the device can change a score.
        batch_size: Pictures per call.
        self_tested: What the self-test found, in words.
    """

    card: ModelCard
    path: Path
    size: int
    sha256: str
    device: str
    device_record: Mapping[str, object]
    score_facts: Mapping[str, object]
    batch_size: int
    self_tested: str


class Pipeline(Protocol):
    """Turns items of the evidence into outcomes.

    Attributes:
        model: What scores them.
        confinement: What confines the decoders.
    """

    @property
    def model(self) -> LoadedModel:
        """What scores the pictures."""
        ...

    @property
    def confinement(self) -> Mapping[str, str]:
        """What confines the decoders; for each measure that it is in force, or why not."""
        ...

    def outcomes(
        self,
        segments: Iterable[Sequence[EvidenceItem]],
        progress: Callable[[int], None],
        lost: Lost,
    ) -> Iterator[list[ItemOutcome]]:
        """Exactly one outcome per item, segment by segment, each in the listing's order.

        Args:
            segments: Each in the source's reading order; its outcomes are held in memory.
            progress: Told how many items are through the decoder, of all segments.
            lost: Told of each decode worker that was lost over an item.

        Raises:
            DfcError: The run cannot go on.
        """
        ...

    def so_far(self, first: int) -> list[ItemOutcome]:
        """Outcomes that were not given yet when the run was interrupted, without a gap.

        Args:
            first: The place in the listing at which they must begin.
        """
        ...
