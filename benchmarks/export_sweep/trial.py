"""One member put through dfc-export: opened and compared, and where wanted exported and proven."""

import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import torch

from benchmarks.export_sweep.members import Floats, Member, Source, logits_of
from exporters.checkpoints.hints import Hints
from exporters.checkpoints.opening import open_checkpoint
from exporters.checkpoints.subject import Subject
from exporters.exporting.export import ExportRequest, export
from exporters.preparation.naming import preparation_named
from exporters.preparation.preparation import Preparation
from exporters.proof.pictures import COUNT, pictures
from forensic_cli.errors import ExportError
from forensic_cli.imaging.pixels import prepare
from forensic_cli.model_card.preprocessing import Preprocessing

_LOGITS, _PIXELS = 1e-4, 1e-5
_COMPARED = 4
"""Pictures on which the opened network is compared with the plain one; the proof has 64."""


class Verdict(StrEnum):
    """How a trial ended."""

    PASSED = "passed"
    NEEDS_OPTIONS = "passed with options"
    REFUSED = "refused"
    WRONG = "wrong"
    INTERNAL_ERROR = "internal error"
    TIME_LIMIT = "time limit"
    NOT_MADE = "not made by the library"


@dataclass(frozen=True)
class Outcome:
    """What came of one member.

    Attributes:
        verdict: How it ended.
        why: The error's sentence, where there is one.
        parameters: Numbers that the network learnt.
        logits: Largest difference from the plain network, as a part of the logits' range.
        pixels: Largest difference from the library's own input.
        proven: Whether the export was made and proven.
    """

    verdict: Verdict
    why: str = ""
    parameters: int = 0
    logits: float | None = None
    pixels: float | None = None
    proven: bool = False


def tried(member: Member) -> Mapping[str, object]:
    """Try one member.

    Returns:
        JSON values: the member, its outcome, and the seconds it took.
    """
    began = time.monotonic()
    torch.set_num_threads(1)
    with TemporaryDirectory(prefix="dfc-sweep-") as folder:
        outcome = _outcome(member, Path(folder))
        outcome = replace(outcome, why=outcome.why.replace(f"{folder}/source", "CHECKPOINT"))
    return record(member, outcome, time.monotonic() - began)


def record(member: Member, outcome: Outcome, seconds: float) -> Mapping[str, object]:
    """A member and its outcome as JSON values."""
    return {
        "library": member.library,
        "family": member.family,
        "name": member.name,
        "options": dict(member.options),
        "verdict": str(outcome.verdict),
        "why": outcome.why,
        "parameters": outcome.parameters,
        "logits": outcome.logits,
        "pixels": outcome.pixels,
        "proven": outcome.proven,
        "seconds": round(seconds, 1),
    }


def _outcome(member: Member, folder: Path) -> Outcome:
    (folder / "source").mkdir()
    try:
        checkpoint, source = member.make(folder / "source")
    except Exception as error:  # noqa: BLE001 - the library's own
        return Outcome(Verdict.NOT_MADE, _first_line(error))
    parameters = sum(parameter.numel() for parameter in source.module.parameters())
    try:
        return _compared(member, checkpoint, source, parameters)
    except ExportError as error:
        return Outcome(Verdict.REFUSED, str(error), parameters)
    except Exception:  # noqa: BLE001 - what the sweep looks for
        return Outcome(Verdict.INTERNAL_ERROR, traceback.format_exc(limit=-3), parameters)


def _compared(member: Member, checkpoint: Path, source: Source, parameters: int) -> Outcome:
    arch, named = member.options.get("arch"), member.options.get("preprocessing")
    given = preparation_named(named, arch) if named else None
    size = given.preprocessing.network_size if given else None
    subject = open_checkpoint(checkpoint, Hints(arch=arch, size=size))
    logits, pixels = _apart(source, subject, given or subject.preparation)
    is_equal = logits <= _LOGITS and pixels <= _PIXELS
    if member.proven or not is_equal:  # the proof is what has to find a difference
        with TemporaryDirectory(prefix="dfc-sweep-") as folder:
            export(_request(member, checkpoint, Path(folder)), lambda _: None)
    if not is_equal:
        why = f"exported, though logits or pixels differ ({logits:.3g}, {pixels:.3g})"
        return Outcome(Verdict.WRONG, why, parameters)
    has_options = bool(set(member.options) - {"labels"})
    verdict = Verdict.NEEDS_OPTIONS if has_options else Verdict.PASSED
    return Outcome(verdict, "", parameters, logits, pixels, member.proven)


def _apart(
    source: Source, subject: Subject, preparation: Preparation | None
) -> tuple[float, float]:
    """How far the opened network's logits and the card's pixels are from the library's own."""
    reference, logits, pixels = [], 0.0, 0.0
    for image in pictures(_COMPARED):
        try:
            theirs = source.pixels(image.copy())
            with torch.no_grad():
                plain = logits_of(source.module, torch.from_numpy(theirs)[None]).numpy()
        except Exception:  # noqa: BLE001 - of no use as a picture's input, even to its own library
            return np.inf, np.inf
        reference.append(plain[0])
        logits = max(logits, float(np.abs(subject.network.logits(theirs[None]) - plain).max()))
        if preparation is not None:
            card = preparation.preprocessing
            ours = _normalised(prepare(image.copy(), card)[0], card)
            alike = ours.shape == theirs.shape
            pixels = max(pixels, float(np.abs(ours - theirs).max()) if alike else np.inf)
    return logits / max(1.0, float(np.ptp(reference))), pixels


def _normalised(prepared: npt.NDArray[np.uint8], card: Preprocessing) -> Floats:
    mean, std = (np.array(three, np.float32).reshape(3, 1, 1) for three in (card.mean, card.std))
    floats = prepared.transpose(2, 0, 1).astype(np.float32) / np.float32(card.scale)
    normalised: Floats = (floats - mean) / std
    return normalised


def _request(member: Member, checkpoint: Path, folder: Path) -> ExportRequest:
    return ExportRequest(
        checkpoint=checkpoint,
        out=folder / "model.onnx",
        name=member.name,
        labels=member.options.get("labels"),
        preprocessing=member.options.get("preprocessing"),
        precision="fp32",
        hints=Hints(arch=member.options.get("arch")),
        force=False,
    )


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[0][:200] if text else ''}"


PROOF = f"{COUNT} pictures in batches of 1, 2 and 8 through the scoring path"
