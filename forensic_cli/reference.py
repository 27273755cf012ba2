"""The reference of some evidence: the manifests given or found for it, taken together."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

from forensic_cli.errors import ManifestError
from forensic_cli.events import Observer, Progressed
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.evidence.whole import Expected
from forensic_cli.hashing import Digest
from forensic_cli.manifests.finding import CHECKSUM_SUFFIXES, find_manifests, of_bag
from forensic_cli.manifests.location import located
from forensic_cli.manifests.manifest import Manifest
from forensic_cli.manifests.reading import ManifestFile, read_manifest
from forensic_cli.names import visible
from forensic_cli.verification.container import verify_whole
from forensic_cli.verification.entries import verify
from forensic_cli.verification.report import VerificationReport

FOLDER = "hashes"
_REPORT = frozenset({".txt"})


@dataclass(frozen=True, slots=True)
class Reference:
    """What the evidence is held to.

    Attributes:
        files: The manifests.
        manifest: What they expect of the entries together, paths below the evidence root.
        whole: What is expected of a container as a whole.
        inside: Paths of those manifests that lie inside the evidence: no entries of it.
        given: Digests from the command line, part of ``whole``.
    """

    files: tuple[ManifestFile, ...]
    manifest: Manifest
    whole: tuple[Expected, ...]
    inside: frozenset[bytes]
    given: tuple[Digest, ...] = ()

    @property
    def records(self) -> tuple[Mapping[str, object], ...]:
        """The manifests for the log, with what FTK's report says of the case."""
        return tuple(_record(file) for file in self.files)

    @property
    def named(self) -> tuple[str, ...]:
        """Where the reference is from, in words."""
        said = ("the command line",) if self.given else ()
        return (*said, *(str(file.path) for file in self.files))


def compare(
    source: EvidenceSource, listing: Listing, reference: Reference, workers: int, tell: Observer
) -> VerificationReport:
    """Hold evidence to its reference: a container as a whole, and every entry that is listed.

    Args:
        source: The evidence.
        listing: Of ``source``.
        reference: Of ``source``.
        workers: Threads that read and hash entries.
        tell: Told how far it is.

    Raises:
        EvidenceError: A container cannot be read.
    """
    report = VerificationReport(0, (), (), ())
    if reference.whole:
        report = verify_whole(
            source,
            reference.whole,
            lambda done, total: tell(Progressed("hashing", done, total, unit="bytes")),
        )
    if reference.manifest.columns:
        total = len(listing)
        entries = verify(
            source,
            listing,
            reference.manifest,
            inside=reference.inside,
            workers=workers,
            progress=lambda done: tell(Progressed("verifying", done, total)),
        )
        report = report.joined(entries)
    return report


def _record(file: ManifestFile) -> Mapping[str, object]:
    record: dict[str, object] = {
        "path": visible(os.fsencode(file.path.absolute())),
        "format": file.format,
        "sha256": file.sha256,
        "entries": len(file.manifest),
        "algorithms": list(file.manifest.algorithms),
    }
    if file.report:
        record["algorithms"] = [digest.algorithm for digest in file.report.digests]
        record["acquisition"] = dict(file.report.facts)
        record["segments"] = list(file.report.segments)
    return record


def reference_for(
    source: EvidenceSource,
    listing: Listing,
    given: tuple[Path, ...],
    digests: tuple[Digest, ...] = (),
) -> Reference | None:
    """The reference of some evidence.

    Args:
        source: The evidence.
        listing: Its entries.
        given: Manifests named by the examiner. Without any, ``hashes/NAME.*`` in the working
            folder and next to the evidence, and ``NAME.md5`` and the like beside it, are taken,
            all that there are; a bag's own; FTK Imager's report ``NAME.ad1.txt``.
        digests: What the examiner expects of a container.

    Returns:
        The reference; None where there is neither manifest nor digest.

    Raises:
        ManifestError: A manifest cannot be understood, contradicts another, names paths that
            are not below this root, or is the report on an image where the evidence is a folder.
    """
    paths = manifests_for(source, given)
    files = tuple(read_manifest(path) for path in paths)
    names = frozenset(os.fsencode(file.path.name) for file in source.files)
    whole = [(source.name, digest) for digest in digests]
    inner = []
    for file in files:
        if file.report:
            if not source.files:
                msg = (
                    f"{str(file.path)!r} is FTK Imager's report on an image, and says nothing of "
                    "the files of a folder; check the image itself, or give a list of files"
                )
                raise ManifestError(msg)
            whole += [(source.name, digest) for digest in file.report.digests]
        of_files, of_entries = _parted(file.manifest, names, source, listing)
        whole += [
            (path.replace(b"\\", b"/").rpartition(b"/")[2], digest)
            for path in of_files.paths()
            for digest in of_files.expected(path)
        ]
        if of_entries.columns:
            inner.append(of_entries)
    if not whole and not inner:
        return None
    return Reference(
        files,
        reduce(Manifest.merged, inner) if inner else Manifest({}),
        tuple(dict.fromkeys(whole)),
        _inside(files, source.path),
        digests,
    )


def _parted(
    manifest: Manifest, names: frozenset[bytes], source: EvidenceSource, listing: Listing
) -> tuple[Manifest, Manifest]:
    """What a manifest says of a container's own files, and what of its entries.

    A list of many files may name the container among them; the others are none of its entries.
    """
    of_files, others = manifest.parted(names)
    if not others.columns:
        return of_files, others
    if not of_files.columns:
        return of_files, located(others, source.aliases, listing.__contains__)
    try:
        entries = located(others, source.aliases, listing.__contains__)
    except ManifestError:
        return of_files, Manifest({})
    held = any(path in listing for path in entries.paths())
    return of_files, entries if held else Manifest({})


def _inside(files: Iterable[ManifestFile], root: Path) -> frozenset[bytes]:
    real = root.resolve()
    return frozenset(
        os.fsencode(file.path.resolve().relative_to(real))
        for file in files
        if file.path.resolve().is_relative_to(real)
    )


def manifests_for(source: EvidenceSource, given: tuple[Path, ...]) -> tuple[Path, ...]:
    """The manifests given, else those found for the evidence; none is read yet."""
    if given:
        return given
    # Not the folder that an image was made of: its name may be that of other evidence.
    own = [name for name in source.aliases if name and source.name.startswith(name)]
    names = tuple(dict.fromkeys(map(os.fsdecode, own)))
    beside = source.path.resolve().parent
    is_image = source.path.suffix.lower() == ".ad1"
    reports = find_manifests(names[:1], (beside,), _REPORT) if is_image else ()
    named = find_manifests(names, (Path(FOLDER), beside / FOLDER))
    found = named or find_manifests(names, (beside,), CHECKSUM_SUFFIXES)
    if not found and not source.files:
        found = of_bag(source.path)
    return tuple(dict.fromkeys((*found, *reports)))
