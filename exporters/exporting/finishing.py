"""The last step of an export: the card with its proofs, and the self-test of the final bytes."""

import hashlib
from pathlib import Path
from typing import Any

from exporters.cards.card import finished_card, with_card
from exporters.proof.parity import BATCH_SIZES, TOLERANCE, ParityReport, Tell
from forensic_cli.errors import DeviceError, ExportError, ModelError
from forensic_cli.inference.batching import BatchRunner
from forensic_cli.inference.model_file import ModelFile
from forensic_cli.inference.session import Session
from forensic_cli.model_check.repeatability import NotRepeatableError
from forensic_cli.model_check.self_test import PICTURES, answers, pattern_pictures, self_test

_ROUNDING = 1e-5
"""Of the logits' range: SqueezeNet and RexNet were off by 5e-7 and 6e-6."""


def finish(  # noqa: PLR0913 - the parts of the file
    model: Any,  # noqa: ANN401 - onnx carries no types
    draft: dict[str, object],
    report: ParityReport,
    drafted: ModelFile,
    tell: Tell,
    *,
    one_at_a_time: bool,
) -> tuple[ModelFile, str]:
    """The final bytes: with the report and the self-test, which they are then asked.

    Args:
        model: The graph, with its front.
        draft: The card so far.
        report: What the proof found.
        drafted: The file that was proven.
        tell: Told where batches have to be left out.
        one_at_a_time: Whether they may be. Of a foreign graph nobody knows whether it rounds, or
            looks at other pictures.

    Returns:
        The file, and what its self-test found.

    Raises:
        ExportError: Its answers are others than before, or cannot be repeated.
    """
    session = Session(drafted, "cpu")
    with BatchRunner(session, 1) as runner:
        rows = answers(runner, pattern_pictures(session.card.preprocessing, PICTURES))
    for largest, sizes in ((None, BATCH_SIZES), (1, (1,))):
        tolerance = _self_test_tolerance(report)
        card = finished_card(draft, report, rows.tolist(), tolerance, largest)
        finished = model_file(drafted.path, with_card(model, card))
        session = Session(finished, "cpu")
        try:
            return finished, [_tested(session, size) for size in sizes][-1]
        except ModelError as error:  # some kernels' rounding depends on the place in a batch
            if largest or not one_at_a_time or not _is_rounding(error, report):
                msg = f"no file was written: {error}"
                raise ExportError(msg) from error
            tell(f"{error}; trying one picture at a time")
    raise AssertionError  # the loop returns or raises


def _is_rounding(error: ModelError, report: ParityReport) -> bool:
    """Whether answers differ by no more than single precision's rounding does."""
    if not isinstance(error, NotRepeatableError):
        return False
    return error.off <= _ROUNDING * max(1.0, report.logit_range)


def _tested(session: Session, size: int) -> str:
    with BatchRunner(session, size) as runner:
        try:
            return self_test(runner, session.card)
        except DeviceError as error:
            msg = f"no file was written: in batches of {size}, {error}"
            raise ExportError(msg) from error


def _self_test_tolerance(report: ParityReport) -> float:
    """What another machine may be off by: ten times more than single precision was allowed here."""
    span = max(1.0, report.logit_range)
    return min(1.0, max(10 * TOLERANCE["fp32"] * span, 2 * report.allowed))


def model_file(path: Path, data: bytes) -> ModelFile:
    """A model's bytes as if they were read from a path."""
    return ModelFile(path, data, hashlib.sha256(data).hexdigest())
