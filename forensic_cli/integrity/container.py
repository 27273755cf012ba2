"""A container as a whole against the digests that are expected of it."""

import os

from forensic_cli.evidence.container_digest import (
    ContainerDigest,
    ContainerDigests,
    Expected,
    Progress,
)
from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.hashing import REPORTED, Digest
from forensic_cli.integrity.outcomes import Outcome
from forensic_cli.integrity.report import ContainerMatch, Difference, VerificationReport, in_order
from forensic_cli.records import Status

_UNCOVERED = "no hash of this segment was given, nor one over all segments"


def verify_container(
    source: EvidenceSource,
    expected: tuple[Expected, ...],
    progress: Progress,
    *,
    entries: bool = True,
) -> VerificationReport:
    """Read a container once, and find out which of its hashes was meant.

    A hash of one segment says nothing of the others: they are ``new`` unless they are listed, too,
    or a hash over all of them matched.

    Args:
        source: A container.
        expected: Digests of it, and of its segments.
        progress: Told how many bytes are through.
        entries: Whether an entry that is damaged, or not as the container says of it, is a
            difference; where all are still to be read, it becomes an exception then.

    Raises:
        EvidenceError: It cannot be read.
    """
    expected = tuple(dict.fromkeys(expected))
    algorithms = tuple(dict.fromkeys((*REPORTED, *(digest.algorithm for _, digest in expected))))
    whole = source.container_digests(algorithms, progress)
    matches: list[ContainerMatch] = []
    differences: list[Difference] = []
    covered: set[bytes] = set()
    for name in dict.fromkeys(name for name, _ in expected):
        alike = [one for one in whole.digests if _may_be_meant(source, name, one)]
        digests = [digest for of, digest in expected if of == name]
        found = [next((one for one in alike if one.digest == digest), None) for digest in digests]
        matches += [
            ContainerMatch(digest, one.what if one else "")
            for digest, one in zip(digests, found, strict=True)
        ]
        if None in found:
            differences.append(_difference(name, digests, found, alike, whole))
        else:
            covered |= _covered(source, [one for one in found if one])
    matched = len({name for name, _ in expected} - {one.path for one in differences})
    differences += [
        Difference(Outcome.NEW, name, _UNCOVERED)
        for name in _names(source)
        if covered and name not in covered | {one.path for one in differences}
    ]
    for path, error in whole.refused if entries else ():
        refuted = error.status is Status.HASH_MISMATCH
        outcome = Outcome.CHANGED if refuted else Outcome.UNREADABLE
        differences.append(Difference(outcome, path, error.reason))
    return VerificationReport(
        matched=matched,
        differences=tuple(sorted(differences, key=in_order)),
        algorithms=tuple(sorted({digest.algorithm for _, digest in expected})),
        container=tuple(matches),
        found=whole.digests,
    )


def _names(source: EvidenceSource) -> list[bytes]:
    return [os.fsencode(file.path.name) for file in source.files]


def _may_be_meant(source: EvidenceSource, name: bytes, one: ContainerDigest) -> bool:
    """Whether a computed digest is one that an expected one may refer to.

    Under the container's own name: the first file, or all segments together. Under a segment's
    name: that segment only.

    A container opened through a link has another name than its first file.
    """
    first, *_ = _names(source)
    if name in {source.name, first}:
        return one.name in {b"", first}
    return one.name == name


def _covered(source: EvidenceSource, found: list[ContainerDigest]) -> set[bytes]:
    if any(not one.name for one in found):
        return set(_names(source))
    return {one.name for one in found}


def _difference(
    name: bytes,
    digests: list[Digest],
    found: list[ContainerDigest | None],
    alike: list[ContainerDigest],
    whole: ContainerDigests,
) -> Difference:
    said = []
    for digest, match in zip(digests, found, strict=True):
        if match:
            said.append(f"{digest.algorithm} is that of {match.what}")
            continue
        others = (one for one in alike if one.digest.algorithm == digest.algorithm)
        listed = ", ".join(f"{one.digest} ({one.what})" for one in others)
        said.append(f"expected {digest}, found {listed}")
    if whole.incomplete:
        said.append(f"FTK's image hash cannot be computed: {whole.incomplete}")
    outcome = Outcome.CONFLICT if any(found) else Outcome.CHANGED
    return Difference(outcome, name, "; ".join(said))
