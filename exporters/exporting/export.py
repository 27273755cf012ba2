"""The job, top to bottom: a checkpoint in, one ONNX file out that was proven equal, or none."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from exporters.cards.card import Described, draft_card, with_card
from exporters.checkpoints.bounds import check_bounded
from exporters.checkpoints.hints import Hints
from exporters.checkpoints.opening import open_checkpoint
from exporters.checkpoints.subject import Files, Subject, files_record, told
from exporters.exporting.finishing import finish, model_file
from exporters.exporting.place import check_out
from exporters.forms import ADOPTED, form_of
from exporters.graph.cleaning import without_empty_pads, without_notes
from exporters.graph.front import add_front
from exporters.graph.gelu import with_known_gelu
from exporters.graph.half import in_half
from exporters.labels import Meaning, meaning_of
from exporters.preparation import naming as preparations
from exporters.preparation.preparation import Preparation
from exporters.proof.parity import ParityReport, Tell, check_parity
from forensic_cli.errors import DfcError, ExportError
from forensic_cli.foundation.atomic_write import write_atomically
from forensic_cli.inference.model_file import ModelFile


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to export, and how.

    Attributes:
        checkpoint: File or folder.
        out: The file to write.
        name: The name of the model, for its card.
        labels: ``--labels``: ai or real per class, in output order.
        preprocessing: ``--preprocessing``: a name or a file.
        precision: ``fp32`` or ``fp16``.
        hints: What the user says of the checkpoint.
        force: Replace ``out``.
        facts: What its maker says of the model.
    """

    checkpoint: Path
    out: Path
    name: str
    labels: str | None
    preprocessing: str | None
    precision: str
    hints: Hints
    force: bool
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exported:
    """A finished model file."""

    path: Path
    size: int
    sha256: str
    subject: Subject
    preparation: Preparation
    meant: Meaning
    report: ParityReport
    self_tested: str


def export(request: ExportRequest, tell: Tell) -> Exported:
    """Make a model file of a checkpoint.

    Args:
        request: What to do.
        tell: Told each step.

    Raises:
        ExportError: Whatever keeps the checkpoint from becoming an equal model file.
        UsageError: The command cannot be meant, or would overwrite a file.
    """
    check_out(request.out, request.checkpoint, force=request.force)
    given = _preparation(request)
    hints = request.hints
    if given is not None:
        hints = replace(hints, size=given.preprocessing.network_size, system=request.preprocessing)
    tell("reading the checkpoint")
    check_bounded(request.checkpoint)
    form_of(request.checkpoint)  # the clear errors first
    files = files_record(request.checkpoint)
    subject = open_checkpoint(request.checkpoint, hints)
    return write(request, subject, given or _own_preparation(subject), files, tell)


def write(  # noqa: PLR0913 - the parts of the job
    request: ExportRequest,
    subject: Subject,
    preparation: Preparation,
    files: Files,
    tell: Tell,
    *,
    channels_last: bool = False,
) -> Exported:
    """Make the file of an opened checkpoint: graph, card, parity, self-test, and only then a file.

    Args:
        request: What to do.
        subject: The checkpoint.
        preparation: How its pictures are prepared.
        files: Its digests from before it was read.
        tell: Told each step.
        channels_last: How the graph wants its input.

    Raises:
        ExportError: As ``export``.
    """
    height, width = preparation.preprocessing.network_size
    outputs = _outputs(subject, height, width)
    meant = meaning_of(outputs, subject.class_names, request.labels or subject.labels)
    for line in (*subject.reasoning, f"preprocessing: {preparation.origin}"):
        tell(line)
    tell(f"making the graph of {subject.architecture} (up to a minute or two)")
    model = subject.network.graph(height, width)
    without_notes(model)
    without_empty_pads(model)
    with_known_gelu(model)
    precision = subject.precision or request.precision
    if precision != subject.precision and precision == "fp16":
        model = in_half(model)
    add_front(model, preparation.preprocessing, outputs, channels_last=channels_last)
    model.producer_name, model.producer_version = "dfc-export", ""
    described = Described(
        name=request.name,
        precision=precision,
        files=files,
        opset=max(entry.version for entry in model.opset_import if not entry.domain),
        facts=request.facts,
    )
    subject = told(
        subject, request.hints.detector, labels=request.labels, preprocessing=request.preprocessing
    )
    draft = draft_card(described, subject, preparation, meant)
    drafted = model_file(request.out, with_card(model, draft))
    report = _proven(drafted, subject, preparation, meant, precision, tell)
    finished, tested = finish(
        model,
        draft,
        report,
        drafted,
        tell,
        one_at_a_time=subject.form != ADOPTED,
    )
    if files_record(request.checkpoint) != files:
        msg = f"checkpoint {str(request.checkpoint)!r} changed while it was exported; do it again"
        raise ExportError(msg)
    _publish(request, finished)
    return Exported(
        request.out,
        len(finished.data),
        finished.sha256,
        subject,
        preparation,
        meant,
        report,
        tested,
    )


def _outputs(subject: Subject, height: int, width: int) -> int:
    """Logits per picture; a network that does not say is run once."""
    if subject.outputs is not None:
        return subject.outputs
    answer = subject.network.logits(np.zeros((1, 3, height, width), np.float32))
    if answer.ndim != 2:  # noqa: PLR2004 - N x outputs
        msg = f"the network answers {answer.shape} to one picture; N x classes is needed"
        raise ExportError(msg)
    return int(answer.shape[1])


def _preparation(request: ExportRequest) -> Preparation | None:
    if request.preprocessing is None:
        return None
    return preparations.preparation_named(request.preprocessing, request.hints.arch)


def _own_preparation(subject: Subject) -> Preparation:
    if subject.preparation is None:
        msg = (
            f"nothing in the checkpoint ({subject.architecture}) says how pictures are prepared "
            f"for it, and a wrong size or mean changes scores unseen; give --preprocessing: "
            f"{preparations.FORMS}"
        )
        raise ExportError(msg)
    return subject.preparation


def _proven(  # noqa: PLR0913 - both sides of the comparison
    drafted: ModelFile,
    subject: Subject,
    preparation: Preparation,
    meant: Meaning,
    precision: str,
    tell: Tell,
) -> ParityReport:
    try:
        return check_parity(drafted, subject.network, preparation, meant, precision, tell)
    except ExportError:
        raise
    except DfcError as error:
        msg = f"the graph that was made cannot be used, no file was written: {error}"
        raise ExportError(msg) from error


def _publish(request: ExportRequest, finished: ModelFile) -> None:
    check_out(request.out, request.checkpoint, force=request.force)  # minutes have passed
    write_atomically(request.out, finished.data)
    if hashlib.sha256(request.out.read_bytes()).hexdigest() != finished.sha256:
        request.out.unlink()
        msg = f"{str(request.out)!r} did not read back as it was written; is the disk sound?"
        raise ExportError(msg)
