"""What a run reports, as frozen values. The audit log, the console and the tests observe them.

An event says what happened, never when: only the audit log knows the clock. Every field is a
JSON value, because the log writes the fields as they are.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from forensic_cli.records import Verdict

LOG_SCHEMA = 1
"""Version of the log's format, in its first line; logs from before it was written have none. Within
a version, fields and events are only ever added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """The first event of a run."""

    schema: int
    tool: str
    version: str
    argv: tuple[str, ...]
    settings: Mapping[str, object]
    environment: Mapping[str, object]
    evidence: Mapping[str, object]
    notice: str


@dataclass(frozen=True, slots=True)
class RunResumed:
    """An interrupted run goes on; what it logged after its last committed segment is repeated."""

    argv: tuple[str, ...]
    settings: Mapping[str, object]
    environment: Mapping[str, object]
    committed_segments: int
    torn_bytes: int


@dataclass(frozen=True, slots=True)
class EvidenceDiffers:
    """One difference between the evidence and its reference."""

    outcome: str
    path: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceVerified:
    """The verdict on the evidence.

    ``references`` are the manifests, with what FTK's report says of the case; ``given`` the digests
    from the command line; ``container`` the digests of a container as a whole, and which matched;
    ``remarks`` what an examiner should know of the manifests.
    """

    verdict: Verdict
    algorithms: tuple[str, ...] = ()
    references: tuple[Mapping[str, object], ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    caution: str = ""
    given: tuple[str, ...] = ()
    container: tuple[Mapping[str, object], ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownFilesRead:
    """The lists of known files, whether known files are left unscored, and what that risks."""

    lists: tuple[Mapping[str, object], ...]
    skip: bool
    caution: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLoaded:
    """The model, the device it runs on, and the fingerprint of all that can change a score."""

    name: str
    path: str
    size: int
    sha256: str
    card: Mapping[str, object]
    notice: str
    device: Mapping[str, object]
    self_test: str
    identity: Mapping[str, object]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class DecodersConfined:
    """What confines the decoders; for each measure that it is in force, or why not."""

    measures: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFailed:
    """An entry that was not scored."""

    path: str
    status: str
    reason: str
    size: int
    md5: str
    sha256: str


@dataclass(frozen=True, slots=True)
class DecoderLost:
    """A decode worker died, hung or outgrew its memory over an entry, which is tried once more."""

    path: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class SegmentCommitted:
    """A segment's rows are on disk, whole."""

    index: int
    rows: int
    scored: int
    sha256: str


@dataclass(frozen=True, slots=True)
class OutputPublished:
    """An output is written, whole; it takes its final name once the run is finished."""

    name: str
    size: int
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished:
    """The last event of a run that reached its end."""

    listed: int
    counts: Mapping[str, int]
    labels: Mapping[str, int]
    known: Mapping[str, int]
    verdict: Verdict
    verification: str
    device: str
    model: str
    model_notice: str
    outputs: tuple[Mapping[str, object], ...]
    exit_code: int


@dataclass(frozen=True, slots=True)
class RunAborted:
    """The last event of a run that stopped early.

    ``log`` is where the attempt's log is kept, where there is nothing to resume.
    """

    reason: str
    exit_code: int
    log: str


@dataclass(frozen=True, slots=True)
class ClockWentBack:
    """This machine's clock is behind the line before, whose time was ``last``."""

    last: str


@dataclass(frozen=True, slots=True)
class Progressed:
    """How far a stage is. For people only: the log does not keep it.

    Attributes:
        stage: ``listing``, ``known files``, ``hashing``, ``verifying`` or ``classifying``.
        done: Entries so far, this run's and (on resume) the committed ones'.
        total: Entries in all, 0 where not yet known.
        resumed: Entries of ``done`` that were there from an earlier attempt.
        unit: What is counted: ``entries`` or ``bytes``.
    """

    stage: str
    done: int
    total: int
    resumed: int = 0
    unit: str = "entries"


Event = (
    RunStarted
    | RunResumed
    | EvidenceDiffers
    | EvidenceVerified
    | KnownFilesRead
    | ModelLoaded
    | DecodersConfined
    | ItemFailed
    | DecoderLost
    | SegmentCommitted
    | OutputPublished
    | RunFinished
    | RunAborted
    | ClockWentBack
    | Progressed
)
Observer = Callable[[Event], None]

NOTICE = (
    "label 0 = AI-generated, 1 = real; a score is not a probability of guilt nor a likelihood ratio"
)
