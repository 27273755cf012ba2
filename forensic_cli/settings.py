"""What the examiner asked for, with the defaults: one value, written whole to the log."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, asdict, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from forensic_cli.foundation.path_text import visible
from forensic_cli.hashing import Digest

BUILT_IN_MODEL = Path(__file__).parent / "models" / "demonstration.onnx"
"""Used where no model is named: a demonstration, which says so itself."""

Device = Literal["auto", "cuda", "cpu"]

SEGMENT_SIZE = 1024
"""Items of a segment: the unit of memory and of resume."""

DEFAULT_MAX_PIXELS = 250_000_000
"""Telephones make pictures of 200 million."""
DEFAULT_RESAMPLES = 1000
"""Bootstrap resamples for a 95 % interval."""
DEFAULT_MAX_BYTES = 256 * 1024 * 1024
DEFAULT_FILE_TIMEOUT = 30.0
"""Seconds. A sound picture takes a tenth of one; some small files keep a decoder busy for hours."""


def available_cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))


class Binding(StrEnum):
    """What a setting binds when a run is resumed; every setting says one.

    A setting that is new has a default: what the tool did before there was the setting. Logs
    without it are read so.
    """

    IDENTITY = "identity"
    """Rows depend on it: an interrupted run goes on with the same value only, and a finished one
    is the answer to the same value only."""
    REQUEST = "request"
    """It may change while a run is interrupted; a finished run is the answer to the same only."""
    RECORD = "record"
    """The log states it once: it may not change in any later attempt."""
    FREE = "free"
    """No row and no statement depends on it."""


_IDENTITY, _REQUEST, _RECORD, _FREE = (MappingProxyType({"binding": one}) for one in Binding)


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """Who examines what for whom: free text, copied to the log."""

    case: str = ""
    exhibit: str = ""
    examiner: str = ""
    agency: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifySettings:
    """The main job's settings.

    Attributes:
        evidence: What to examine: folders, containers, pictures.
        out: The result CSV; the other files of the run are named after it.
        model: The ONNX file.
        device: ``auto``, ``cuda`` or ``cpu``.
        batch_size: Pictures per inference call; the shape is fixed, a short batch is padded. None:
            what suits the device, once that is known (``identity`` in the log's ``model_loaded``).
        workers: Threads that read and hash, and processes that decode and resize.
        hashes: Manifests to check the evidence with; none = look for them.
        digests: What a container should have.
        continue_on_mismatch: Go on where the evidence is not intact.
        allow: Differences of the evidence that the examiner accepts.
        strict: Refuse evidence without a reference hash from outside the evidence.
        resume: Go on from an interrupted run's committed segments.
        head: Digest of the last line of the log to go on from, where it was written down.
        force: Replace existing outputs.
        max_pixels: Largest picture that is decoded.
        max_bytes: Largest file that is read.
        file_timeout: Seconds of wall-clock time in which a file must be decoded.
        allow_damaged: Score pictures whose data are damaged, as far as a decoder makes one.
        descend: How deep containers inside the evidence are opened.
        name_form: What the CSV have as a file's name.
        names: Character set of names in archives that are not UTF-8; None: their bytes stay.
        known: Lists of known files.
        skip_known: Leave known files unscored.
        require_sandbox: Score nothing where decoders cannot be confined.
        segment_size: Entries of a segment.
        excel_safe: Also write a CSV that a spreadsheet opens without running formulas.
        case: Case facts for the log.
    """

    evidence: tuple[Path, ...] = field(metadata=_REQUEST)
    out: Path = field(metadata=_FREE)
    model: Path = field(metadata=_REQUEST)
    device: Device = field(metadata=_REQUEST)
    batch_size: int | None = field(metadata=_REQUEST)
    workers: int = field(metadata=_FREE)
    hashes: tuple[Path, ...] = field(metadata=_REQUEST)
    digests: tuple[Digest, ...] = field(metadata=_REQUEST)
    continue_on_mismatch: bool = field(metadata=_REQUEST)
    strict: bool = field(metadata=_REQUEST)
    resume: bool = field(metadata=_FREE)
    force: bool = field(metadata=_FREE)
    max_pixels: int = field(metadata=_IDENTITY)
    max_bytes: int = field(metadata=_IDENTITY)
    file_timeout: float = field(metadata=_IDENTITY)
    allow: tuple[str, ...] = field(default=(), metadata=_REQUEST)
    allow_damaged: bool = field(default=False, metadata=_IDENTITY)
    descend: int = field(default=0, metadata=_IDENTITY)
    name_form: str = field(default="full", metadata=_REQUEST)
    names: str | None = field(default=None, metadata=_IDENTITY)
    head: str | None = field(default=None, metadata=_FREE)
    require_sandbox: bool = field(default=False, metadata=_FREE)
    known: tuple[Path, ...] = field(default=(), metadata=_REQUEST)
    skip_known: bool = field(default=False, metadata=_REQUEST)
    segment_size: int = field(default=SEGMENT_SIZE, metadata=_IDENTITY)
    excel_safe: bool = field(metadata=_REQUEST)
    case: CaseFacts = field(metadata=_RECORD)

    def bound(self, *bindings: Binding) -> dict[str, object]:
        """The settings of some bindings as JSON values, by name."""
        record = self.as_record()
        return {one.name: record[one.name] for one in fields(self) if binding_of(one) in bindings}

    def differing(self, earlier: Mapping[str, Any], *bindings: Binding) -> dict[str, str]:
        """What is set otherwise than in an earlier attempt, with both values in words.

        Args:
            earlier: Settings as a log holds them.
            bindings: Which settings count.
        """
        now = self.bound(*bindings)
        before = {one.name: _earlier(earlier, one) for one in fields(self) if one.name in now}
        return {
            name: f"was {_word(was)}, is {_word(value)}"
            for key in now
            for name, was, value in _flat(key, before[key], now[key])
            if was != value
        }

    def as_record(self) -> dict[str, object]:
        """Every setting as JSON values, for the log; paths are absolute."""
        record = asdict(self)
        first, *more = map(_shown, self.evidence)
        record["evidence"] = [first, *more] if more else first
        for key in ("out", "model"):
            record[key] = _shown(record[key])
        record["known"] = [_shown(path) for path in self.known]
        record["hashes"] = [_shown(path) for path in self.hashes]
        record["allow"] = list(self.allow)
        record["digests"] = [str(digest) for digest in self.digests]
        return record


def binding_of(setting: Field[Any]) -> Binding:
    """What a setting binds when a run is resumed."""
    return Binding(setting.metadata["binding"])


def _earlier(earlier: Mapping[str, Any], setting: Field[Any]) -> object:
    missing = None if setting.default is MISSING else setting.default
    return earlier.get(setting.name, missing)


def _flat(name: str, was: object, now: object) -> Iterator[tuple[str, object, object]]:
    """One value, or each of a group of values (the case facts) by its own name."""
    if isinstance(now, Mapping) and isinstance(was, Mapping):
        for key, value in now.items():
            yield key, was.get(key, ""), value
    else:
        yield name, was, now


def _word(value: object) -> str:
    return "not given" if value in (None, "", []) else repr(value)


def _shown(path: Path) -> str:
    return visible(os.fsencode(path.absolute()))
