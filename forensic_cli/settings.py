"""What the examiner asked for, with the defaults: one value, written whole to the log."""

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from forensic_cli.hashing import Digest
from forensic_cli.names import visible

BUILT_IN_MODEL = Path(__file__).parent / "models" / "demonstration.onnx"
"""Used where no model is named: a demonstration, which says so itself."""

Device = Literal["auto", "cuda", "cpu"]

SEGMENT_SIZE = 1024
"""Items of a segment: the unit of memory and of resume. Part of what must match on resume."""

DEFAULT_MAX_PIXELS = 89_478_485
"""Pillow's own limit against decompression bombs: 1 GiB of 24-bit pixels over four."""
DEFAULT_RESAMPLES = 1000
"""Bootstrap resamples for a 95 % interval."""
DEFAULT_MAX_BYTES = 256 * 1024 * 1024
DEFAULT_FILE_TIMEOUT = 30.0
"""Seconds. A sound picture takes a tenth of one; some small files keep a decoder busy for hours."""


def available_cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """Who examines what for whom: free text, copied to the log."""

    case: str = ""
    exhibit: str = ""
    examiner: str = ""
    agency: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ClassifySettings:
    """The main job's settings.

    Attributes:
        evidence: The folder or container to examine.
        out: The result CSV; the other files of the run are named after it.
        model: The ONNX file.
        device: ``auto``, ``cuda`` or ``cpu``.
        batch_size: Pictures per inference call; the shape is fixed, a short batch is padded. None:
            what suits the device, once that is known (``identity`` in the log's ``model_loaded``).
        workers: Threads that read and hash, and processes that decode and resize.
        hashes: Manifests to check the evidence with; none = look for them.
        digests: What a container should have.
        continue_on_mismatch: Go on where the evidence is not intact.
        strict: Refuse evidence without a reference hash.
        resume: Go on from an interrupted run's sealed segments.
        force: Replace existing outputs.
        max_pixels: Largest picture that is decoded.
        max_bytes: Largest file that is read.
        file_timeout: Seconds of wall-clock time in which a file must be decoded.
        excel_safe: Also write a CSV that a spreadsheet opens without running formulas.
        case: Case facts for the log.
    """

    evidence: Path
    out: Path
    model: Path
    device: Device
    batch_size: int | None
    workers: int
    hashes: tuple[Path, ...]
    digests: tuple[Digest, ...]
    continue_on_mismatch: bool
    strict: bool
    resume: bool
    force: bool
    max_pixels: int
    max_bytes: int
    file_timeout: float
    excel_safe: bool
    case: CaseFacts

    def as_record(self) -> dict[str, object]:
        """Every setting as JSON values, for the log; paths are absolute."""
        record = asdict(self)
        for key in ("evidence", "out", "model"):
            record[key] = _shown(record[key])
        record["hashes"] = [_shown(path) for path in self.hashes]
        record["digests"] = [str(digest) for digest in self.digests]
        return record


def _shown(path: Path) -> str:
    return visible(os.fsencode(path.absolute()))
