"""What is to be exported: a checkpoint, opened, and all that is known of it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from exporters.architectures.fitting import Built
from exporters.checkpoints.bounds import check_bounded
from exporters.forms import CheckpointForm
from exporters.networks.network import Network
from exporters.networks.torch_network import TorchNetwork
from exporters.preparation.preparation import Preparation
from forensic_cli.errors import ExportError

_BLOCK = 1 << 20


Files = list[Mapping[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An opened checkpoint.

    Attributes:
        form: The form of checkpoint, in words.
        architecture: As ``--arch`` takes it, or in words where it does not.
        network: The network itself.
        outputs: Logits per picture, None where only running it tells.
        class_names: In output order, where the checkpoint has them.
        preparation: Where the checkpoint has one.
        reasoning: Why all this, for people.
        assumed: What nothing in the checkpoint says, and is taken to be so.
        labels: What the outputs mean, as ``--labels`` says it, where a training record does.
        precision: ``fp16`` where it already computes so.
        training: The record of dfc-train, for the card.
    """

    form: str
    architecture: str
    network: Network
    outputs: int | None = None
    class_names: tuple[str, ...] | None = None
    preparation: Preparation | None = None
    reasoning: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    labels: str | None = None
    precision: str | None = None
    training: Mapping[str, object] | None = None


def files_record(path: Path) -> Files:
    """Name, size and SHA-256 of a checkpoint's files, for the card.

    Raises:
        ExportError: One cannot be read.
    """
    check_bounded(path)
    files = [path]
    if path.is_dir():
        files = [p for p in path.iterdir() if p.suffix in {".json", ".bin", ".safetensors"}]
    return [_record(file) for file in sorted(files)]


def _record(path: Path) -> Mapping[str, object]:
    state = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                state.update(block)
            size = stream.tell()
    except OSError as error:
        msg = f"checkpoint {str(path)!r} cannot be read: {error.strerror}"
        raise ExportError(msg) from error
    return {"name": path.name, "size": size, "sha256": state.hexdigest()}


def told(subject: Subject, detector: str | None, **options: str | None) -> Subject:
    """The same with what stands on the word of whoever exports it.

    Args:
        subject: An opened checkpoint.
        detector: The known detector that it was said to be.
        options: What was given, by the option's name.
    """
    word = "the word of whoever exported it"
    if detector is not None:
        word = f"{word}, who says that it is {detector}"
    said = [f"--{option} {value}: {word}" for option, value in options.items() if value]
    return replace(subject, assumed=(*subject.assumed, *said))


def of_built(
    form: CheckpointForm, built: Built, names: tuple[str, ...] | None, reasoning: tuple[str, ...]
) -> Subject:
    """A network of PyTorch with a checkpoint's weights in it.

    Args:
        form: The form of the checkpoint.
        built: The network.
        names: Class names in output order, where the checkpoint has them.
        reasoning: How the weights were found.
    """
    return Subject(
        form=form,
        architecture=built.name,
        network=TorchNetwork(built.module),
        outputs=built.outputs,
        class_names=names,
        preparation=None,
        reasoning=(*reasoning, *built.reasoning),
        assumed=built.assumed,
    )
