"""FTK Imager's report on an image, ``NAME.ad1.txt``: what it computed, and the case's facts.

Source: reports of FTK Imager 3 and 4. Sections of ``Name: value`` lines; the hashes are under
``[Computed Hashes]``, and once more under ``Image Verification Results`` where it was verified.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from forensic_cli.errors import ManifestError
from forensic_cli.hashing import Digest

_MARKS = (b"[Computed Hashes]", b"Created By AccessData", b"Created By FTK")
_HASH = re.compile(r"\s*(MD5|SHA1|SHA256) checksum:\s*([0-9A-Fa-f]*)\s*(?::\s*(.*?))?\s*")
_FACT = re.compile(r"\s*([A-Za-z][A-Za-z ]*?)\s*:\s*(.*?)\s*")
_FACTS = frozenset(
    {
        "acquired using", "case number", "evidence number", "unique description", "examiner",
        "notes", "acquisition started", "acquisition finished", "verification started",
        "verification finished",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FtkReport:
    """A report, understood.

    Attributes:
        digests: The image's, as FTK Imager computed them on creation.
        facts: Case, exhibit, examiner, notes and times, as they stand there, by snake-case name.
        segments: Paths of the segment files on the machine that made them.
    """

    digests: tuple[Digest, ...]
    facts: Mapping[str, str]
    segments: tuple[str, ...]


def is_report(data: bytes) -> bool:
    """Whether a manifest's bytes (without a byte order mark) are such a report."""
    return _MARKS[0] in data[: 1 << 20] or data.lstrip().startswith(_MARKS[1:])


def parse(data: bytes) -> FtkReport:
    """Read a report.

    Raises:
        ManifestError: It holds no hash, or two that contradict each other.
    """
    digests: dict[str, Digest] = {}
    facts: dict[str, str] = {}
    segments: list[str] = []
    in_segments = False
    for line in data.decode("utf-8", errors="backslashreplace").splitlines():
        if found := _HASH.fullmatch(line):
            _take_hash(found, digests, facts)
        elif (found := _FACT.fullmatch(line)) and found[1].lower() in _FACTS:
            facts[found[1].lower().replace(" ", "_")] = found[2]
        in_segments = (in_segments and bool(line.strip())) or line.strip() == "Segment list:"
        if in_segments and line.strip() != "Segment list:":
            segments.append(line.strip())
    if not digests:
        msg = "it is an FTK Imager report that holds no hash"
        raise ManifestError(msg)
    return FtkReport(tuple(digests.values()), facts, tuple(segments))


def _take_hash(found: re.Match[str], digests: dict[str, Digest], facts: dict[str, str]) -> None:
    algorithm = found[1].lower()
    try:
        digest = Digest(algorithm, found[2].lower())
    except ValueError as error:
        msg = f"its {found[1]} checksum is none: {found[2]!r}"
        raise ManifestError(msg) from error
    if found[3]:
        facts[f"{algorithm}_verification"] = found[3]
    if digests.setdefault(algorithm, digest) != digest:
        msg = f"it holds two different {found[1]} checksums; find out which one is right"
        raise ManifestError(msg)
