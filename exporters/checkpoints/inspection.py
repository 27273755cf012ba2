"""Look at a checkpoint: what it is, why, and what an export would still ask for."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from exporters.checkpoints.hints import Hints
from exporters.checkpoints.opening import open_checkpoint
from exporters.checkpoints.subject import files_record
from exporters.labels import meaning_of
from forensic_cli.errors import ExportError


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of a checkpoint.

    Attributes:
        form: The form of checkpoint.
        architecture: The architecture of the network.
        parameters: Numbers that were learnt.
        outputs: Logits per picture, None where only running it tells.
        classes: ``name = label`` in output order; empty where the checkpoint does not say.
        preprocessing: The card's object, None where the checkpoint does not say.
        reasoning: How all this was found.
        assumed: What nothing in the checkpoint says, and is taken to be so.
        needs: Options that an export needs.
        files: Name, size, SHA-256.
    """

    form: str
    architecture: str
    parameters: int
    outputs: int | None
    classes: tuple[str, ...]
    preprocessing: Mapping[str, object] | None
    reasoning: tuple[str, ...]
    assumed: tuple[str, ...]
    needs: tuple[str, ...]
    files: tuple[Mapping[str, object], ...]

    def as_record(self) -> Mapping[str, object]:
        """As JSON values."""
        return asdict(self)


def inspect(path: Path, hints: Hints) -> Found:
    """Open a checkpoint and describe it.

    Raises:
        ExportError: It is not understood.
    """
    subject = open_checkpoint(path, hints)
    needs = []
    classes: tuple[str, ...] = ()
    try:
        meant = meaning_of(subject.outputs or 0, subject.class_names, None)
        classes = tuple(f"{entry.name} = {entry.label}" for entry in meant.classes)
    except ExportError:
        needs.append("--labels (ai or real per output, in output order)")
    if subject.preparation is None:
        needs.append("--preprocessing (how pictures are prepared)")
    return Found(
        form=str(subject.form),
        architecture=subject.architecture,
        parameters=subject.network.parameters,
        outputs=subject.outputs,
        classes=classes,
        preprocessing=subject.preparation.preprocessing.as_record()
        if subject.preparation
        else None,
        reasoning=subject.reasoning,
        assumed=subject.assumed,
        needs=tuple(needs),
        files=tuple(files_record(path)),
    )
