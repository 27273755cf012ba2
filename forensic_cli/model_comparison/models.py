"""The job: the same decoded pictures through every model in turn, then the figures."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from forensic_cli.errors import EvidenceError, ItemRefusedError
from forensic_cli.evaluation.figures import SEED, scored_of
from forensic_cli.evaluation.measures import Measures, measure
from forensic_cli.evaluation.pairing import Pairing, pair
from forensic_cli.evaluation.resampling import Interval, intervals
from forensic_cli.evidence.contents import Content, contents
from forensic_cli.evidence.recognition import open_evidence
from forensic_cli.evidence.source import EvidenceSource, check_stored
from forensic_cli.finished_run.answers import Answer
from forensic_cli.foundation.ordered_map import ordered_map
from forensic_cli.foundation.path_text import visible
from forensic_cli.ground_truth.labelled import Labelled
from forensic_cli.hashing import digest_bytes
from forensic_cli.imaging.decode import configure, decode
from forensic_cli.inference.model_file import read_model
from forensic_cli.inference.session import Session
from forensic_cli.model_comparison.contender import Contender, Picture
from forensic_cli.records import EvidenceItem
from forensic_cli.settings import DEFAULT_MAX_BYTES, DEFAULT_MAX_PIXELS, Device

SINGLES = 200
"""Pictures that are also taken alone, for the latency, at most."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is said of one model.

    Attributes:
        name: On its card.
        file: Its name.
        sha256: SHA-256 of the file.
        size: The size of the file, bytes.
        parameters: Learnt numbers, where the card says.
        measures: On the labelled pictures.
        intervals: 95 % bootstrap intervals.
        images_per_second: Host steps and inference of batches, one stream, without decoding.
        inference_share: Which part of that time inference took.
        latency_p50: Milliseconds for one picture alone, host steps and inference.
        latency_p95: The 95th percentile of the same.
    """

    name: str
    file: str
    sha256: str
    size: int
    parameters: int | None
    measures: Measures
    intervals: dict[str, Interval]
    images_per_second: float
    inference_share: float
    latency_p50: float
    latency_p95: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """A finished comparison.

    Attributes:
        rows: A model each, as they were given.
        agreement: Share of pictures that two models label alike, models x models.
        pairing: The pairing of the first model's answers; all have the same pictures.
        refused: Pictures that were not decoded or not taken by a model, with the reason.
        device: In words.
        batch_size: Pictures per inference call.
    """

    rows: tuple[Row, ...]
    agreement: tuple[tuple[float, ...], ...]
    pairing: Pairing
    refused: tuple[tuple[str, str], ...]
    device: str
    batch_size: int

    @property
    def complete(self) -> bool:
        """Whether every picture was scored and labelled."""
        left_over = self.pairing.unanswered or self.pairing.unlabelled
        return not left_over and not self.refused

    def as_record(self) -> dict[str, object]:
        """The whole as JSON values."""
        return {
            "pictures": len(self.pairing.pairs),
            "device": self.device,
            "batch_size": self.batch_size,
            "models": [asdict(row) for row in self.rows],
            "agreement": [list(row) for row in self.agreement],
            "unanswered": list(self.pairing.unanswered),
            "unlabelled": list(self.pairing.unlabelled),
            "refused": [list(one) for one in self.refused],
        }


@dataclass(frozen=True, slots=True)
class ComparisonRequest:
    """What to compare, on what."""

    models: tuple[Path, ...]
    evidence: Path
    labels: tuple[Labelled, ...]
    device: Device
    batch_size: int | None
    workers: int
    resamples: int


def compare(request: ComparisonRequest, progress: Callable[[int, int], None]) -> Comparison:
    """Compare models.

    Every batch is decoded once and goes through all models in turn, a different one first each
    time, so that whatever else the machine does falls on all of them alike.

    Raises:
        DfcError: A model, the evidence or the labels cannot be used.
    """
    configure(DEFAULT_MAX_PIXELS)
    sessions = [Session(read_model(path), request.device) for path in request.models]
    # The devices may differ where one of the models does not run on CUDA.
    batch_size = min(session.batch_size(request.batch_size) for session in sessions)
    contenders = [Contender(session, batch_size) for session in sessions]
    refused: list[tuple[str, str]] = []
    with closing(open_evidence(request.evidence)) as source:
        listing = source.listing(lambda _: None)
        items = [listing[index] for index in source.in_reading_order(range(len(listing)))]
        names = [visible(source.root + item.path) for item in items]
        pair([Answer(name, 0, 0.5) for name in names], request.labels)  # errors before the work
        pictures = _decoded(source, items, request.workers, refused, progress)
        taken = _taken(pictures, contenders, refused)
        turn = 0
        while batch := list(islice(taken, batch_size)):
            order = contenders[turn % len(contenders) :] + contenders[: turn % len(contenders)]
            for contender in order:
                contender.take(batch)
            if turn < SINGLES:
                for contender in order:
                    contender.take_one(batch[0])
            turn += 1
    if not contenders[0].answers:
        msg = f"no picture of {str(request.evidence)!r} could be scored"
        raise EvidenceError(msg)
    pairings = [pair(contender.answers, request.labels) for contender in contenders]
    return Comparison(
        rows=tuple(
            _row(contender, path, pairing, request.resamples)
            for contender, path, pairing in zip(contenders, request.models, pairings, strict=True)
        ),
        agreement=_agreement(pairings),
        pairing=pairings[0],
        refused=tuple(refused),
        device=contenders[0].session.device,
        batch_size=batch_size,
    )


def _decoded(
    source: EvidenceSource,
    items: list[EvidenceItem],
    workers: int,
    refused: list[tuple[str, str]],
    progress: Callable[[int, int], None],
) -> Iterator[Picture]:
    def open_one(entry: tuple[EvidenceItem, Content]) -> Picture | tuple[str, str]:
        item, read = entry
        name = visible(source.root + item.path)
        try:
            data = read()
            stored = source.stored_digests(item)
            check_stored(stored, digest_bytes(data, [digest.algorithm for digest in stored]))
            image = decode(data)
        except ItemRefusedError as refusal:
            return name, str(refusal)
        return Picture(item.path, name, image)

    with ThreadPoolExecutor(workers) as threads:
        entries = contents(source, items, DEFAULT_MAX_BYTES)
        opened = ordered_map(threads, open_one, entries, 2 * workers)
        for done, one in enumerate(opened, start=1):
            if isinstance(one, Picture):
                yield one
            else:
                refused.append(one)
            progress(done, len(items))


def _taken(
    pictures: Iterator[Picture], contenders: list[Contender], refused: list[tuple[str, str]]
) -> Iterator[Picture]:
    """Pictures that every model's host steps take."""
    for one in pictures:
        try:
            for contender in contenders:
                contender.accepts(one)
        except ItemRefusedError as refusal:
            refused.append((one.name, str(refusal)))
        else:
            yield one


def _row(contender: Contender, path: Path, pairing: Pairing, resamples: int) -> Row:
    scored = scored_of(pairing.pairs)
    session, clock = contender.session, contender.clock
    parameters = session.card.document.get("parameters")
    seconds = clock.preparing + clock.inference
    p50, p95 = np.percentile(clock.single, (50, 95)) * 1000
    return Row(
        name=session.card.name,
        file=path.name,
        sha256=session.model.sha256,
        size=len(session.model.data),
        parameters=parameters if isinstance(parameters, int) and parameters > 0 else None,
        measures=measure(scored),
        intervals=intervals(scored, resamples, SEED),
        images_per_second=clock.pictures / seconds,
        inference_share=clock.inference / seconds,
        latency_p50=float(p50),
        latency_p95=float(p95),
    )


def _agreement(pairings: Sequence[Pairing]) -> tuple[tuple[float, ...], ...]:
    labels = np.array([[one.answer.label for one in pairing.pairs] for pairing in pairings])
    shares = (labels[:, None, :] == labels[None, :, :]).mean(axis=2)
    return tuple(tuple(float(share) for share in row) for row in shares)
