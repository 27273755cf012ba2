"""Compare the finished ONNX with its source: the whole path of dfc-classify and the original."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt
from PIL.Image import Image

from exporters.labels import Meaning
from exporters.networks.network import Floats, Network
from exporters.preparation.preparation import Preparation
from exporters.proof.pictures import COUNT, pictures
from forensic_cli.errors import ExportError
from forensic_cli.imaging.pixels import prepare
from forensic_cli.inference.batching import BatchRunner
from forensic_cli.inference.model_file import ModelFile
from forensic_cli.inference.scores import score
from forensic_cli.inference.session import Session
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.records import LABEL_AI, LABEL_REAL

BATCH_SIZES = (1, 2, 8)
TOLERANCE = {"fp32": 1e-4, "fp16": 5e-3}
"""Largest difference of a logit, as a part of the logits' range (of 1 where that is less)."""

_PIXEL_TOLERANCE = 1e-5
_CHUNK = 8
_LEAST_RANGE = 1e-4

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ParityReport:
    """What the comparison found.

    Attributes:
        pictures: How many were compared, at each batch size.
        batch_sizes: The batch sizes of the ONNX side.
        max_pixel_difference: Largest difference of the network's normalised input between card and
            source.
        max_logit_difference: Over all pictures and batch sizes.
        allowed: The largest difference that would have passed.
        logit_range: Largest minus smallest logit of the source over the pictures.
        labels_equal: Pictures whose label was the same at every batch size.
        undecided: How many of those that differ lie closer to the border than ``allowed``; only
            half precision may have any.
        label_counts: How often the source said 0 and 1.
    """

    pictures: int
    batch_sizes: tuple[int, ...]
    max_pixel_difference: float
    max_logit_difference: float
    allowed: float
    logit_range: float
    labels_equal: int
    undecided: int
    label_counts: Mapping[str, int]

    def as_record(self) -> dict[str, object]:
        """As JSON values."""
        return {**asdict(self), "batch_sizes": list(self.batch_sizes)}


def check_parity(  # noqa: PLR0913 - both sides of the comparison
    model: ModelFile,
    network: Network,
    preparation: Preparation,
    meant: Meaning,
    precision: str,
    tell: Tell,
) -> ParityReport:
    """Compare a model file with the checkpoint it was made of.

    Args:
        model: The file's bytes, but for the report and the self-test, which its card gets after
            this; what its card says of classes and preprocessing is part of what is compared.
        network: The source's network, in its own framework.
        preparation: The source's own way from picture to input.
        meant: What the source's outputs mean, in output order.
        precision: ``fp32`` or ``fp16``: which tolerance applies.
        tell: Told how far it is.

    Raises:
        ExportError: They differ.
    """
    session = Session(model, "cpu")
    card = session.card
    tell(f"comparing: {COUNT} pictures in the source's own framework")
    reference, prepared, pixel_difference = _reference(network, preparation, session)
    if not pixel_difference <= _PIXEL_TOLERANCE:
        msg = (
            f"the card prepares pictures otherwise than {preparation.origin}: the network's input "
            f"differs by {pixel_difference:.3g} (allowed {_PIXEL_TOLERANCE:g})"
        )
        raise ExportError(msg)
    span = float(reference.max() - reference.min())
    if np.ptp(reference, axis=0).max() < _LEAST_RANGE:
        msg = (
            f"the network answers all {COUNT} test pictures alike, so that a comparison would "
            "prove nothing; is it trained?"
        )
        raise ExportError(msg)
    _refuse_probabilities(reference)
    allowed = TOLERANCE[precision] * max(1.0, span)
    expected = np.array([_label(row, meant) for row in reference])
    worst, equal = 0.0, np.ones(COUNT, bool)
    for size in BATCH_SIZES:
        tell(f"comparing: {COUNT} pictures through dfc-classify's path, batches of {size}")
        with BatchRunner(session, size) as runner:
            rows = list(runner.logits(iter(prepared)))
        found = np.array(rows, np.float64)
        worst = max(worst, float(np.abs(found - reference).max()))
        equal &= np.array([score(row, card).label for row in rows]) == expected
    undecided = int((~equal & (_margin(reference) <= allowed)).sum()) if precision == "fp16" else 0
    report = ParityReport(
        pictures=COUNT,
        batch_sizes=BATCH_SIZES,
        max_pixel_difference=pixel_difference,
        max_logit_difference=worst,
        allowed=allowed,
        logit_range=span,
        labels_equal=int(equal.sum()),
        undecided=undecided,
        label_counts={"0": int((expected == 0).sum()), "1": int((expected == 1).sum())},
    )
    _judge(report)
    return report


def _refuse_probabilities(reference: npt.NDArray[np.float64]) -> None:
    """A softmax or sigmoid inside the network would be applied once more by the host."""
    if ((reference >= 0) & (reference <= 1)).all():
        msg = (
            f"the network's answers to all {COUNT} test pictures lie between 0 and 1, like "
            "probabilities; logits are needed: take the softmax or sigmoid off its end"
        )
        raise ExportError(msg)


def _judge(report: ParityReport) -> None:
    wrong = []
    if not report.max_logit_difference <= report.allowed:
        wrong.append(
            f"a logit differs by {report.max_logit_difference:.3g} (allowed {report.allowed:.3g})"
        )
    if report.labels_equal + report.undecided != report.pictures:
        different = report.pictures - report.labels_equal
        wrong.append(f"{different} of {report.pictures} labels differ")
    if wrong:
        msg = f"parity failed, no file was written: against its source {' and '.join(wrong)}"
        raise ExportError(msg)


def _reference(
    network: Network, preparation: Preparation, session: Session
) -> tuple[npt.NDArray[np.float64], list[npt.NDArray[np.uint8]], float]:
    """The source's logits, our uint8 pictures, and how far the two inputs are apart."""
    rows: list[Floats] = []
    prepared: list[npt.NDArray[np.uint8]] = []
    difference = 0.0
    source = pictures()
    while chunk := list(islice(source, _CHUNK)):
        inputs = []
        for image in chunk:
            upright = image.copy()
            prepared.append(prepare(image, session.card.preprocessing)[0])
            ours = _normalised(prepared[-1], session.card.preprocessing)
            theirs = _asked(preparation, upright, ours)
            difference = max(difference, float(np.abs(theirs - ours).max()))
            inputs.append(theirs)
        rows.append(_answered(network, np.stack(inputs)))
    reference = np.concatenate(rows).astype(np.float64)
    if not np.isfinite(reference).all():
        msg = "the network answers the test pictures with numbers that are not finite"
        raise ExportError(msg)
    return reference, prepared, difference


def _answered(network: Network, inputs: Floats) -> Floats:
    """A row of logits per picture: of several crops their mean."""
    if inputs.ndim == 4:  # noqa: PLR2004 - pictures x 3 x height x width
        return network.logits(inputs)
    pictures, crops = inputs.shape[:2]
    rows = network.logits(inputs.reshape(-1, *inputs.shape[2:]))
    mean: Floats = rows.reshape(pictures, crops, -1).mean(axis=1)
    return mean


def _normalised(prepared: npt.NDArray[np.uint8], preprocessing: Preprocessing) -> Floats:
    """What the graph makes of a picture, or of each of its crops, worked out by NumPy."""
    mean, std = (
        np.array(triple, np.float32).reshape(3, 1, 1)
        for triple in (preprocessing.mean, preprocessing.std)
    )
    each = prepared.reshape(preprocessing.crops, *preprocessing.network_size, 3)
    floats: Floats = each.transpose(0, 3, 1, 2).astype(np.float32)
    if preprocessing.crops == 1:
        floats = floats[0]
    normalised: Floats = (floats / np.float32(preprocessing.scale) - mean) / std
    return normalised


def _asked(preparation: Preparation, image: Image, ours: Floats) -> Floats:
    """What the source's own library makes of a picture."""
    if preparation.pixels is None:
        return ours
    theirs = np.asarray(preparation.pixels(image), np.float32)
    if theirs.shape != ours.shape:
        msg = f"{preparation.origin} gives {theirs.shape}, the card {ours.shape}"
        raise ExportError(msg)
    return theirs


def _label(row: npt.NDArray[np.float64], meant: Meaning) -> int:
    """What the source says of a picture, worked out apart from ``inference.scores``."""
    labels = [entry.label for entry in meant.classes]
    if meant.activation == "sigmoid":
        return labels[1] if row[0] >= 0 else labels[0]
    if len(labels) == 2:  # noqa: PLR2004 - AI and real
        return labels[int(np.argmax(row))]
    weights = np.exp(row - row.max())
    ai = sum(w for w, label in zip(weights, labels, strict=True) if label == LABEL_AI)
    return LABEL_AI if ai >= weights.sum() - ai else LABEL_REAL


def _margin(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How far each answer is from the border between its two likeliest classes."""
    if logits.shape[1] == 1:
        margin: npt.NDArray[np.float64] = np.abs(logits[:, 0])
        return margin
    best = np.sort(logits, axis=1)
    apart: npt.NDArray[np.float64] = best[:, -1] - best[:, -2]
    return apart
